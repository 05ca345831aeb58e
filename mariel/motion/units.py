"""Units of length: their names in files, and metres in each."""

import re

import numpy as np

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


def unit_of_word(text: object) -> str | None:
    """The key of `METRES_PER_UNIT` that a file names, such as "mm", "Meters" or "m, approximate"; else None."""
    word = re.split(r"[\s,;(]", text.strip().lower(), maxsplit=1)[0] if isinstance(text, str) else ""
    return _UNIT_WORDS.get(word)


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
