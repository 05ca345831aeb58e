"""What the decoder says of each frame, and how that becomes markers: a body's pose, or the markers themselves.

A pose is one row of numbers a frame. The first say how the body is held, as somebody sees it who walks and turns with
the dancer; then comes a logit for every foot, that it stands; the last three are the path of the body on the floor
(x, y; metres) and its heading (radians), both from the phrase's first frame.
"""

import torch
from torch import Tensor, nn

from mariel.kinematics.canonical_frame import Placing, to_positions, turned
from mariel.kinematics.foot_contact import SURE, Footing
from mariel.kinematics.skeleton import (
    Body,
    Skeleton,
    fit_body,
    forward_kinematics,
    has_body,
    lever_arms,
    orthonormal,
    six_numbers,
)
from mariel.motion.marker_set import MarkerSet

FIT_FRAMES, MAP_FRAMES = 256, 8192
"""Frames that a body, and the map from markers to its poses, are fitted to; more do not make them better."""

RIDGE = 1e-6
"""Squared metres a frame by which the map from markers to poses is kept small: a millimetre of noise."""


class Pose(nn.Module):
    """A way to say how a body is held.

    Args:
        marker_set: the markers.
        fps: frames a second.
        held: numbers a frame that say how the body is held.
    """

    def __init__(self, marker_set: MarkerSet, fps: float, held: int) -> None:
        super().__init__()
        self.fps, self.held = fps, held
        self.footing = Footing(marker_set)

    @property
    def size(self) -> int:
        """Numbers a frame."""
        return self.held + self.footing.feet + 3

    def fit(self, phrases: Tensor, placing: Placing) -> None:
        """Measure floor and body in phrases (phrases, frames, xyz, markers) that begin at the origin."""
        self.footing.fit(phrases)

    def of(self, planes: Tensor, placing: Placing) -> Tensor:
        """The poses (phrases, frames, size) of phrases (phrases, frames, xyz, markers) that begin at the origin."""
        held, path, heading = self.held_and_path(planes, placing)
        return torch.cat([held, self.footing.standing(planes, self.fps), path, heading[..., None]], dim=-1)

    def held_and_path(self, planes: Tensor, placing: Placing) -> tuple[Tensor, Tensor, Tensor]:
        """How bodies are held (phrases, frames, held), their paths (phrases, frames, 2) and headings."""
        raise TypeError(f"{type(self).__name__} describes nothing")

    def split(self, poses: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Poses (…, size) in parts: how bodies are held, which feet stand, path (…, 2) and heading (…, 1)."""
        return poses.split([self.held, self.footing.feet, 2, 1], dim=-1)

    def show(self, poses: Tensor, *, sure_footed: bool = False) -> Tensor:
        """Phrases (phrases, frames, xyz, markers), beginning near the origin, of poses (phrases, frames, size).

        Args:
            poses: see the module.
            sure_footed: let every low foot stand, for phrases that nobody danced; otherwise those that the poses
                say stand.
        """
        held, stands, path, heading = self.split(poses)
        ground = torch.cat([path, torch.zeros_like(heading)], dim=-1)
        planes = turned(self.hold(held), heading[..., 0]) + ground[..., None]
        if not self.footing.feet:
            return planes
        return self.footing.stand(planes, torch.full_like(stands, SURE) if sure_footed else stands, self.fps)

    def hold(self, held: Tensor) -> Tensor:
        """Planes (…, xyz, markers) of a body on the spot, of how it is held (…, held)."""
        raise TypeError(f"{type(self).__name__} shows nothing")


class MarkerPose(Pose):
    """Every marker's place: for marker sets without a jointed body."""

    def __init__(self, marker_set: MarkerSet, fps: float) -> None:
        super().__init__(marker_set, fps, 3 * len(marker_set))

    def held_and_path(self, planes: Tensor, placing: Placing) -> tuple[Tensor, Tensor, Tensor]:
        """See `Pose`; the path is that of the markers' middle."""
        body, path, heading = placing.follow(planes)
        return body.flatten(2), path, heading

    def hold(self, held: Tensor) -> Tensor:
        """See `Pose.hold`."""
        return held.unflatten(-1, (3, -1))


class BodyPose(Pose):
    """Six numbers for the rotation of every rigid segment, and the root's height: limbs cannot stretch."""

    def __init__(self, marker_set: MarkerSet, fps: float) -> None:
        skeleton = Skeleton.of(marker_set)
        segments = len(skeleton.names)
        super().__init__(marker_set, fps, 6 * segments + 1)
        self.marker_set, self.skeleton = marker_set, skeleton
        self.register_buffer("joints", torch.zeros(segments, 3))
        self.register_buffer("places", torch.zeros(len(marker_set), 3))

    @property
    def body(self) -> Body:
        """The body that was fitted."""
        return Body(self.skeleton, self.joints, self.places)

    def fit(self, phrases: Tensor, placing: Placing) -> None:
        """Measure the floor, fit joints and markers to frames of many phrases, and how poses follow from markers."""
        super().fit(phrases, placing)
        frames = phrases.flatten(0, 1)
        body = fit_body(to_positions(_some(frames, FIT_FRAMES)), self.marker_set)
        self.joints.copy_(body.joints)
        self.places.copy_(body.places)
        self._from_markers = self._pose_map(_some(frames, MAP_FRAMES), placing)

    def _pose_map(self, frames: Tensor, placing: Placing) -> Tensor:
        """The linear map from markers, and one, to six numbers a segment, height and place of the root joint.

        Columns of a rotation are linear in the markers that ride on it, so a map does for poses what a search in
        every frame would do in a hundred times the time.
        """
        body, _, _ = placing.follow(frames[:, None])
        root, rotations = self.body.pose(to_positions(body[:, 0]))
        held = torch.cat([six_numbers(rotations).flatten(1), root[:, 2:], root[:, :2]], dim=1)
        seen = _with_one(body.flatten(1)).double()
        normal = seen.T @ seen + RIDGE * len(seen) * torch.eye(seen.shape[1]).to(seen)
        return torch.linalg.solve(normal, seen.T @ held.double()).to(held)

    def held_and_path(self, planes: Tensor, placing: Placing) -> tuple[Tensor, Tensor, Tensor]:
        """See `Pose`; the path is that of the root segment's joint. Nearly right: by a linear map."""
        body, path, heading = placing.follow(planes)
        found = _with_one(body.flatten(2)) @ self._from_markers
        offset = torch.cat([found[..., -2:], torch.zeros_like(found[..., :1])], dim=-1)
        offset = turned(offset[..., None], heading)[..., :2, 0]
        return found[..., :-2], path + offset, heading

    def hold(self, held: Tensor) -> Tensor:
        """See `Pose.hold`."""
        six, height = held[..., :-1].unflatten(-1, (6, -1)), held[..., -1:]
        planes = forward_kinematics(orthonormal(six), lever_arms(self.skeleton, self.joints, self.places))
        lifted = torch.cat([torch.zeros_like(height).expand(*height.shape[:-1], 2), height], dim=-1)
        return planes + lifted[..., None]


def make_pose(decoder: str, marker_set: MarkerSet, fps: float) -> Pose:
    """A body where the marker set has one, or what is asked for.

    Args:
        decoder: "auto", "body" or "markers".
        marker_set: the markers.
        fps: frames a second.

    Raises:
        SettingsError: a body is asked for and the marker set has none.
    """
    if decoder == "body" or (decoder == "auto" and has_body(marker_set)):
        return BodyPose(marker_set, fps)
    return MarkerPose(marker_set, fps)


def _some(frames: Tensor, most: int) -> Tensor:
    """At most so many of some frames, evenly spread."""
    chosen = torch.linspace(0, len(frames) - 1, min(most, len(frames)), device=frames.device)
    return frames[chosen.round().long()]


def _with_one(numbers: Tensor) -> Tensor:
    return torch.cat([numbers, torch.ones_like(numbers[..., :1])], dim=-1)
