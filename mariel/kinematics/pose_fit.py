"""The poses of a body that are nearest to markers, by Gauss-Newton steps on all joints at once.

Fitting one segment after another from the root outwards pushes every error of a joint to the limb that hangs from it.
Here a frame's root position and rotations are solved for together; a weight on each rotation keeps the pose near its
initial estimate where markers say little about it.

Lugrís et al., *Human motion capture, reconstruction and musculoskeletal analysis in real time*, Multibody System
Dynamics 60 (2024) 3, compare this with fitting segments one by one; the derivatives are those of a chain of joints:
Buss, *Introduction to Inverse Kinematics*, 2004, section 2.
"""

from typing import NamedTuple

import numpy as np

from mariel.kinematics.normal_equations import NormalEquations, cross
from mariel.kinematics.skeleton import Skeleton

ROTATION_WEIGHT = 3e-3
"""Square metres per square radian of a joint's rotation from its initial estimate: as much as one marker, 5 cm from
the joint, counts. Less lets hands turn about themselves; four times as much raises errors."""

TRANSLATION_WEIGHT = 1e-6
"""The same for the root's position, per square metre: it is well determined, and this only keeps matrices regular."""

FRAMES_PER_BLOCK = 256
"""Frames that are solved for at once: their matrices stay in the processor's cache."""


class Poses(NamedTuple):
    """Poses of phrases, float32. Frames come last, so that every operation works on long contiguous rows.

    Args:
        root: position of the root joint (xyz, phrases, frames), metres.
        rotations: from each segment's own axes to the room's (xyz, segments, own axis, phrases, frames).
    """

    root: np.ndarray
    rotations: np.ndarray

    @classmethod
    def from_columns(cls, root: np.ndarray, columns: np.ndarray) -> "Poses":
        """Of a root (phrases, frames, 3) and rotations (phrases, frames, 9, segments), see `rotations_from_6d`."""
        rotations = columns.reshape(*columns.shape[:2], 3, 3, -1).transpose(3, 4, 2, 0, 1)
        return cls(np.ascontiguousarray(root.transpose(2, 0, 1)), np.ascontiguousarray(rotations))

    @property
    def columns(self) -> np.ndarray:
        """Rotations (phrases, frames, 9, segments)."""
        columns = self.rotations.transpose(3, 4, 2, 0, 1)
        return columns.reshape(*columns.shape[:2], 9, -1)

    def frames(self, index: np.ndarray) -> "Poses":
        """Some of the frames."""
        return Poses(self.root[..., index], self.rotations[..., index])

    def moved(self, shift: np.ndarray, turns: np.ndarray) -> "Poses":
        """The root shifted (xyz, phrases, frames), segments turned by rotation vectors (xyz, segments, …)."""
        return Poses(self.root + shift, rotate(self.rotations, turns[:, :, None]))


