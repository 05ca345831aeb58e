"""The demo dancer's skeleton: proportions, marker offsets, and forward kinematics from joint angles to markers.

Axes are right-handed: x forward, y to the dancer's left, z up, in metres. Angles are in radians here (keyframes are
written in degrees). Every function works on all frames of a take at once; a pose is a mapping from channel names (see
`notation`) to arrays (frames,).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mariel.motion.demo.rotations import blend_axes, rot_x, rot_y, rot_z, rotate, swing_rotation
from mariel.motion.mariel_markers import RAW_LABELS

Pose = Mapping[str, np.ndarray]

# Proportions of a dancer 1.65 m tall; each joint is given relative to its parent, for the left side.
THIGH, SHANK = 0.405, 0.395
UPPER_ARM, FOREARM = 0.272, 0.238
HIP = np.array([0.0, 0.085, -0.09])
LUMBAR = np.array([-0.035, 0.0, 0.0])
THORAX = np.array([-0.015, 0.0, 0.155])
SHOULDERS = np.array([0.035, 0.0, 0.235])
SHOULDER = np.array([0.0, 0.165, 0.0])
NECK = np.array([-0.03, 0.0, 0.035])
SKULL = np.array([0.015, 0.0, 0.075])
HEAD = np.array([0.04, 0.0, 0.07])
BALL = np.array([0.112, 0.0, -0.066])
"""Ball of the foot relative to the ankle: the foot rotates about it when the heel rises."""
BALL_HEIGHT = 0.012
HEEL_TO_BALL = 0.185

# Marker offsets on the segments. From poses of PirouNet (github.com/bioshape-lab/move, MIT licence,
# Copyright (c) 2022 bioshape-lab), a model trained on Mariel Pettee's recordings: both sides averaged, rounded to
# millimetres. Axes: trunk and foot forward, left, up; limbs outer, front, along, where "along" is a share of the
# segment's length (metres on the hand); on forearm and hand "outer" is the side of the thumb and "front" the palm's.
TRUNK_MARKERS = {
    "pelvis": {"MFWT": (0.140, 0.0, -0.016), "MBWT": (-0.083, 0.0, 0.040)},
    "chest": {
        "CLAV": (0.084, 0.0, -0.012),
        "STRN": (0.105, 0.0, -0.186),
        "C7": (-0.095, 0.0, 0.035),
        "T10": (-0.128, 0.0, -0.148),
    },
    "head": {"ARIEL": (-0.038, 0.0, 0.135)},
}
SIDE_MARKERS = {
    "pelvis": {"FWT": (0.066, 0.152, -0.017), "BWT": (-0.066, 0.121, 0.017)},
    "head": {"FHD": (0.060, 0.072, 0.041), "BHD": (-0.060, 0.068, -0.041)},
    "shoulder": {"FSH": (0.062, -0.009, 0.014), "BSH": (-0.072, 0.011, 0.046)},
    "upper_arm": {"UPA": (0.063, -0.031, 0.574), "ELB": (0.045, 0.0, 1.030), "IEL": (-0.045, 0.0, 0.970)},
    "forearm": {"FRM": (0.018, -0.042, 0.440), "IWR": (0.036, 0.0, 0.970), "OWR": (-0.036, 0.0, 1.030)},
    "hand": {"IHAND": (0.030, -0.008, 0.078), "OHAND": (-0.030, 0.008, 0.073)},
    "thigh": {"THI": (0.082, 0.060, 0.497), "KNE": (0.062, 0.0, 0.991), "KNI": (-0.062, 0.0, 1.009)},
    "shank": {"SHN": (0.066, -0.025, 0.554), "ANK": (0.043, 0.0, 0.996)},
    "foot": {
        "HEL": (-0.071, 0.006, -0.023),
        "TOE": (0.141, -0.008, -0.028),
        "MT1": (0.110, -0.054, -0.040),
        "MT5": (0.110, 0.030, -0.046),
    },
}
SEGMENT_LENGTHS = {"upper_arm": UPPER_ARM, "forearm": FOREARM, "thigh": THIGH, "shank": SHANK}

SIDES = (("L", 1.0), ("R", -1.0))
FORWARD, UP, DOWN = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, -1.0])
HAND_LAG_FRAMES = 2
"""Frames by which half of a hand's rotation lags: about 30 ms in effect, the follow-through of animation."""


