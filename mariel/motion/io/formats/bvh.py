"""Read BVH files: a skeleton with joint rotations per frame, converted to joint positions.

Format as in M. Meredith and S. Maddock, "Motion Capture File Formats Explained", University of Sheffield, 2001:
a HIERARCHY of joints with offsets and channels, then a MOTION table with one row per frame. Rotations are in degrees
and are applied in the order in which their channels are listed.

The file is read word by word, as programs differ in line breaks, capitals and encodings.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.arrays import require_size
from mariel.motion.io.labels import clean_labels, require_marker_count
from mariel.motion.io.motion_file import MotionFile
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording, require_fps
from mariel.motion.text_files import decode_text, read_text

CHUNK_FRAMES = 2048
"""Frames whose rotations are in memory at a time."""

_MAX_HIERARCHY_CHARACTERS = 4 * 2**20
_MAX_CHANNELS = 12  # per joint; files have 0 to 6
_DECIMAL_COMMAS = re.compile(r"OFFSET(\s+[-+]?\d*,\d+){3}\s", re.IGNORECASE)
_MOTION = re.compile(r"\bMOTION\s+Frames\s*:\s*(\S+)\s+Frame\s*Time\s*:\s*(\S+)", re.IGNORECASE)
_ROUNDING = 2e-4  # of a frame time: 0.03333 is 30 frames per second, and 0.0333667 is 29.97
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_SPACE = re.compile(r"\s")


@dataclass
class _Joint:
    """A joint of the hierarchy: the index of its parent, its offset from it (3,), and its channels in order."""

    name: str
    parent: int | None
    offset: np.ndarray = field(default_factory=lambda: np.zeros(3))
    channels: list[tuple[str, str]] = field(default_factory=list)  # (position or rotation, axis)


@register_format(
    "bvh",
    files="`*.bvh`",
    expects="a skeleton with rotations, y or z up; joints become markers, a skeleton per ROOT",
    suffixes=(".bvh",),
    sniff=lambda path, head: decode_text(head[:4096]).lstrip("\ufeff \t\r\n")[:9].upper() == "HIERARCHY",
)
def read_bvh(path: Path, options: ReadOptions) -> list[Recording]:
    """Joint positions of a BVH file, which says neither its unit nor which axis is up: the body does.

    Joints that share a name are numbered; end sites are joints too, named after their parent.

    Raises:
        RecordingError: the file is not valid BVH; the message says what was expected and in which line.
    """
    text = read_text(path)
    if _DECIMAL_COMMAS.search(text, 0, 2**16):
        text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    motion = _MOTION.search(text)
    if motion is None:
        raise RecordingError(_explain_missing_motion(text))
    joints = _parse_hierarchy(text[: motion.start()])
    fps = _frame_rate(motion[2])
    channels = sum(len(joint.channels) for joint in joints)
    frames = _frame_count(motion[1])
    if not channels:
        raise RecordingError("expected joints with channels that move, found none")
    require_size(len(joints) * frames * 3 * 8)
    table = _parse_table(text, motion.end(), frames, channels)
    positions = _forward_kinematics(joints, table)
    labels = clean_labels(_names_by_root(joints))
    edges = [(joint.parent, i) for i, joint in enumerate(joints) if joint.parent is not None]
    marker_set = MarkerSet.from_edges(path.stem, labels, edges)
    return recordings_of_file(path, MotionFile(positions[None], marker_set, fps, usual_up="+y"), options)


def _names_by_root(joints: list[_Joint]) -> list[str]:
    """The joints' names; those of several skeletons with the number of their ROOT before them, `2:Hips`."""
    if sum(joint.parent is None for joint in joints) == 1 or all(":" in joint.name for joint in joints):
        return [joint.name for joint in joints]
    names, root = [], 0
    for joint in joints:
        root += joint.parent is None
        names.append(f"{root}:{joint.name}")
    return names


class _Words:
    """The words of a hierarchy with their line numbers; braces are words of their own."""

    def __init__(self, text: str) -> None:
        if len(text) > _MAX_HIERARCHY_CHARACTERS:
            raise RecordingError(
                "expected a MOTION part after the HIERARCHY, found none in its first 4 million characters"
            )
        self._lines = text.splitlines()
        self._words = [
            (word, number)
            for number, line in enumerate(self._lines, start=1)
            for word in line.replace("{", " { ").replace("}", " } ").replace("\ufeff", " ").split()
        ]
        self._next = 0

    def __bool__(self) -> bool:
        return self._next < len(self._words)

    def take(self, expected: str) -> str:
        """The next word. Raises RecordingError, which names what was expected, at the end of the text."""
        if not self:
            raise RecordingError(f"expected {expected}, found the end of the HIERARCHY")
        word, _ = self._words[self._next]
        self._next += 1
        return word

    def rest_of_line(self) -> list[str]:
        """The words up to the end of the line of the last word, or up to a brace."""
        words, line = [], self._words[self._next - 1][1]
        while self and self._words[self._next][1] == line and self._words[self._next][0] not in ("{", "}"):
            words.append(self.take("a name"))
        return words

    @property
    def line(self) -> int:
        """The number of the line of the last word."""
        return self._words[max(self._next - 1, 0)][1] if self._words else 1

    def error(self, expected: str, line: int | None = None) -> RecordingError:
        number = line or self.line
        text = " ".join(self._lines[number - 1].split())[:60] if self._lines else ""
        return RecordingError(f"line {number}: not valid BVH: {text!r}; expected {expected}")


