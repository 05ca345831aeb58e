"""Scaling and velocities: the arithmetic of preprocessing, in chunks of frames.

The formulas, and the order of their operations, are those of the published loader (`functions/load_data.py` of
github.com/mariel-pettee/choreo-graph). Corrected and reference mode share them and differ in their input.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from mariel.motion.recording import Recording, release_pages

CHUNK_FRAMES = 1024
"""Frames per chunk: their six channels fit into the processor's cache."""

QUANTILES = (0.01, 0.99)
"""Shares of all marker positions below the lower and the upper edge of the square on the floor."""

REFERENCE_SIGNS = (1.0, 1.0, -1.0)
"""Signs of the axes with which the published loader turns bodies upright: negating z alone mirrors them."""


@dataclass(frozen=True)
class Range:
    """Lowest and highest value of some channels, which are scaled to -1 and 1."""

    low: float
    high: float

    @property
    def span(self) -> float:
        """Difference between the highest and the lowest value; 2, which only shifts values, if they are equal."""
        return self.high - self.low or 2.0

    def scale(self, values: np.ndarray) -> np.ndarray:
        """Scale values of any shape, `low` to -1 and `high` to 1."""
        return (values - self.low) * 2 / self.span - 1

    def undo(self, scaled: np.ndarray) -> np.ndarray:
        """The inverse of `scale`."""
        return (scaled + 1) * (self.span / 2) + self.low


