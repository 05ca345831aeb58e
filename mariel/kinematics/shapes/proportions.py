"""Named proportions of a body, such as a child's: how long each part is beside that of the recorded dancer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line reads the descriptions below
    from mariel.motion.marker_set import MarkerSet

LEG_SHARE = 0.491
"""Of thigh and shank together in a person's height: Drillis & Contini (1966), as in Winter (2009), figure 4.1."""

_PARTS = {
    "head": "head",
    "upper_arm": "arms",
    "forearm": "arms",
    "hand": "hands",
    "thigh": "legs",
    "shank": "legs",
    "foot": "feet",
}
"""The part of the body that a segment belongs to; others belong to that of their parent, the root to the trunk."""


@dataclass(frozen=True)
class Scale:
    """How many times as large a part is.

    Args:
        along: in the direction of the next joint.
        across: in all other directions.
    """

    along: float
    across: float

    @classmethod
    def of(cls, size: float) -> "Scale":
        """The same in all directions."""
        return cls(size, size)


UNCHANGED = Scale.of(1.0)


@dataclass(frozen=True)
class Proportions:
    """Proportions by which a body is changed.

    Args:
        label: for people.
        help: what changes, a sentence.
        scales: of the parts of the body, see `part_of_segments`; others stay as they are.
        stature: metres, to which the whole body is scaled first; None: its own.
    """

    label: str
    help: str
    scales: Mapping[str, Scale] = field(default_factory=dict)
    stature: float | None = None


_CHILDS_HEAD, _ADULTS_HEAD = 1 / 6, 1 / 7.5
"""Of the head in the stature, at six years and of adults: Domljan, Iliev & Jurčević Lulić, *Research on Children's
Body Proportions*, Applied Sciences 14 (2024) 7185, and the canon that it refers to."""

_CHILDS_SITTING_HEIGHT, _ADULTS_SITTING_HEIGHT = 0.545, 0.52
"""Of the sitting height, trunk and head, in the stature: Bogin & Varela-Silva, *Leg Length, Body Proportion, and
Health*, Int. J. Environ. Res. Public Health 7 (2010) 1047; Snyder et al., *Anthropometry of Infants, Children, and
Youths to Age 18 for Product Safety Design*, UM-HSRI-77-17 (1977)."""

PROPORTIONS: Mapping[str, Proportions] = {
    "child": Proportions(
        "A child",
        "six years old and 1.15 m tall: a larger head and shorter legs for its size",
        {
            "head": Scale.of(_CHILDS_HEAD / _ADULTS_HEAD),
            "trunk": Scale.of((_CHILDS_SITTING_HEIGHT - _CHILDS_HEAD) / (_ADULTS_SITTING_HEIGHT - _ADULTS_HEAD)),
            "legs": Scale.of((1 - _CHILDS_SITTING_HEIGHT) / (1 - _ADULTS_SITTING_HEIGHT)),
        },
        stature=1.15,
    ),
    "long-arms": Proportions("Long arms", "upper arms and forearms 1.3 times as long", {"arms": Scale(1.3, 1.0)}),
    "long-legs": Proportions("Long legs", "thighs and shanks 1.25 times as long", {"legs": Scale(1.25, 1.0)}),
}
"""Proportions by the names that links, recipes and the command line know. A child's arms, hands and feet keep their
share of the stature."""

TAKE_PREFIX = "take:"
"""What the choice of another dancer's body begins with; the name of one of the dancer's takes follows."""

BODY_DESCRIPTION = (
    "The body that dances: child, long-arms or long-legs; take:NAME, the dancer of that take; or recordings of "
    "another dancer with the same markers. Empty: the dancer's own."
)
"""Of the setting `body`, wherever there is one."""


def part_of_segments(marker_set: "MarkerSet") -> dict[str, str]:
    """The part of the body that each segment of a jointed body belongs to.

    Parts are trunk, head, arms, hands, legs and feet.
    """
    parent_of = dict(marker_set.parents)
    root = next((name for name, _ in marker_set.segments if name not in parent_of), "")
    part_of = {root: "trunk"}
    for segment, parent in marker_set.parents:
        kind = segment.removeprefix("left_").removeprefix("right_")
        part_of[segment] = _PARTS.get(kind, part_of[parent])
    return part_of


def why_not(marker_set: "MarkerSet", proportions: str = "") -> str:
    """Why dances of a marker set cannot be given to another body; empty if they can.

    Args:
        marker_set: of the dance.
        proportions: one of `PROPORTIONS`; empty: that of another dancer.
    """
    if not marker_set.has_body:
        return (
            f"the {marker_set.describe()} tell no body: it needs rigid segments that are joined, or "
            "joints with lines that make one skeleton"
        )
    if not proportions:
        return ""
    parts = set(part_of_segments(marker_set).values())
    needed = [part for part in PROPORTIONS[proportions].scales if part in ("arms", "legs")]
    missing = [part for part in needed if part not in parts]
    return f"the names of the {marker_set.name} set's segments tell no {missing[0]}" if missing else ""
