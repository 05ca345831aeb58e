"""The pose of a person in terms that all marker sets share: joint centres, and axes of the parts of the body.

Each part has an origin and axes (forward, left, up) that mean the same in every marker set: those of trunk, head
and feet are level when the person stands upright, those of limbs follow the limb and the hinge of knee or elbow.
Where the markers of a part determine its rotation, its axes are fixed to it; where they leave its twist open, the
axes are found in each frame.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mariel.kinematics.retargeting.frames import (
    axes_from,
    level_axes,
    mean_rotation,
    perpendicular,
    swing,
    turn,
    unit,
)
from mariel.kinematics.retargeting.joint_centres import LIMBS, SIDES, JointReader, hinge
from mariel.motion.marker_set import MarkerSet

HEAD_BAND_HEIGHT = 0.052
"""Height of the middle of a band around the head above the joint of the skull, as a share of the person's height."""

CROWN_HEIGHT = 0.045
"""Height of the crown above that band, as a share of the person's height."""

STANDING_SHARE, UPRIGHT_COSINE = 0.97, 0.95
"""Of the greatest height of the shoulders above the ankles, and of the trunk's angle, in frames of standing."""

MIN_STANDING_HEIGHT = 0.85
"""Greatest height of the shoulders above the ankles, as a share of trunk and legs, of a person who stands at all."""

DETERMINED_RATIO = 0.10
"""Second singular value of a segment's markers, seen from its joint, divided by the first, if they turn it."""

SOLE = 0.012
"""Height of the joint of the toes above the floor, as a share of the person's height."""


@dataclass(frozen=True)
class Part:
    """A part of the body over time.

    Args:
        origin: (frames, 3), metres.
        axes: (frames, 3, 3), columns forward, left, up.
        size: lengths (3,), metres, by which offsets along the axes are scaled from person to person.
    """

    origin: np.ndarray
    axes: np.ndarray
    size: np.ndarray


@dataclass(frozen=True)
class AnatomicalPose:
    """A person's pose in terms that all marker sets share.

    Args:
        parts: by the names of Mariel's segments.
        joints: joint centres (frames, 3), metres, such as "left_knee".
        estimated: parts that the marker set does not have: they move rigidly with a neighbour.
    """

    parts: Mapping[str, Part]
    joints: Mapping[str, np.ndarray]
    estimated: tuple[str, ...]


def anatomical_pose(positions: np.ndarray, marker_set: MarkerSet) -> AnatomicalPose:
    """The pose of a person.

    Args:
        positions: (frames, markers, 3), metres, z up, none missing.
        marker_set: with a jointed body.

    Raises:
        RecordingError: the marker set has no body, or its body has no arms and legs.
    """
    return _PoseReader(positions, marker_set).pose()


def joint_centres(positions: np.ndarray, marker_set: MarkerSet) -> dict[str, np.ndarray]:
    """The joint centres of `anatomical_pose` alone, (frames, 3) each; no body is fitted where markers tell them.

    Raises:
        RecordingError: see `anatomical_pose`.
    """
    return JointReader(positions, marker_set).joints


