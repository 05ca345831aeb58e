"""A phrase beside what models make of it, each marker coloured by how far it is off."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mariel.motion.marker_set import MarkerSet
from mariel.stage.comparison import comparison_scene
from mariel.stage.scene import Curve, Dancer, Scene

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


def versions_scene(
    original: np.ndarray,
    versions: Sequence[Version],
    marker_set: MarkerSet,
    *,
    on_top: bool = False,
    painted: bool = False,
    curves: bool = False,
    **options,
) -> Scene:
    """The danced phrase and models' versions of it, see `mariel.stage.comparison`.

    Args:
        original: as it was danced, (frames, markers, 3), metres.
        versions: what models make of it, in the same place.
        marker_set: the markers.
        on_top: the danced one is a ghost around the models'.
        painted: colour the models' bodies by how far their markers are off; else only their dots are.
        curves: show the mean error over time below the stage.
        **options: of `comparison_scene` and of `Scene`.
    """
    top = max(LEAST_TOP, *(float(np.quantile(version.errors, 0.98)) for version in versions))
    models = [
        Dancer(
            version.positions,
            marker_set,
            label="" if on_top else version.label,
            colour=None if painted else version.colour,
            marker_values=np.nan_to_num(version.errors),
            value_range=(0.0, top),
            painted=painted,
        )
        for version in versions
    ]
    shown = [Curve(version.errors.mean(axis=1), version.label, version.colour) for version in versions]
    return comparison_scene(
        Dancer(original, marker_set, label="" if on_top else "danced"),
        models,
        on_top=on_top,
        curves=shown if curves else (),
        unit="cm",
        **options,
    )
