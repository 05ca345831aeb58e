"""The poses of a body that are nearest to markers, by Gauss-Newton steps on all joints at once.

Fitting one segment after another from the root outwards pushes every error of a joint to the limb that hangs from it.
Here a frame's root position and rotations are solved for together; a weight on each rotation keeps the pose near its
initial estimate where markers say little about it.

Lugrís et al., *Human motion capture, reconstruction and musculoskeletal analysis in real time*, Multibody System
Dynamics 60 (2024) 3, compare this with fitting segments one by one; the derivatives are those of a chain of joints:
Buss, *Introduction to Inverse Kinematics*, 2004, section 2.
"""

import torch
from torch import Tensor

from mariel.kinematics.skeleton import Skeleton

ROTATION_WEIGHT = 3e-3
"""Square metres per square radian of a joint's rotation from its initial estimate: as much as one marker, 5 cm from
the joint, counts. Less lets hands turn about themselves; four times as much raises errors."""

TRANSLATION_WEIGHT = 1e-6
"""The same for the root's position, per square metre: it is well determined, and this only keeps matrices regular."""

FRAMES_PER_BLOCK = 2048
"""Frames that are solved for at once, for the memory of their derivatives."""


class PoseFit:
    """Moves poses of a skeleton towards markers.

    Poses are a root position (phrases, frames, 3) and rotation matrices (phrases, frames, segments, 3, 3) from each
    segment's own axes to the room's. Bodies are given by the linear map of `linear_map`, which may differ from phrase
    to phrase.

    Args:
        skeleton: the hierarchy of the segments.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        self.skeleton = skeleton
        self.segments = len(skeleton.names)
        self.on_body = [marker for marker, segment in enumerate(skeleton.segment_of) if segment >= 0]
        # Which joint moves which marker: (joints, markers on the body, 1).
        moved = skeleton.joint_mask[self.on_body].sum(dim=1).clamp_max(1) + skeleton.segment_mask[self.on_body, :, 0]
        moved[:, 0] = 1
        self._moved = moved.clamp_max(1).T[..., None]

    def linear_map(self, joint_offsets: Tensor, marker_offsets: Tensor) -> Tensor:
        """A body's joints and markers as a linear map of its rotations: (…, 3 segments, segments + markers on it).

        Args:
            joint_offsets: of joints on their parents (…, segments, 3), metres.
            marker_offsets: of markers on their segments (…, markers, 3), metres.
        """
        skeleton, on_body = self.skeleton, self.on_body
        mask = skeleton.joint_mask.to(joint_offsets)
        markers = torch.einsum("msk,...kx->...sxm", mask[on_body], joint_offsets)
        own = skeleton.segment_mask[on_body, :, 0].to(marker_offsets)
        markers = markers + torch.einsum("ms,...mx->...sxm", own, marker_offsets[..., on_body, :])
        joints = torch.einsum("jsk,...kx->...sxj", self._joint_chains().to(joint_offsets), joint_offsets)
        return torch.cat([joints, markers], dim=-1).flatten(-3, -2)

    def positions(self, root: Tensor, rotations: Tensor, linear_map: Tensor) -> Tensor:
        """Joints, then markers on the body: (phrases, frames, xyz, segments + markers), metres."""
        # (phrases, frames, xyz, segments × own axis) @ (phrases, segments × own axis, points)
        columns = rotations.transpose(-2, -3).flatten(-2)
        flat = columns.flatten(1, 2) @ linear_map
        return flat.unflatten(1, (-1, 3)) + root[..., None]

    def step(
        self, root: Tensor, rotations: Tensor, linear_map: Tensor, targets: Tensor, moved_so_far: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One Gauss-Newton step.

        Args:
            root: (phrases, frames, 3), metres.
            rotations: (phrases, frames, segments, 3, 3).
            linear_map: of the phrases' bodies, see `linear_map`.
            targets: markers (phrases, frames, xyz, markers), metres.
            moved_so_far: what earlier steps returned, None for the first.

        Returns:
            The new root position and rotations, and all that was moved so far (phrases, frames, 3 segments + 3).
        """
        points = self.positions(root, rotations, linear_map)
        moved = torch.zeros_like(points[..., 0, 0, None]) if moved_so_far is None else moved_so_far
        moved = moved.expand(*points.shape[:2], 3 * self.segments + 3)
        wanted = targets[..., self.on_body]
        blocks = [part.flatten(0, 1).split(FRAMES_PER_BLOCK) for part in (points, wanted, moved)]
        step = torch.cat([self._solve(*block) for block in zip(*blocks, strict=True)])
        step = step.unflatten(0, points.shape[:2])
        turns = rotation_vectors_to_matrices(step[..., :-3].unflatten(-1, (-1, 3)))
        total = [turns[..., 0, :, :]]
        for segment, parent in list(enumerate(self.skeleton.parents))[1:]:
            total.append(total[parent] @ turns[..., segment, :, :])
        return root + step[..., -3:], torch.stack(total, dim=-3) @ rotations, moved + step

    def _solve(self, points: Tensor, targets: Tensor, moved: Tensor) -> Tensor:
        """Rotation vectors of the joints and the root's translation, of frames: (frames, 3 segments + 3).

        Args:
            points: joints, then markers on the body (frames, xyz, segments + markers).
            targets: (frames, xyz, markers).
            moved: see `step` (frames, 3 segments + 3).
        """
        joints, markers = points[:, :, : self.segments], points[:, :, self.segments :]
        arms = (markers[:, :, None] - joints[..., None]) * self._moved[:, :, 0].to(points)
        x, y, z = arms.unbind(1)  # (frames, joints, markers) each
        zero = torch.zeros_like(x)
        # Rows: a joint's axis; columns: what a rotation about it moves, xyz of every marker: axis × arm.
        rows = [torch.cat(axis, dim=-1) for axis in ((zero, -z, y), (z, zero, -x), (-y, x, zero))]
        turning = torch.stack(rows, dim=2).flatten(1, 2)
        count = markers.shape[-1]
        shifting = torch.eye(3).to(points).repeat_interleave(count, dim=1).expand(len(points), -1, -1)
        derivatives = torch.cat([turning, shifting], dim=1)  # (frames, 3 joints + 3, 3 markers)
        normal = derivatives @ derivatives.transpose(1, 2)
        weights = points.new_full((3 * self.segments + 3,), ROTATION_WEIGHT)
        weights[-3:] = TRANSLATION_WEIGHT
        normal.diagonal(dim1=1, dim2=2).add_(weights)
        gradient = (derivatives @ (targets - markers).flatten(1)[..., None])[..., 0] - weights * moved
        factor, _ = torch.linalg.cholesky_ex(normal)
        return torch.cholesky_solve(gradient[..., None], factor)[..., 0]

    def _joint_chains(self) -> Tensor:
        """Which segment carries which joint on the way from the root to each joint: (joints, segments, joints)."""
        parents = self.skeleton.parents
        chains = torch.zeros(self.segments, self.segments, self.segments)
        for joint in range(1, self.segments):
            chains[joint] = chains[parents[joint]]
            chains[joint, parents[joint], joint] = 1
        return chains


def rotation_vectors_to_matrices(vectors: Tensor) -> Tensor:
    """Rotation matrices (…, 3, 3) of rotation vectors (…, 3), radians: Rodrigues' formula."""
    squared = vectors.square().sum(dim=-1).clamp_min(1e-12)[..., None, None]
    angle = squared.sqrt()
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))
    identity = torch.eye(3, dtype=vectors.dtype, device=vectors.device)
    return identity + torch.sin(angle) / angle * cross + (1 - torch.cos(angle)) / squared * (cross @ cross)
