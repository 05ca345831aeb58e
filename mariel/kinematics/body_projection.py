"""Projection of markers on a body: from phrases of free markers to those of rigid segments joined at points.

A decoder of positions knows nothing of limbs, and what it decodes stretches. Here the body's proportions and its
poses that come nearest to the decoded markers are fitted, and forward kinematics gives the markers of that body:

- Proportions are those of the mean body and a few principal components of the bodies of the training takes, one set
  per phrase, by linear least squares.
- The initial estimate of each frame's pose is linear in its markers, and therefore continuous over time and never the
  wrong way round; two Gauss-Newton steps follow (`mariel.kinematics.pose_fit`).
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from mariel.kinematics.body import Body, fit_body
from mariel.kinematics.canonical_frame import from_channels_first
from mariel.kinematics.fit_lengths import fit_lengths
from mariel.kinematics.pose_fit import PoseFit, Poses
from mariel.kinematics.rotations import rotation_6d, rotations_from_6d
from mariel.kinematics.skeleton import Skeleton
from mariel.motion.marker_set import MarkerSet
from mariel.numerics import evenly_spaced_rows

BODY_FRAMES, REGRESSION_FRAMES, TAKE_FRAMES = 256, 2048, 128
"""Frames to which the mean body, the regression from markers to poses, and the body of each take are fitted; more do
not improve them."""

REGRESSION_RIDGE = 1e-4
"""Ridge penalty of that regression, square metres per frame: noise of a centimetre, as decoded markers have."""

PROPORTION_COMPONENTS = 8
"""Principal components of the bodies of takes."""

PROPORTION_RIDGE = 3e-4
"""Square metres per frame that a component of one standard deviation costs: a phrase of one pose tells little."""

MAX_PROPORTION = 3.0
"""Standard deviations of a component that are approached, but not exceeded: bodies stay human at any temperature."""

FRAME_STEP = 4
"""Of every so many frames poses are fitted in two steps; the others begin between them, and only have the second one.
A phrase moves slowly enough: its curves have periods of eight frames and more. A third step would change markers by
0.1 mm on average."""

FIT_ROUNDS = 3
"""Rounds of poses and lengths in which the body of a take is fitted."""


class ProjectedBody(NamedTuple):
    """Poses, and the proportions of the body that has them.

    Args:
        root: position of the root joint (phrases, frames, 3), metres.
        rotations: of the segments (phrases, frames, 9, segments) as `rotations_from_6d` gives.
        joint_offsets: of joints on their parents (phrases, segments, 3), metres.
        marker_offsets: of markers on their segments (phrases, markers, 3), metres.
    """

    root: Tensor
    rotations: Tensor
    joint_offsets: Tensor
    marker_offsets: Tensor


class BodyProjection(nn.Module):
    """See the module.

    Args:
        marker_set: with a jointed body.

    Raises:
        SettingsError: it has none.
    """

    joint_offsets: Tensor
    marker_offsets: Tensor
    proportions: Tensor
    regression: Tensor

    def __init__(self, marker_set: MarkerSet) -> None:
        super().__init__()
        self.skeleton = Skeleton.from_marker_set(marker_set)
        self.marker_set, self.pose_fit = marker_set, PoseFit(self.skeleton)
        segments, markers = len(self.skeleton.names), len(marker_set)
        self.register_buffer("joint_offsets", torch.zeros(segments, 3))
        self.register_buffer("marker_offsets", torch.zeros(markers, 3))
        self.register_buffer("proportions", torch.zeros(PROPORTION_COMPONENTS, segments + markers, 3))
        self.register_buffer("regression", torch.zeros(3 * markers + 1, 6 * segments + 3))

    @property
    def body(self) -> Body:
        """The mean body."""
        return Body(self.skeleton, self.joint_offsets, self.marker_offsets)

    @torch.no_grad()
    def fit(self, frames_of_takes: Mapping[str, Tensor]) -> None:
        """Fit the mean body, the components of proportions, and the regression.

        Args:
            frames_of_takes: frames (frames, xyz, markers) of each take in many poses, metres, centred at the origin
                and facing +x, see `CanonicalFrame.remove_root_motion`.
        """
        frames = torch.cat(list(frames_of_takes.values()))
        some = from_channels_first(evenly_spaced_frames(frames, BODY_FRAMES))
        body = fit_body(some, self.marker_set)
        self.joint_offsets.copy_(body.joint_offsets)
        self.marker_offsets.copy_(body.marker_offsets)
        frames = evenly_spaced_frames(frames, REGRESSION_FRAMES)
        self._fit_regression(frames, *body.fit_pose(from_channels_first(frames)))
        poses = self._fit_poses(frames[None], *self._numpy(self.joint_offsets, self.marker_offsets))
        root, rotations = _one_phrase(poses)
        self._fit_regression(frames, root.to(frames), rotations.to(frames))
        self._fit_proportions(frames_of_takes)

    def _fit_regression(self, frames: Tensor, root: Tensor, rotations: Tensor) -> None:
        """The linear map from markers and a constant to rotations in 6D and the root's position."""
        targets = torch.cat([rotation_6d(rotations).flatten(1), root], dim=1).double()
        inputs = nn.functional.pad(frames.flatten(1), (0, 1), value=1.0).double()
        penalty = REGRESSION_RIDGE * len(inputs) * torch.eye(inputs.shape[1]).to(inputs)
        penalty[-1, -1] = 1e-9
        self.regression.copy_(torch.linalg.solve(inputs.T @ inputs + penalty, inputs.T @ targets))

    def _fit_proportions(self, frames_of_takes: Mapping[str, Tensor]) -> None:
        """Fit a body to every take, and set their mean and principal components."""
        bodies = [
            torch.cat(self._fit_take(evenly_spaced_frames(frames, TAKE_FRAMES)))
            for frames in frames_of_takes.values()
        ]
        stacked = torch.stack(bodies)
        mean = stacked.mean(dim=0)
        _, values, vectors = torch.linalg.svd((stacked - mean).flatten(1), full_matrices=False)
        count = min(PROPORTION_COMPONENTS, len(bodies) - 1)
        self.proportions.zero_()
        scaled = values[:count, None] / len(bodies) ** 0.5 * vectors[:count]
        self.proportions[:count] = scaled.unflatten(1, (-1, 3))
        self.joint_offsets.copy_(mean[: len(self.joint_offsets)])
        self.marker_offsets.copy_(mean[len(self.joint_offsets) :])

    def _fit_take(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Joint and marker offsets of the body of a take's frames (frames, xyz, markers).

        It begins as the mean body in the take's size: where joints are along their axes, markers do not tell.
        """
        fit = self.pose_fit
        joints, markers = self._numpy(self.joint_offsets, self.marker_offsets)
        targets = fit.targets(*self._numpy(frames[None]))
        poses = self._fit_poses(frames[None], joints, markers)
        points = fit.positions(poses, fit.linear_map(joints, markers)[None])[:, fit.segments :]
        points, wanted = (each - each.mean(axis=1, keepdims=True) for each in (points, targets))
        size = (points * wanted).sum() / np.maximum(np.square(points).sum(), np.float32(1e-12))
        positions = from_channels_first(frames).cpu()
        lengths = torch.from_numpy(size * joints), torch.from_numpy(size * markers)
        for _ in range(FIT_ROUNDS):
            linear_map = fit.linear_map(*self._numpy(*lengths))
            poses, _ = fit.step(poses, linear_map[None], targets)
            lengths = fit_lengths(self.skeleton, positions, _one_phrase(poses)[1], *lengths, steps=1)
        return lengths

    @torch.no_grad()
    def forward(self, local: Tensor) -> ProjectedBody:
        """The bodies and poses nearest to phrases of markers.

        Args:
            local: (phrases, frames, xyz, markers), metres; each frame centred at the origin and facing +x.
        """
        poses, targets = self.estimate_pose(local), self.pose_fit.targets(*self._numpy(local))
        offsets, count = self._offsets(), local.shape[1]
        maps = self.pose_fit.linear_map(offsets[:, : self.pose_fit.segments], offsets[:, self.pose_fit.segments :])
        some = np.linspace(0, count - 1, -(-count // FRAME_STEP) + 1).round().astype(int)
        weights, moved = self._fit_some_frames(poses.frames(some), targets[..., some], maps)
        poses = self.pose_fit.apply(poses, _interpolate(moved, count))
        poses, _ = self.pose_fit.step(poses, _mix(maps, weights), targets)
        found = (poses.root.transpose(1, 2, 0), poses.columns, _mix(offsets, weights))
        root, rotations, offsets = (torch.from_numpy(each).to(local) for each in found)
        return ProjectedBody(root, rotations, *offsets.split([len(self.joint_offsets), len(self.marker_offsets)], 1))

    def _offsets(self) -> np.ndarray:
        """Offsets of joints and markers, of the mean body and then of the components: (1 + components, …, 3).

        Linear maps are linear in them, see `PoseFit.linear_map`.
        """
        joints, markers, proportions = self._numpy(self.joint_offsets, self.marker_offsets, self.proportions)
        return np.concatenate([np.concatenate([joints, markers])[None], proportions])

    @staticmethod
    def _numpy(*tensors: Tensor) -> tuple[np.ndarray, ...]:
        return tuple(tensor.detach().float().cpu().numpy() for tensor in tensors)

    def estimate_pose(self, local: Tensor) -> Poses:
        """The initial estimate of phrases (phrases, frames, xyz, markers), linear in their markers."""
        values = local.flatten(2) @ self.regression[:-1] + self.regression[-1]
        columns = rotations_from_6d(values[..., :-3].unflatten(-1, (6, -1)))
        return Poses.from_columns(*self._numpy(values[..., -3:], columns))

    def _fit_some_frames(self, poses: Poses, targets: np.ndarray, maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weights of the components that fit some frames of phrases, and how their poses move: see `PoseFit.step`."""
        linear_map = _mix(maps, self._fit_weights(poses, targets, maps))
        poses, moved = self.pose_fit.step(poses, linear_map, targets)
        return self._fit_weights(poses, targets, maps), moved

    def _fit_poses(self, local: Tensor, joints: np.ndarray, markers: np.ndarray) -> Poses:
        """The poses of one body (segments, 3), (markers, 3) that are nearest to phrases."""
        poses, targets = self.estimate_pose(local), self.pose_fit.targets(*self._numpy(local))
        linear_map, moved = self.pose_fit.linear_map(joints, markers)[None], None
        for _ in range(2):
            poses, moved = self.pose_fit.step(poses, linear_map, targets, moved)
        return poses

    def _fit_weights(self, poses: Poses, targets: np.ndarray, maps: np.ndarray) -> np.ndarray:
        """Weights (phrases, components) of the bodies that fit phrases in given poses best, in standard deviations.

        Markers are linear in the offsets, and offsets in the weights: all that counts of the frames are second
        moments of the rotations, and of rotations with markers.

        Args:
            poses: of phrases.
            targets: markers on the body (xyz, markers, phrases, frames), metres.
            maps: linear maps of the mean body and of the components.
        """
        # The root follows, so that only differences between markers count.
        maps = maps[:, self.pose_fit.segments :]
        maps = maps - maps.mean(axis=1, keepdims=True)  # (1 + components, markers, 3 segments)
        bodies, markers, columns = maps.shape
        phrases = targets.shape[2]
        rotations = (
            poses.rotations.reshape(3, columns, phrases, -1).transpose(2, 1, 0, 3).reshape(phrases, columns, -1)
        )
        wanted = targets.transpose(2, 1, 0, 3).reshape(phrases, markers, -1)
        explained = maps.reshape(-1, columns) @ (rotations @ rotations.swapaxes(1, 2))
        flat = maps.reshape(bodies, -1)
        products = explained.reshape(phrases, bodies, -1) @ flat.T  # (phrases, 1 + components, the same)
        right = (wanted @ rotations.swapaxes(1, 2)).reshape(phrases, -1) @ flat[1:].T - products[:, 0, 1:]
        normal = products[:, 1:, 1:] + PROPORTION_RIDGE * targets.shape[-1] * np.eye(bodies - 1, dtype=np.float32)
        weights = np.linalg.solve(normal, right[..., None])[..., 0]
        return MAX_PROPORTION * np.tanh(weights / MAX_PROPORTION)


def _mix(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The first of values (1 + components, …) plus the others, by weights (phrases, components): (phrases, …)."""
    mixed = weights @ values[1:].reshape(len(values) - 1, -1)
    return values[0] + mixed.reshape(-1, *values.shape[1:])


def _interpolate(moved: np.ndarray, count: int) -> np.ndarray:
    """Values of evenly spaced frames (…, some), the first and the last among them, at all: (…, count)."""
    at = np.linspace(0, moved.shape[-1] - 1, count)
    before = np.minimum(at.astype(int), max(moved.shape[-1] - 2, 0))
    share = (at - before).astype(np.float32)
    first, second = moved[..., before], moved[..., np.minimum(before + 1, moved.shape[-1] - 1)]
    return first + share * (second - first)


def _one_phrase(poses: Poses) -> tuple[Tensor, Tensor]:
    """The root (frames, 3) and rotations (frames, segments, 3, 3) of one phrase's poses."""
    root, rotations = poses.root[:, 0].T, poses.rotations[..., 0, :].transpose(3, 1, 0, 2)
    return torch.from_numpy(root), torch.from_numpy(rotations)


def evenly_spaced_frames(frames: Tensor, max_count: int) -> Tensor:
    """At most `max_count` of some frames (frames, …), evenly spaced."""
    return frames[torch.from_numpy(evenly_spaced_rows(len(frames), max_count)).to(frames.device)]
