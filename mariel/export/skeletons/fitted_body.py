"""A skeleton's motion from markers on rigid segments: the body fitted to them, and its pose in every frame."""

import numpy as np

from mariel.export.skeletons.joint_motion import JointMotion
from mariel.motion.marker_set import MarkerSet

FITTED_FRAMES = 80
"""Frames, spread over the dance, to which the body's lengths are fitted: half a second for 53 markers."""

END_SHARE = 0.85
"""A bone without a next joint ends at the mean of the markers that are at least so far out as the farthest one."""

_PARTS = {
    "pelvis": "Hips",
    "chest": "Chest",
    "head": "Head",
    "shoulder": "Shoulder",
    "upper_arm": "Arm",
    "forearm": "ForeArm",
    "hand": "Hand",
    "thigh": "UpLeg",
    "shank": "Leg",
    "foot": "Foot",
}
"""Names of joints by segment, as most programs for animation have them."""


def joint_name(segment: str) -> str:
    """The usual name of the joint at which a segment begins: LeftUpLeg for left_thigh; else the segment's own."""
    side, _, part = segment.partition("_") if segment.startswith(("left_", "right_")) else ("", "", segment)
    return f"{side.capitalize()}{_PARTS[part]}" if part in _PARTS else segment


def fitted_body_motion(positions: np.ndarray, marker_set: MarkerSet) -> JointMotion:
    """The motion of the body that is fitted to a dance.

    Args:
        positions: (frames, markers, 3), metres, z up, none missing.
        marker_set: with segments that make one jointed body, see `mariel.kinematics.skeleton.has_body`.
    """
    import torch  # noqa: PLC0415 - a second, where a body is fitted

    from mariel.kinematics.body import fit_body  # noqa: PLC0415

    markers = torch.from_numpy(np.ascontiguousarray(positions, np.float32))
    sampled = np.unique(np.linspace(0, len(positions) - 1, FITTED_FRAMES).astype(int))
    with torch.no_grad():
        body = fit_body(markers[sampled], marker_set)
        root, rotations = body.fit_pose(markers, continuous=True)
    skeleton = body.skeleton
    marker_offsets = body.marker_offsets.double().numpy()
    offsets = body.joint_offsets.double().numpy().copy()
    offsets[0] = 0
    ends = {}
    for segment in range(len(skeleton.names)):
        if segment not in skeleton.parents:
            own = marker_offsets[skeleton.markers_of(segment)]
            distances = np.linalg.norm(own, axis=1)
            ends[segment] = own[distances >= END_SHARE * distances.max()].mean(axis=0)
    motion = JointMotion(
        tuple(map(joint_name, skeleton.names)),
        tuple(skeleton.parents),
        offsets,
        ends,
        rotations.double().numpy(),
        root.double().numpy(),
        0.0,
    )
    rigid = [marker for marker in range(len(marker_set)) if marker not in skeleton.loose_markers]
    segments = [skeleton.segment_of[marker] for marker in rigid]
    turned = np.einsum("fmij,mj->fmi", motion.rotations[:, segments], marker_offsets[rigid])
    placed = motion.positions[:, segments] + turned
    error = float(np.linalg.norm(placed - positions[:, rigid], axis=-1).mean() * 100)
    return JointMotion(motion.names, motion.parents, offsets, ends, motion.rotations, motion.root, error_cm=error)
