"""One take of motion: positions of markers over time, opened without reading more than is asked for."""

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.gaps import Gap, fill_short_gaps, find_gaps
from mariel.motion.marker_set import MarkerSet

FPS = 35.0
"""Frames a second of Mariel Pettee's recordings."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One take: positions (frames, markers, xyz), z up, left on the dancer's left, in metres unless `unit` says.

    A recording is a window on a source array, which may be a memory-mapped file: cutting, reducing to fewer
    markers and reading a few seconds touch only what is asked for. Nothing changes a recording; every operation
    gives a new one.

    >>> honey.seconds(10, 14)["LKNE"].shape      # (140, 3)
    >>> honey.frames(500, 628).positions.shape   # (128, 53, 3)

    Args:
        name: the take's name, for people and for links.
        source: positions (frames, columns, 3), floating point, as they lie in the file.
        marker_set: names of the columns that are used.
        fps: frames a second.
        columns: which column of `source` each marker of `marker_set` is; all, in order, by default.
        signs: factors of x, y and z that turn the source's axes to z up; (1, -1, -1) for Mariel's files.
        unit: "m", or the source's own unit where metres are not known.
        path: the file it came from, if any.
        gaps: runs of frames in which a marker is missing, counted from the first frame of `source`. Short ones
            are filled by interpolation whenever positions are read; long ones are read as NaN.
        start, stop: the frames of `source` that belong to the take.
        synthetic: true for the demo dancer, which must be called so wherever it is shown.
    """

    name: str
    source: np.ndarray
    marker_set: MarkerSet
    fps: float = FPS
    columns: tuple[int, ...] | None = None
    signs: tuple[float, float, float] = (1.0, 1.0, 1.0)
    unit: str = "m"
    path: Path | None = None
    gaps: tuple[Gap, ...] = ()
    start: int = 0
    stop: int | None = None
    synthetic: bool = field(default=False)

    def __post_init__(self) -> None:
        if self.source.ndim != 3 or self.source.shape[2] != 3:
            raise RecordingError(
                f"recording {self.name!r}: expected positions (frames, markers, 3), found shape {self.source.shape}"
            )
        columns = tuple(range(len(self.marker_set))) if self.columns is None else tuple(self.columns)
        object.__setattr__(self, "columns", columns)
        if len(columns) != len(self.marker_set) or (columns and max(columns) >= self.source.shape[1]):
            raise RecordingError(
                f"recording {self.name!r}: the {self.marker_set.name} set needs {len(self.marker_set)} columns, "
                f"found {self.source.shape[1]}"
            )
        stop = self.source.shape[0] if self.stop is None else self.stop
        object.__setattr__(self, "stop", stop)
        if not 0 <= self.start < stop <= self.source.shape[0]:
            raise RecordingError(
                f"recording {self.name!r}: frames {self.start} to {stop} asked for, it has {self.source.shape[0]}"
            )
        if not self.fps > 0:
            raise RecordingError(f"recording {self.name!r}: fps must be above 0, found {self.fps}")

    @classmethod
    def from_positions(
        cls,
        name: str,
        positions: np.ndarray,
        marker_set: MarkerSet,
        *,
        fps: float = FPS,
        unit: str = "m",
        **more,
    ) -> "Recording":
        """A recording of positions (frames, markers, 3) that are z up already, such as generated ones.

        Missing ones, NaN, are found here. Zeros are places like any other: a skeleton's root may stay there.
        """
        source = np.asarray(positions, np.float32)
        gaps = find_gaps(source, zeros_are_missing=False) if source.ndim == 3 else ()
        return cls(name, source, marker_set, fps, unit=unit, gaps=gaps, **more)

    def __len__(self) -> int:
        return self.stop - self.start

    def __repr__(self) -> str:
        parts = [repr(self.name), f"{len(self)} frames × {len(self.marker_set)} markers", f"{self.fps:g} fps"]
        parts.append(format_duration(self.duration))
        if self.unit != "m":
            parts.append(f"in {self.unit}")
        if self.synthetic:
            parts.append("synthetic")
        return f"Recording({', '.join(parts)})"

    def __getitem__(self, label: str) -> np.ndarray:
        """The path of one marker, (frames, 3)."""
        return self.markers([label]).positions[:, 0]

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self) / self.fps

    @cached_property
    def positions(self) -> np.ndarray:
        """Positions (frames, markers, 3), float32, z up, short gaps filled, long gaps NaN; read-only.

        Read from the source on first use and kept with this object; for a take larger than memory ask for a
        window first (`frames`, `seconds`, `chunks`).
        """
        return self._read(self.start, self.stop)

    def _read(self, start: int, stop: int) -> np.ndarray:
        window = self.source[start:stop]
        if self.columns != tuple(range(window.shape[1])):
            window = window[:, list(self.columns)]
        positions = np.array(window, dtype=np.float32, order="C")
        for axis, sign in enumerate(self.signs):
            if sign != 1.0:
                positions[..., axis] *= np.float32(sign)
        fill_short_gaps(positions, self, start)
        positions.setflags(write=False)
        return positions

    def frames(self, start: int, stop: int) -> "Recording":
        """The frames from `start` up to, not including, `stop`; negative numbers count from the end.

        Raises:
            RecordingError: nothing is left, or the window reaches past the take.
        """
        first, last = (frame + len(self) if frame < 0 else frame for frame in (start, stop))
        if not 0 <= first < last <= len(self):
            raise RecordingError(
                f"recording {self.name!r}: frames {start} to {stop} asked for, it has frames 0 to {len(self)}"
            )
        return replace(self, start=self.start + first, stop=self.start + last)

    def seconds(self, start: float, stop: float) -> "Recording":
        """The frames from `start` to `stop` seconds, rounded to whole frames."""
        return self.frames(round(start * self.fps), round(stop * self.fps))

    def chunks(self, frames: int = 4096) -> Iterator["Recording"]:
        """The take in consecutive windows, so that a pass over it needs little memory."""
        for first in range(0, len(self), frames):
            yield self.frames(first, min(first + frames, len(self)))

    def markers(self, labels: Sequence[str] | MarkerSet) -> "Recording":
        """The recording reduced to some markers, in the order given, or to a smaller marker set."""
        if isinstance(labels, MarkerSet):
            reduced = labels
        else:
            reduced = self.marker_set.subset(labels, f"{len(labels)} of {self.marker_set.name}")
        columns = tuple(self.columns[i] for i in self.marker_set.indices(reduced.labels))
        return replace(self, marker_set=reduced, columns=columns)

    def missing(self) -> np.ndarray:
        """Where a marker is missing even after short gaps are filled: (frames, markers) of bool."""
        gone = np.zeros((len(self), len(self.marker_set)), bool)
        place = {column: i for i, column in enumerate(self.columns)}
        for gap in self.gaps:
            if not gap.fillable and gap.column in place:
                gone[max(gap.start - self.start, 0) : max(gap.stop - self.start, 0), place[gap.column]] = True
        return gone


def format_duration(seconds: float) -> str:
    """Seconds as people write them: 3.7 s, 48 s, 2 min 51 s, 1 h 03 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def release_pages(recording: Recording) -> None:
    """Give the pages of a memory-mapped file back to the system, once a pass over it is done; it stays readable.

    Without this a pass over many files would count all of them as this process's memory.
    """
    base = recording.source
    if getattr(base, "mode", None) != "r" or not hasattr(mmap, "MADV_DONTNEED"):
        return
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)
