"""The body of a skeleton of joints, whose segments begin at markers: fitted in closed form, frame by frame exact.

A segment that carries two or more joints beside its own in different directions turns as they do. One that carries a
single joint, or several in one line, has an open twist: it takes the smallest rotation from its parent's, and its
first axis lies along it, so that the joint's position is linear in that axis.
"""

import torch
from torch import Tensor

from mariel.kinematics.rotations import kabsch_near, nearest_rotations, swing
from mariel.kinematics.skeleton import Skeleton

LINE_RATIO = 0.05
"""Second singular value of a segment's markers, divided by the first, below which they are in a line."""

TWIST_MEMORY = 0.97
"""Share of a twist's correction that is kept from frame to frame, see `continuous_twists`: half after 23 frames."""

PROCRUSTES_STEPS = 8
"""Of generalised Procrustes analysis."""


def fit_joints(skeleton: Skeleton, positions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Lengths of a skeleton of joints.

    Args:
        skeleton: with a joint marker for each segment, see `Skeleton.is_of_joints`.
        positions: (frames, markers, 3), metres.

    Returns:
        Offsets of joints on their parents (segments, 3) and of markers on their segments (markers, 3), metres, and
        the rotations (segments, 3, 3) of segments relative to their parents about which they move.
    """
    frames = positions.double()
    marker_offsets = torch.zeros(positions.shape[1:], dtype=torch.float64, device=positions.device)
    joint_offsets = marker_offsets.new_zeros(len(skeleton.names), 3)
    rest = torch.eye(3, dtype=torch.float64, device=positions.device).repeat(len(skeleton.names), 1, 1)
    rotations: list[Tensor] = []
    for segment, parent in enumerate(skeleton.parents):
        (joint,) = skeleton.joint_markers[segment]
        markers = [marker for marker in skeleton.markers_of(segment) if marker != joint]
        offsets = frames[:, markers] - frames[:, joint, None]
        before = rotations[parent] if parent >= 0 else rest[:1].expand(len(frames), 3, 3)
        if parent >= 0:
            joint_offsets[segment] = marker_offsets[joint]
        if _in_line(offsets):
            rest[segment], on_segment = _fit_line(before, offsets)
        else:
            on_segment = _fit_rigid(before, offsets)
        marker_offsets[markers] = on_segment
        rotations.append(kabsch_near(on_segment, offsets, before @ rest[segment]))
    return joint_offsets.float(), marker_offsets.float(), rest.float()


def _in_line(offsets: Tensor) -> bool:
    """Whether markers (frames, markers, 3), seen from their joint, are in one line in most frames."""
    if offsets.shape[1] < 2:
        return True
    values = torch.linalg.svdvals(offsets[:: max(1, len(offsets) // 64)])
    return bool((values[:, 1] / values[:, 0].clamp_min(1e-9)).median() < LINE_RATIO)


def _fit_line(before: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor]:
    """A rest rotation (3, 3), and the markers (markers, 3) on a segment whose first axis lies along them."""
    longest = int(offsets.norm(dim=2).mean(dim=0).argmax())
    along = torch.nn.functional.normalize(offsets[:, longest], dim=1)
    mean = (before.transpose(1, 2) @ along[..., None])[..., 0].mean(dim=0)
    if mean.norm() < 0.1:  # it points everywhere: any direction is as good
        mean = (before[0].T @ along[0, :, None])[:, 0]
    axis = torch.zeros_like(mean)
    axis[0] = 1.0
    on_segment = torch.zeros_like(offsets[0])
    on_segment[:, 0] = (offsets * along[:, None]).sum(dim=2).mean(dim=0)
    return swing(axis[None], mean[None])[0], on_segment


def _fit_rigid(before: Tensor, offsets: Tensor) -> Tensor:
    """Markers (markers, 3) on a rigid segment, its axes on average those of its parent."""
    template = offsets[len(offsets) // 2]
    for _ in range(PROCRUSTES_STEPS):
        rotations = nearest_rotations(torch.einsum("fmi,mj->fij", offsets, template))
        template = torch.einsum("fij,fmi->fmj", rotations, offsets).mean(dim=0)
    turned = nearest_rotations((before.transpose(1, 2) @ rotations).mean(dim=0)[None])[0]
    return template @ turned.T


def continuous_twists(skeleton: Skeleton, marker_offsets: Tensor, rotations: Tensor) -> Tensor:
    """Rotations (frames, segments, 3, 3) of consecutive frames without jumps of twists that markers leave open.

    The smallest rotation from a rest direction jumps where a limb passes the opposite direction. Here an open twist
    follows the limb from frame to frame, and returns to the smallest rotation slowly.
    """
    smooth = rotations.clone()
    for segment, parent in enumerate(skeleton.parents):
        markers = skeleton.markers_of(segment)
        offsets = marker_offsets[markers].double()
        values = torch.linalg.svdvals(offsets)
        if parent < 0 or (len(values) > 1 and values[1] >= LINE_RATIO * values[0].clamp_min(1e-9)):
            continue
        axis = torch.nn.functional.normalize(offsets[offsets.norm(dim=1).argmax()], dim=0)
        if not axis.any():
            axis[0] = 1.0
        local = (smooth[:, parent].transpose(1, 2) @ rotations[:, segment]).double()
        directions = local @ axis
        followed = swing(directions[:-1], directions[1:]) @ local[:-1]
        between = followed.transpose(1, 2) @ local[1:]  # a rotation about the axis
        sine = (
            torch.stack(
                [
                    between[:, 2, 1] - between[:, 1, 2],
                    between[:, 0, 2] - between[:, 2, 0],
                    between[:, 1, 0] - between[:, 0, 1],
                ],
                dim=1,
            )
            @ axis
        )
        steps = torch.atan2(sine, between.diagonal(dim1=1, dim2=2).sum(dim=1) - 1)
        correction, corrections = 0.0, [0.0]
        for step in steps.tolist():
            correction = TWIST_MEMORY * correction - step
            corrections.append(correction)
        angles = torch.tensor(corrections, dtype=torch.float64, device=rotations.device)
        smooth[:, segment] = (smooth[:, parent].double() @ local @ _rotations_about(axis, angles)).to(rotations)
    return smooth


def _rotations_about(axis: Tensor, angles: Tensor) -> Tensor:
    """Rotations (frames, 3, 3) about an axis (3,) by angles (frames,), radians."""
    cross = torch.linalg.cross(axis.expand(3, 3), torch.eye(3, dtype=axis.dtype, device=axis.device)).T
    sine, cosine = torch.sin(angles)[:, None, None], torch.cos(angles)[:, None, None]
    return torch.eye(3, dtype=axis.dtype, device=axis.device) + sine * cross + (1 - cosine) * (cross @ cross)
