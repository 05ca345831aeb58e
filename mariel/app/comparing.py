"""A phrase beside what models make of it: the scene that pages show, side by side or one inside the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mariel.motion.marker_set import MarkerSet
from mariel.stage.figure import facing
from mariel.stage.scene import Curve, Dancer, Scene

APART = 1.7
"""Metres from one dancer to the next at least, more where they travel."""

LEAST_TOP = 5.0
"""Centimetres that the warmest colour stands for at least: less is hardly seen."""


@dataclass(frozen=True, eq=False)
class Version:
    """What one model makes of a phrase.

    Args:
        label: shown at the dancer's feet, and on the curve of errors.
        positions: (frames, markers, 3), metres.
        errors: how far each marker is off, centimetres, (frames, markers).
        colour: of the curve, and of the body where it is not painted by its errors; None for the theme's.
    """

    label: str
    positions: np.ndarray
    errors: np.ndarray
    colour: str | None = None


def comparison_scene(
    original: np.ndarray,
    versions: Sequence[Version],
    marker_set: MarkerSet,
    *,
    fps: float,
    title: str,
    on_top: bool = False,
    travel: bool = False,
    painted: bool = False,
    curves: bool = False,
) -> Scene:
    """The danced phrase and models' versions of it, side by side as seen from the front, or one inside the other.

    Args:
        original: as it was danced, (frames, markers, 3), metres.
        versions: what models make of it, in the same place.
        marker_set: the markers.
        fps: frames a second.
        title: of the scene.
        on_top: the danced one is a ghost around the models'.
        travel: let them go where they go; else the place is taken out in which the real dancer stands at each frame,
            of all alike, so that they can be seen from near and a model's still shows where it goes astray.
        painted: colour the models' bodies by how far their markers are off; else only their dots are.
        curves: show the mean error over time below the stage.
    """
    middle = 0 if travel else (np.nanmean(original, axis=1, keepdims=True) * [1, 1, 0]).astype(np.float32)
    real = Dancer(original - middle, marker_set, label="" if on_top else "danced", ghost=on_top)
    front = facing(real)
    step = np.zeros(3) if on_top else _step(real.positions, front)
    top = max(LEAST_TOP, *(float(np.quantile(version.errors, 0.98)) for version in versions))
    models = [
        Dancer(
            version.positions - middle,
            marker_set,
            label="" if on_top else version.label,
            offset=tuple((step * number).tolist()),
            colour=None if painted else version.colour,
            marker_values=np.nan_to_num(version.errors),
            value_range=(0.0, top),
            painted=painted,
        )
        for number, version in enumerate(versions, 1)
    ]
    shown = [Curve(version.errors.mean(axis=1), version.label, version.colour) for version in versions]
    return Scene([real, *models], fps=fps, front=front, title=title, curves=shown if curves else (), unit="cm")


def _step(positions: np.ndarray, front: float) -> np.ndarray:
    """From one dancer to the next one on the right, as seen from the front, (3,), metres."""
    right = np.array([-np.sin(front), np.cos(front)])
    flat = positions[..., :2] @ right
    return np.array([*right, 0.0]) * max(APART, float(np.nanmax(flat) - np.nanmin(flat)) + 0.4)
