"""Missing markers: found once when a take is opened, filled when short, left as NaN and told when long."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mariel.motion.recording import Recording

MAX_FILLED_FRAMES = 12
"""Longest gap that is filled, in frames: a third of a second at 35 frames/s, before a limb could turn back."""


@dataclass(frozen=True)
class Gap:
    """A run of frames in which one column of a source array has no position.

    Args:
        column: the column of the source array.
        start, stop: first missing frame and the first that is there again, counted in the source array.
        fillable: short enough, with a known position on both sides, to be interpolated.
    """

    column: int
    start: int
    stop: int
    fillable: bool

    def __len__(self) -> int:
        return self.stop - self.start


def find_gaps(
    source: np.ndarray,
    *,
    longest: int = MAX_FILLED_FRAMES,
    zeros_are_missing: bool = True,
    chunk: int = 2048,
) -> tuple[Gap, ...]:
    """Runs of missing positions in a source array (frames, columns, 3), read in chunks.

    Args:
        source: the positions; one is missing when one of its coordinates is not finite.
        longest: how many frames a gap may have to be filled.
        zeros_are_missing: three zeros are a missing position too, as capture systems write an unseen marker.
        chunk: frames read at a time.
    """
    frames = len(source)
    found: list[np.ndarray] = []
    for first in range(0, frames, chunk):
        block = source[first : first + chunk]
        # Nearly every chunk has a finite sum and no height of exactly zero: look no closer there.
        if np.isfinite(block.sum()) and (not zeros_are_missing or block[..., 2].all()):
            continue
        total = np.abs(block).sum(axis=2)
        missing = ~np.isfinite(total) | ((total == 0) & zeros_are_missing)
        if missing.any():
            frame, column = np.nonzero(missing)
            found.append(np.stack([column, frame + first], axis=1))
    if not found:
        return ()
    missing = np.concatenate(found)
    missing = missing[np.lexsort((missing[:, 1], missing[:, 0]))]
    breaks = np.flatnonzero((np.diff(missing[:, 0]) != 0) | (np.diff(missing[:, 1]) != 1)) + 1
    gaps = []
    for run in np.split(missing, breaks):
        start, stop = int(run[0, 1]), int(run[-1, 1]) + 1
        fillable = stop - start <= longest and start > 0 and stop < frames
        gaps.append(Gap(int(run[0, 0]), start, stop, fillable))
    return tuple(gaps)


def fill_short_gaps(positions: np.ndarray, recording: "Recording", start: int) -> None:
    """Interpolate fillable gaps in a window of positions and set the others to NaN, in place.

    Each gap is a straight line at steady speed between the source's positions before and after it, which may lie
    outside the window, so that a window shows the same positions as the whole take.

    Args:
        positions: (frames, markers, 3), the window as read, z up.
        recording: the recording it was read from.
        start: the frame of `recording.source` that the window begins with.
    """
    place = {column: i for i, column in enumerate(recording.columns)}
    stop = start + len(positions)
    for gap in recording.gaps:
        if gap.column not in place or gap.stop <= start or gap.start >= stop:
            continue
        frames = np.arange(max(gap.start, start), min(gap.stop, stop))
        rows, marker = frames - start, place[gap.column]
        if not gap.fillable:
            positions[rows, marker] = np.nan
            continue
        ends = np.asarray(recording.source[[gap.start - 1, gap.stop], gap.column], np.float64) * recording.signs
        share = (frames - gap.start + 1)[:, None] / (gap.stop - gap.start + 1)
        positions[rows, marker] = ends[0] + share * (ends[1] - ends[0])
