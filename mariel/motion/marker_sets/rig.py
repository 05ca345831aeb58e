"""A rig: how a capture system or a body model names its markers or joints, declared as text.

Two kinds are declared. `MarkerRig` is of optical markers on the skin: which are on each rigid part of the body.
`JointRig` is of the joints of a skeleton: which joint each joint hangs from.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from mariel.motion.marker_set import Bone

SIDES = (("left", "L"), ("right", "R"))

_SEGMENT = re.compile(r"(?P<name>\S+)(?: < (?P<parent>\S+))?(?: @ (?P<joint>[^:]+))?: (?P<labels>.+)")
_SIDE_WORD = re.compile(r"(?<![A-Za-z_])\*(?=_)")
_SEPARATORS = re.compile(r"[^0-9a-z]+")


def plain_label(label: str) -> str:
    """A label as rigs are compared: without the namespace before a colon, capitals, blanks and underscores.

    >>> plain_label("mixamorig:LeftUpLeg"), plain_label("Subject:LFHD"), plain_label("left_hip")
    ('leftupleg', 'lfhd', 'lefthip')
    """
    return _SEPARATORS.sub("", label.rpartition(":")[2].lower()) or _SEPARATORS.sub("", label.lower())


@dataclass(frozen=True)
class Segment:
    """A rigid part of the body.

    Args:
        name: such as "left_thigh".
        parent: the segment it is joined to, None for the root.
        joint: markers in whose middle it begins; empty if no markers are near.
        labels: the markers on it.
    """

    name: str
    parent: str | None
    joint: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class MarkerRig:
    """Optical markers.

    Args:
        name: for people, such as "Plug-in Gait".
        segments_text: a line per segment: `name < parent @ joint : markers`. A line with * stands for two, with
            left_ and right_ or with L and R in its place. A marker after ? is not in every variety of the rig.
        bones_text: lines to draw, such as "LHIP+RHIP-SPINE": + joins the markers of a group, - the two ends.
    """

    name: str
    segments_text: str
    bones_text: str

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The segments, parents first."""
        return tuple(_parse_segment(line) for line in _both_sides(self.segments_text))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """All markers, those of some varieties too."""
        return tuple(label for segment in self.segments for label in segment.labels)

    @cached_property
    def required(self) -> frozenset[str]:
        """The markers of every variety."""
        words = [word for line in _both_sides(self.segments_text) for word in line.split(": ", 1)[1].split()]
        return frozenset(word for word in words if not word.startswith("?"))

    @cached_property
    def bones(self) -> tuple[Bone, ...]:
        """The lines to draw."""
        words = [word for line in _both_sides("\n".join(self.bones_text.split())) for word in line.split()]
        return tuple(parse_bone(word) for word in words)


@dataclass(frozen=True)
class JointRig:
    """Joints of a skeleton.

    Args:
        name: for people, such as "SMPL 24 joints".
        tree_text: words `joint` for the root and `joint<parent`; a word with * stands for two, left and right.
        sides: what * stands for.
        required: the words without which it is another rig; all if empty.
    """

    name: str
    tree_text: str
    sides: tuple[str, str] = ("left", "right")
    required_text: str = ""

    @cached_property
    def parent_of(self) -> dict[str, str | None]:
        """The parent of each joint, parents first."""
        tree: dict[str, str | None] = {}
        for word in self._words(self.tree_text):
            joint, _, parent = word.partition("<")
            tree[joint] = parent or None
        return tree

    @cached_property
    def required(self) -> frozenset[str]:
        """The joints without which it is another rig."""
        return frozenset(self._words(self.required_text) or self.parent_of)

    def _words(self, text: str) -> list[str]:
        return [
            word.replace("*", side)
            for word in text.split()
            for side in (self.sides if "*" in word else ("",))
        ]  # fmt: skip


def parse_bone(text: str) -> Bone:
    """A bone from text such as "A+B-C"."""
    start, end = text.split("-")
    return tuple(start.split("+")), tuple(end.split("+"))


def _both_sides(text: str) -> Iterable[str]:
    """The lines of a text, those with * once for each side."""
    for line in filter(None, map(str.strip, text.splitlines())):
        if "*" not in line:
            yield line
            continue
        for side, letter in SIDES:
            yield _SIDE_WORD.sub(side, line).replace("*", letter)


def _parse_segment(line: str) -> Segment:
    match = _SEGMENT.fullmatch(line)
    if match is None:
        raise ValueError(f"expected 'name < parent @ joint: markers', found {line!r}")
    labels = tuple(word.lstrip("?") for word in match["labels"].split())
    return Segment(match["name"], match["parent"], tuple((match["joint"] or "").split()), labels)