class PoseFit:
    """Moves poses of a skeleton towards markers.

    Bodies are given by the linear map of `linear_map`, which may differ from phrase to phrase. Markers are those on
    the body, and have their frames last, too: (xyz, markers, phrases, frames). All arrays are float32.

    Args:
        skeleton: the hierarchy of the segments.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        self.skeleton = skeleton
        self.segments = len(skeleton.names)
        self.on_body = [marker for marker, segment in enumerate(skeleton.segment_of) if segment >= 0]
        self._carriers = [skeleton.segment_of[marker] for marker in self.on_body]
        self.equations = NormalEquations(skeleton.parents, self._carriers)
        self._weights = np.array([TRANSLATION_WEIGHT, *[ROTATION_WEIGHT] * self.segments], np.float32)
        passes = [[float(joint in path) for joint in range(self.segments)] for path in self.equations.paths]
        self._on_the_way = np.array(passes, np.float32)
        """Which joints are on the way from the root to each segment: (segments, joints)."""
        self._turns = self._on_the_way[:, self.equations.order]

    def targets(self, local: np.ndarray) -> np.ndarray:
        """The markers on the body, frames last, of phrases (phrases, frames, xyz, markers)."""
        return np.ascontiguousarray(local.transpose(2, 3, 0, 1)[:, self.on_body])

    def linear_map(self, joint_offsets: np.ndarray, marker_offsets: np.ndarray) -> np.ndarray:
        """A body's joints and markers as a linear map of its rotations: (…, segments + markers on it, 3 segments).

        Args:
            joint_offsets: of joints on their parents (…, segments, 3), metres.
            marker_offsets: of markers on their segments (…, markers, 3), metres.
        """
        # Joints: the offset of each joint on the way, in the axes of its parent.
        steps = np.zeros((*joint_offsets.shape[:-2], self.segments, self.segments, 3), np.float32)
        for joint, parent in enumerate(self.skeleton.parents[1:], start=1):
            steps[..., joint, parent, :] = joint_offsets[..., joint, :]
        steps = steps.reshape(*steps.shape[:-2], -1)
        joints = self._on_the_way @ steps
        markers = joints[..., self._carriers, :]
        for row, (marker, carrier) in enumerate(zip(self.on_body, self._carriers, strict=True)):
            markers[..., row, 3 * carrier : 3 * carrier + 3] += marker_offsets[..., marker, :]
        return np.concatenate([joints, markers], axis=-2)

    def positions(self, poses: Poses, linear_map: np.ndarray) -> np.ndarray:
        """Joints, then markers on the body: (xyz, segments + markers, phrases, frames), metres.

        Args:
            poses: of phrases.
            linear_map: of their bodies (phrases, …), see `linear_map`.
        """
        xyz, segments, axes, phrases, frames = poses.rotations.shape
        rotations = poses.rotations.reshape(xyz, segments * axes, phrases, frames).transpose(2, 0, 1, 3)
        return (linear_map[:, None] @ rotations).transpose(1, 2, 0, 3) + poses.root[:, None]

    def step(
        self, poses: Poses, linear_map: np.ndarray, targets: np.ndarray, moved: np.ndarray | None = None
    ) -> tuple[Poses, np.ndarray]:
        """One Gauss-Newton step.

        Args:
            poses: of phrases.
            linear_map: of their bodies (phrases, …), see `linear_map`.
            targets: markers on the body (xyz, markers, phrases, frames), metres.
            moved: what earlier steps returned, None for the first.

        Returns:
            The new poses, and all that was moved so far (xyz, 1 + segments, phrases, frames), as `apply` takes it.
        """
        points = self.positions(poses, linear_map)
        step = np.empty((3, 1 + self.segments, *points.shape[2:]), np.float32)
        flat, flat_points, flat_targets = (each.reshape(*each.shape[:2], -1) for each in (step, points, targets))
        pull = None if moved is None else moved.reshape(flat.shape)
        for first in range(0, flat.shape[2], FRAMES_PER_BLOCK):
            block = np.s_[..., first : first + FRAMES_PER_BLOCK]
            joints = flat_points[block][:, self.equations.order]
            markers = np.ascontiguousarray(flat_points[block][:, self.segments :])
            gradient = self.equations.gradient(joints, markers, flat_targets[block] - markers)
            if pull is not None:
                gradient -= self._weights[:, None] * pull[block]
            flat[block] = self.equations.solve(self.equations.matrix(joints, markers), gradient, self._weights)
        return self.apply(poses, step), step if moved is None else moved + step

    def apply(self, poses: Poses, step: np.ndarray) -> Poses:
        """Poses after a step: the root's translation, then rotation vectors of the joints (xyz, 1 + segments, …).

        A segment turns by the sum of the rotation vectors on the way to it, which is the rotations one after another
        up to terms of second order: a further step makes up for these.
        """
        _, unknowns, phrases, frames = step.shape
        turns = self._turns @ step[:, 1:].reshape(3, unknowns - 1, -1)
        return poses.moved(step[:, 0], turns.reshape(3, -1, phrases, frames))


def rotate(vectors: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Vectors (xyz, …) turned by rotation vectors (xyz, …), radians: Rodrigues' formula."""
    squared = np.maximum(np.square(turns).sum(axis=0), np.float32(1e-12))
    angle = np.sqrt(squared)
    once = cross(turns, vectors)
    twice = cross(turns, once)
    once *= np.sin(angle) / angle
    twice *= (1 - np.cos(angle)) / squared
    once += twice
    once += vectors
    return once
