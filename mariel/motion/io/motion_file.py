"""What a file of motion holds, before anything is inferred: positions in its own axes and unit, and what it says."""

from dataclasses import dataclass

import numpy as np

from mariel.motion.inference.assumption import Assumption
from mariel.motion.marker_set import MarkerSet


@dataclass(frozen=True, eq=False)
class MotionFile:
    """Motion as it lies in a file. A reader returns what the file says, and None where it says nothing.

    Args:
        positions: (dancers, frames, markers, 3) in the file's axes and unit, floating point, NaN where a marker is
            not seen; it may be memory-mapped.
        marker_set: the markers, with the lines between them that the file has.
        fps: frames per second.
        unit: the unit of length as the file names it, such as "mm" or "inches".
        up: the axis that points up, one of `mariel.motion.orientation.UP_AXES`.
        mirrored: whether left and right are exchanged, such as in axes of a left-handed program.
        dancers: a name per dancer; empty where the file has none.
        zeros_are_missing: whether a marker at exactly (0, 0, 0) was not seen; None if the file does not say, so that
            zeros of markers that are elsewhere far from there count as missing.
        notes: what the reader left out or changed, sentences for people, such as "12 analog channels left out".
        usual_up: the axis that is up in most files of the format, where the file does not say.
        usual_fps: frames per second that files of the format have, likewise.
        assumptions: what the reader itself had to assume, such as the order of the axes.
        trusted: whether this program wrote the file, so that what it says is not compared with the body.
        one_dancer_per_frame: false if frames may alternate between dancers, as in arrays without a description.
    """

    positions: np.ndarray
    marker_set: MarkerSet
    fps: float | None = None
    unit: str | None = None
    up: str | None = None
    mirrored: bool | None = None
    dancers: tuple[str, ...] = ()
    zeros_are_missing: bool | None = False
    notes: tuple[str, ...] = ()
    usual_up: str | None = None
    usual_fps: float | None = None
    assumptions: tuple[Assumption, ...] = ()
    trusted: bool = False
    one_dancer_per_frame: bool = True
