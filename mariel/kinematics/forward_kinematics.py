"""Forward kinematics: from the rotations of a body's segments to the positions of its markers.

Positions are linear in the rotation matrices, so that forward kinematics of many frames is one matrix product:

    marker = root + Σ over segments of (rotation of the segment) · (the segment's part of the way from root to marker)
"""

import torch
from torch import Tensor

from mariel.kinematics.skeleton import Skeleton


def segment_offsets(skeleton: Skeleton, joint_offsets: Tensor, marker_offsets: Tensor) -> Tensor:
    """Each segment's part of the way from the root to each marker, in its own axes: (markers, segments, 3).

    Args:
        skeleton: the hierarchy of the segments.
        joint_offsets: position of each segment's joint on its parent (segments, 3); the root's is not used. Of a body
            for each phrase: (phrases, segments, 3).
        marker_offsets: position of each marker on its segment, from the segment's joint (markers, 3), or
            (phrases, markers, 3); then the result is (phrases, markers, segments, 3).
    """
    to_joints = torch.einsum("msk,...kx->...msx", skeleton.joint_mask.to(joint_offsets), joint_offsets)
    return to_joints + skeleton.segment_mask.to(marker_offsets) * marker_offsets[..., None, :]


def forward_kinematics(rotations: Tensor, offsets: Tensor, root: Tensor | None = None) -> Tensor:
    """Marker positions of a body's pose.

    Args:
        rotations: of every segment, from its own axes to the room's, (…, 9, segments) as `rotations_from_6d` gives.
        offsets: what `segment_offsets` gives (markers, segments, 3), or (phrases, markers, segments, 3) for rotations
            (phrases, frames, 9, segments).
        root: position of the root segment (…, 3), metres; the origin if None.

    Returns:
        (…, xyz, markers), metres.
    """
    # (…, own axis, xyz, segments) → (…, xyz, own axis × segments): one product with all offsets.
    columns = rotations.unflatten(-2, (3, 3)).transpose(-3, -2).flatten(-2)
    if offsets.dim() == 3:
        channels_first = columns @ offsets.permute(2, 1, 0).flatten(0, 1)
    else:
        per_phrase = columns.flatten(1, 2) @ offsets.permute(0, 3, 2, 1).flatten(1, 2)
        channels_first = per_phrase.unflatten(1, columns.shape[1:3])
    return channels_first if root is None else channels_first + root[..., None]
