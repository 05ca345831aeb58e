"""The motion of a dancer's skeleton, for markers on a body and for joints."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mariel.errors import StageError
from mariel.export.dances import Dance
from mariel.export.skeletons.fitted_body import fitted_body_motion
from mariel.export.skeletons.joint_motion import JointMotion
from mariel.export.skeletons.joint_tree import joint_tree, joint_tree_motion
from mariel.export.skeletons.rest_pose import in_rest_pose
from mariel.motion.gaps import filled
from mariel.motion.marker_set import MarkerSet


def why_no_skeleton(dances: Sequence[Dance]) -> str:
    """Why some dances have no skeleton with rotations; empty if all have one."""
    for dance in dances:
        if not np.isfinite(dance.positions).all(axis=2).any(axis=0).all():
            return f"a marker of {dance.name.replace('_', ' ')} is never seen"
        if joint_tree(dance.marker_set) is None and not _has_body(dance.marker_set):
            return (
                f"it needs a body: the {dance.marker_set.name} set has neither rigid segments that are joined nor "
                "joints whose bones make a tree"
            )
    return ""


def skeleton_motion(dance: Dance) -> JointMotion:
    """The motion of a dance's skeleton in metres, z up, where the stage shows it; zero rotations are the rest pose.

    Raises:
        StageError: the dance has no skeleton, see `why_no_skeleton`.
    """
    if reason := why_no_skeleton([dance]):
        raise StageError(reason)
    positions, gaps = filled(dance.placed_positions)
    tree = joint_tree(dance.marker_set)
    if tree is None:
        motion = fitted_body_motion(positions, dance.marker_set)
    else:
        motion = joint_tree_motion(positions, dance.marker_set, tree)
    notes = list(motion.notes)
    if gaps:
        notes.append(f"Missing markers were interpolated in {gaps:,} frames.")
    if dance.metres_per_unit != 1:
        notes.append("The unit is not known: the body is as tall as a person.")
    return replace(in_rest_pose(motion, _right_to_left(positions, dance.marker_set)), notes=tuple(notes))


def fit_note(names: Sequence[str], motions: Sequence[JointMotion]) -> str:
    """How well skeletons fit their dances, in sentences."""
    if len(motions) == 1:
        errors = f"Joints are fitted to the markers with a mean error of {motions[0].error_cm:.2f} cm."
    else:
        each = ", ".join(f"{name} {motion.error_cm:.2f} cm" for name, motion in zip(names, motions, strict=True))
        errors = f"Joints are fitted to the markers with mean errors of: {each}."
    return " ".join([errors, *dict.fromkeys(note for motion in motions for note in motion.notes)])


def _has_body(marker_set: MarkerSet) -> bool:
    """Whether rigid segments that are joined carry the markers; `fit_body` has the last word, but needs torch."""
    return bool(marker_set.parents)


def _right_to_left(positions: np.ndarray, marker_set: MarkerSet) -> np.ndarray:
    """From the right to the left of the body in every frame, (frames, 3); zeros without pairs of markers."""
    if not marker_set.mirror_pairs:
        return np.zeros((len(positions), 3))
    left, right = (marker_set.indices(labels) for labels in zip(*marker_set.mirror_pairs, strict=True))
    return positions[:, left].mean(axis=1) - positions[:, right].mean(axis=1)