def _explain_missing_motion(text: str) -> str:
    """What is wrong with a file without a complete MOTION part."""
    parts = re.split(r"\bMOTION\b", text, maxsplit=1, flags=re.IGNORECASE)
    _parse_hierarchy(parts[0])  # a mistake before MOTION is the one to report
    if len(parts) == 2:
        return "expected 'Frames: N' and 'Frame Time: S' after MOTION"
    return "expected a MOTION part after the HIERARCHY, found the end of the file"


def _parse_hierarchy(text: str) -> list[_Joint]:
    """The joints in file order."""
    words = _Words(text)
    joints: list[_Joint] = []
    open_joints: list[int] = []
    words.take("HIERARCHY")  # the file is recognised by it
    while words:
        kind = words.take("a joint").upper()
        match kind:
            case "ROOT" | "JOINT" | "END":
                if (kind == "ROOT") == bool(open_joints):
                    raise words.error("a ROOT first, and joints and end sites inside it")
                parent = open_joints[-1] if open_joints else None
                name = " ".join(words.rest_of_line())
                if kind == "END" and parent is not None:
                    name = f"{joints[parent].name} end"
                open_joints.append(len(joints))
                joints.append(_Joint(name, parent))
                require_marker_count(len(joints))
                if words.take("a brace") != "{":
                    raise words.error("an opening brace after the joint's name")
            case "OFFSET" if open_joints:
                joints[open_joints[-1]].offset = _offset(words)
            case "CHANNELS" if open_joints:
                joints[open_joints[-1]].channels = _channels(words)
            case "}" if open_joints:
                open_joints.pop()
            case _:
                raise words.error("ROOT, JOINT, End Site, OFFSET, CHANNELS, a brace or MOTION")
    if open_joints or not joints:
        raise words.error("a closing brace for every joint before MOTION" if joints else "a ROOT")
    return joints


def _offset(words: _Words) -> np.ndarray:
    """The three numbers of an OFFSET, (3,)."""
    expected, line = "three numbers after OFFSET", words.line
    try:
        offset = [float(words.take(expected)) for _ in range(3)]
    except ValueError:
        raise words.error(expected, line) from None
    if not all(map(math.isfinite, offset)):
        raise words.error(expected, line)
    return np.array(offset)


def _channels(words: _Words) -> list[tuple[str, str]]:
    """The channels of a joint: ("position" or "rotation", axis) each, in order."""
    expected, line = "a number of channels, then as many of Xposition … Zrotation", words.line
    count = words.take(expected)
    if not re.fullmatch(r"\d{1,4}", count) or int(count) > _MAX_CHANNELS:
        raise words.error(expected, line)
    channels = []
    for _ in range(int(count)):
        word = words.take(expected).lower()
        if word[:1] not in "xyz" or word[1:] not in ("position", "rotation"):
            raise words.error(expected, line)
        channels.append((word[1:], word[0]))
    return channels


def _frame_rate(word: str) -> float:
    """Frames per second from the seconds per frame; a rate within rounding of a whole number is that number."""
    try:
        seconds = float(word)
    except ValueError:
        raise RecordingError(
            f"expected 'Frame Time: S' with seconds per frame after MOTION, found {word[:40]!r}"
        ) from None
    if not 0 < seconds < math.inf:
        raise RecordingError(
            f"Frame Time is {seconds:g}: expected the seconds from frame to frame, such as 0.033333 for 30 frames "
            "per second; write it into the file"
        )
    fps = 1 / seconds
    require_fps(fps)
    whole = max(round(fps), 1)
    return float(whole) if abs(fps / whole - 1) < _ROUNDING else fps


def _frame_count(word: str) -> int:
    if not re.fullmatch(r"\+?\d{1,12}", word) or int(word) < 1:
        raise RecordingError(f"expected 'Frames: N' with 1 or more frames after MOTION, found {word[:40]!r}")
    return int(word)


