"""BVH files: a skeleton of joints with rotations over time, turned into joint positions.

Format as in M. Meredith and S. Maddock, "Motion Capture File Formats Explained", University of Sheffield, 2001:
a HIERARCHY of joints with offsets and channels, then a MOTION table with one row a frame. Rotations are in degrees
and apply in the order in which their channels are listed.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.io.formats import guess_unit
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording


@dataclass
class _Joint:
    name: str
    parent: int | None
    offset: np.ndarray
    channels: list[tuple[str, str]] = field(default_factory=list)  # (position or rotation, axis)


def read_bvh(path: Path) -> Recording:
    """Joint positions of a BVH file, y up turned to z up, in metres where the body's size tells the unit.

    Joints that share a name are numbered; ends of limbs are joints too, called after their parent.

    Raises:
        RecordingError: the file breaks the format; the message names what was expected and the line.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise RecordingError(f"the file may not be read: {error.strerror}") from error
    joints, motion_line = _hierarchy(lines)
    fps, table = _motion(lines, motion_line, sum(len(joint.channels) for joint in joints))
    positions = _joint_positions(joints, table)
    z_up = positions[..., [0, 2, 1]] * np.array([1, -1, 1])
    factor, unit = guess_unit(z_up)
    labels = _unique([joint.name for joint in joints])
    edges = [(joint.parent, i) for i, joint in enumerate(joints) if joint.parent is not None]
    marker_set = MarkerSet.from_edges(path.stem, labels, edges)
    return Recording.from_positions(path.stem, z_up * factor, marker_set, fps=fps, unit=unit, path=path)


def _hierarchy(lines: list[str]) -> tuple[list[_Joint], int]:
    """The joints in file order and the number of the MOTION line."""
    joints: list[_Joint] = []
    open_joints: list[int] = []
    if not lines or lines[0].strip() != "HIERARCHY":
        raise RecordingError("expected a BVH file that begins with HIERARCHY")
    for number, line in enumerate(lines[1:], start=2):
        words = line.split()
        if not words or words[0] == "{":
            continue
        try:
            match words[0]:
                case "ROOT" | "JOINT" | "End":
                    parent = open_joints[-1] if open_joints else None
                    name = f"{joints[parent].name} end" if words[0] == "End" else " ".join(words[1:])
                    open_joints.append(len(joints))
                    joints.append(_Joint(name, parent, np.zeros(3)))
                case "OFFSET":
                    joints[open_joints[-1]].offset = np.array([float(word) for word in words[1:4]])
                case "CHANNELS":
                    channels = [(word[1:].lower(), word[0].lower()) for word in words[2:]]
                    if len(channels) != int(words[1]) or any(
                        kind not in ("position", "rotation") for kind, _ in channels
                    ):
                        raise ValueError(line)
                    joints[open_joints[-1]].channels = channels
                case "}":
                    open_joints.pop()
                case "MOTION":
                    if not joints or open_joints:
                        raise ValueError(line)
                    return joints, number
                case _:
                    raise ValueError(line)
        except (ValueError, IndexError):
            raise RecordingError(f"line {number}: not understood as BVH: {line.strip()[:60]!r}") from None
    raise RecordingError("expected a MOTION part after the HIERARCHY, found the end of the file")


def _motion(lines: list[str], motion_line: int, channels: int) -> tuple[float, np.ndarray]:
    """Frames a second and the motion table (frames, channels)."""
    try:
        frames = int(lines[motion_line].split(":")[1])
        fps = 1 / float(lines[motion_line + 1].split(":")[1])
    except (IndexError, ValueError, ZeroDivisionError):
        raise RecordingError(
            f"line {motion_line + 1}: expected 'Frames: N' and 'Frame Time: S' after MOTION"
        ) from None
    rows = [line for line in lines[motion_line + 2 :] if line.strip()]
    if len(rows) < frames or not frames:
        raise RecordingError(f"expected {frames:,} frames of motion, found {len(rows):,}")
    try:
        values = np.array(" ".join(rows[:frames]).split(), np.float64)
    except ValueError:
        raise RecordingError("expected numbers in the frames of motion, found other words") from None
    if len(values) != frames * channels:
        raise RecordingError(
            f"expected {channels} channels in each of {frames:,} frames, found {len(values):,} numbers"
        )
    return fps, values.reshape(frames, channels)


def _joint_positions(joints: list[_Joint], table: np.ndarray) -> np.ndarray:
    """Forward kinematics: joint positions (frames, joints, 3) in the file's axes and unit."""
    frames = len(table)
    turned = np.empty((len(joints), frames, 3, 3))
    placed = np.empty((len(joints), frames, 3))
    column = 0
    for i, joint in enumerate(joints):
        local = np.broadcast_to(np.eye(3), (frames, 3, 3))
        offset = np.broadcast_to(joint.offset, (frames, 3)).copy()
        for kind, axis in joint.channels:
            if kind == "position":
                # Position channels replace the offset (they repeat it where a joint does not slide).
                offset[:, "xyz".index(axis)] = table[:, column]
            else:
                local = local @ _rotations(axis, np.radians(table[:, column]))
            column += 1
        if joint.parent is None:
            turned[i], placed[i] = local, offset
        else:
            placed[i] = placed[joint.parent] + np.einsum("fij,fj->fi", turned[joint.parent], offset)
            turned[i] = turned[joint.parent] @ local
    return placed.transpose(1, 0, 2)


def _rotations(axis: str, angles: np.ndarray) -> np.ndarray:
    """Rotation matrices (frames, 3, 3) about one axis."""
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    turns = np.tile(np.eye(3), (len(angles), 1, 1))
    turns[:, i, i] = turns[:, j, j] = np.cos(angles)
    turns[:, j, i] = np.sin(angles)
    turns[:, i, j] = -turns[:, j, i]
    return turns


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return unique
