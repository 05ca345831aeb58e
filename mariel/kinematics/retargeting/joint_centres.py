"""The joint centres of a person, whatever the markers: joints of a skeleton, or between the markers around them."""

from functools import cached_property

import numpy as np
import torch

from mariel.errors import RecordingError
from mariel.kinematics.body import Body, fit_body
from mariel.kinematics.joint_landmarks import LIMB_JOINTS, SIDES, hip_of_waist
from mariel.kinematics.retargeting.frames import axes_from, swing, turn, unit
from mariel.kinematics.shapes.proportions import LEG_SHARE
from mariel.kinematics.skeleton import Skeleton, has_body
from mariel.motion.landmarks import Landmarks, find_landmarks
from mariel.motion.marker_set import MarkerSet

LIMBS = {
    "thigh": ("hip", "knee"),
    "shank": ("knee", "ankle"),
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
}
"""The joints between which a part of a limb lies."""

FIT_FRAMES = 256
"""Frames to which the body is fitted."""

HINGE_RANGE = (0.10, 0.40)
"""Sines of a knee's or elbow's bend between which its hinge becomes known."""

BESIDE_JOINT = {"knee": 0.030, "ankle": 0.022, "elbow": 0.022}
"""How far the centre of a joint is inside of a single marker on its outer side, as a share of the person's height."""

BELOW_SHOULDER = 0.025
"""How far the centre of the shoulder is below a single marker on top of it, as a share of the person's height."""


class JointReader:
    """Reads the joint centres of a person.

    Args:
        positions: (frames, markers, 3), metres, z up, none missing.
        marker_set: with a jointed body, which is fitted when it is first needed.

    Raises:
        RecordingError: the marker set has no body, or its body has no arms and legs.
    """

    def __init__(self, positions: np.ndarray, marker_set: MarkerSet) -> None:
        if not has_body(marker_set):
            raise RecordingError(
                f"the markers of the set {marker_set.name} tell no body: expected those of a known rig, or joints "
                "with lines that make one skeleton"
            )
        self.positions, self.marker_set = positions.astype(np.float64), marker_set
        self.skeleton = Skeleton.from_marker_set(marker_set)
        self.landmarks: Landmarks = find_landmarks(marker_set)
        self.joints = {f"{side}_{joint}": self._joint(side, joint) for side in SIDES for joint in LIMB_JOINTS}
        self._measure()
        if not self.skeleton.is_of_joints:
            self._move_to_centres()
            self._measure()

    @cached_property
    def body(self) -> Body:
        """The fitted body."""
        frames = torch.from_numpy(self.positions.astype(np.float32))
        sampled = frames[torch.linspace(0, len(frames) - 1, min(FIT_FRAMES, len(frames))).round().long()]
        return fit_body(sampled, self.marker_set)

    @cached_property
    def fitted_pose(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Root and rotations of the body in all frames."""
        return self.body.fit_pose(torch.from_numpy(self.positions.astype(np.float32)), continuous=True)

    @cached_property
    def rotations(self) -> np.ndarray:
        """Rotations (frames, segments, 3, 3) of the fitted pose."""
        return self.fitted_pose[1].double().numpy()

    @cached_property
    def fitted_joints(self) -> np.ndarray:
        """Joints (frames, segments, 3) of the fitted pose."""
        return self.body.joints(*self.fitted_pose).double().numpy()

    def _measure(self) -> None:
        self.lengths = {part: self._length(part) for part in LIMBS}
        self.height = (self.lengths["thigh"] + self.lengths["shank"]) / LEG_SHARE

    def segment(self, name: str) -> int | None:
        """The number of a segment, None if the body has none of that name."""
        names = self.skeleton.names
        return names.index(name) if name in names else None

    def _joint(self, side: str, joint: str) -> np.ndarray:
        """A joint centre: that of a skeleton, or the middle of the markers around it, or where its segment begins."""
        segment = self.segment(f"{side}_{LIMB_JOINTS[joint]}")
        if segment is not None and self.skeleton.is_of_joints:
            return self.positions[:, self.skeleton.joint_markers[segment][0]]
        if (
            joint == "hip"
            and (hip := hip_of_waist(self.positions, self.marker_set, self.landmarks, side)) is not None
        ):
            return hip
        labels = self.landmarks.get(f"{side}_{joint}", ())
        if labels and joint != "hip":
            return self.positions[:, self.marker_set.indices(labels)].mean(axis=1)
        if segment is None:
            raise RecordingError(f"the {self.marker_set.name} markers have no {side} {joint}")
        return self.fitted_joints[:, segment]

    def _move_to_centres(self) -> None:
        """Move joints from single markers on the skin to their centres."""
        up = unit(self.middle("shoulder") - self.middle("hip"))
        for side in SIDES:
            inward = (-1.0 if side == "left" else 1.0) * self.height
            if self._is_single(side, "shoulder"):
                self.joints[f"{side}_shoulder"] = self.joints[f"{side}_shoulder"] - BELOW_SHOULDER * self.height * up
            for names, sign in ((("hip", "knee", "ankle"), 1.0), (("shoulder", "elbow", "wrist"), -1.0)):
                start, middle, stop = (self.joints[f"{side}_{name}"] for name in names)
                down = unit(middle - start)
                straight = turn(swing(-up, down), axes_from(up, self.across("hip"))[..., 1])
                left, _ = hinge(sign * np.cross(down, unit(stop - middle)), straight)
                for name in names[1:]:
                    if name in BESIDE_JOINT and self._is_single(side, name):
                        joint = f"{side}_{name}"
                        self.joints[joint] = self.joints[joint] + BESIDE_JOINT[name] * inward * unit(left)

    def _is_single(self, side: str, joint: str) -> bool:
        return len(self.landmarks.get(f"{side}_{joint}", ())) == 1

    def middle(self, joint: str) -> np.ndarray:
        """The middle between the left and the right joint, (frames, 3)."""
        return (self.joints[f"left_{joint}"] + self.joints[f"right_{joint}"]) / 2

    def across(self, joint: str) -> np.ndarray:
        """From the right joint to the left one, (frames, 3)."""
        return self.joints[f"left_{joint}"] - self.joints[f"right_{joint}"]

    def _length(self, part: str) -> float:
        start, stop = LIMBS[part]
        both = [self.joints[f"{side}_{stop}"] - self.joints[f"{side}_{start}"] for side in SIDES]
        return float(np.mean([np.linalg.norm(each, axis=1).mean() for each in both]))


def hinge(bend: np.ndarray, straight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Directions (frames, 3) of a limb's hinge, and how well they are known (frames, 1), 0 to 1.

    Args:
        bend: cross product of the directions of its two parts, which is the hinge where the limb is bent.
        straight: the hinge of a straight limb.
    """
    low, high = HINGE_RANGE
    share = np.clip((np.linalg.norm(bend, axis=1) - low) / (high - low), 0, 1)[:, None]
    return share * unit(bend) + (1 - share) * straight, share
