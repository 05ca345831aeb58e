"""Turn an array of positions that a file describes into recordings in metres, one per dancer."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.arrays import require_size
from mariel.motion.io.labels import require_marker_count
from mariel.motion.io.motion_file import MotionFile
from mariel.motion.io.registry import ReadOptions
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.marker_sets.known import with_segments
from mariel.motion.orientation import rotation_to_z_up
from mariel.motion.recording import FPS, Recording
from mariel.motion.units import find_unit

MAX_DANCERS = 256
"""Most dancers, or samples of a model, in one file."""

CHUNK_FRAMES = 4096
"""Frames that are converted at a time."""

_NAMED_SETS = {known.labels: known for known in (MARIEL_53, MARIEL_18, MARIEL_15)}


def marker_set_of(name: str, labels: tuple[str, ...], edges: list[tuple[int, int]]) -> MarkerSet:
    """The marker set of some labels: one of Mariel's where the labels are hers, else one with the edges as lines."""
    return _NAMED_SETS.get(labels) or MarkerSet.from_edges(name, labels, edges)


def recordings_of_dancers(
    path: Path,
    dancers: np.ndarray,
    marker_set: MarkerSet,
    *,
    fps: float = FPS,
    unit: object = None,
    to_z_up: tuple[Sequence[int], Sequence[float]] = ((0, 1, 2), (1, 1, 1)),
    trim: int | None = None,
) -> list[Recording]:
    """Recordings of positions read into memory, z up, and converted to metres.

    Args:
        path: the file; recordings are named after it.
        dancers: positions (dancers, frames, markers, 3) in the file's axes and unit, floating point.
        marker_set: the markers.
        fps: frames per second.
        unit: the unit as the file names it, see `find_unit`.
        to_z_up: order and signs of the axes, see `rotation_to_z_up`.
        trim: frames to leave out at each end.

    Raises:
        RecordingError: there are no frames, or more positions than are read.
    """
    require_size(dancers.size * 8)
    require_marker_count(dancers.shape[2])
    if len(dancers):
        marker_set = with_segments(marker_set, dancers[0])
    if dancers.shape[1] == 0 or dancers.shape[0] == 0:
        raise RecordingError("expected frames, found none")
    if len(dancers) > MAX_DANCERS:
        raise RecordingError(
            f"found {len(dancers):,} dancers, more than {MAX_DANCERS}: the axes seem to be in another order"
        )
    order, signs = list(to_z_up[0]), np.array(to_z_up[1], np.float32)
    factor, unit = find_unit(dancers[:, :: max(1, dancers.shape[1] // 200)][..., order] * signs, unit)
    takes = []
    for number, dancer in enumerate(dancers, start=1):
        take = Recording.from_positions(
            path.stem if len(dancers) == 1 else f"{path.stem} {number}",
            _in_metres(dancer, order, signs, factor),
            marker_set,
            fps=fps,
            unit=unit,
            path=path,
        )
        takes.append(take.trim(trim or 0))
    return takes


def _in_metres(positions: np.ndarray, order: list[int], signs: np.ndarray, factor: float) -> np.ndarray:
    """Positions (frames, markers, 3) as float32, some frames at a time, so that only the result is large."""
    converted = np.empty(positions.shape, np.float32)
    for first in range(0, len(positions), CHUNK_FRAMES):
        chunk = slice(first, first + CHUNK_FRAMES)
        converted[chunk] = positions[chunk][..., order] * signs * factor
    return converted


def recordings_of_file(path: Path, content: MotionFile, options: ReadOptions) -> list[Recording]:
    """Recordings of what a reader found in a file: z up, left on the dancer's left, metres.

    Raises:
        RecordingError: there are no frames, or more positions than are read.
    """
    order, signs = rotation_to_z_up(content.up or "+z")
    return recordings_of_dancers(
        path,
        content.positions,
        content.marker_set,
        fps=content.fps or FPS,
        unit=content.unit,
        to_z_up=(order, signs),
        trim=options.trim,
    )
