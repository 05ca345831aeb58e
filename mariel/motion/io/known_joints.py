"""Skeletons whose joints are known by their number: what motion generators write without names."""

import numpy as np

from mariel.motion.smpl.skeleton import JOINTS, edges

_KIT_21 = ("root BP BT BLN BUN LS LE LW RS RE RW LH LK LA LMrot LF RH RK RA RMrot RF").split()
_KIT_21_CHAINS = ("0 11 12 13 14 15", "0 16 17 18 19 20", "0 1 2 3 4", "3 5 6 7", "3 8 9 10")
KNOWN_JOINTS: dict[int, tuple[tuple[str, ...], list[tuple[int, int]]]] = {
    **{count: (names, edges(count)) for count, names in JOINTS.items()},
    21: (
        tuple(_KIT_21),
        [
            (int(a), int(b))
            for chain in _KIT_21_CHAINS
            for a, b in zip(chain.split(), chain.split()[1:], strict=False)
        ],
    ),
}
"""Names and lines of joints by their number: SMPL's family, and KIT-ML (M. Plappert and others, 2016)."""

_SAMPLED_FRAMES = 200
_MOST_STRETCH = 0.1  # standard deviation of a bone's length over time, as a share of it; generated ones vary a little
_MOST_DIFFERENCE = 0.3  # between a bone on the left and on the right


def fits_known_joints(dancers: np.ndarray) -> str:
    """Whether joints without names are those of the skeleton in `KNOWN_JOINTS` that has as many, as a note.

    Args:
        dancers: (dancers, frames, joints, 3), in any unit.

    Returns:
        What they are taken for; empty if there is no such skeleton, or its bones change their lengths.
    """
    count = dancers.shape[2]
    known = KNOWN_JOINTS.get(count)
    if known is None or not _fits(dancers, *known):
        return ""
    kind = "KIT-ML" if count == len(_KIT_21) else "SMPL"
    return f"the {count} joints have no names: taken for those of {kind}"


def _fits(dancers: np.ndarray, labels: tuple[str, ...], lines: list[tuple[int, int]]) -> bool:
    """Whether joints can be those of a known skeleton: its bones keep their length, and are as long left as right."""
    sample = np.asarray(dancers[:, :: max(1, dancers.shape[1] // _SAMPLED_FRAMES)], np.float64)
    starts, ends = (list(each) for each in zip(*lines, strict=True))
    lengths = np.linalg.norm(sample[:, :, ends] - sample[:, :, starts], axis=3).reshape(-1, len(lines))
    lengths = lengths[np.isfinite(lengths).all(axis=1)]
    if not len(lengths):
        return True
    typical = np.median(lengths, axis=0)
    body = typical.max()
    if not body > 0 or (lengths.std(axis=0) > _MOST_STRETCH * (typical + 0.1 * body)).any():
        return False
    of_pair: dict[tuple[str, ...], float] = {
        (labels[start], labels[end]): length for (start, end), length in zip(lines, typical, strict=True)
    }
    for (start, end), length in of_pair.items():
        other = of_pair.get(tuple(each.replace("left_", "right_") for each in (start, end)), length)
        if abs(length - other) > _MOST_DIFFERENCE * max(length, other) + 0.02 * body:
            return False
    return True
