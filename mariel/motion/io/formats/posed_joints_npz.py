"""Read .npz files with positions of joints under names other than `data`: of motion generators, pose estimators."""

from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.arrays import MAX_POSITION_BYTES, NpzArchive, require_size
from mariel.motion.io.axis_order import arrange_axes
from mariel.motion.io.labels import clean_edges, clean_labels, names_of_array, require_marker_count
from mariel.motion.io.motion_file import MotionFile, marker_set_of
from mariel.motion.io.npz_layout import NAME_KEYS, joint_key, npz_layout, rate_of, text_of, up_of
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.recording import Recording
from mariel.motion.smpl.skeleton import JOINTS, edges

KIMODO_FPS = 30.0
"""Frames per second of NVIDIA's Kimodo, which writes y up and metres, and no rate."""

_USUAL_FPS = {("new_joints", 22): 20.0, ("new_joints", 21): 12.5}  # HumanML3D and its form of KIT-ML
_KIMODO = {"global_rot_mats", "local_rot_mats", "foot_contacts", "root_positions"}
_KIT_21 = ("root BP BT BLN BUN LS LE LW RS RE RW LH LK LA LMrot LF RH RK RA RMrot RF").split()
_KIT_21_CHAINS = ("0 11 12 13 14 15", "0 16 17 18 19 20", "0 1 2 3 4", "3 5 6 7", "3 8 9 10")
_KNOWN: dict[int, tuple[tuple[str, ...], list[tuple[int, int]]]] = {
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


@register_format(
    "posed joints",
    files="`*.npz` with joint positions",
    expects="`posed_joints` (Kimodo), `joints`, `keypoints3d`, `positions` or the like, (frames, joints, 3) or "
    "(dancers, frames, joints, 3); names from `joint_names` or the like, else from the number of joints: 22, 24, 52, "
    "55 (SMPL) or 21 (KIT-ML)",
    suffixes=(".npz",),
    sniff=lambda path, head: npz_layout(path, head) == "posed joints",
)
def read_posed_joints(path: Path, options: ReadOptions) -> list[Recording]:
    """Positions of joints, one recording per dancer or sample.

    Raises:
        RecordingError: the axes cannot be told, or the arrays are damaged.
    """
    with NpzArchive(path) as archive:
        key = joint_key(archive)
        if key is None:
            raise RecordingError("expected positions of joints, found none")
        names = _names(archive, key)
        array = archive.read(key, MAX_POSITION_BYTES)
        require_size(array.size * 8)
        arranged = arrange_axes(array, len(names) if names else _known_count(array.shape), options.description.axes)
        if arranged is None:
            expected = f"{len(names)} joints, as there are names," if names else "joints"
            raise RecordingError(f"expected {key} (frames, joints, 3) with {expected} found {array.shape}")
        dancers, assumptions = arranged
        require_marker_count(dancers.shape[2])
        labels, lines, notes = _labels_and_lines(archive, names, dancers)
        kimodo = key == "posed_joints" and bool(_KIMODO & set(archive.names))
        fps = rate_of(archive)
        up, unit = up_of(archive), text_of(archive, ("unit", "units"))
    content = MotionFile(
        np.where(np.isfinite(dancers).all(axis=3, keepdims=True), dancers, np.nan),
        marker_set_of(path.stem, labels, lines),
        fps=fps,
        unit=unit or ("m" if kimodo else None),
        up=up or ("+y" if kimodo else None),
        zeros_are_missing=None,
        notes=notes,
        usual_up="+y",
        usual_fps=KIMODO_FPS if kimodo else _USUAL_FPS.get((key, len(labels))),
        assumptions=assumptions,
    )
    return recordings_of_file(path, content, options)


def _names(archive: NpzArchive, key: str) -> tuple[str, ...] | None:
    """The names of the joints in the archive; None without."""
    for name in NAME_KEYS:
        if name != key and name in archive and archive.header(name).dtype.kind in "US":
            return clean_labels(names_of_array(archive.read(name)))
    return None


def _known_count(shape: tuple[int, ...]) -> int | None:
    """The number of joints, where one axis alone has a number of joints that is known."""
    found = {size for size in shape if size in _KNOWN}
    return found.pop() if len(found) == 1 else None


def _labels_and_lines(
    archive: NpzArchive, names: tuple[str, ...] | None, dancers: np.ndarray
) -> tuple[tuple[str, ...], list[tuple[int, int]], tuple[str, ...]]:
    """(names, lines between them, notes)."""
    count = dancers.shape[2]
    lines = (
        clean_edges(archive.read("edges"), names or [""] * count) if "edges" in archive else _lines(archive, count)
    )
    known = _KNOWN.get(count)
    if names:
        return names, lines or (known[1] if known and names == known[0] else []), ()
    if known and _fits(dancers, *known):
        kind = "KIT-ML" if count == len(_KIT_21) else "SMPL"
        return known[0], lines or known[1], (f"the {count} joints have no names: taken for those of {kind}",)
    labels = tuple(f"joint {number}" for number in range(1, count + 1))
    return labels, lines, (f"the {count} joints have no names: numbered",)


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


def _lines(archive: NpzArchive, count: int) -> list[tuple[int, int]]:
    """Lines from each joint to its parent, where an array `joint_parents` or `parents` names it."""
    for name in ("joint_parents", "parents"):
        if name in archive:
            parents = archive.read(name)
            if parents.shape == (count,) and parents.dtype.kind in "iu":
                pairs = [(int(parent), joint) for joint, parent in enumerate(parents)]
                return [(a, b) for a, b in pairs if 0 <= a < count and a != b]
    return []
