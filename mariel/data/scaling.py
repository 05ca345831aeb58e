"""The arithmetic of preprocessing: the stage, ranges, velocities, and a pass over takes in chunks.

The formulas, and the order in which they are worked out, are those of the published loader (`functions/load_data.py`
of github.com/mariel-pettee/choreo-graph); corrected and reference mode share them, and differ in what they are given.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from mariel.motion.recording import Recording, release_pages

CHUNK = 1024
"""Frames worked on at a time: their six channels stay in the processor's cache."""

QUANTILES = (0.01, 0.99)
"""Shares of all marker positions below the lower and the upper edge of the stage."""


@dataclass(frozen=True)
class Range:
    """Lowest and highest value of some channels, which scaling brings to -1 and 1."""

    low: float
    high: float

    @property
    def span(self) -> float:
        """From the lowest to the highest value."""
        return self.high - self.low

    def scale(self, values: np.ndarray) -> np.ndarray:
        """Values of any shape, `low` to -1 and `high` to 1."""
        return (values - self.low) * 2 / (self.high - self.low) - 1

    def undo(self, scaled: np.ndarray) -> np.ndarray:
        """The values that `scale` was given."""
        return (scaled + 1) * (self.span / 2) + self.low


@dataclass(frozen=True)
class Stage:
    """The floor square that holds nearly all marker positions, and the change of units it gives.

    x and y go from the square's lower edge … upper edge to -1 … 1, and z is multiplied by the same factor, so
    that a body keeps its proportions.

    Args:
        low, high: the 1 % and 99 % quantiles of x, y and z over all frames and markers, in the recordings' unit.
    """

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    @property
    def xy_min(self) -> float:
        """Lower edge of the square, in the recordings' unit: one number for x and y."""
        return min(self.low[:2])

    @property
    def xy_max(self) -> float:
        """Upper edge of the square."""
        return max(self.high[:2])

    @property
    def xy_range(self) -> float:
        """Side of the square."""
        return self.xy_max - self.xy_min

    @property
    def factor(self) -> float:
        """Stage units a metre (or whatever the recordings' unit is): the square is 2 stage units wide."""
        return 2 / self.xy_range

    def scale_in_place(self, positions: np.ndarray) -> None:
        """Turn positions (…, 3) into stage units, in the dtype they have."""
        # float64 scalars, because the reference's are: numpy then rounds a float32 array's result once, not twice.
        positions[..., :2] -= np.float64(self.xy_min)
        positions *= np.float64(2) / np.float64(self.xy_range)
        positions[..., :2] -= 1.0


def raw_positions(recording: Recording) -> np.ndarray:
    """Positions (frames, markers, 3) as they lie in the file: its own dtype, gaps as they are, z up."""
    window = recording.source[recording.start : recording.stop]
    positions = np.array(window[:, list(recording.columns)], order="C")
    for axis, sign in enumerate(recording.signs):
        if sign != 1.0:
            positions[..., axis] *= sign
    return positions


def fit_stage(pieces: Iterable[Recording], *, raw: bool, dtype: np.dtype) -> Stage:
    """The stage of some takes or parts of takes; missing positions do not count.

    Uses memory for one float copy of the positions, held as one row an axis so that quantiles are taken in place.
    """
    pieces = list(pieces)
    values = np.empty((3, sum(len(piece) * len(piece.marker_set) for piece in pieces)), dtype)
    filled = 0
    for piece in pieces:
        for chunk in piece.chunks(CHUNK):
            block = (raw_positions(chunk) if raw else chunk.positions).reshape(-1, 3)
            values[:, filled : filled + len(block)] = block.T
            filled += len(block)
        release_pages(piece)
    if not raw and any(not gap.fillable for piece in pieces for gap in piece.gaps):
        present = ~np.isnan(values).any(axis=0)
        values = values[:, present]
    low, high = zip(*(np.quantile(axis, QUANTILES, overwrite_input=True) for axis in values), strict=True)
    return Stage(tuple(map(float, low)), tuple(map(float, high)))


def centre_in_place(positions: np.ndarray) -> None:
    """Take each frame's mean x and y over the markers that are there from positions (frames, markers, 3)."""
    positions[..., :2] -= floor_centre(positions)


def floor_centre(positions: np.ndarray) -> np.ndarray:
    """Mean x and y of each frame's markers, (frames, 1, 2); NaN only where no marker is there."""
    centre = positions[..., :2].mean(axis=1, keepdims=True)
    torn = np.flatnonzero(np.isnan(centre[:, 0, 0]))
    if torn.size:
        xy = positions[torn, :, :2]
        there = ~np.isnan(xy)
        count = there.sum(axis=1, keepdims=True)
        total = np.where(there, xy, 0).sum(axis=1, keepdims=True)
        centre[torn] = np.where(count, total / np.maximum(count, 1), np.nan)
    return centre


@dataclass(frozen=True)
class StageChunk:
    """Some consecutive frames on the stage: positions and velocities (frames, markers, 3), in stage units (a second).

    Args:
        first: the chunk's first frame, counted over all pieces passed.
    """

    first: int
    positions: np.ndarray
    velocities: np.ndarray


def stage_chunks(
    pieces: Iterable[Recording], stage: Stage, *, raw: bool, joined: bool, dtype: np.dtype
) -> Iterator[StageChunk]:
    """Pass over takes, chunk by chunk, in stage units.

    A velocity is fps × (this frame - the frame before). Within a take the first frame has none before it and gets
    the second frame's; with `joined`, as in the reference, the takes count as one long one, whose first velocity
    is zero and whose others reach across every seam.

    Args:
        pieces: takes, or parts of takes.
        stage: what to scale by.
        raw: read the file as it lies, rather than with its gaps filled.
        joined: let velocities cross from one piece to the next.
        dtype: what to work in.
    """
    first, before = 0, None
    for piece in pieces:
        if not joined:
            before = None
        for chunk in piece.chunks(CHUNK):
            positions = np.array(raw_positions(chunk) if raw else chunk.positions, dtype)
            stage.scale_in_place(positions)
            velocities = np.empty_like(positions)
            np.subtract(positions[1:], positions[:-1], out=velocities[1:])
            if before is not None:
                np.subtract(positions[0], before, out=velocities[0])
            elif joined or len(positions) == 1:
                velocities[0] = 0
            else:
                velocities[0] = velocities[1]
            velocities *= piece.fps
            before = positions[-1].copy()  # kept before the chunk is handed out: whoever gets it may work in place
            yield StageChunk(first, positions, velocities)
            first += len(positions)
        release_pages(piece)


class Extremes:
    """The lowest and highest value seen so far, missing values apart."""

    def __init__(self) -> None:
        self.low, self.high = np.inf, -np.inf

    def update(self, values: np.ndarray) -> None:
        """Look at some more values."""
        low, high = values.min(), values.max()
        if np.isnan(low):
            values = values[~np.isnan(values)]
            if not values.size:
                return
            low, high = values.min(), values.max()
        self.low, self.high = min(self.low, float(low)), max(self.high, float(high))

    def range(self) -> Range:
        """What was seen, as a range."""
        return Range(self.low, self.high)


def fit_ranges(chunks: Iterable[StageChunk]) -> tuple[Range, Range, Range]:
    """Ranges of positions, of positions centred on the floor, and of velocities, each over all axes together."""
    positions, centred, velocities = Extremes(), Extremes(), Extremes()
    for chunk in chunks:
        positions.update(chunk.positions)
        velocities.update(chunk.velocities)
        centre_in_place(chunk.positions)
        centred.update(chunk.positions)
    return positions.range(), centred.range(), velocities.range()