def mirror_offset(offset: np.ndarray, sign: float) -> np.ndarray:
    """The offset of a left-side point for the left (sign 1) or the right side (sign -1)."""
    return offset * [1.0, sign, 1.0]


@dataclass
class Segment:
    """A rigid body segment in all frames: axes as columns (frames, 3, 3) and origin (frames, 3)."""

    axes: np.ndarray
    origin: np.ndarray

    def point_at(self, offset: Sequence[float] | np.ndarray) -> np.ndarray:
        """The position (frames, 3) of a point given in the segment's own axes (3,)."""
        return self.origin + rotate(self.axes, np.asarray(offset))


def joint_rotation(pose: Pose, name: str, share: float = 1.0) -> np.ndarray:
    """Rotations (frames, 3, 3) of a trunk joint from its channels flex (forward), side and twist (to the left)."""
    flex, side, twist = (share * pose[f"{name}_{way}"] for way in ("flex", "side", "twist"))
    return rot_z(twist) @ rot_x(-side) @ rot_y(flex)


def pelvis_axes(pose: Pose) -> np.ndarray:
    """Axes of the pelvis, (frames, 3, 3): the heading, then the tilt of the pelvis."""
    return rot_z(pose["heading"]) @ joint_rotation(pose, "pelvis")


def upper_body_segments(pose: Pose, pelvis: np.ndarray) -> dict[str, Segment]:
    """Segments from the pelvis up by name, with the centre of the waist at the origin."""
    lumbar = pelvis @ joint_rotation(pose, "lumbar")
    thorax = rotate(pelvis, LUMBAR) + rotate(lumbar, THORAX)
    chest = Segment(lumbar @ joint_rotation(pose, "thorax"), thorax)
    chest.origin = chest.point_at(SHOULDERS)
    neck = Segment(chest.axes @ joint_rotation(pose, "neck", 0.45), chest.point_at(NECK))
    head = Segment(neck.axes @ joint_rotation(pose, "neck", 0.55), neck.point_at(SKULL))
    head.origin = head.point_at(HEAD)
    segments = {"pelvis": Segment(pelvis, np.zeros_like(thorax)), "chest": chest, "head": head}
    for side, sign in SIDES:
        segments.update({f"{side}_{part}": found for part, found in _arm_segments(pose, chest, side, sign).items()})
    return segments


def _arm_segments(pose: Pose, chest: Segment, side: str, sign: float) -> dict[str, Segment]:
    """Shoulder, upper arm, forearm and hand of one side."""
    upper, fore, hand = arm_axes(pose, side, sign)
    direction = upper[:, :, 2]
    # The shoulder girdle moves with the arm: up and inwards as it rises, forward as it reaches forward.
    raised = direction[:, 2] + 1.0
    girdle = np.stack(
        [0.022 * direction[:, 0], sign * -0.008 * raised, 0.020 * raised + pose[f"{side}_shrug"]], axis=1
    )
    shoulder = Segment(chest.axes, chest.origin + rotate(chest.axes, mirror_offset(SHOULDER, sign) + girdle))
    arm = Segment(chest.axes @ upper, shoulder.origin)
    forearm = Segment(chest.axes @ fore, arm.point_at([0, 0, UPPER_ARM]))
    delayed = np.concatenate([np.repeat(hand[:1], HAND_LAG_FRAMES, axis=0), hand[:-HAND_LAG_FRAMES]])
    lagging_hand = Segment(chest.axes @ blend_axes(hand, delayed, 0.5), forearm.point_at([0, 0, FOREARM]))
    return {"shoulder": shoulder, "upper_arm": arm, "forearm": forearm, "hand": lagging_hand}