class _PoseReader(JointReader):
    """Reads the pose of a person; `pose` is its result."""

    def __init__(self, positions: np.ndarray, marker_set: MarkerSet) -> None:
        super().__init__(positions, marker_set)
        self.parts: dict[str, Part] = {}
        self.estimated: list[str] = []
        self.trunk = 0.0

    def pose(self) -> AnatomicalPose:
        self.hips = self.middle("hip")
        self.standing = self._standing()
        self._read_trunk()
        self._read_head()
        for side in SIDES:
            self._read_leg(side)
            self._read_arm(side)
        return AnatomicalPose(self.parts, self.joints, tuple(self.estimated))

    def _standing(self) -> np.ndarray:
        """Weights of the frames (frames,) in which the person stands upright; none if there are none."""
        shoulders, trunk = self.middle("shoulder"), self.middle("shoulder") - self.hips
        height = (shoulders - self.middle("ankle"))[:, 2]
        self.trunk = float(np.linalg.norm(trunk, axis=1).mean())
        tallest = float(np.quantile(height, 0.98))
        if tallest < MIN_STANDING_HEIGHT * (self.trunk + self.lengths["thigh"] + self.lengths["shank"]):
            return np.zeros(len(height))
        upright = (height > STANDING_SHARE * tallest) & (unit(trunk)[:, 2] > UPRIGHT_COSINE)
        return upright.astype(np.float64)

    def _turns(self, name: str) -> np.ndarray | None:
        """The rotations of a segment (frames, 3, 3) whose markers determine them."""
        segment = self.segment(name)
        if segment is None:
            return None
        offsets = self.body.marker_offsets[self.skeleton.markers_of(segment)].double().numpy()
        if self.skeleton.parents[segment] < 0:
            offsets = offsets - offsets.mean(axis=0)
        values = np.linalg.svd(offsets, compute_uv=False)
        if len(values) < 2 or values[1] < DETERMINED_RATIO * values[0]:
            return None
        return self.rotations[:, segment]

    def _fixed(self, rotations: np.ndarray, axes: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Axes fixed to rotations: on average over weighted frames those given."""
        if not weights.any():
            weights = np.ones(len(axes))
        return rotations @ mean_rotation(np.swapaxes(rotations, 1, 2) @ axes, weights)

    def _read_trunk(self) -> None:
        shoulders = self.middle("shoulder")
        up, height = shoulders - self.hips, np.full(3, self.height)
        level = self.standing.any()
        for name, left, other in (("pelvis", self.across("hip"), "hip"), ("chest", self.across("shoulder"), "hip")):
            axes = level_axes(left + 1e-6 * self.across(other)) if level else axes_from(up, left)
            rotations = self._turns(name)
            if rotations is None:
                rotations = axes_from(up, left)
            axes = self._fixed(rotations, axes, self.standing)
            origin, size = self.hips, height
            if name == "chest":
                # A point of the chest that is on average between the shoulders, which move when arms are raised.
                base = self._base_of_chest()
                offset = np.einsum("fij,fi->fj", axes, shoulders - base).mean(axis=0)
                origin, size = base + turn(axes, offset), np.array([self.height, self.height, self.trunk])
            self.parts[name] = Part(origin, axes, size)
        chest = self.parts["chest"]
        for side in SIDES:
            self.parts[f"{side}_shoulder"] = Part(self.joints[f"{side}_shoulder"], chest.axes, height)

    def _base_of_chest(self) -> np.ndarray:
        segment = self.segment("chest")
        return self.hips if segment is None else self.fitted_joints[:, segment]

    def _read_head(self) -> None:
        chest, height = self.parts["chest"], np.full(3, self.height)
        segment = self.segment("head")
        labels = [label for label in self.landmarks.get("head", ()) if label in self.marker_set]
        if segment is None and not labels:
            self.estimated.append("head")
            origin = chest.origin + turn(chest.axes, np.array([0.01, 0, 0.13]) * self.height)
            self.parts["head"] = Part(origin, chest.axes, height)
            return
        rotations = self._turns("head")
        if rotations is None:
            top = self.positions[:, self.marker_set.index(labels[0])] if labels else chest.origin
            rotations = axes_from(top - chest.origin, chest.axes[..., 1])
        level = level_axes(chest.axes[..., 1]) if self.standing.any() else chest.axes
        axes = self._fixed(rotations, level, self.standing)
        self.parts["head"] = Part(self._head_band(axes, labels), axes, height)

    def _head_band(self, axes: np.ndarray, labels: list[str]) -> np.ndarray:
        """The middle of a band around the head: of its markers but one on top, or above the joint of the skull."""
        top = self.landmarks.get("head_top", ())
        on_head = [label for label in dict(self.marker_set.segments).get("head", ()) if label not in top]
        if not self.skeleton.is_of_joints and len(on_head) >= 3:
            return self.positions[:, self.marker_set.indices(on_head)].mean(axis=1)
        joint = self.positions[:, self.marker_set.index((labels or on_head)[0])]
        jaw = self.landmarks.get("jaw")
        if jaw is not None and dict(self.marker_set.joints).get("head") == jaw:  # it is the crown, above the jaw
            return joint - turn(axes, np.array([0.0, 0.0, CROWN_HEIGHT]) * self.height)
        return joint + turn(axes, np.array([0.005, 0.0, HEAD_BAND_HEIGHT]) * self.height)

    def _read_leg(self, side: str) -> None:
        hip, knee, ankle = (self.joints[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
        pelvis_left = self.parts["pelvis"].axes[..., 1]
        down = unit(knee - hip)
        toe = self._end(side, "foot")
        straight = turn(swing(-self.parts["pelvis"].axes[..., 2], down), pelvis_left)
        if toe is not None:  # a straight leg turns out with its foot
            foot_left = perpendicular(np.cross(-unit(ankle - knee), unit(toe - ankle)), down)
            straight = unit(straight + foot_left)
        bend = np.cross(down, unit(ankle - knee))
        self._read_limb(side, ("thigh", "shank"), bend, straight)
        self._read_foot(side, toe)

    def _read_arm(self, side: str) -> None:
        shoulder, elbow, wrist = (self.joints[f"{side}_{joint}"] for joint in ("shoulder", "elbow", "wrist"))
        chest = self.parts["chest"].axes
        down = unit(elbow - shoulder)
        straight = turn(swing(-chest[..., 2], down), chest[..., 1])
        self._read_limb(side, ("upper_arm", "forearm"), -np.cross(down, unit(wrist - elbow)), straight)
        forearm, size = self.parts[f"{side}_forearm"], np.full(3, self.height)
        end = self._end(side, "hand")
        if end is None:
            self.estimated.append(f"{side}_hand")
            self.parts[f"{side}_hand"] = Part(wrist, forearm.axes, size)
            return
        axes = axes_from(wrist - end, forearm.axes[..., 1])
        rotations = self._turns(f"{side}_hand")
        if rotations is not None:
            axes = self._fixed(rotations, axes, np.ones(len(axes)))
        self.parts[f"{side}_hand"] = Part(wrist, axes, size)

    def _read_limb(self, side: str, names: tuple[str, str], bend: np.ndarray, straight: np.ndarray) -> None:
        """The two parts of a limb, from the direction of its hinge, which is known where it is bent."""
        left, share = hinge(bend, straight)
        for name in names:
            start, stop = (self.joints[f"{side}_{joint}"] for joint in LIMBS[name])
            axes = axes_from(start - stop, left)
            rotations = self._turns(f"{side}_{name}")
            if rotations is not None:
                axes = self._fixed(rotations, axes, share[:, 0])
            size = np.array([self.height, self.height, self.lengths[name]])
            self.parts[f"{side}_{name}"] = Part(start, axes, size)

    def _end(self, side: str, part: str) -> np.ndarray | None:
        """The end of a foot or hand (frames, 3): the middle of its markers, without the heel or the thumb."""
        labels = dict(self.marker_set.segments).get(f"{side}_{part}", ())
        left_out = (*self.landmarks.get(f"{side}_heel", ()), *self.landmarks.get(f"{side}_thumb", ()))
        labels = [label for label in labels if label not in left_out] or list(labels)
        if not labels:
            return None
        end = self.positions[:, self.marker_set.indices(labels)].mean(axis=1)
        joint = self.joints[f"{side}_{'ankle' if part == 'foot' else 'wrist'}"]
        return end if np.linalg.norm(end - joint, axis=1).mean() > 0.02 * self.height else None

    def _read_foot(self, side: str, toe: np.ndarray | None) -> None:
        ankle, shank = self.joints[f"{side}_ankle"], self.parts[f"{side}_shank"]
        ankle_height = self._ankle_height(side)
        size = np.array([self.height, self.height, ankle_height])
        if toe is None:
            self.estimated.append(f"{side}_foot")
            self.parts[f"{side}_foot"] = Part(ankle, shank.axes, size)
            return
        forward = toe - ankle
        rotations = self._turns(f"{side}_foot")
        if rotations is None:
            rotations = axes_from(np.cross(forward, shank.axes[..., 1]), shank.axes[..., 1])
        level = level_axes(np.cross(np.array([0.0, 0.0, 1.0]), forward))
        self.parts[f"{side}_foot"] = Part(ankle, self._fixed(rotations, level, self._flat(side)), size)

    def _flat(self, side: str) -> np.ndarray:
        """Weights of frames (frames,) in which a foot is likely flat on the floor: its ankle is low."""
        height = self.joints[f"{side}_ankle"][:, 2]
        return (height <= np.quantile(height, 0.4)).astype(np.float64)

    def _ankle_height(self, side: str) -> float:
        """Of the ankle's joint above the floor when the foot is flat, metres."""
        lowest = float(np.quantile(self.positions[..., 2].min(axis=1), 0.05))
        if self.skeleton.is_of_joints:
            lowest -= SOLE * self.height
        low = self.joints[f"{side}_ankle"][self._flat(side) > 0, 2]
        return float(np.clip(np.median(low) - lowest, 0.025 * self.height, 0.08 * self.height))
