"""The pose of a skeleton in which all its rotations are zero: a T-pose where the parts of the body are known.

In it the body faces -y and its left is +x, z up; after the turn to y up it faces +z, as is usual.
"""

from dataclasses import replace

import numpy as np

from mariel.export.skeletons.joint_motion import JointMotion, nearest_rotations, swing

_LEFT, _FORWARD, _UP = np.eye(3)[0], -np.eye(3)[1], np.eye(3)[2]

_STEEPEST_FOOT = 0.7
"""How far down a foot points in the T-pose at most, as the sine of the angle."""

_DIRECTIONS = {
    "Shoulder": _LEFT, "Arm": _LEFT, "ForeArm": _LEFT, "Hand": _LEFT, "UpLeg": -_UP, "Leg": -_UP, "Foot": _FORWARD,
    "Head": _UP,
}  # fmt: skip
"""Where the bones of the left side and the head point."""

_PAIRS = {"Hips": "UpLeg", "Chest": "Shoulder"}
"""Joints with a pair of joints on them, which tells their left."""


def in_rest_pose(motion: JointMotion, right_to_left: np.ndarray) -> JointMotion:
    """The same motion with axes such that rotations of zero are the rest pose.

    Args:
        motion: with any axes.
        right_to_left: from the right to the left of the body in every frame, (frames, 3); zeros if that is not known.
    """
    rest = np.empty((len(motion.names), 3, 3))  # from a joint's own axes to the rest pose
    known = all(_part(name) in (*_DIRECTIONS, *_PAIRS) for name in motion.names)
    local = motion.local_rotations
    for joint, parent in enumerate(motion.parents):
        if parent < 0:
            rest[joint] = _facing_forward(motion.rotations[:, joint], right_to_left)
        else:
            rest[joint] = rest[parent] @ nearest_rotations(local[:, joint].mean(axis=0))
        if known:
            rest[joint] = _stretched(motion, joint, rest[joint])
    return replace(
        motion,
        offsets=np.stack([
            rest[parent] @ offset if parent >= 0 else offset
            for offset, parent in zip(motion.offsets, motion.parents, strict=True)
        ]),
        ends={joint: rest[joint] @ end for joint, end in motion.ends.items()},
        rotations=motion.rotations @ np.swapaxes(rest, -1, -2),
    )  # fmt: skip


def _part(name: str) -> str:
    return name.removeprefix("Left").removeprefix("Right")


def _facing_forward(rotations: np.ndarray, right_to_left: np.ndarray) -> np.ndarray:
    """The mean of rotations (frames, 3, 3) after each is turned about the vertical so that the body's left is +x."""
    angle = -np.arctan2(right_to_left[:, 1], right_to_left[:, 0])
    c, s, zero, one = np.cos(angle), np.sin(angle), np.zeros(len(angle)), np.ones(len(angle))
    turns = np.stack([c, -s, zero, s, c, zero, zero, zero, one], axis=-1).reshape(-1, 3, 3)
    return nearest_rotations((turns @ rotations).mean(axis=0))


def _stretched(motion: JointMotion, joint: int, rest: np.ndarray) -> np.ndarray:
    """A rotation to the rest pose, corrected so that the joint's bone points where it does in a T-pose."""
    name, part = motion.names[joint], _part(motion.names[joint])
    if part in _PAIRS:
        number = {each: motion.names.index(f"{each}{_PAIRS[part]}") for each in ("Left", "Right")}
        across = motion.offsets[number["Left"]] - motion.offsets[number["Right"]]
        middle = next(
            (motion.offsets[child] for child in motion.children(joint) if motion.names[child] in ("Chest", "Head")),
            None,
        )
        if middle is None:
            return rest
        left = across / np.linalg.norm(across)
        up = middle - (middle @ left) * left
        up /= np.linalg.norm(up)
        return np.stack([left, np.cross(up, left), up])  # rows: +x, +y and +z of the rest pose in own axes
    bone = motion.bone(joint)
    if bone is None or np.linalg.norm(bone) < 1e-9:
        return rest
    now = rest @ (bone / np.linalg.norm(bone))
    target = _DIRECTIONS[part] * ((-1, 1, 1) if name.startswith("Right") else (1, 1, 1))
    if part == "Foot":
        down = float(np.clip(now[2], -_STEEPEST_FOOT, 0))
        target = np.sqrt(1 - down**2) * _FORWARD + down * _UP
    return swing(now, target) @ rest