def arm_axes(pose: Pose, side: str, sign: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Axes (outer, front, along) of upper arm, forearm and hand in the chest's frame, each (frames, 3, 3).

    All angles are zero for an arm held out to the side with the elbow crease forward. `raise` lifts it, `fore` moves
    it forward, `roll` rotates it inwards about its own axis, `elbow` bends it, `pron` rotates the thumb inwards
    (pronation), `wrist` bends the hand towards the palm. The right side's axes are mirrored, so the same angles give
    the mirrored pose.
    """
    out = np.array([0.0, sign, 0.0])
    rest = np.stack([UP, FORWARD, out], axis=1)
    upper = (
        swing_rotation(out, UP, pose[f"{side}_raise"], FORWARD, pose[f"{side}_fore"])
        @ rest
        @ rot_z(pose[f"{side}_roll"])
    )
    bent = upper @ rot_x(-pose[f"{side}_elbow"])
    c, s = np.cos(pose[f"{side}_pron"])[:, None], np.sin(pose[f"{side}_pron"])[:, None]
    outer, front, along = bent[:, :, 0], bent[:, :, 1], bent[:, :, 2]
    thumb, palm = c * front - s * outer, -c * outer - s * front
    fore = np.stack([thumb, palm, along], axis=2)
    return upper, fore, fore @ rot_x(-pose[f"{side}_wrist"])


def leg_in_air(pose: Pose, side: str, sign: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A lifted leg in the pelvis' axes: ankle from hip (frames, 3), knee direction (frames, 3), foot axes.

    All angles are zero for a leg hanging down. `hip` lifts it forward (backward if negative), `open` sideways,
    `turnout` rotates it outwards about its own axis, `knee` bends it, `point` extends the foot.
    """
    out = np.array([0.0, sign, 0.0])
    rest = np.stack([out, FORWARD, DOWN], axis=1)
    thigh = swing_rotation(DOWN, out, pose[f"{side}_open"], FORWARD, pose[f"{side}_hip"]) @ rest
    thigh = thigh @ rot_z(-pose[f"{side}_turnout"])
    shank = thigh @ rot_x(pose[f"{side}_knee"])
    ankle = THIGH * thigh[:, :, 2] + SHANK * shank[:, :, 2]
    c, s = np.cos(pose[f"{side}_point"])[:, None], np.sin(pose[f"{side}_point"])[:, None]
    toes = c * shank[:, :, 1] + s * shank[:, :, 2]
    up = s * shank[:, :, 1] - c * shank[:, :, 2]
    return ankle, thigh[:, :, 1], np.stack([toes, np.cross(up, toes), up], axis=2)


def limb_axes(along: np.ndarray, outer: np.ndarray, sign: float) -> np.ndarray:
    """Axes (outer, front, along) of a leg segment from unit vectors along it and to its outer side."""
    return np.stack([outer, sign * np.cross(along, outer), along], axis=2)


def marker_positions(segments: Mapping[str, Segment]) -> np.ndarray:
    """Positions (frames, 55, 3) of the markers in raw order, from the body's segments."""
    frames = len(segments["pelvis"].origin)
    positions = np.empty((frames, len(RAW_LABELS), 3))
    column = {label: i for i, label in enumerate(RAW_LABELS)}
    for part, markers in TRUNK_MARKERS.items():
        for label, offset in markers.items():
            positions[:, column[label]] = segments[part].point_at(offset)
    for part, markers in SIDE_MARKERS.items():
        for side, sign in SIDES:
            segment = segments[name] if (name := f"{side}_{part}") in segments else segments[part]
            # Limb axes of the right side are mirrored already; trunk and foot axes are not.
            y_sign = 1.0 if part in SEGMENT_LENGTHS or part == "hand" else sign
            for label, (x, y, z) in markers.items():
                point = np.array([x, y_sign * y, z * SEGMENT_LENGTHS.get(part, 1.0)])
                positions[:, column[side + label]] = segment.point_at(point)
    positions[:, column["LabelingHips"]] = segments["pelvis"].origin
    positions[:, column["SolvingHips"]] = segments["pelvis"].point_at([0.0, 0.0, HIP[2]])
    return positions
