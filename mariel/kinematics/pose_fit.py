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

FRAMES_PER_BLOCK = 256
"""Frames that are solved for at once: their matrices stay in the processor's cache: two thirds of the time."""


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
        paths = [self._path(segment) for segment in range(self.segments)]
        # From lists: sums and products of tensors without memory import PyTorch's compiler, see `PhraseModel`.
        self._on_the_way = torch.tensor([[float(joint in path) for joint in range(self.segments)] for path in paths])
        """Which joints are on the way from the root to each joint, both included: (joints, joints)."""
        carriers = [skeleton.segment_of[marker] for marker in self.on_body]
        self._moves = torch.tensor(
            [[float(joint in paths[segment]) for segment in carriers] for joint in range(self.segments)]
        )
        """Which joint moves which marker on the body: (joints, markers on it)."""

    def linear_map(self, joint_offsets: Tensor, marker_offsets: Tensor) -> Tensor:
        """A body's joints and markers as a linear map of its rotations: (…, 3 segments, segments + markers on it).

        Args:
            joint_offsets: of joints on their parents (…, segments, 3), metres.
            marker_offsets: of markers on their segments (…, markers, 3), metres.
        """
        skeleton, on_body = self.skeleton, self.on_body
        parents = torch.tensor(skeleton.parents[1:])
        # Joints: the offset of each joint on the way, in the axes of its parent.
        steps = joint_offsets.new_zeros(*joint_offsets.shape[:-2], self.segments, 3, self.segments)
        steps[..., parents, :, torch.arange(1, self.segments)] = joint_offsets[..., 1:, :].movedim(-2, 0)
        joints = steps @ self._on_the_way.T.to(steps)
        carriers = torch.tensor([skeleton.segment_of[marker] for marker in on_body])
        markers = joints[..., carriers]
        markers[..., carriers, :, torch.arange(len(on_body))] += marker_offsets[..., on_body, :].movedim(-2, 0)
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
        return *self.apply(root, rotations, step), moved + step

    def apply(self, root: Tensor, rotations: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
        """The root and rotations after a step (phrases, frames, 3 segments + 3).

        A segment turns by the sum of the rotation vectors on the way to it, which is the rotations one after another
        up to terms of second order: a further step makes up for these.
        """
        turns = self._on_the_way.to(step) @ step[..., :-3].unflatten(-1, (-1, 3))
        return root + step[..., -3:], rotation_vectors_to_matrices(turns) @ rotations

    def _solve(self, points: Tensor, targets: Tensor, moved: Tensor) -> Tensor:
        """Rotation vectors of the joints and the root's translation, of frames: (frames, 3 segments + 3).

        The normal equations come from moments of the markers that each joint moves, since two joints have markers in
        common only where one is on the way to the other: a tenth of the work of derivatives of every marker.

        Args:
            points: joints, then markers on the body (frames, xyz, segments + markers).
            targets: (frames, xyz, markers).
            moved: see `step` (frames, 3 segments + 3).
        """
        points, missing = points.transpose(1, 2), (targets - points[:, :, self.segments :]).transpose(1, 2)
        joints, markers = points[:, : self.segments], points[:, self.segments :]
        normal = self._normal_matrix(joints, markers)
        moves = self._moves.to(points)
        force = moves @ missing
        torque = moves @ torch.linalg.cross(markers, missing) - torch.linalg.cross(joints, force)
        weights = points.new_full((3 * self.segments + 3,), ROTATION_WEIGHT)
        weights[-3:] = TRANSLATION_WEIGHT
        gradient = torch.cat([torque.flatten(1), force[:, 0]], dim=1) - weights * moved
        normal.diagonal(dim1=1, dim2=2).add_(weights)
        factor, _ = torch.linalg.cholesky_ex(normal)
        return torch.cholesky_solve(gradient[..., None], factor)[..., 0]

    def _normal_matrix(self, joints: Tensor, markers: Tensor) -> Tensor:
        """Sums of products of the markers' derivatives: (frames, 3 segments + 3, the same).

        With arms a and b from two joints to a marker, the product of its derivatives is (a · b) I - b aᵀ; summed over
        the markers that the joint of a moves, it follows from their number, sum and second moments.

        Args:
            joints: (frames, segments, 3).
            markers: on the body (frames, markers, 3).
        """
        frames, segments = len(joints), self.segments
        moves, on_the_way = self._moves.to(markers), self._on_the_way.to(markers)
        count = moves.sum(dim=1)[:, None]
        total = moves @ markers
        second = moves @ (markers[..., :, None] * markers[..., None, :]).flatten(2)
        arms = total - count * joints  # of the markers that each joint moves, summed
        # Σ a pᵀ, then Σ a bᵀ for all pairs: (frames, joint of a, joint of b, 3, 3).
        about_joint = second.unflatten(2, (3, 3)) - joints[..., :, None] * total[..., None, :]
        pairs = arms[:, :, None, :, None] * joints[:, None, :, None, :] - about_joint[:, :, None]
        trace = pairs.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
        pairs.diagonal(dim1=-2, dim2=-1).sub_(trace[..., None])
        pairs *= on_the_way[..., None, None]
        normal = markers.new_empty(frames, 3 * segments + 3, 3 * segments + 3)
        # Only the lower triangle is read: parents come before children.
        normal[:, :-3, :-3] = pairs.permute(0, 1, 4, 2, 3).flatten(3, 4).flatten(1, 2)
        x, y, z = arms.unbind(dim=-1)
        zero = torch.zeros_like(x)
        shifts = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).unflatten(1, (3, 3))
        normal[:, -3:, :-3] = shifts.transpose(1, 2).transpose(2, 3).flatten(2)
        normal[:, -3:, -3:] = count[0] * torch.eye(3).to(markers)
        return normal

    def _path(self, segment: int) -> list[int]:
        """The segments from one to the root, both included."""
        path = [segment]
        while (parent := self.skeleton.parents[path[-1]]) >= 0:
            path.append(parent)
        return path


def rotation_vectors_to_matrices(vectors: Tensor) -> Tensor:
    """Rotation matrices (…, 3, 3) of rotation vectors (…, 3), radians: Rodrigues' formula."""
    squared = vectors.square().sum(dim=-1).clamp_min(1e-12)[..., None, None]
    angle = squared.sqrt()
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))
    identity = torch.eye(3, dtype=vectors.dtype, device=vectors.device)
    return identity + torch.sin(angle) / angle * cross + (1 - torch.cos(angle)) / squared * (cross @ cross)
