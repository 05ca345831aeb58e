"""A scene that compares a motion with other versions of it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mariel.stage.figure import facing_angle
from mariel.stage.scene import Dancer, Scene

SPACING = 1.7
"""Metres from one dancer to the next; more where they travel."""


def comparison_scene(
    dancer: Dancer, others: Sequence[Dancer], *, overlay: bool = False, travel: bool = True, **options
) -> Scene:
    """Dancers side by side, seen from the front of the first one, or on top of each other.

    Args:
        dancer: the first one.
        others: to its right, in order; of the same length, at the same position.
        overlay: draw all at one position, the first one as a ghost, instead of side by side.
        travel: keep the path over the floor. Otherwise the first dancer's horizontal position at each frame is
            subtracted from all of them: the camera can be near, and the others' deviations from it stay visible.
        **options: passed on to `Scene`.
    """
    if not travel:
        centre = np.nanmean(dancer.positions, axis=1, keepdims=True) * [1, 1, 0]
        dancer, *others = (
            replace(each, positions=(each.positions - centre).astype(np.float32)) for each in (dancer, *others)
        )
    front = facing_angle(dancer)
    if overlay:
        return Scene([replace(dancer, ghost=True), *others], front=front, **options)
    right = np.array([-np.sin(front), np.cos(front)])
    across = dancer.positions[..., :2] @ right
    step = right * max(SPACING, float(np.nanmax(across) - np.nanmin(across)) + 0.4)
    placed = [replace(other, offset=(*(step * number).tolist(), 0.0)) for number, other in enumerate(others, start=1)]
    return Scene([dancer, *placed], front=front, **options)
