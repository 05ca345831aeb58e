"""A pelvis on two legs of 0.4 m and 0.3 m, with feet of a heel and a toe marker 0.2 m before it, without a height."""

import math

import torch
from torch import Tensor

from mariel.kinematics.body import Body
from mariel.kinematics.skeleton import Skeleton
from mariel.motion.marker_set import MarkerSet
from tests.kinematics.arm import matrix_columns

SIDES = ("left", "right")
WALKER = MarkerSet(
    "walker",
    ("A", "B", "C", "LKNE", "LANK", "LHEL", "LTOE", "RKNE", "RANK", "RHEL", "RTOE"),
    segments=(
        ("pelvis", ("A", "B", "C")),
        *(
            (f"{side}_{part}", tuple(side[0].upper() + label for label in labels))
            for side in SIDES
            for part, labels in (("thigh", ("KNE",)), ("shank", ("ANK",)), ("foot", ("HEL", "TOE")))
        ),
    ),
    parents=tuple(
        pair
        for side in SIDES
        for pair in (
            (f"{side}_thigh", "pelvis"),
            (f"{side}_shank", f"{side}_thigh"),
            (f"{side}_foot", f"{side}_shank"),
        )
    ),
)
THIGH, SHANK, STANDING = 0.4, 0.3, 0.5
"""Lengths, and the height of the hip above the foot where the knee is bent by a right angle, metres."""

_LEG = [[0.0, 0, -THIGH], [0, 0, -SHANK]]
JOINT_OFFSETS = torch.tensor([[0.0, 0, 0], [0, 0.1, 0], *_LEG, [0, -0.1, 0], *_LEG])
_ON_LEG = [[0.0, 0, -THIGH], [0, 0, -SHANK], [0, 0, 0], [0.2, 0, 0]]
MARKER_OFFSETS = torch.tensor([[0.0, 0, 0], [0.1, 0, 0], [0, 0, 0.1], *_ON_LEG, *_ON_LEG])
HEELS, TOES = WALKER.indices(["LHEL", "RHEL"]), WALKER.indices(["LTOE", "RTOE"])


def walker_body(scale: float | Tensor = 1.0) -> Body:
    """The body, larger by a factor; or one for each phrase, by factors (phrases, 1, 1)."""
    return Body(Skeleton.from_marker_set(WALKER), JOINT_OFFSETS * scale, MARKER_OFFSETS * scale)


def standing(frames: int, phrases: int = 1) -> tuple[Tensor, Tensor]:
    """Root (phrases, frames, 3) and rotations (phrases, frames, 9, segments): ankles are below the hips, at z = 0."""
    thigh = rotation_about_y(torch.tensor(-math.atan2(0.24, 0.32)))  # of the triangle of sides 0.4, 0.3 and 0.5
    shank = rotation_about_y(torch.tensor(math.atan2(0.24, 0.18)))
    one = torch.stack([torch.eye(3), *[thigh, shank, torch.eye(3)] * 2])
    root = torch.tensor([0.0, 0, STANDING]).expand(phrases, frames, 3)
    return root.clone(), matrix_columns(one).expand(phrases, frames, 9, 7).clone()


def rotation_about_y(angles: Tensor) -> Tensor:
    """Rotations (…, 3, 3) by angles (…): a positive one turns what hangs down backwards, to -x."""
    c, s, zero, one = torch.cos(angles), torch.sin(angles), torch.zeros_like(angles), torch.ones_like(angles)
    return torch.stack([c, zero, s, zero, one, zero, -s, zero, c], dim=-1).unflatten(-1, (3, 3))
