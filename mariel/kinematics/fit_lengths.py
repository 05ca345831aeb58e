"""The lengths of a body of rigid segments and its poses, fitted together to markers.

Two steps alternate, and both are solved exactly: given the rotations, joints and marker offsets are linear least
squares; given these, each segment's rotation is the Kabsch alignment of what hangs from it, one segment after the
other. So every step lowers the error, and ten are enough where gradient descent needs hundreds.
"""

from collections.abc import Collection

import torch
from torch import Tensor

from mariel.kinematics.forward_kinematics import segment_offsets
from mariel.kinematics.rotations import nearest_rotations
from mariel.kinematics.skeleton import Skeleton

DRIFT_WEIGHT, LANDMARK_DRIFT_WEIGHT = 1e-3, 3e-2
"""Weight of a length's distance from its initial estimate, beside the error of the markers; and the same where
landmarks tell the joint. A joint can slide along its axis without moving any marker, and this keeps it in place."""

INERTIA = 1e-5
"""Weight of a segment's last rotation beside what hangs from it. The solution stays the same; a twist that no marker
determines stays where it was."""


def fit_lengths(
    skeleton: Skeleton,
    positions: Tensor,
    rotations: Tensor,
    joint_offsets: Tensor,
    marker_offsets: Tensor,
    *,
    known: Collection[int] = (),
    steps: int,
) -> tuple[Tensor, Tensor]:
    """Joint and marker offsets whose poses come nearest to some frames.

    Args:
        skeleton: the hierarchy of the segments.
        positions: (frames, markers, 3), metres.
        rotations: an estimate of the segments' rotations (frames, segments, 3, 3).
        joint_offsets: an estimate of the joints on their parents (segments, 3), metres.
        marker_offsets: an estimate of the markers on their segments (markers, 3), metres.
        known: the segments whose joints landmarks tell.
        steps: of the alternation.

    Returns:
        Joint offsets (segments, 3) and marker offsets (markers, 3). The root's origin is the middle of its markers.
    """
    on_body = [marker for marker, segment in enumerate(skeleton.segment_of) if segment >= 0]
    targets = positions[:, on_body] - positions[:, on_body].mean(dim=1, keepdim=True)
    drift = [LANDMARK_DRIFT_WEIGHT if segment in known else DRIFT_WEIGHT for segment in range(len(skeleton.names))]
    initial = joint_offsets, marker_offsets, drift
    for step in range(steps):
        if step:
            offsets = segment_offsets(skeleton, joint_offsets, marker_offsets)[on_body]
            rotations = _fit_rotations(targets, rotations, offsets)
        joint_offsets, marker_offsets = _solve_offsets(skeleton, on_body, targets, rotations, initial)
    # Where the root's own origin is makes no difference to any marker: it is the middle of its markers.
    on_root, from_root = skeleton.markers_of(0), [parent == 0 for parent in skeleton.parents]
    middle = marker_offsets[on_root].mean(dim=0)
    marker_offsets[on_root] -= middle
    joint_offsets[from_root] -= middle
    return joint_offsets, marker_offsets


def _fit_rotations(targets: Tensor, rotations: Tensor, offsets: Tensor) -> Tensor:
    """Rotations (frames, segments, 3, 3), each fitted once, the others as they are.

    The root's position is eliminated: markers (frames, markers, 3) and what explains them are centred.

    Args:
        targets: centred markers (frames, markers, 3).
        rotations: the last ones.
        offsets: each segment's part of the way from the root to each marker (markers, segments, 3).
    """
    offsets = offsets - offsets.mean(dim=0)
    parts = torch.einsum("fsij,msj->sfmi", rotations, offsets)
    left = targets - parts.sum(dim=0)
    fitted = []
    for segment in range(rotations.shape[1]):
        points = offsets[:, segment]
        inertia = INERTIA * points.square().sum() + 1e-12
        covariance = torch.einsum("fmi,mj->fij", left + parts[segment], points) + inertia * rotations[:, segment]
        rotation = nearest_rotations(covariance)
        left = left + parts[segment] - torch.einsum("fij,mj->fmi", rotation, points)
        fitted.append(rotation)
    return torch.stack(fitted, dim=1)


def _solve_offsets(
    skeleton: Skeleton,
    on_body: list[int],
    targets: Tensor,
    rotations: Tensor,
    initial: tuple[Tensor, Tensor, list[float]],
) -> tuple[Tensor, Tensor]:
    """The joint and marker offsets that are best for given rotations: regularised linear least squares.

    Args:
        skeleton: the hierarchy of the segments.
        on_body: the markers that are on segments.
        targets: centred markers (frames, markers, 3).
        rotations: of the segments (frames, segments, 3, 3).
        initial: the initial estimates of the joint and the marker offsets, and the weights of the distance from
            them, of each segment.
    """
    joints, markers = len(skeleton.names) - 1, len(on_body)
    carriers = [*skeleton.parents[1:], *(skeleton.segment_of[marker] for marker in on_body)]
    weights = torch.cat([skeleton.joint_mask[on_body].sum(dim=1)[:, 1:], torch.eye(markers)], dim=1).to(targets)
    weights = weights - weights.mean(dim=0)  # which offset moves which marker, away from the markers' mean
    columns = rotations[:, carriers].permute(0, 2, 1, 3).flatten(0, 1).flatten(1)  # (frames × xyz, offsets × axes)
    gram = columns.T @ columns * (weights.T @ weights).repeat_interleave(3, 0).repeat_interleave(3, 1) / len(targets)
    pulled = torch.einsum("mu,fmi->fui", weights, targets)
    right = torch.einsum("fuij,fui->uj", rotations[:, carriers], pulled).flatten() / len(targets)
    drift = initial[2]
    before = torch.cat([initial[0][1:], initial[1][on_body]])
    counts = targets.new_tensor([len(skeleton.names)] * joints + [len(skeleton.segment_of)] * markers)
    weight = targets.new_tensor([*drift[1:], *(drift[skeleton.segment_of[marker]] for marker in on_body)])
    pull = torch.diag((weight * markers / (3 * counts)).repeat_interleave(3))
    change = torch.linalg.solve((gram + pull).double(), (right - gram @ before.flatten()).double())
    solved = before + change.to(before).unflatten(0, (-1, 3))
    joint_offsets, marker_offsets = initial[0].clone(), initial[1].clone()
    joint_offsets[1:] = solved[:joints]
    marker_offsets[on_body] = solved[joints:]
    return joint_offsets, marker_offsets
