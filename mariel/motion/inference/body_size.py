"""How tall the person is, from distances that do not depend on the pose, also of a dancer who never stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mariel.motion.landmarks import Landmarks, find_landmarks
from mariel.motion.marker_set import MarkerSet

STATURE_PER_CHAIN = 1.06
"""Stature ÷ distance from head over chest, pelvis and knee to the ankle, which is 1.6 m for people of 1.7 m."""

STATURE_PER_SKELETON = 0.82
"""Stature ÷ longest way along the bones of a body, from a hand or the head to a foot."""

STATURE_PER_EXTENT = 0.92
"""Stature ÷ how far the markers reach in the frames in which they reach farthest: arms are raised in some."""

SAMPLED_FRAMES = 200
"""Frames, evenly spaced, in which distances are measured."""

HEAD = (
    ("head_top",),
    ("head",),
    ("left_head_front", "right_head_front", "left_head_back", "right_head_back"),
    ("jaw",),
)
"""Landmarks of the head, the best first."""

_CHAIN = (
    HEAD,
    (("neck",), ("chest",), ("left_shoulder", "right_shoulder")),
    (
        ("pelvis",),
        ("left_hip", "right_hip"),
        ("left_waist_front", "right_waist_front", "left_waist_back", "right_waist_back"),
    ),
)
_LEG = ((("{}_knee",),), (("{}_ankle",), ("{}_heel",), ("{}_foot",), ("{}_toe",)))


@dataclass(frozen=True)
class BodySize:
    """An estimate of a person's stature.

    Args:
        stature: in the positions' unit; 0 if nothing can be measured.
        of_joints: whether it is measured along the body, and so the same in every pose.
    """

    stature: float
    of_joints: bool


def body_size(positions: np.ndarray, marker_set: MarkerSet) -> BodySize:
    """The stature of a body.

    Measured from the head along the spine and a leg where labels tell these; else along the bones; else by how far
    the markers reach.

    Args:
        positions: (frames, markers, 3) in any axes and unit; NaN where a marker is missing.
        marker_set: the markers.
    """
    sample = sampled_frames(positions)
    chain = _chain_length(sample, marker_set)
    if chain > 0:
        return BodySize(STATURE_PER_CHAIN * chain, True)
    skeleton = _longest_way(sample, marker_set)
    if skeleton > 0:
        return BodySize(STATURE_PER_SKELETON * skeleton, True)
    extents = _extents(sample)
    reach = float(np.percentile(extents.max(axis=1), 95)) if len(extents) else 0.0
    return BodySize(STATURE_PER_EXTENT * reach, False)


def sampled_frames(positions: np.ndarray) -> np.ndarray:
    """At most `SAMPLED_FRAMES` frames, evenly spaced, float64; a position of which a number is missing is NaN."""
    frames = np.unique(np.linspace(0, len(positions) - 1, SAMPLED_FRAMES).astype(int))
    sample = np.array(positions[frames], np.float64)
    finite = np.isfinite(sample)
    if not finite.all():
        sample[np.logical_not(finite.all(axis=2))] = np.nan
    return sample


def landmark_path(
    positions: np.ndarray, marker_set: MarkerSet, landmarks: Landmarks, *names: str
) -> np.ndarray | None:
    """The mean path of some landmarks (frames, 3), of those that a set has; None if it has none of them."""
    labels = [label for name in names for label in landmarks.get(name, ())]
    if not labels:
        return None
    path = np.asarray(positions[:, marker_set.indices(labels)], np.float64)
    if np.isfinite(path).all():
        return path[:, 0] if len(labels) == 1 else path.mean(axis=1)
    seen = np.asarray(np.isfinite(path).all(axis=2))
    total = np.where(seen[..., None], path, 0).sum(axis=1)
    count = seen.sum(axis=1)[:, None]
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _chain_length(sample: np.ndarray, marker_set: MarkerSet) -> float:
    """Median distance from head to ankle along the body, mean of both legs; 0 if a part is not known."""
    landmarks = find_landmarks(marker_set)
    trunk = [first_path(sample, marker_set, landmarks, choices) for choices in _CHAIN]
    lengths = []
    for side in ("left", "right"):
        choices = [tuple(tuple(name.format(side) for name in names) for names in part) for part in _LEG]
        points = [*trunk, *(first_path(sample, marker_set, landmarks, each) for each in choices)]
        if all(point is not None for point in points):
            steps = [np.linalg.norm(b - a, axis=1) for a, b in pairwise(points)]  # type: ignore[operator]
            known = [step[np.isfinite(step)] for step in steps]
            if all(len(step) for step in known):
                lengths.append(sum(float(np.median(step)) for step in known))
    return float(np.mean(lengths)) if lengths else 0.0


def first_path(
    positions: np.ndarray, marker_set: MarkerSet, landmarks: Landmarks, choices: Iterable[tuple[str, ...]]
) -> np.ndarray | None:
    """The path (frames, 3) of the first choice of landmarks that a set has; None if it has none."""
    paths = (landmark_path(positions, marker_set, landmarks, *names) for names in choices)
    return next((path for path in paths if path is not None), None)


def _longest_way(sample: np.ndarray, marker_set: MarkerSet) -> float:
    """The longest way along bones between two markers, by their median lengths; 0 if bones do not join the markers.

    The bones must be a tree of at least half of the markers, which lines between optical markers are not.
    """
    edges = marker_set.edges
    if len(edges) < max(len(marker_set) // 2, 4):
        return 0.0
    neighbours: dict[int, list[tuple[int, float]]] = {}
    for a, b in edges:
        length = np.linalg.norm(sample[:, a] - sample[:, b], axis=1)
        length = length[np.isfinite(length)]
        if not len(length):
            continue
        for one, other in ((a, b), (b, a)):
            neighbours.setdefault(one, []).append((other, float(np.median(length))))
    if not neighbours or sum(map(len, neighbours.values())) != 2 * (len(neighbours) - 1):
        return 0.0
    first, _ = _farthest(neighbours, next(iter(neighbours)))
    return _farthest(neighbours, first)[1]


def _farthest(neighbours: dict[int, list[tuple[int, float]]], start: int) -> tuple[int, float]:
    """The marker of a tree that is farthest from `start`, and how far."""
    distances, pending = {start: 0.0}, [start]
    while pending:
        marker = pending.pop()
        for other, length in neighbours[marker]:
            if other not in distances:
                distances[other] = distances[marker] + length
                pending.append(other)
    return max(distances.items(), key=lambda item: item[1])


def _extents(sample: np.ndarray) -> np.ndarray:
    """How far the markers seen in a frame reach along each axis, (frames with any marker, 3)."""
    sample = sample[np.isfinite(sample).any(axis=(1, 2))]
    if not len(sample):
        return np.empty((0, 3))
    return np.nanmax(sample, axis=1) - np.nanmin(sample, axis=1)
