"""The poses of a body that are nearest to markers, by Gauss-Newton steps on all joints at once.

Fitting one segment after another from the root outwards pushes every error of a joint to the limb that hangs from it.
Here a frame's root position and rotations are solved for together; a weight on each rotation keeps the pose near its
initial estimate where markers say little about it.

Lugrís et al., *Human motion capture, reconstruction and musculoskeletal analysis in real time*, Multibody System
Dynamics 60 (2024) 3, compare this with fitting segments one by one; the derivatives are those of a chain of joints:
Buss, *Introduction to Inverse Kinematics*, 2004, section 2.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from mariel.kinematics.normal_equations import NormalEquations
from mariel.kinematics.skeleton import Skeleton

ROTATION_WEIGHT = 3e-3
"""Square metres per square radian of a joint's rotation from its initial estimate: as much as one marker, 5 cm from
the joint, counts. Less lets hands turn about themselves; four times as much raises errors."""

TRANSLATION_WEIGHT = 1e-6
"""The same for the root's position, per square metre: it is well determined, and this only keeps matrices regular."""

FRAMES_PER_BLOCK = 256
"""Frames that are solved for at once: their matrices stay in the processor's cache."""


class Poses(NamedTuple):
    """Poses of phrases. Frames come last, so that every operation works on long contiguous rows.

    Args:
        root: position of the root joint (xyz, phrases, frames), metres.
        rotations: from each segment's own axes to the room's (xyz, segments, own axis, phrases, frames).
    """

    root: Tensor
    rotations: Tensor

    @classmethod
    def from_columns(cls, root: Tensor, columns: Tensor) -> "Poses":
        """Of a root (phrases, frames, 3) and rotations (phrases, frames, 9, segments), see `rotations_from_6d`."""
        rotations = columns.unflatten(2, (3, 3)).permute(3, 4, 2, 0, 1)
        return cls(root.permute(2, 0, 1).contiguous(), rotations.contiguous())

    @property
    def columns(self) -> Tensor:
        """Rotations (phrases, frames, 9, segments)."""
        return self.rotations.permute(3, 4, 2, 0, 1).flatten(2, 3)

    def frames(self, index: Tensor) -> "Poses":
        """Some of the frames."""
        return Poses(self.root[..., index], self.rotations[..., index])

    def moved(self, shift: Tensor, turns: Tensor) -> "Poses":
        """The root shifted (xyz, phrases, frames), segments turned by rotation vectors (xyz, segments, …)."""
        return Poses(self.root + shift, rotate(self.rotations, turns[:, :, None]))


