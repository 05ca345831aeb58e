"""A phrase beside its reconstructions by one or several models, markers coloured by their error."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mariel.motion.marker_set import MarkerSet
from mariel.stage.comparison import comparison_scene
from mariel.stage.scene import Curve, Dancer, Scene

MIN_COLOUR_RANGE = 5.0
"""Centimetres that the warmest colour stands for at least: smaller errors are hardly visible."""


@dataclass(frozen=True, eq=False)
class LabelledReconstruction:
    """One model's reconstruction of a phrase, with a label.

    Args:
        label: shown at the dancer's feet and at the error curve.
        positions: (frames, markers, 3), metres.
        errors: distance of each marker from the original, centimetres, (frames, markers).
        colour: of the curve, and of the body if it is not coloured by error; None for the theme's.
    """

    label: str
    positions: np.ndarray
    errors: np.ndarray
    colour: str | None = None


def reconstructions_scene(
    original: np.ndarray,
    reconstructions: Sequence[LabelledReconstruction],
    marker_set: MarkerSet,
    *,
    overlay: bool = False,
    coloured: bool = False,
    curves: bool = False,
    **options,
) -> Scene:
    """A scene with a phrase and its reconstructions, see `mariel.stage.comparison`.

    Args:
        original: the recorded phrase, (frames, markers, 3), metres.
        reconstructions: of that phrase, in the same place.
        marker_set: the markers.
        overlay: draw the original as a ghost at the place of the reconstructions instead of beside them.
        coloured: colour whole bodies by their error, not only the markers.
        curves: show the mean error over time below the stage.
        **options: of `comparison_scene` and of `Scene`.
    """
    warmest = max(MIN_COLOUR_RANGE, *(float(np.quantile(each.errors, 0.98)) for each in reconstructions))
    models = [
        Dancer(
            each.positions,
            marker_set,
            label="" if overlay else each.label,
            colour=None if coloured else each.colour,
            marker_values=np.nan_to_num(each.errors),
            value_range=(0.0, warmest),
            colour_bones=coloured,
        )
        for each in reconstructions
    ]
    error_curves = [Curve(each.errors.mean(axis=1), each.label, each.colour) for each in reconstructions]
    return comparison_scene(
        Dancer(original, marker_set, label="" if overlay else "Original"),
        models,
        overlay=overlay,
        curves=error_curves if curves else (),
        unit="cm",
        **options,
    )