@dataclass(frozen=True)
class FloorScaling:
    """The square on the floor that holds nearly all marker positions, and the scaling by it.

    x and y are scaled from the square's edges to -1 … 1, and z is multiplied by the same factor, so that a body
    keeps its proportions.

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
        """Scaled units per metre (or the recordings' unit): the square is 2 scaled units wide."""
        return 2 / self.xy_range

    def scale_in_place(self, positions: np.ndarray) -> None:
        """Scale positions (…, 3) to scaled units, in their own dtype."""
        # float64 scalars, as in the published loader: numpy then rounds a float32 array's result once, not twice.
        positions[..., :2] -= np.float64(self.xy_min)
        positions *= np.float64(2) / np.float64(self.xy_range)
        positions[..., :2] -= 1.0


def raw_positions(recording: Recording) -> np.ndarray:
    """Positions (frames, markers, 3) of the file: in its own dtype, z up, gaps not filled."""
    positions = np.array(recording.source_window(recording.start, recording.stop), order="C")
    for axis, sign in enumerate(recording.signs):
        if sign != 1.0:
            positions[..., axis] *= sign
    return positions


def in_reference_orientation(recording: Recording) -> Recording:
    """A take of Mariel's files, upright as the published loader makes it, however it was opened; others unchanged."""
    return replace(recording, signs=REFERENCE_SIGNS) if recording.raw_layout else recording


def fit_floor_scaling(pieces: Iterable[Recording], *, raw: bool, dtype: np.dtype) -> FloorScaling:
    """The floor scaling of some takes or parts of takes; missing positions are ignored.

    Uses memory for one float copy of the positions, one row per axis so that quantiles are computed in place.
    """
    pieces = list(pieces)
    values = np.empty((3, sum(len(piece) * len(piece.marker_set) for piece in pieces)), dtype)
    filled = 0
    for piece in pieces:
        for chunk in piece.chunks(CHUNK_FRAMES):
            block = (raw_positions(chunk) if raw else chunk.positions).reshape(-1, 3)
            values[:, filled : filled + len(block)] = block.T
            filled += len(block)
        release_pages(piece)
    if not raw and any(not gap.fillable for piece in pieces for gap in piece.gaps):
        present = ~np.isnan(values).any(axis=0)
        values = values[:, present]
    (x_low, x_high), (y_low, y_high), (z_low, z_high) = (
        map(float, np.quantile(axis, QUANTILES, overwrite_input=True)) for axis in values
    )
    return FloorScaling((x_low, y_low, z_low), (x_high, y_high, z_high))


def centre_in_place(positions: np.ndarray) -> None:
    """Subtract each frame's mean x and y, over the markers present, from positions (frames, markers, 3)."""
    positions[..., :2] -= floor_centre(positions)


def floor_centre(positions: np.ndarray) -> np.ndarray:
    """Mean x and y of each frame's present markers, (frames, 1, 2); NaN only where all are missing."""
    centre = positions[..., :2].mean(axis=1, keepdims=True)
    incomplete = np.flatnonzero(np.isnan(centre[:, 0, 0]))
    if incomplete.size:
        xy = positions[incomplete, :, :2]
        present = ~np.isnan(xy)
        count = present.sum(axis=1, keepdims=True)
        total = np.where(present, xy, 0).sum(axis=1, keepdims=True)
        centre[incomplete] = np.where(count, total / np.maximum(count, 1), np.nan)
    return centre


@dataclass(frozen=True)
class ScaledChunk:
    """Consecutive frames in scaled units.

    Args:
        first: the chunk's first frame, counted over all pieces.
        positions: (frames, markers, 3), scaled units.
        velocities: (frames, markers, 3), scaled units per second.
    """

    first: int
    positions: np.ndarray
    velocities: np.ndarray


def scaled_chunks(
    pieces: Iterable[Recording], floor_scaling: FloorScaling, *, raw: bool, across_takes: bool, dtype: np.dtype
) -> Iterator[ScaledChunk]:
    """Takes in scaled units, chunk by chunk.

    A velocity is fps × (this frame - the frame before). The first frame of a take has none before it and gets the
    velocity of the second. With `across_takes`, as in the published loader, the takes are treated as one long take:
    its first velocity is zero, and that of every other take is the difference from the last frame before.

    Args:
        pieces: takes, or parts of takes.
        floor_scaling: what to scale by.
        raw: use the file's positions rather than those with filled gaps.
        across_takes: compute velocities across takes.
        dtype: of the result.
    """
    first, before = 0, None
    for piece in pieces:
        if not across_takes:
            before = None
        for chunk in piece.chunks(CHUNK_FRAMES):
            positions = np.array(raw_positions(chunk) if raw else chunk.positions, dtype)
            floor_scaling.scale_in_place(positions)
            velocities = np.empty_like(positions)
            np.subtract(positions[1:], positions[:-1], out=velocities[1:])
            if before is not None:
                np.subtract(positions[0], before, out=velocities[0])
            elif across_takes or len(positions) == 1:
                velocities[0] = 0
            else:
                velocities[0] = velocities[1]
            velocities *= piece.fps
            before = positions[-1].copy()  # copied, since the caller may change the chunk in place
            yield ScaledChunk(first, positions, velocities)
            first += len(positions)
        release_pages(piece)


def scaling_options(pieces: Iterable[Recording], reference: bool) -> dict:
    """Options `raw`, `across_takes` and `dtype` of `scaled_chunks`, in reference mode or by default."""
    dtype = np.result_type(*(piece.source.dtype for piece in pieces)) if reference else np.dtype(np.float32)
    return {"raw": reference, "across_takes": reference, "dtype": dtype}


class RunningRange:
    """The lowest and highest value of several arrays; missing values are ignored."""

    def __init__(self) -> None:
        self.low, self.high = np.inf, -np.inf

    def update(self, values: np.ndarray) -> None:
        """Include more values."""
        low, high = values.min(), values.max()
        if np.isnan(low):
            values = values[~np.isnan(values)]
            if not values.size:
                return
            low, high = values.min(), values.max()
        self.low, self.high = min(self.low, float(low)), max(self.high, float(high))

    def range(self) -> Range:
        """The range of all values so far."""
        return Range(self.low, self.high)


def fit_ranges(chunks: Iterable[ScaledChunk]) -> tuple[Range, Range, Range]:
    """Ranges of positions, of centred positions and of velocities, each over all axes together."""
    positions, centred, velocities = RunningRange(), RunningRange(), RunningRange()
    for chunk in chunks:
        positions.update(chunk.positions)
        velocities.update(chunk.velocities)
        centre_in_place(chunk.positions)
        centred.update(chunk.positions)
    return positions.range(), centred.range(), velocities.range()
