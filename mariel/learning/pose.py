"""What the decoder says of each frame, and how that becomes markers: a body's pose, or the markers themselves.

A pose is one row of numbers a frame. The first say how the body is held, as somebody sees it who walks and turns with
the dancer; then comes a logit for every foot, that it stands; the last three are the path of the body on the floor
(x, y; metres) and its heading (radians), both from the phrase's first frame.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from mariel.learning.body import (
    Body,
    Skeleton,
    fit_body,
    forward_kinematics,
    has_body,
    lever_arms,
    orthonormal,
    six_numbers,
)
from mariel.learning.footing import SURE, Footing
from mariel.learning.placing import Placing, to_positions, turned
from mariel.motion.marker_set import MarkerSet

Feet = Literal["said", "sure", "free"]

FIT_FRAMES = 256
"""Frames a body is fitted to; more do not make it better."""


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

    def fit(self, phrases: Tensor) -> None:
        """Measure floor and body in phrases (phrases, frames, xyz, markers)."""
        self.footing.fit(phrases)

    def of(self, planes: Tensor, placing: Placing) -> Tensor:
        """The poses (phrases, frames, size) of phrases (phrases, frames, xyz, markers) that begin at the origin."""
        held, path, heading = self.held_and_path(planes, placing)
        return torch.cat([held, self.footing.standing(planes, self.fps), path, heading[..., None]], dim=-1)

    def held_and_path(self, planes: Tensor, placing: Placing) -> tuple[Tensor, Tensor, Tensor]:
        """How bodies are held (phrases, frames, held), their paths (phrases, frames, 2) and headings."""
        raise TypeError(f"{type(self).__name__} describes nothing")

    def show(self, poses: Tensor, *, feet: Feet = "said") -> Tensor:
        """Phrases (phrases, frames, xyz, markers), beginning near the origin, of poses (phrases, frames, size).

        Args:
            poses: see the module.
            feet: let those feet stand that the poses say stand; or be "sure": let every low foot stand, for phrases
                that nobody danced; or "free": leave path and height as the decoder has them.
        """
        held, stands, path, heading = poses.split([self.held, self.footing.feet, 2, 1], dim=-1)
        ground = torch.cat([path, torch.zeros_like(heading)], dim=-1)
        planes = turned(self.hold(held), heading[..., 0]) + ground[..., None]
        if feet == "free" or not self.footing.feet:
            return planes
        return self.footing.stand(planes, torch.full_like(stands, SURE) if feet == "sure" else stands)

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

    def fit(self, phrases: Tensor) -> None:
        """Measure the floor, and fit joints and markers to frames of many phrases."""
        super().fit(phrases)
        frames = phrases.flatten(0, 1)
        chosen = torch.linspace(0, len(frames) - 1, min(FIT_FRAMES, len(frames)), device=frames.device).round().long()
        body = fit_body(to_positions(frames[chosen]), self.marker_set)
        self.joints.copy_(body.joints)
        self.places.copy_(body.places)

    def held_and_path(self, planes: Tensor, placing: Placing) -> tuple[Tensor, Tensor, Tensor]:
        """See `Pose`; the path is that of the root segment's joint."""
        _, _, heading = placing.follow(planes)
        root, rotations = self.body.pose(to_positions(planes).flatten(0, 1))
        # Columns of a rotation turn about the vertical as markers do.
        held = turned(six_numbers(rotations).unflatten(-2, (2, 3)), -heading.flatten()[:, None])
        held, root = held.flatten(1).unflatten(0, heading.shape), root.unflatten(0, heading.shape)
        return torch.cat([held, root[..., 2:]], dim=-1), root[..., :2], heading

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
