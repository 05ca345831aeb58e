"""How long and how thick the parts of a body are, as shares of its height.

Lengths and breadths are those of Drillis & Contini (1966), as in Winter, *Biomechanics and Motor Control of Human
Movement* (4th edition, 2009), figure 4.1. Mean radii of limbs follow from table 4.1 there: a cylinder of the
segment's share of the mass, at its density and length, for a body of 1.7 m and 59 kg (a body mass index of 20.5):
upper arm 0.023, forearm 0.019, thigh 0.039, shank 0.026. How a limb tapers about that is drawn by eye.
"""

from math import cos, pi, sin

LENGTHS = {"thigh": 0.245, "shank": 0.246, "upper_arm": 0.186, "forearm": 0.146}
"""Lengths of limbs between joint centres, by which a body's height is estimated whatever its pose."""

HIP_HEIGHT, NECK_HEIGHT, HEAD_CENTRE = 0.53, 0.825, 0.935
"""Heights of hip joints, the base of the neck and the middle of the head above the floor."""

HEAD_HEIGHT = 0.130

ABOVE_THE_CROWN = 0.010
"""Of a marker on top of the head: its own radius, and hair."""

HAND_LENGTH = 0.108

HIP_HALF_SPACING = 0.05
"""Of the hip joints; with the thighs' radius this makes the breadth of the hips, 0.191."""

STERNUM_TO_SHOULDER = (0.100, -0.035, 0.0)
"""Left, forward and up from the top of the sternum to the left shoulder joint."""

STERNUM_TO_HIPS = (0.0, -0.060, -0.20)
"""From a marker on the sternum to the middle between the hip joints."""

Row = tuple[float, float, float, float, float]
"""A cross-section of a part: where it is along the axis (0 to 1), body heights beyond that, half its width, half its
depth, and by how much it is shifted in the direction of depth."""

_CAP = ((0.0, 0.02), (pi / 6, 0.0), (pi / 3, 0.0))
"""Angles of the cross-sections that round an end."""


def _rounded(rows: tuple[tuple[float, ...], ...], start: float, stop: float) -> tuple[Row, ...]:
    """A part with a half ellipsoid of these lengths at its ends, from (along, half width, half depth, shift) rows."""

    def cap(row: tuple[float, ...], length: float) -> list[Row]:
        along, width, depth, shift = row
        return [
            (along, round(length * cos(angle), 4), round(width * (sin(angle) or least), 4),
             round(depth * (sin(angle) or least), 4), shift)
            for angle, least in _CAP
        ]  # fmt: skip

    middle = [(along, 0.0, width, depth, shift) for along, width, depth, shift in rows]
    return (*cap(rows[0], -start), *middle, *reversed(cap(rows[-1], stop)))


def _round_limb(*rows: tuple[float, float], bulge: tuple[float, ...] = ()) -> tuple[Row, ...]:
    """A limb of circular cross-sections from (along, radius) rows, rounded at both ends."""
    shifts = bulge or (0.0,) * len(rows)
    full = tuple((along, radius, radius, shift) for (along, radius), shift in zip(rows, shifts, strict=True))
    return _rounded(full, rows[0][1], rows[-1][1])


SHAPES: dict[str, tuple[Row, ...]] = {
    "upper_arm": _round_limb((0, 0.0300), (0.2, 0.0275), (0.55, 0.0240), (1, 0.0190)),
    "forearm": _round_limb((0, 0.0195), (0.22, 0.0220), (0.65, 0.0172), (1, 0.0140)),
    "arm": _round_limb((0, 0.0300), (0.3, 0.0245), (0.6, 0.0205), (1, 0.0140)),
    "thigh": _round_limb((0, 0.0400), (0.1, 0.0445), (0.25, 0.0455), (0.6, 0.0370), (1, 0.0275)),
    "shank": _round_limb((0, 0.0270), (0.27, 0.0290), (0.6, 0.0225), (1, 0.0165), bulge=(0, -0.006, -0.003, 0)),
    "leg": _round_limb((0, 0.0400), (0.2, 0.0430), (0.65, 0.0290), (1, 0.0165)),
    "hand": _rounded(((0, 0.0140, 0.0115, 0), (0.4, 0.0205, 0.0110, 0), (0.75, 0.0175, 0.0085, 0)), 0.008, 0.026),
    "foot": _rounded(
        ((0.06, 0.0170, 0.0200, 0.004), (0.3, 0.0190, 0.0240, 0.010), (0.55, 0.0235, 0.0165, 0.004),
         (0.8, 0.0265, 0.0110, -0.001), (0.94, 0.0225, 0.0085, -0.002)), 0.012, 0.012
    ),
    "shoulder": _round_limb((0, 0.0370), (0.45, 0.0330), (1, 0.0275)),
    "neck": _round_limb((0, 0.0340), (0.3, 0.0305), (0.6, 0.0290), (1, 0.0290)),
    "nose": (
        (0, 0, 0.0030, 0.004, 0), (0.8, 0, 0.0085, 0.009, 0), (1, 0.001, 0.0055, 0.006, 0),
        (1, 0.0035, 0.0005, 0.0005, 0),
    ),
    "head": (
        (0.00, 0, 0.0005, 0.0005, -0.018), (0.01, 0, 0.010, 0.011, -0.019), (0.05, 0, 0.022, 0.024, -0.018),
        (0.16, 0, 0.0315, 0.039, -0.011),
        (0.34, 0, 0.0395, 0.050, -0.004), (0.54, 0, 0.0440, 0.0555, 0.001), (0.72, 0, 0.0435, 0.0545, 0.003),
        (0.87, 0, 0.0340, 0.0420, 0.004), (0.96, 0, 0.0195, 0.0240, 0.004), (1.00, 0, 0.0005, 0.0005, 0.004),
    ),
    "trunk": (
        (-0.29, 0, 0.0005, 0.0005, 0.004), (-0.27, 0, 0.020, 0.022, 0.004), (-0.20, 0, 0.055, 0.044, 0.006),
        (-0.07, 0, 0.0900, 0.0650, 0.010), (0.07, 0, 0.0965, 0.0670, 0.010), (0.20, 0, 0.0880, 0.0590, 0.005),
        (0.38, 0, 0.0715, 0.0510, 0.0), (0.54, 0, 0.0740, 0.0545, -0.003), (0.70, 0, 0.0840, 0.0610, -0.005),
        (0.84, 0, 0.0900, 0.0600, -0.001), (0.96, 0, 0.0860, 0.0490, 0.004), (1.04, 0, 0.0600, 0.0400, 0.006),
        (1.08, 0, 0.0330, 0.0270, 0.006), (1.09, 0, 0.0005, 0.0005, 0.006),
    ),
    "long_bone": _round_limb((0, 0.0340), (0.5, 0.0280), (1, 0.0210)),
    "middle_bone": _round_limb((0, 0.0240), (0.5, 0.0215), (1, 0.0170)),
    "short_bone": _round_limb((0, 0.0160), (1, 0.0130)),
}  # fmt: skip
"""Cross-sections by part. The trunk's are placed along the spine: 0 at the hip joints, 1 at the base of the neck."""
