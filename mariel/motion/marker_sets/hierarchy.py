"""Rigid segments of a skeleton of joints, by its hierarchy.

A joint's children are rigid on the segment that begins at the joint: the thigh begins at the hip and carries the
knee. So a joint belongs to the segment of its parent, and a segment may carry one joint alone; its twist is then not
determined by positions.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mariel.motion.landmarks import find_landmarks
from mariel.motion.marker_set import MarkerSet

Parents = dict[str, str | None]
"""The parent of each joint, parents first; None for the root."""

MAX_COINCIDENT = 1e-3
"""Distance between a joint and its parent, as a share of the body's size, below which they are one point."""

MAX_LENGTH_VARIATION = 0.25
"""Standard deviation of a bone's length divided by its mean, the median over bones, up to which the lines between
markers are bones of a skeleton. Joints estimated from video vary by up to 0.16."""

MAX_RIGID_VARIATION = 0.02
"""The same of distances that are rigid."""

MAX_COMPARED = 1_000
"""Distances that are measured before a joint is taken for one with its parent; no body has so many at one joint."""

_SEGMENT_OF_LANDMARK = {
    "shoulder": "upper_arm",
    "elbow": "forearm",
    "wrist": "hand",
    "hip": "thigh",
    "knee": "shank",
    "ankle": "foot",
    "toe": "toes",
}
"""The segment that begins at a landmark of one side."""


@dataclass(frozen=True)
class JointSegments:
    """What `segments_of_joints` finds, as `MarkerSet` takes it."""

    segments: tuple[tuple[str, tuple[str, ...]], ...]
    parents: tuple[tuple[str, str], ...]
    joints: tuple[tuple[str, tuple[str, ...]], ...]


def tree_of_edges(marker_set: MarkerSet) -> Parents | None:
    """The hierarchy of the lines of a marker set, if these are one tree that joins all markers; else None.

    Its root is the pelvis where the labels tell it, else the first joint that carries two others. What is above the
    root is left out: a point from which a file places the whole body, which often stands still on the floor.
    """
    edges = [(start[0], stop[0]) for start, stop in marker_set.bones() if len(start) == len(stop) == 1]
    labels = marker_set.labels
    if len(labels) < 3 or len(edges) != len(labels) - 1 or len(marker_set.bones()) != len(edges):
        return None
    children = {stop for _, stop in edges}
    top = next((label for label in labels if label not in children), labels[0])
    if len(_walk(edges, top)) < len(labels):
        return None
    pelvis = find_landmarks(marker_set).get("pelvis", ())
    root = next(iter(pelvis), top)
    while len(below := [stop for start, stop in edges if start == root]) == 1 and root not in pelvis:
        root = below[0]
    parent_of = {stop: start for start, stop in edges}
    above = [root]
    while above[-1] in parent_of and len(above) < len(labels):
        above.append(parent_of[above[-1]])
    outside = set(above[1:])
    if all(sum(start == label for start, _ in edges) == 1 for label in outside):
        edges = [edge for edge in edges if not outside & set(edge)]
    return _walk(edges, root)


def _walk(edges: Iterable[tuple[str, str]], root: str) -> Parents:
    """The parents of all labels that lines join to a root, near ones first."""
    neighbours: dict[str, list[str]] = {}
    for start, stop in edges:
        neighbours.setdefault(start, []).append(stop)
        neighbours.setdefault(stop, []).append(start)
    tree: Parents = {root: None}
    queue = [root]
    for label in queue:
        for other in neighbours.get(label, ()):
            if other not in tree:
                tree[other] = label
                queue.append(other)
    return tree


def segments_of_joints(
    marker_set: MarkerSet, tree: Mapping[str, str | None], positions: np.ndarray | None = None
) -> JointSegments | None:
    """The rigid segments of a skeleton.

    Args:
        marker_set: the joints, with their lines.
        tree: the parent of each joint, parents first; see `Parents`. A joint that is not in it is on no segment.
        positions: some frames (frames, joints, 3), in any unit. With them joints that coincide with their parents, as
            BVH files have them at the ends of limbs and at the hips, begin no segments of their own, and a tree
            whose bones change their lengths gives None.

    Returns:
        None if the root does not carry two others that could turn it, or nothing hangs from these.
    """
    start_of = {label: label for label in tree}
    if positions is not None:
        tree_positions = {label: positions[:, marker_set.index(label)] for label in tree}
        if _length_variation(tree, tree_positions) > MAX_LENGTH_VARIATION:
            return None
        start_of = _merge_coincident(tree, tree_positions)
    root = next(iter(tree))
    children: dict[str, list[str]] = {}
    for label in tree:
        parent = tree[start_of[label]]  # a joint that coincides with another is where that one is
        if label != root:
            children.setdefault(root if parent is None else start_of[parent], []).append(label)
    if len(children) < 2 or len(children.get(root, ())) < 2:
        return None
    names = _segment_names(marker_set, tree, children)
    carrier = {label: start for start, labels in children.items() for label in labels}
    segments = tuple(
        (names[start], (root, *labels) if start == root else tuple(labels)) for start, labels in children.items()
    )
    below = [start for start in children if start != root]
    return JointSegments(
        segments,
        tuple((names[start], names[carrier[start]]) for start in below),
        tuple((names[start], (start,)) for start in children),
    )


