"""Positions of an array whose axes lie in any order, where the number of markers may be known."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.inference.array_axes import AXES, infer_axes
from mariel.motion.inference.assumption import Assumption

_Arranged = tuple[np.ndarray, tuple[Assumption, ...]]
"""(positions (dancers, frames, markers, 3), what was assumed about the axes)."""


def arrange_axes(array: np.ndarray, markers: int | None, said: Sequence[str] | None = None) -> _Arranged | None:
    """Positions (dancers, frames, markers, 3) of an array, and what was assumed; None if the axes cannot be told.

    Args:
        array: three axes in any order, four with dancers, or two where the coordinates of all markers lie in a row.
        markers: how many markers there are; None if that is not known.
        said: the axes as a person has named them, names from `AXES`.

    Raises:
        RecordingError: the axes that a person has named do not fit.
    """
    if array.ndim == 2 and markers and 3 * markers in array.shape:
        rows = array if array.shape[1] == 3 * markers else array.T
        return rows.reshape(1, -1, markers, 3), ()
    if array.ndim not in (3, 4):
        return None
    if said is not None:
        if len(said) != array.ndim or not _fits(said, array.shape, markers):
            raise RecordingError(f"the axes {', '.join(said)} do not fit: found an array of shape {array.shape}")
        return _in_order(array, said), (Assumption("axes", tuple(said), 1.0, "answer"),)
    if markers:
        return _of_known_count(array, markers)
    found = infer_axes(array)
    if array.ndim == 4 and array.shape[-1] == 3:  # samples of one model can be alike, so that motion misleads
        agrees = found is None or found.is_question or found.value == AXES
        found = Assumption("axes", AXES, 0.9 if agrees else 0.5, "convention", "files of several dancers have them")
    return (_in_order(array, found.value), (found,)) if found else None  # type: ignore[arg-type]


def _of_known_count(array: np.ndarray, markers: int) -> _Arranged | None:
    """The only order of axes that fits, else that of them in which markers move least from frame to frame."""
    names = AXES if array.ndim == 4 else AXES[1:]
    fitting = [axes for axes in permutations(names) if _fits(axes, array.shape, markers)]
    if array.ndim == 4:  # there are fewer dancers than frames
        few = [axes for axes in fitting if array.shape[axes.index("dancer")] <= array.shape[axes.index("frame")]]
        fitting = few or fitting
    if not fitting:
        return None
    if len(fitting) == 1:
        return _in_order(array, fitting[0]), ()
    found = infer_axes(array)
    if found is not None and found.value in fitting:
        return _in_order(array, found.value), (found,)  # type: ignore[arg-type]
    usual = names if names in fitting else fitting[0]
    return _in_order(array, usual), ()


def _fits(axes: Sequence[str], shape: tuple[int, ...], markers: int | None) -> bool:
    """Whether an array can have axes of these names."""
    size = dict(zip(axes, shape, strict=True))
    return size.get("xyz") == 3 and markers in (None, size.get("marker"))


def _in_order(array: np.ndarray, axes: Sequence[str]) -> np.ndarray:
    """The array with its axes as this program has them."""
    positions = np.transpose(array, [list(axes).index(axis) for axis in AXES if axis in axes])
    return positions if positions.ndim == 4 else positions[None]
