"""Gaps: spans of frames in which a marker is missing. Short gaps are interpolated, long ones are left as NaN."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mariel.errors import RecordingError

MAX_GAPS = 500_000
"""Most gaps of one file; a file with more holds noise, and describing them would take gigabytes."""

MAX_COORDINATE = 1e30
"""Numbers from which a coordinate is no position in any unit, and overflows where it is squared."""

_CHUNK_NUMBERS = 80_000

MAX_FILLED_SECONDS = 12 / 35
"""Longest gap that is filled: 12 frames of Mariel's recordings, too short to miss a movement."""


@dataclass(frozen=True)
class Gap:
    """A span of frames in which one column of a source array has no position.

    Args:
        column: the column of the source array.
        start, stop: the first missing frame and the first frame after the gap, counted in the source array.
        fillable: whether it is interpolated: it is short, with a known position on both sides.
    """

    column: int
    start: int
    stop: int
    fillable: bool

    def __len__(self) -> int:
        return self.stop - self.start


def longest_filled(fps: float) -> int:
    """Frames of the longest gap that is filled, at least one."""
    return max(1, round(MAX_FILLED_SECONDS * min(fps, 1e6)))


def is_complete(source: np.ndarray, *, zeros_are_missing: bool = True) -> bool:
    """Whether no position of a source array can be missing, as in most files; false if a closer look is needed.

    One pass in the order of memory, in chunks that fit into a processor's cache, tells it.

    Args:
        source: positions (frames, columns, 3).
        zeros_are_missing: whether a coordinate of 0 needs that look, too.
    """

    def is_usable(block: np.ndarray) -> bool:
        # A sum of squares is no number, infinite or too large if one coordinate is, and is the quickest test.
        usable = float(np.einsum("fmx,fmx->", block, block)) < MAX_COORDINATE**2
        return bool(usable and (not zeros_are_missing or block.all()))

    in_order = np.asarray(source).transpose(np.argsort(source.strides)[::-1])
    step = max(1, _CHUNK_NUMBERS * len(in_order) // max(1, in_order.size))
    return all(is_usable(in_order[first : first + step]) for first in range(0, len(in_order), step))


def zero_positions(block: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(frame, column) of the positions of a block (frames, columns, 3) at exactly (0, 0, 0), in some columns only.

    Args:
        block: positions.
        columns: which columns count, (columns,) of bool.
    """
    # Few positions have a height of 0, so that only this is looked for everywhere.
    frame, column = np.divmod(np.flatnonzero(block[..., 2] == 0), max(1, block.shape[1]))
    zero = columns[column] & (block[frame, column, 0] == 0) & (block[frame, column, 1] == 0)
    return np.stack([frame[zero], column[zero]], axis=1)


def find_gaps(
    source: np.ndarray,
    *,
    max_filled_frames: int,
    zeros_are_missing: bool | np.ndarray = True,
    chunk: int = 2048,
) -> tuple[Gap, ...]:
    """The gaps of a source array (frames, columns, 3), which is read in chunks.

    Args:
        source: positions; one is missing if any of its coordinates is not finite, or above `MAX_COORDINATE`.
        max_filled_frames: longest gap that is filled, see `longest_filled`.
        zeros_are_missing: whether (0, 0, 0) is a missing position too, which capture systems write for an unseen
            marker; or that for each column, (columns,) of bool.
        chunk: frames read at a time.

    Raises:
        RecordingError: there are more than `MAX_GAPS`.
    """
    if is_complete(source, zeros_are_missing=bool(np.any(zeros_are_missing))):
        return ()
    frames = len(source)
    by_column = np.broadcast_to(zeros_are_missing, source.shape[1])
    found: list[np.ndarray] = []
    for first in range(0, frames, chunk):
        block = np.asarray(source[first : first + chunk])
        parts = [zero_positions(block, by_column)] if by_column.any() else []
        if not max(block.max(), -block.min()) < MAX_COORDINATE:
            usable = np.abs(block) < MAX_COORDINATE
            parts.append(np.argwhere(~(usable[..., 0] & usable[..., 1] & usable[..., 2])))
        found += [part[:, ::-1] + (0, first) for part in parts if len(part)]
    if not found:
        return ()
    missing = np.concatenate(found)
    missing = missing[np.lexsort((missing[:, 1], missing[:, 0]))]
    breaks = np.flatnonzero((np.diff(missing[:, 0]) != 0) | (np.diff(missing[:, 1]) != 1)) + 1
    if len(breaks) >= MAX_GAPS:
        raise RecordingError(f"markers are missing in {len(breaks) + 1:,} places: these are no positions of a body")
    gaps = []
    for span in np.split(missing, breaks):
        start, stop = int(span[0, 1]), int(span[-1, 1]) + 1
        fillable = stop - start <= max_filled_frames and start > 0 and stop < frames
        gaps.append(Gap(int(span[0, 0]), start, stop, fillable))
    return tuple(gaps)


def fill_short_gaps(
    positions: np.ndarray,
    gaps: Iterable[Gap],
    source: np.ndarray,
    columns: Sequence[int],
    *,
    start: int = 0,
    axes: tuple[int, int, int] = (0, 1, 2),
    signs: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> None:
    """Interpolate fillable gaps in a window of positions and set the others to NaN, in place.

    Each gap is filled linearly between the source's positions before and after it, which may lie outside the
    window, so that a window has the same positions as the whole take.

    Args:
        positions: (frames, markers, 3), the window as read, z up.
        gaps: the gaps of `source`.
        source: (frames, columns, 3), the array that the window was read from.
        columns: for each marker of the window, its column of `source`.
        start: the frame of `source` that the window begins with.
        axes, signs: from the source's axes to z up, see `mariel.motion.recording.Recording`.
    """
    marker_of = {column: marker for marker, column in enumerate(columns)}
    stop = start + len(positions)
    for gap in gaps:
        if gap.column not in marker_of or gap.stop <= start or gap.start >= stop:
            continue
        frames = np.arange(max(gap.start, start), min(gap.stop, stop))
        rows, marker = frames - start, marker_of[gap.column]
        if not gap.fillable:
            positions[rows, marker] = np.nan
            continue
        ends = np.asarray(source[[gap.start - 1, gap.stop], gap.column], np.float64)[:, list(axes)] * signs
        fraction = (frames - gap.start + 1)[:, None] / (gap.stop - gap.start + 1)
        positions[rows, marker] = ends[0] + fraction * (ends[1] - ends[0])


def filled(positions: np.ndarray) -> tuple[np.ndarray, int]:
    """Positions (frames, markers, 3) float64, missing ones interpolated, held at the ends; and in how many frames.

    A marker that is never seen stays missing.
    """
    result = np.array(positions, np.float64)
    missing = np.asarray(~np.isfinite(result).all(axis=-1))
    frames = np.arange(len(result))
    for marker in np.flatnonzero(missing.any(axis=0)):
        seen = ~missing[:, marker]
        if seen.any():
            for axis in range(3):
                result[:, marker, axis] = np.interp(frames, frames[seen], result[seen, marker, axis])
    return result, int(missing.any(axis=1).sum())
