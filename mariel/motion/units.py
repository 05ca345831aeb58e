"""The unit of length of a file: as the file names it, or guessed from the size of the body in it."""

import re

import numpy as np

HUMAN_HEIGHT = (1.0, 2.3)
"""Metres from the lowest to the highest marker between which a body is taken for a person."""

HUMAN_LENGTH = (0.5, 3.0)
"""Metres that a body reaches along its longest axis, standing, crouching, or lying with arms stretched."""

METRES_PER_UNIT = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254}
"""Metres in one unit of each name, in the order in which they are tried on a body of unknown unit."""

UNIT_NAMES = {"m": "metres", "cm": "centimetres", "mm": "millimetres", "in": "inches"}
"""The units in words."""

_UNIT_WORDS = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), "m"),
    **dict.fromkeys(("cm", "centimetre", "centimetres", "centimeter", "centimeters"), "cm"),
    **dict.fromkeys(("mm", "millimetre", "millimetres", "millimeter", "millimeters"), "mm"),
    **dict.fromkeys(("in", "inch", "inches"), "in"),
}


def find_unit(dancers: np.ndarray, named: object = None) -> tuple[float, str]:
    """The factor to metres of positions (dancers, frames, markers, 3), z up, one for all dancers.

    A frame's height is that of the markers seen in it; the tallest dancer tells the unit.

    Args:
        dancers: the positions.
        named: the unit as the file names it, such as "mm" or "m, approximate"; it counts unless it makes no dancer
            as large as a person, standing or lying.

    Returns:
        (factor, "m"), or (1, "source units") if the file names no unit and none makes the body 1.0 to 2.3 m tall.
    """
    sampled = [body_extents(dancer[:: max(1, len(dancer) // 200)]) for dancer in dancers]
    sizes = [np.median(extents, axis=0) if len(extents) else np.zeros(3) for extents in sampled]
    word = re.split(r"[\s,;(]", named.strip().lower(), maxsplit=1)[0] if isinstance(named, str) else ""
    if word in _UNIT_WORDS:
        factor = METRES_PER_UNIT[_UNIT_WORDS[word]]
        if any(HUMAN_LENGTH[0] <= size.max() * factor <= HUMAN_LENGTH[1] for size in sizes):
            return factor, "m"
    height = max(float(size[2]) for size in sizes)
    for factor in METRES_PER_UNIT.values():
        if HUMAN_HEIGHT[0] <= height * factor <= HUMAN_HEIGHT[1]:
            return factor, "m"
    return 1.0, "source units"


def body_extents(positions: np.ndarray) -> np.ndarray:
    """How far the markers seen in a frame reach along x, y and z: (frames with any marker, 3), float64.

    Args:
        positions: (frames, markers, 3); a marker is missing where any of its coordinates is not finite.
    """
    body = np.asarray(positions, np.float64)
    seen = np.asarray(np.isfinite(body).all(axis=2))
    body = np.where(seen[..., None], body, np.nan)[seen.any(axis=1)]
    if not len(body):
        return np.empty((0, 3))
    return np.nanmax(body, axis=1) - np.nanmin(body, axis=1)