class PoseFit:
    """Moves poses of a skeleton towards markers.

    Bodies are given by the linear map of `linear_map`, which may differ from phrase to phrase. Markers are those on
    the body, and have their frames last, too: (xyz, markers, phrases, frames).

    Args:
        skeleton: the hierarchy of the segments.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        self.skeleton = skeleton
        self.segments = len(skeleton.names)
        self.on_body = [marker for marker, segment in enumerate(skeleton.segment_of) if segment >= 0]
        self._carriers = [skeleton.segment_of[marker] for marker in self.on_body]
        self.equations = NormalEquations(skeleton.parents, self._carriers)
        # From lists: sums and products of tensors without memory import PyTorch's compiler, see `PhraseModel`.
        paths = self.equations.paths
        self._weights = torch.tensor([TRANSLATION_WEIGHT, *[ROTATION_WEIGHT] * self.segments])
        self._on_the_way = torch.tensor([[float(joint in path) for joint in range(self.segments)] for path in paths])
        """Which joints are on the way from the root to each segment: (segments, joints)."""

    def targets(self, local: Tensor) -> Tensor:
        """The markers on the body, frames last, of phrases (phrases, frames, xyz, markers)."""
        return local[..., self.on_body].permute(2, 3, 0, 1).contiguous()

    def linear_map(self, joint_offsets: Tensor, marker_offsets: Tensor) -> Tensor:
        """A body's joints and markers as a linear map of its rotations: (…, segments + markers on it, 3 segments).

        Args:
            joint_offsets: of joints on their parents (…, segments, 3), metres.
            marker_offsets: of markers on their segments (…, markers, 3), metres.
        """
        parents = torch.tensor(self.skeleton.parents[1:])
        # Joints: the offset of each joint on the way, in the axes of its parent.
        steps = joint_offsets.new_zeros(*joint_offsets.shape[:-2], self.segments, self.segments, 3)
        steps[..., torch.arange(1, self.segments), parents, :] = joint_offsets[..., 1:, :]
        joints = (self._on_the_way.to(steps) @ steps.flatten(-2)).unflatten(-1, (-1, 3))
        carriers = torch.tensor(self._carriers)
        markers = joints[..., carriers, :, :]
        markers[..., torch.arange(len(carriers)), carriers, :] += marker_offsets[..., self.on_body, :]
        return torch.cat([joints, markers], dim=-3).flatten(-2)

    def positions(self, poses: Poses, linear_map: Tensor) -> Tensor:
        """Joints, then markers on the body: (xyz, segments + markers, phrases, frames), metres.

        Args:
            poses: of phrases.
            linear_map: of their bodies (phrases, …), see `linear_map`.
        """
        rotations = poses.rotations.flatten(1, 2).permute(2, 0, 1, 3)  # (phrases, xyz, 3 segments, frames)
        points = linear_map[:, None] @ rotations
        return points.permute(1, 2, 0, 3) + poses.root[:, None]

    def step(
        self, poses: Poses, linear_map: Tensor, targets: Tensor, moved: Tensor | None = None
    ) -> tuple[Poses, Tensor]:
        """One Gauss-Newton step.

        Args:
            poses: of phrases.
            linear_map: of their bodies (phrases, …), see `linear_map`.
            targets: markers on the body (xyz, markers, phrases, frames), metres.
            moved: what earlier steps returned, None for the first.

        Returns:
            The new poses, and all that was moved so far (xyz, 1 + segments, phrases, frames), as `apply` takes it.
        """
        points = self.positions(poses, linear_map).flatten(2)
        joints, markers = points[:, self.equations.order], points[:, self.segments :]
        missing = targets.flatten(2) - markers
        pull = torch.zeros_like(points[:, : 1 + self.segments]) if moved is None else moved.flatten(2)
        weights = self._weights.to(points)
        pull = weights[:, None] * pull
        parts = [
            self._solve(joints[..., block], markers[..., block], missing[..., block], pull[..., block], weights)
            for block in _slices(joints.shape[2], FRAMES_PER_BLOCK)
        ]
        step = torch.cat(parts, dim=2)
        step = step.unflatten(2, targets.shape[2:])
        return self.apply(poses, step), step if moved is None else moved + step

    def _solve(self, joints: Tensor, markers: Tensor, missing: Tensor, pull: Tensor, weights: Tensor) -> Tensor:
        gradient = self.equations.gradient(joints, markers, missing) - pull
        return self.equations.solve(self.equations.matrix(joints, markers), gradient, weights)

    def apply(self, poses: Poses, step: Tensor) -> Poses:
        """Poses after a step: the root's translation, then rotation vectors of the joints (xyz, 1 + segments, …).

        A segment turns by the sum of the rotation vectors on the way to it, which is the rotations one after another
        up to terms of second order: a further step makes up for these.
        """
        turns = self._on_the_way[:, self.equations.order].to(step) @ step[:, 1:].flatten(2)
        return poses.moved(step[:, 0], turns.unflatten(2, step.shape[2:]))


def _slices(count: int, size: int) -> list[slice]:
    """Slices of at most `size` that make up a count."""
    return [slice(first, first + size) for first in range(0, count, size)]


def rotate(vectors: Tensor, turns: Tensor) -> Tensor:
    """Vectors (xyz, …) turned by rotation vectors (xyz, …), radians: Rodrigues' formula."""
    squared = turns.square().sum(dim=0).clamp_min(1e-12)
    angle = squared.sqrt()
    once = torch.linalg.cross(turns, vectors, dim=0)
    twice = torch.linalg.cross(turns, once, dim=0)
    return vectors + torch.sin(angle) / angle * once + (1 - torch.cos(angle)) / squared * twice
