"""A dancer and another one's version of the same dance, on one stage."""

from dataclasses import replace

import numpy as np

from mariel.stage.figure import facing
from mariel.stage.scene import Dancer, Scene

APART = 1.7
"""Metres between the two, more where they travel."""


def pair_scene(dancer: Dancer, other: Dancer, *, on_top: bool = False, travel: bool = True, **options) -> Scene:
    """Two dancers side by side as seen from the front, or one inside the other.

    Args:
        dancer: whose front the scene is seen from.
        other: the other one, to the right; as long and in the same place as the first.
        on_top: the first one is a ghost around the other instead.
        travel: let them go where they go; else the place is taken out in which the first dancer stands at each frame,
            of both alike, so that they can be seen from near and the other still shows where it goes astray.
        **options: passed on to `Scene`.
    """
    if not travel:
        middle = np.nanmean(dancer.positions, axis=1, keepdims=True) * [1, 1, 0]
        dancer, other = (
            replace(each, positions=(each.positions - middle).astype(np.float32)) for each in (dancer, other)
        )
    front = facing(dancer)
    if on_top:
        return Scene([replace(dancer, ghost=True), other], front=front, **options)
    right = np.array([-np.sin(front), np.cos(front)])
    across = dancer.positions[..., :2] @ right
    apart = max(APART, float(np.nanmax(across) - np.nanmin(across)) + 0.4)
    return Scene([dancer, replace(other, offset=(*(right * apart).tolist(), 0.0))], front=front, **options)
