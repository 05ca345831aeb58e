"""Find the marker set of a recording by its labels and lines: a known rig, or a skeleton of joints."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from mariel.motion.mariel_markers import MARIEL_15, MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet, guess_mirror_pairs
from mariel.motion.marker_sets.clusters import with_clusters
from mariel.motion.marker_sets.hierarchy import Parents, segments_of_joints, tree_of_edges
from mariel.motion.marker_sets.joint_rigs import JOINT_RIGS
from mariel.motion.marker_sets.optical_rigs import MARKER_RIGS
from mariel.motion.marker_sets.rig import JointRig, MarkerRig, plain_label

MIN_PRESENT = 0.8
"""Share of a rig's markers that a recording must have to be of it. Joints of a rig must all be there."""

SAMPLED_FRAMES = 200
"""Frames of which distances are measured."""

_LEFT_LETTER = re.compile(r"(?<=[_. ])L(?=[_. ])|L$")

_MARIELS = {known.labels: known for known in (MARIEL_53, MARIEL_18, MARIEL_15)}


def find_marker_set(
    name: str, labels: Sequence[str], edges: Iterable[Sequence[int]] = (), positions: np.ndarray | None = None
) -> MarkerSet:
    """The marker set of some labels and lines, with segments where they tell a body.

    Args:
        name: for people, where the rig is not known.
        labels: one per marker, in the order of the columns; capitals, underscores and a prefix such as `mixamorig:`
            make no difference to which rig it is.
        edges: pairs of marker indices to draw lines between.
        positions: the recording (frames, markers, 3), in any unit, if it is at hand: see `with_segments`.
    """
    labels = tuple(labels)
    if known := _MARIELS.get(labels):
        return known
    return with_segments(MarkerSet.from_edges(name, labels, edges), positions)


