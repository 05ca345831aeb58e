"""Which axis of an array of positions is dancers, frames, markers and xyz, from its shape and its numbers."""

import numpy as np

_SAMPLED = 64  # frames and markers that are compared to find out which axis is time


def arrange_axes(array: np.ndarray, markers: int | None) -> np.ndarray | None:
    """Positions (dancers, frames, markers, 3) of an array with its axes in any order; None if it cannot be told.

    Args:
        array: three axes in any order, four with dancers, or two where the coordinates of all markers lie in a row.
        markers: how many markers there are; None if that is not known.
    """
    if array.ndim == 2 and markers:
        if array.shape[1] == 3 * markers:
            return array.reshape(1, -1, markers, 3)
        return array.T.reshape(1, -1, markers, 3) if array.shape[0] == 3 * markers else None
    if array.ndim not in (3, 4):
        return None
    xyz = _axis_of(array.shape, 3, markers)
    if xyz is None:
        return None
    array = np.moveaxis(array, xyz, -1)
    return _arrange_three(array, markers) if array.ndim == 3 else _arrange_four(array, markers)


def _axis_of(shape: tuple[int, ...], length: int, markers: int | None) -> int | None:
    """The axis of some length, the last one first; None if there is none, or if it must be that of the markers."""
    found = [axis for axis, size in enumerate(shape) if size == length]
    if markers == length and len(found) < 2:
        return None
    return found[-1] if found else None


def _arrange_three(array: np.ndarray, markers: int | None) -> np.ndarray | None:
    first, second = (size == markers for size in array.shape[:2]) if markers else (False, False)
    if markers and not (first or second):
        return None
    if first == second:  # both may be markers, or neither is known
        first = frames_are_first(array) is False
    return (array.swapaxes(0, 1) if first else array)[None]


def _arrange_four(array: np.ndarray, markers: int | None) -> np.ndarray | None:
    if markers:
        found = [axis for axis in (2, 1, 0) if array.shape[axis] == markers]
        if not found:
            return None
        array = np.moveaxis(array, found[0], 2)
        if array.shape[0] > array.shape[1]:  # there are fewer dancers than frames
            array = array.swapaxes(0, 1)
    return array


def frames_are_first(array: np.ndarray) -> bool | None:
    """Whether the first axis of an array (a, b, 3) is time; None if the positions cannot tell.

    From one frame to the next a marker moves little, while two neighbouring markers of a list lie apart.
    """
    sample = np.asarray(array[:_SAMPLED, :_SAMPLED], np.float64)
    steps = []
    with np.errstate(all="ignore"):
        for axis in (0, 1):
            lengths = np.linalg.norm(np.diff(sample, axis=axis), axis=2)
            known = lengths[np.isfinite(lengths)]
            steps.append(float(np.median(known)) if known.size else 0.0)
    if 2 * steps[0] < steps[1]:
        return True
    return False if 2 * steps[1] < steps[0] else None
