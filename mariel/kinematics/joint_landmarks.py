"""Where joints are by the markers around them: the first estimate of a body's joints."""

import numpy as np

from mariel.kinematics.retargeting.frames import axes_from, turn
from mariel.motion.landmarks import Landmarks, find_landmarks
from mariel.motion.marker_set import MarkerSet

SIDES = ("left", "right")

LIMB_JOINTS = {
    "hip": "thigh", "knee": "shank", "ankle": "foot", "shoulder": "upper_arm", "elbow": "forearm", "wrist": "hand",
}  # fmt: skip
"""The segment that begins at each joint of a limb."""

HIP_OF_WAIST = np.array([-0.22, 0.36, -0.30])
"""Forward, left and up from the middle of the waist's front markers to the centre of the left hip, in units of their
distance: Bell, Brand & Pedersen, *Prediction of hip joint centre location from external landmarks*, Human Movement
Science 8 (1989) 3."""


def joints_of_landmarks(positions: np.ndarray, marker_set: MarkerSet) -> dict[str, np.ndarray]:
    """The joints of limbs that markers tell, (frames, 3) each, by the segment that begins there.

    A joint is in the middle of the markers around it; a hip is where the four markers around the waist tell it.

    Args:
        positions: (frames, markers, 3), metres.
        marker_set: the markers.
    """
    landmarks, found = find_landmarks(marker_set), {}
    for side in SIDES:
        for joint, segment in LIMB_JOINTS.items():
            labels = landmarks.get(f"{side}_{joint}", ())
            if joint == "hip":
                hip = hip_of_waist(positions, marker_set, landmarks, side)
                if hip is not None:
                    found[f"{side}_{segment}"] = hip
            elif labels:
                found[f"{side}_{segment}"] = positions[:, marker_set.indices(labels)].mean(axis=1)
    return found


def hip_of_waist(positions: np.ndarray, marker_set: MarkerSet, landmarks: Landmarks, side: str) -> np.ndarray | None:
    """The centre of a hip (frames, 3) from the four markers around the waist, None where one is not there."""
    names = [f"{each}_waist_{place}" for place in ("front", "back") for each in SIDES]
    if not all(name in landmarks for name in names):
        return None
    columns = [marker_set.index(landmarks[name][0]) for name in names]
    front_left, front_right, back_left, back_right = np.moveaxis(positions[:, columns], 1, 0)
    front, back = (front_left + front_right) / 2, (back_left + back_right) / 2
    left = front_left - front_right + back_left - back_right
    axes = axes_from(np.cross(front - back, left), left)
    width = float(np.linalg.norm(front_left - front_right, axis=1).mean())
    return front + turn(axes, width * np.array([1, 1 if side == "left" else -1, 1]) * HIP_OF_WAIST)
