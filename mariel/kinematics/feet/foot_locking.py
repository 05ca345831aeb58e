"""Foot locking: standing feet are held in place by the root and by inverse kinematics of the legs.

Kovar, Schreiner and Gleicher, *Footskate Cleanup for Motion Capture Editing*, SCA 2002, give the steps: find when
feet stand, choose where, move the root smoothly to where the feet can be reached, solve each leg, and fade the
corrections. Here one problem of least squares gives the corrections of root and legs, see
`mariel.kinematics.feet.stances`.
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from mariel.kinematics.body import Body
from mariel.kinematics.feet.leg_ik import Leg, perpendicular, solve_leg, swing_vectors, unit_vectors
from mariel.kinematics.feet.stances import stance_corrections, stance_weights
from mariel.kinematics.forward_kinematics import forward_kinematics, segment_offsets
from mariel.kinematics.skeleton import Skeleton
from mariel.motion.marker_set import MarkerSet

SOLE_SCALE = 0.01
"""Metres by which a marker has to be higher than another of its foot to have 1 / e of its weight."""

LIFT_SECONDS = 0.1
"""Time before and after a frame with a marker below the floor in which the root is lifted and lowered."""


@dataclass(frozen=True)
class Legs:
    """Where legs are in a skeleton: segments, and rows of the markers of `points`.

    Args:
        feet: number of each leg's foot among all feet of the marker set.
        thighs: segment of each leg's thigh.
        shanks: of its shank.
        foot_segments: of its foot.
        soles: columns of the markers of each leg's foot.
        points: the skeleton whose markers are those of the feet, foot by foot, and then all hips, all knees and all
            ankles.
    """

    feet: tuple[int, ...]
    thighs: tuple[int, ...]
    shanks: tuple[int, ...]
    foot_segments: tuple[int, ...]
    soles: tuple[tuple[int, ...], ...]
    points: Skeleton


@lru_cache(maxsize=64)
def find_legs(skeleton: Skeleton, marker_set: MarkerSet) -> Legs:
    """The legs of a body: feet whose segment follows a shank, and that a thigh, with markers on the foot."""
    feet = [name for name, _ in marker_set.segments if name.endswith("foot")]
    legs = []
    for number, (name, labels) in enumerate(zip(feet, marker_set.feet(), strict=True)):
        foot = skeleton.names.index(name) if name in skeleton.names else -1
        shank = skeleton.parents[foot] if foot >= 0 else -1
        thigh = skeleton.parents[shank] if shank >= 0 else -1
        chain = thigh >= 0 and skeleton.names[shank].endswith("shank") and skeleton.names[thigh].endswith("thigh")
        sole = tuple(column for column in marker_set.indices(labels) if skeleton.segment_of[column] >= 0)
        if chain and sole and skeleton.parents[thigh] >= 0:
            legs.append((number, thigh, shank, foot, sole))
    numbers, thighs, shanks, foot_segments, soles = zip(*legs, strict=True) if legs else ((),) * 5
    on_soles = [skeleton.segment_of[column] for sole in soles for column in sole]
    points = Skeleton(skeleton.names, skeleton.parents, (*on_soles, *thighs, *shanks, *foot_segments))
    return Legs(numbers, thighs, shanks, foot_segments, soles, points)


class FootLocking:
    """Holds the standing feet of a body.

    Args:
        body: offsets as they are fitted, or of a body for each phrase: joint offsets (phrases, segments, 3) and
            marker offsets (phrases, markers, 3).
        marker_set: its markers. Feet are as in `mariel.kinematics.feet.foot_contact`; those on no shank and thigh
            are left as they are.
    """

    def __init__(self, body: Body, marker_set: MarkerSet) -> None:
        self.legs = legs = find_legs(body.skeleton, marker_set)
        self.offsets = body.segment_offsets
        self._columns = [column for sole in legs.soles for column in sole]
        joints = body.marker_offsets.new_zeros(*body.marker_offsets.shape[:-2], 3 * len(legs.feet), 3)
        on_soles = body.marker_offsets[..., self._columns, :]
        self._point_offsets = segment_offsets(legs.points, body.joint_offsets, torch.cat([on_soles, joints], dim=-2))

    @torch.no_grad()
    def apply(
        self, root: Tensor, rotations: Tensor, contact: Tensor, *, floor: float | Tensor, fps: float
    ) -> tuple[Tensor, Tensor]:
        """Poses in which standing feet do not slide and no marker is below the floor.

        Args:
            root: position of the root (phrases, frames, 3), metres, z up.
            rotations: of the segments, to the same axes, (phrases, frames, 9, segments) as `rotations_from_6d` gives.
            contact: probability that each foot of the marker set stands (phrases, frames, feet).
            floor: its height, metres.
            fps: frames per second.

        Returns:
            Root and rotations. Rotations of thighs and shanks change, all others are as they were. Without legs, and
            of phrases of one frame, both are returned as they are.
        """
        legs = self.legs
        if not legs.feet or root.shape[1] < 2:
            return root, rotations
        points = forward_kinematics(rotations, self._point_offsets, root).permute(2, 0, 1, 3).contiguous()
        soles, *joints = points.split([len(self._columns), *[len(legs.feet)] * 3], dim=3)
        leg = Leg(*joints)  # (xyz, phrases, frames, legs)
        stands = stance_weights(contact[..., list(legs.feet)], fps)
        moved_root, moved_feet = stance_corrections(*self._sole_steps(soles, stands), fps)
        if not (moved_root.any() or moved_feet.any()):
            return self._lift(root, rotations, floor, fps), rotations
        moved_root = nn.functional.pad(moved_root, (0, 1))
        hips = leg.hip + moved_root.permute(2, 0, 1)[..., None]
        targets = hips + (leg.ankle - leg.hip) + nn.functional.pad(moved_feet, (0, 1)).permute(3, 0, 1, 2)
        new = solve_leg(leg, hips, targets, _mean_bend(rotations[..., list(legs.thighs)], leg))
        rotations = _swing(rotations, legs.thighs + legs.shanks, _bones(leg), _bones(new))
        return self._lift(root + moved_root, rotations, floor, fps), rotations

    def _lift(self, root: Tensor, rotations: Tensor, floor: float | Tensor, fps: float) -> Tensor:
        """The root (phrases, frames, 3), lifted smoothly so that no marker is below the floor."""
        upwards = rotations[..., 2::3, :].flatten(2)  # (phrases, frames, own axis × segments)
        offsets = self.offsets.transpose(-1, -3).flatten(-3, -2)
        lift = (floor - root[..., 2] - (upwards @ offsets).amin(dim=-1)).clamp_min(0)
        if not lift.any():
            return root
        half = max(1, round(LIFT_SECONDS * fps / 2))
        highest = nn.functional.max_pool1d(lift[:, None], 4 * half + 1, stride=1, padding=2 * half)
        for _ in range(2):
            highest = nn.functional.pad(highest, (half, half), mode="replicate")
            highest = nn.functional.avg_pool1d(highest, 2 * half + 1, stride=1)
        return root + nn.functional.pad(highest.transpose(1, 2), (2, 0))

    def _sole_steps(self, soles: Tensor, stands: Tensor) -> tuple[Tensor, Tensor]:
        """Steps of the point at which each foot stands, and their weights, as `stance_corrections` takes them.

        The point is among the lowest markers: it goes from the heel to the toes as the heel lifts, without a step.

        Args:
            soles: markers of the feet (xyz, phrases, frames, markers), foot by foot.
            stands: probabilities (phrases, frames, feet).
        """
        steps = []
        for markers in soles.split([len(sole) for sole in self.legs.soles], dim=3):
            shares = torch.softmax(-markers[2] / SOLE_SCALE, dim=-1)
            shares = (shares[:, :-1] + shares[:, 1:]) / 2
            steps.append((shares * torch.diff(markers[:2], dim=2)).sum(dim=3))
        return torch.stack(steps, dim=3).permute(1, 2, 3, 0), (stands[:, :-1] + stands[:, 1:]) / 2


def _mean_bend(thighs: Tensor, leg: Leg) -> Tensor:
    """Where knees bend, in the phrase's mean on the thigh: (xyz, phrases, frames, legs).

    Args:
        thighs: their rotations (phrases, frames, 9, legs).
        leg: the joints (xyz, phrases, frames, legs).
    """
    side = perpendicular(leg.knee - leg.hip, unit_vectors(leg.ankle - leg.hip))
    axes = thighs.unflatten(2, (3, 3)).permute(2, 3, 0, 1, 4)  # (own axis, xyz, phrases, frames, legs)
    on_thigh = (axes * side).sum(dim=1).mean(dim=2, keepdim=True)
    return (axes * on_thigh[:, None]).sum(dim=0)


def _bones(leg: Leg) -> Tensor:
    """Unit vectors along all thighs, then all shanks: (xyz, phrases, frames, 2 legs)."""
    return unit_vectors(torch.cat([leg.knee - leg.hip, leg.ankle - leg.knee], dim=3))


def _swing(rotations: Tensor, segments: tuple[int, ...], before: Tensor, after: Tensor) -> Tensor:
    """Rotations (phrases, frames, 9, segments), some turned as unit vectors (xyz, phrases, frames, some) turn."""
    axes = rotations[..., list(segments)].unflatten(2, (3, 3)).permute(3, 2, 0, 1, 4).contiguous()
    turned = swing_vectors(axes, before[:, None], after[:, None])
    rotations = rotations.clone()
    rotations[..., list(segments)] = turned.permute(2, 3, 1, 0, 4).flatten(2, 3)
    return rotations
