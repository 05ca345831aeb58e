"""A dancer and others' versions of the same dance, on one stage."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mariel.stage.figure import facing
from mariel.stage.scene import Dancer, Scene

APART = 1.7
"""Metres from one dancer to the next, more where they travel."""


def comparison_scene(
    dancer: Dancer, others: Sequence[Dancer], *, on_top: bool = False, travel: bool = True, **options
) -> Scene:
    """Dancers side by side as seen from the front of the first one, or inside one another.

    Args:
        dancer: whose front the scene is seen from.
        others: to the right, one after the other; as long and in the same place as the first.
        on_top: the first one is a ghost around the others instead.
        travel: let them go where they go; else the place is taken out in which the first dancer stands at each frame,
            of all alike, so that they can be seen from near and the others still show where they go astray.
        **options: passed on to `Scene`.
    """
    if not travel:
        middle = np.nanmean(dancer.positions, axis=1, keepdims=True) * [1, 1, 0]
        dancer, *others = (
            replace(each, positions=(each.positions - middle).astype(np.float32)) for each in (dancer, *others)
        )
    front = facing(dancer)
    if on_top:
        return Scene([replace(dancer, ghost=True), *others], front=front, **options)
    right = np.array([-np.sin(front), np.cos(front)])
    across = dancer.positions[..., :2] @ right
    step = right * max(APART, float(np.nanmax(across) - np.nanmin(across)) + 0.4)
    placed = [replace(other, offset=(*(step * number).tolist(), 0.0)) for number, other in enumerate(others, start=1)]
    return Scene([dancer, *placed], front=front, **options)
