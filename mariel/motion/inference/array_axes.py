"""Which axis of an array is time, which are markers, dancers and coordinates, and whether dancers alternate."""

from collections.abc import Sequence

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.inference.assumption import Assumption

AXES = ("dancer", "frame", "marker", "xyz")
"""The names of the axes, in the order in which this program has them."""

_AXIS_OF_WORD = {
    **dict.fromkeys(("dancer", "dancers", "person", "persons", "people", "body", "bodies"), "dancer"),
    **dict.fromkeys(("frame", "frames", "time"), "frame"),
    **dict.fromkeys(
        ("marker", "markers", "joint", "joints", "point", "points", "keypoint", "keypoints", "landmark", "landmarks"),
        "marker",
    ),
    **dict.fromkeys(("xyz", "coordinate", "coordinates", "coord", "coords", "dimension", "dimensions"), "xyz"),
}

MAX_INTERLEAVED = 4
"""Most dancers that are looked for in frames that alternate between them."""

_SAMPLED = 64  # places along each axis that are compared
_MANY_DANCERS = 16
_RATIO = 2.0  # how much larger steps between markers must be than steps in time to be told apart
_INTERLEAVED_RATIO = 4.0


def axis_of_word(word: str) -> str:
    """The axis that people mean by a word, such as "joints". Raises RecordingError if it is none."""
    known = _AXIS_OF_WORD.get(word.strip().lower())
    if known is None:
        raise RecordingError(
            f"there is no axis {word.strip()[:40]!r}: expected dancer, frame, marker or joint, and xyz"
        )
    return known


def infer_axes(array: np.ndarray) -> Assumption | None:
    """The axes of an array of positions, as names from `AXES`; None if no axis can be x, y and z.

    From one frame to the next a marker moves little, while two neighbouring markers, or dancers, lie apart.

    Args:
        array: with three axes, or four with dancers. Only a part of it is read.
    """
    if array.ndim not in (3, 4) or 3 not in array.shape or 0 in array.shape:
        return None
    threes = [axis for axis, size in enumerate(array.shape) if size == 3]
    xyz = threes[-1] if threes[-1] == array.ndim - 1 else threes[0]
    confidence = 0.95 if len(threes) == 1 or xyz == array.ndim - 1 else 0.5
    others = [axis for axis in range(array.ndim) if axis != xyz]
    steps = _steps(array, others, xyz)
    order = sorted(others, key=lambda axis: steps[axis])
    frame, second = order[0], order[1]
    if not steps[frame] * _RATIO < steps[second]:
        confidence = 0.5
        frame = max(others, key=lambda axis: array.shape[axis])  # takes have more frames than markers
    rest = sorted((axis for axis in others if axis != frame), key=lambda axis: array.shape[axis])
    names = {frame: "frame", xyz: "xyz", rest[-1]: "marker"}
    if len(rest) == 2:
        names[rest[0]] = "dancer"
        if array.shape[rest[0]] == array.shape[rest[1]] or array.shape[rest[0]] > _MANY_DANCERS:
            confidence = 0.5
    axes = tuple(names[axis] for axis in range(array.ndim))
    return Assumption("axes", axes, confidence, "body", "markers move little from frame to frame")


def _steps(array: np.ndarray, axes: Sequence[int], xyz: int) -> dict[int, float]:
    """The median distance from one place to the next along each axis, over a part of the array."""
    part = array[tuple(slice(0, None if size == 3 else _SAMPLED) for size in array.shape)]
    sample = np.asarray(part, np.float64)
    steps = {}
    with np.errstate(all="ignore"):
        for axis in axes:
            distances = np.linalg.norm(np.diff(sample, axis=axis), axis=xyz)
            known = distances[np.isfinite(distances)]
            steps[axis] = float(np.median(known)) if known.size else np.inf
    return steps


def infer_interleaved(positions: np.ndarray) -> Assumption | None:
    """How many dancers alternate frame by frame; None if the frames are of one dancer.

    Args:
        positions: (frames, markers, 3).
    """
    if len(positions) < 4 * MAX_INTERLEAVED:
        return None
    sample = np.asarray(positions[: 2000 - 2000 % 12], np.float64)
    next_step = _median_step(sample, 1)
    size = float(np.nanmax(np.nanpercentile(sample, 95, axis=(0, 1)) - np.nanpercentile(sample, 5, axis=(0, 1))))
    if not next_step > 0.05 * size:
        return None
    for count in range(2, MAX_INTERLEAVED + 1):
        if _median_step(sample, count) * _INTERLEAVED_RATIO < next_step:
            because = f"every frame jumps, and every {count}th frame goes on where the one before ended"
            return Assumption("dancers", count, 0.9, "body", because)
    return None


def _median_step(positions: np.ndarray, frames: int) -> float:
    """Median distance that a marker is away from where it was so many frames before."""
    with np.errstate(all="ignore"):
        steps = np.linalg.norm(positions[frames:] - positions[:-frames], axis=2)
    known = steps[np.isfinite(steps)]
    return float(np.median(known)) if known.size else 0.0
