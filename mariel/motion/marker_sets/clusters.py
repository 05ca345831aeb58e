"""Rigid segments of markers without names, by their distances alone.

After Kirk, O'Brien and Forsyth, *Skeletal parameter estimation from optical motion capture data*, CVPR 2005: markers
on one rigid part keep their distances. Markers are clustered by the standard deviation of these, segments are joined
to the tree in which their joints move least, and a joint is the point that moves least on both of its segments.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from mariel.motion.marker_set import MarkerSet

MAX_FRAMES, MAX_DISTANCES = 2_000, 8_000_000
"""Frames whose distances are compared, evenly spaced, and most distances in all of them."""

MAX_MARKERS = 200
"""Most markers that are clustered; more are a cloud of points, not a person's markers."""

MIN_FRAMES = 30

DEVIATION_RATIO = 2.5
"""Greatest standard deviation of a distance within a segment, in units of the usual smallest one of a marker: the
noise of the recording and the movement of skin."""

SMALLEST_DEVIATIONS = (1e-4, 0.01)
"""Limits of that smallest one, as shares of the body's size: below the first it is taken for the first, above the
second nothing is rigid."""

JOINT_FRAMES = 200
"""Frames in which joints are looked for, evenly spaced."""

JOINT_RIDGE = 1e-3
"""Ridge penalty of a joint's distance from its segments' centres, for motion that leaves the joint open."""

NEARNESS = 0.15
"""How much the distance of two segments counts beside the movement of their joint."""

MIN_CLUSTERED = 0.5
"""Share of markers that must be on a segment with another one."""

MIN_MOVING = 0.05
"""Greatest standard deviation of any distance, as a share of the body's size: below it the body hardly moves, and its
parts cannot be told apart."""


def rigid_clusters(positions: np.ndarray) -> np.ndarray | None:
    """The number of the rigid segment of each marker, (markers,) from 0; None if the motion does not tell.

    Args:
        positions: (frames, markers, 3), in any unit, NaN where a marker is missing.
    """
    deviations = _distance_deviations(positions)
    if deviations is None:
        return None
    from scipy.cluster.hierarchy import fcluster, linkage  # noqa: PLC0415 - readers import this, and should be quick
    from scipy.spatial.distance import squareform  # noqa: PLC0415

    nearest = np.where(np.eye(len(deviations), dtype=bool), np.inf, deviations).min(axis=1)
    lowest, highest = SMALLEST_DEVIATIONS
    usual = max(float(np.median(nearest)), lowest)
    if usual > highest:
        return None
    tree = linkage(squareform(deviations, checks=False), method="complete")
    clusters = _numbered(fcluster(tree, DEVIATION_RATIO * usual, criterion="distance"))
    sizes = np.bincount(clusters)
    return clusters if sizes[sizes > 1].sum() >= MIN_CLUSTERED * len(clusters) else None


def with_clusters(marker_set: MarkerSet, positions: np.ndarray) -> MarkerSet:
    """A marker set without lines or segments, with those that the distances between its markers tell.

    Args:
        marker_set: any.
        positions: the recording (frames, markers, 3), in any unit, NaN where a marker is missing.

    Returns:
        The set with segments "part 1", "part 2" …, their tree, and lines to draw between them; the set itself if it
        has lines or segments, or its motion does not tell.
    """
    if marker_set.segments or marker_set.skeletons or not 4 <= len(marker_set) <= MAX_MARKERS:
        return marker_set
    clusters = rigid_clusters(positions)
    if clusters is None or clusters.max() == 0:
        return marker_set
    frames = _complete_frames(positions)
    members = [np.flatnonzero(clusters == number) for number in range(clusters.max() + 1)]
    tree = _tree(frames, members)
    names = [f"part {number + 1}" for number in range(len(members))]
    groups = [tuple(marker_set.labels[column] for column in on) for on in members]
    joined_to = np.bincount(np.array(tree).ravel(), minlength=len(members))
    root = max(
        range(len(members)), key=lambda number: (len(members[number]) > 1, joined_to[number], len(members[number]))
    )
    parents = _directed(tree, root)
    joined = tuple((groups[parent], groups[child]) for child, parent in parents)
    inside = tuple(((first,), (second,)) for group in groups for first, second in _ring(group))
    return replace(
        marker_set,
        skeletons=(("inferred", (*joined, *inside)),),
        segments=tuple(zip(names, groups, strict=True)),
        parents=tuple((names[child], names[parent]) for child, parent in parents) if len(members[root]) > 1 else (),
    )