def _parse_table(text: str, start: int, frames: int, channels: int) -> np.ndarray:
    """The motion table (frames, channels), from a character of the text on."""
    needed = frames * channels
    if len(text) - start < 2 * needed - 1:  # a number has at least one digit and a blank before the next
        found = sum(len(part.split()) for _, part in _parts(text, start))
        raise RecordingError(_too_few(found, frames, channels))
    rows, found = [], 0
    for first, part in _parts(text, start):
        words = part.split()
        if found + len(words) >= needed:
            last = needed - found
            end = first + (len(part) if len(words) == last else _end_of_word(part, last))
            words = words[:last]
            rest = _REST_OF_LINE.match(text, end)
            if rest and rest[0].strip():  # the last frame ends within a line: a row was uneven
                raise RecordingError(_uneven_row(text, start, frames, channels))
        try:
            rows.append(np.array(words, np.float64))
        except ValueError:
            raise RecordingError(_not_a_number(words)) from None
        found += len(words)
        if found == needed:
            return np.concatenate(rows).reshape(frames, channels)
    raise RecordingError(_too_few(found, frames, channels))


def _parts(text: str, start: int, size: int = 2**20) -> Iterator[tuple[int, str]]:
    """(first character, text) of parts that end between words, so that few words are in memory at a time."""
    while start < len(text):
        space = _SPACE.search(text, min(start + size, len(text)))
        stop = space.start() if space else len(text)
        yield start, text[start:stop]
        start = stop


def _end_of_word(text: str, number: int) -> int:
    """The position after a word, counted from 1."""
    for count, word in enumerate(re.finditer(r"\S+", text), start=1):
        if count == number:
            return word.end()
    return 0


def _too_few(found: int, frames: int, channels: int) -> str:
    """The message for a table with fewer numbers than frames × channels."""
    if found % channels == 0:
        return (
            f"expected {frames:,} frames of motion, found {found // channels:,}: the file is cut short, or its "
            "'Frames:' is wrong"
        )
    return f"expected {channels} channels in each of {frames:,} frames, found {found:,} numbers"


def _uneven_row(text: str, start: int, frames: int, channels: int) -> str:
    """Which row of the table has another number of words than there are channels."""
    number = text.count("\n", 0, start) + 1
    for row in text[start:].split("\n"):
        words = len(row.split())
        if words not in (0, channels):
            return (
                f"line {number}: expected {channels} channels in each of {frames:,} frames, found {words:,} numbers"
            )
        number += 1
    return f"expected {channels} channels in each of {frames:,} frames, found more numbers"


def _not_a_number(words: list[str]) -> str:
    """The message for words of which one is not a number."""
    for word in words:
        try:
            float(word)
        except ValueError:
            return f"expected numbers in the frames of motion, found {word[:40]!r}"
    return "expected numbers in the frames of motion, found other text"


def _forward_kinematics(joints: list[_Joint], table: np.ndarray) -> np.ndarray:
    """Forward kinematics: joint positions (frames, joints, 3) in the file's axes and unit."""
    positions = np.empty((len(table), len(joints), 3))
    last_child = {joint.parent: i for i, joint in enumerate(joints)}
    for first in range(0, len(table), CHUNK_FRAMES):
        chunk = slice(first, first + CHUNK_FRAMES)
        _chunk_kinematics(joints, table[chunk], positions[chunk], last_child)
    return positions


def _chunk_kinematics(
    joints: list[_Joint], table: np.ndarray, positions: np.ndarray, last_child: dict[int | None, int]
) -> None:
    """Forward kinematics of some frames, written into `positions`; rotations are kept while children need them."""
    frames = len(table)
    rotations: dict[int, np.ndarray] = {}
    column = 0
    for i, joint in enumerate(joints):
        local = np.broadcast_to(np.eye(3), (frames, 3, 3))
        offset = np.broadcast_to(joint.offset, (frames, 3)).copy()
        for kind, axis in joint.channels:
            if kind == "position":
                # Position channels replace the offset (they repeat it where a joint does not slide).
                offset[:, "xyz".index(axis)] = table[:, column]
            else:
                local = local @ _axis_rotations(axis, np.radians(table[:, column]))
            column += 1
        if joint.parent is None:
            rotation, positions[:, i] = local, offset
        else:
            parent = rotations[joint.parent]
            positions[:, i] = positions[:, joint.parent] + np.einsum("fij,fj->fi", parent, offset)
            rotation = parent @ local if i in last_child else local
            if last_child[joint.parent] == i:
                del rotations[joint.parent]
        if i in last_child:
            rotations[i] = rotation


def _axis_rotations(axis: str, angles: np.ndarray) -> np.ndarray:
    """Rotation matrices (frames, 3, 3) about one axis, by angles (frames,) in radians."""
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrices = np.tile(np.eye(3), (len(angles), 1, 1))
    matrices[:, i, i] = matrices[:, j, j] = np.cos(angles)
    matrices[:, j, i] = np.sin(angles)
    matrices[:, i, j] = -matrices[:, j, i]
    return matrices