def _length_variation(tree: Mapping[str, str | None], positions: Mapping[str, np.ndarray]) -> float:
    """The median over bones of the standard deviation of their lengths divided by the mean."""
    variations = [
        _variation(positions[label], positions[parent]) for label, parent in tree.items() if parent is not None
    ]
    variations = [value for value in variations if value is not None]
    return float(np.median(variations)) if variations else 0.0


def _variation(first: np.ndarray, second: np.ndarray) -> float | None:
    """The standard deviation of a distance over frames divided by its mean; None if it is always 0 or not seen."""
    distances = np.linalg.norm(first - second, axis=1)
    distances = distances[np.isfinite(distances)]
    mean = float(distances.mean()) if len(distances) else 0.0
    return float(distances.std()) / mean if mean > 0 else None


def _merge_coincident(tree: Mapping[str, str | None], positions: Mapping[str, np.ndarray]) -> dict[str, str]:
    """For each joint the one at which its segment begins: a parent that it coincides with, where both move as one."""
    stacked = np.stack(list(positions.values()), axis=1)
    seen = stacked[np.isfinite(stacked).all(axis=(1, 2))]
    size = float(np.median(np.linalg.norm(np.ptp(seen, axis=1), axis=1))) if len(seen) else 0.0
    children: dict[str | None, list[str]] = {}
    for label, parent in tree.items():
        children.setdefault(parent, []).append(label)
    start_of: dict[str, str] = {}
    for label, parent in tree.items():
        start_of[label] = label
        if parent is None:
            continue
        apart = np.linalg.norm(positions[label] - positions[parent], axis=1)
        if not size or not (apart[np.isfinite(apart)] <= MAX_COINCIDENT * size).all():
            continue
        beside = [other for other in children[parent] if other != label]
        if len(beside) * len(children.get(label, ())) > MAX_COMPARED:
            continue
        variations = [
            _variation(positions[own], positions[other]) for own in children.get(label, ()) for other in beside
        ]
        if all(value is None or value < MAX_RIGID_VARIATION for value in variations):
            start_of[label] = start_of[parent]
    return start_of


def _segment_names(
    marker_set: MarkerSet, tree: Mapping[str, str | None], children: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """A name for the segment that begins at each joint: that of the part of the body, or else the joint's own."""
    landmarks = find_landmarks(marker_set)
    first = {name: labels[0] for name, labels in landmarks.items() if labels[0] in tree}
    names: dict[str, str] = {next(iter(tree)): "pelvis"}
    for side in ("left", "right"):
        for landmark, segment in _SEGMENT_OF_LANDMARK.items():
            if (label := first.get(f"{side}_{landmark}")) is not None:
                names.setdefault(label, f"{side}_{segment}")
        toes = [label for label in children.get(first.get(f"{side}_ankle", ""), ()) if label in children]
        clavicle = tree.get(first.get(f"{side}_shoulder", ""))
        if clavicle is not None and len(children.get(clavicle, ())) == 1:
            names.setdefault(clavicle, f"{side}_shoulder")
        for label in toes[:1]:
            names.setdefault(label, f"{side}_toes")
    shoulders = [first[name] for name in ("left_shoulder", "right_shoulder") if name in first]
    chest = _common_ancestor(tree, *shoulders) if len(shoulders) == 2 else first.get("chest")
    for landmark, label in (("head", first.get("head")), ("neck", first.get("neck")), ("chest", chest)):
        if label is not None:
            names.setdefault(label, landmark)
    head = first.get("head")
    if head is not None and head not in children:
        carrier = next((start for start, labels in children.items() if head in labels), None)
        if carrier is not None and names.get(carrier) in (None, "neck"):
            names[carrier] = "head"
    return _unique_names({start: names.get(start) for start in children})


def _unique_names(names: Mapping[str, str | None]) -> dict[str, str]:
    """Names of segments by the joints at which they begin; those without one have the joint's, perhaps numbered."""
    used: set[str] = set()
    unique: dict[str, str] = {}
    for start, name in sorted(names.items(), key=lambda pair: pair[1] is None):  # parts of the body come first
        unique[start] = _unused(name or start, used)
        used.add(unique[start])
    return unique


def _common_ancestor(tree: Mapping[str, str | None], first: str, second: str) -> str | None:
    """The lowest joint from which two others hang."""
    above: list[str | None] = [first]
    while above[-1] is not None:
        above.append(tree[above[-1]])
    label: str | None = second
    while label not in above:
        label = tree[label] if label is not None else None
    return label


def _unused(name: str, used: Collection[str]) -> str:
    """A name, with a number if it is used."""
    number, candidate = 1, name
    while candidate in used:
        number += 1
        candidate = f"{name} {number}"
    return candidate