def with_segments(marker_set: MarkerSet, positions: np.ndarray | None = None) -> MarkerSet:
    """A marker set with the segments, pairs and bones that its labels and lines tell.

    It has the same labels in the same order, and its own lines come first. A set that has segments, and one that says
    nothing of a body, is returned as it is.

    Args:
        marker_set: of a file.
        positions: the recording (frames, markers, 3), in any unit. With them, joints that coincide are one, lines
            whose lengths change are no skeleton, and markers without known names or lines are clustered by their
            distances (see `mariel.motion.marker_sets.clusters`).
    """
    if marker_set.segments:
        return marker_set
    sampled = None
    if positions is not None:
        sampled = np.asarray(positions[:: max(1, len(positions) // SAMPLED_FRAMES)], np.float64)
    label_of = _labels_by_plain_name(marker_set.labels)
    rig = max(MARKER_RIGS, key=lambda each: _present_share(each, label_of))
    if _present_share(rig, label_of) >= MIN_PRESENT:
        return _of_markers(rig, marker_set, label_of)
    for joints in JOINT_RIGS:
        if all(plain_label(joint) in label_of for joint in joints.required):
            joint_of = {
                label_of[plain]: joint for joint in joints.parent_of if (plain := plain_label(joint)) in label_of
            }
            if len(joint_of) >= MIN_PRESENT * len(marker_set):
                return _of_rig(joints, marker_set, joint_of, sampled)
    tree = tree_of_edges(marker_set)
    if tree is not None:
        return _of_joints(marker_set, tree, sampled) or marker_set
    return marker_set if positions is None else with_clusters(marker_set, positions)


def _labels_by_plain_name(labels: Iterable[str]) -> dict[str, str]:
    """The first label of each plain name."""
    label_of: dict[str, str] = {}
    for label in labels:
        label_of.setdefault(plain_label(label), label)
    return label_of


def _present_share(rig: MarkerRig, label_of: Mapping[str, str]) -> float:
    """The share of a rig's markers that there are; 0 without its root segment."""
    present = sum(plain_label(label) in label_of for label in rig.required)
    root = any(plain_label(label) in label_of for label in rig.segments[0].labels)
    return present / len(rig.required) if root else 0.0


def _of_markers(rig: MarkerRig, marker_set: MarkerSet, label_of: Mapping[str, str]) -> MarkerSet:
    """The marker set with a rig's segments. Markers that the rig does not know are on none."""
    present = {label: label_of[plain] for label in rig.labels if (plain := plain_label(label)) in label_of}
    whole = MarkerSet(
        rig.name,
        rig.labels,
        (("body", rig.bones),),
        tuple((segment.name, segment.labels) for segment in rig.segments),
        _pairs(rig.labels),
        tuple((segment.name, segment.parent) for segment in rig.segments if segment.parent is not None),
        tuple((segment.name, segment.joint) for segment in rig.segments if segment.joint),
    )
    part = _renamed(whole.subset(list(present), rig.name), present)
    own_lines = marker_set.skeletons
    return replace(
        part,
        name=f"{rig.name} ({len(marker_set)} markers)",
        labels=marker_set.labels,
        skeletons=(*own_lines, *(each for each in part.skeletons if each[0] not in dict(own_lines))),
        mirror_pairs=part.mirror_pairs or marker_set.mirror_pairs,
    )


def _renamed(marker_set: MarkerSet, label_of: Mapping[str, str]) -> MarkerSet:
    """The set with other labels for the same markers."""

    def renamed(labels: Iterable[str]) -> tuple[str, ...]:
        return tuple(label_of[label] for label in labels)

    return MarkerSet(
        marker_set.name,
        renamed(marker_set.labels),
        tuple((style, tuple((renamed(a), renamed(b)) for a, b in bones)) for style, bones in marker_set.skeletons),
        tuple((segment, renamed(labels)) for segment, labels in marker_set.segments),
        tuple((label_of[left], label_of[right]) for left, right in marker_set.mirror_pairs),
        marker_set.parents,
        tuple((segment, renamed(labels)) for segment, labels in marker_set.joints),
    )


def _of_rig(
    rig: JointRig, marker_set: MarkerSet, joint_of: Mapping[str, str], sampled: np.ndarray | None
) -> MarkerSet:
    """The marker set with the segments of a rig of joints, given the rig's name of each label that it knows."""
    present = set(joint_of.values())
    tree: Parents = {}
    for joint in filter(present.__contains__, rig.parent_of):
        parent = rig.parent_of[joint]
        while parent is not None and parent not in present:
            parent = rig.parent_of[parent]
        tree[joint] = parent
    by_rig = _renamed(marker_set, {label: joint_of.get(label, label) for label in marker_set.labels})
    found = _of_joints(by_rig, tree, sampled)
    if found is None:
        return marker_set
    label_of = {joint: label for label, joint in joint_of.items()}
    found = _renamed(found, {label: label_of.get(label, label) for label in found.labels})
    return replace(found, name=rig.name, mirror_pairs=found.mirror_pairs or marker_set.mirror_pairs)


def _of_joints(marker_set: MarkerSet, tree: Parents, sampled: np.ndarray | None) -> MarkerSet | None:
    """The marker set with the segments of a skeleton; None if its lines are no skeleton."""
    found = segments_of_joints(marker_set, tree, sampled)
    if found is None:
        return None
    lines = tuple(((parent,), (label,)) for label, parent in tree.items() if parent is not None)
    return replace(
        marker_set,
        skeletons=marker_set.skeletons or (("body", lines),),
        segments=found.segments,
        parents=found.parents,
        joints=found.joints,
        mirror_pairs=_pairs(marker_set.labels),
    )


def _pairs(labels: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Left-right pairs by name, also of names with a prefix, and of those that end with L or R: Hip_FL."""
    short = {label: label.rpartition(":")[2] or label for label in labels}
    if len(set(short.values())) < len(labels):
        short = {label: label for label in labels}
    label_of = {name: label for label, name in short.items()}
    pairs = [(label_of[left], label_of[right]) for left, right in guess_mirror_pairs(tuple(label_of))]
    paired = {label for pair in pairs for label in pair}
    for name, label in label_of.items():
        other = next((label_of[right] for right in _other_side(name) if right in label_of), None)
        if other is not None and not {label, other} & paired:
            pairs.append((label, other))
            paired |= {label, other}
    return tuple(pairs)


def _other_side(name: str) -> list[str]:
    """What the right one of a left joint may be called, other than `guess_mirror_pairs` finds: Hip_FR, Hand_R end."""
    return [f"{name[: match.start()]}R{name[match.end() :]}" for match in _LEFT_LETTER.finditer(name)]