def _complete_frames(positions: np.ndarray) -> np.ndarray:
    """Evenly spaced frames without missing markers, few enough for the limits above."""
    count = min(MAX_FRAMES, MAX_DISTANCES // positions.shape[1] ** 2, len(positions))
    chosen = np.linspace(0, len(positions) - 1, count).round().astype(int)
    frames = np.asarray(positions[chosen], np.float32)
    return frames[np.isfinite(frames).all(axis=(1, 2))]


def _distance_deviations(positions: np.ndarray) -> np.ndarray | None:
    """Standard deviations of distances (markers, markers), as shares of the body's size; None if it hardly moves."""
    frames = _complete_frames(positions)
    if len(frames) < MIN_FRAMES:
        return None
    size = float(np.median(np.linalg.norm(np.ptp(frames, axis=1), axis=1)))
    if size <= 0:
        return None
    deviations = np.stack(
        [np.linalg.norm(frames - frames[:, [marker]], axis=2).std(axis=0) for marker in range(frames.shape[1])]
    )
    deviations = (deviations + deviations.T) / (2 * size)
    np.fill_diagonal(deviations, 0.0)
    return deviations if deviations.max() >= MIN_MOVING else None


def _numbered(clusters: np.ndarray) -> np.ndarray:
    """Numbers from 0 in the order of the first marker of each cluster."""
    _, first, inverse = np.unique(clusters, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def _tree(frames: np.ndarray, members: list[np.ndarray]) -> list[tuple[int, int]]:
    """Pairs of segments that are joined: the tree in which the joints move least."""
    from scipy.sparse.csgraph import minimum_spanning_tree  # noqa: PLC0415 - see above

    frames = frames[:: -(-len(frames) // JOINT_FRAMES)].astype(np.float64)
    bases = [_basis(frames[:, on]) for on in members]
    size = float(np.median(np.linalg.norm(np.ptp(frames, axis=1), axis=1)))
    costs = np.zeros((len(members), len(members)))
    for one, first in enumerate(bases):
        for other, second in enumerate(bases[:one]):
            nearest = np.linalg.norm(frames[:, members[one], None] - frames[:, None, members[other]], axis=3)
            away = NEARNESS * float(nearest.mean(axis=0).min())
            costs[one, other] = (_joint_error(*first, *second) + away) / size + 1e-9  # 0 would be no edge
    spanning = minimum_spanning_tree(costs).tocoo()
    return [(int(a), int(b)) for a, b in zip(spanning.row, spanning.col, strict=True)]


def _basis(markers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The centre of a segment's markers (frames, 3), and the directions in which a joint may be from there.

    A joint may be anywhere on a segment of three or more markers, on the line of two, and at a single one:
    (frames, 3, 3), (frames, 3, 1) or (frames, 3, 0).
    """
    centre = markers.mean(axis=1)
    if markers.shape[1] < 3:
        return centre, np.swapaxes(markers[:, 1:] - markers[:, :1], 1, 2)
    offsets = markers - centre[:, None]
    template = offsets[len(offsets) // 2]
    u, _, vh = np.linalg.svd(np.einsum("fmi,mj->fij", offsets, template))
    signs = np.ones((len(u), 1, 3))
    signs[:, 0, 2] = np.sign(np.linalg.det(u @ vh))
    return centre, (u * signs) @ vh


def _joint_error(
    centre: np.ndarray, directions: np.ndarray, other_centre: np.ndarray, other_directions: np.ndarray
) -> float:
    """Root mean square distance of the same point on two segments, for the point that moves least on both."""
    equations = np.concatenate([directions, -other_directions], axis=2)
    unknowns = equations.shape[2]
    target = (other_centre - centre).reshape(-1)
    if unknowns:
        flat = equations.reshape(-1, unknowns)
        ridge = np.sqrt(JOINT_RIDGE * len(centre)) * np.eye(unknowns)
        solution = np.linalg.lstsq(np.concatenate([flat, ridge]), np.concatenate([target, np.zeros(unknowns)]))[0]
        target = target - flat @ solution
    return float(np.sqrt(np.square(target).sum() / len(centre)))


def _directed(tree: list[tuple[int, int]], root: int) -> list[tuple[int, int]]:
    """Pairs of (segment, its parent), parents first."""
    neighbours: dict[int, list[int]] = {}
    for one, other in tree:
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    directed: list[tuple[int, int]] = []
    queue, seen = [root], {root}
    for segment in queue:
        for other in neighbours.get(segment, ()):
            if other not in seen:
                seen.add(other)
                directed.append((other, segment))
                queue.append(other)
    return directed


def _ring(labels: tuple[str, ...]) -> list[tuple[str, str]]:
    """Lines from each marker of a segment to the next, and back to the first if there are three or more."""
    lines = list(pairwise(labels))
    return [*lines, (labels[-1], labels[0])] if len(labels) > 2 else lines
