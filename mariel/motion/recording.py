"""A recording: positions of markers over time, of which only the requested frames are read."""

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.gaps import Gap, fill_short_gaps, find_gaps, longest_filled
from mariel.motion.inference.assumption import Assumption
from mariel.motion.marker_set import MarkerSet

FPS = 35.0
"""Frames per second of Mariel Pettee's recordings."""

FPS_RANGE = (0.001, 100_000.0)
"""Lowest and highest frames per second of a recording."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One take: positions (frames, markers, xyz), z up, left on the dancer's left, in metres unless `unit` says.

    A recording is a window on a source array, which may be a memory-mapped file: selecting frames, seconds or
    markers reads only what is selected. A recording is never changed; every operation returns a new one.

    >>> honey.seconds(10, 14)["LKNE"].shape      # (140, 3)
    >>> honey.frames(500, 628).positions.shape   # (128, 53, 3)

    Args:
        name: the take's name, shown to people and used in links.
        source: positions (frames, columns, 3), floating point, as they lie in the file.
        marker_set: names of the columns that are used.
        fps: frames per second.
        columns: the column of `source` for each marker of `marker_set`; by default all, in order.
        axes: the source's axes that become x, y and z; (0, 2, 1) for most files with y up.
        signs: factors of these three, which make the body z up, not mirrored and, where its unit is known, metres;
            (1, -1, -1) for Mariel's files.
        unit: "m", or the source's own unit where its length in metres is not known.
        path: the file it came from, if any.
        gaps: spans of frames in which a marker is missing, counted from the first frame of `source`. Short ones
            are filled by interpolation when positions are read; long ones are read as NaN.
        start, stop: the frames of `source` that belong to the take; by default all, for which `stop` is -1.
        synthetic: true for the demo dancer, which must be labelled as synthetic wherever it is shown.
        raw_layout: whether the file has the layout of Mariel's raw recordings, whose z the reference negates.
        assumptions: what the file does not say, and how sure it is; see `mariel.motion.inference.assumption`.
        notes: what was left out or changed when it was read, sentences for people.
        credit: who danced, recorded and published it, as its file says.
        licence: under which terms, as its file says, such as "CC BY 4.0".

    Raises:
        RecordingError: the source has another shape, too few columns, or none of the frames, or fps is not above 0
            and finite.
    """

    name: str
    source: np.ndarray
    marker_set: MarkerSet
    fps: float = FPS
    columns: tuple[int, ...] = ()
    signs: tuple[float, float, float] = (1.0, 1.0, 1.0)
    unit: str = "m"
    path: Path | None = None
    gaps: tuple[Gap, ...] = ()
    start: int = 0
    stop: int = -1
    synthetic: bool = field(default=False)
    raw_layout: bool = field(default=False)
    axes: tuple[int, int, int] = (0, 1, 2)
    assumptions: tuple[Assumption, ...] = ()
    notes: tuple[str, ...] = ()
    credit: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        if self.source.ndim != 3 or self.source.shape[2] != 3:
            raise RecordingError(
                f"recording {self.name!r}: expected positions (frames, markers, 3), found shape {self.source.shape}"
            )
        columns = tuple(self.columns) or tuple(range(len(self.marker_set)))
        object.__setattr__(self, "columns", columns)
        if len(columns) != len(self.marker_set) or (columns and max(columns) >= self.source.shape[1]):
            raise RecordingError(
                f"recording {self.name!r}: the {self.marker_set.name} set needs {len(self.marker_set)} columns, "
                f"found {self.source.shape[1]}"
            )
        stop = self.source.shape[0] if self.stop == -1 else self.stop
        object.__setattr__(self, "stop", stop)
        if not 0 <= self.start < stop <= self.source.shape[0]:
            raise RecordingError(
                f"recording {self.name!r}: frames {self.start} to {stop} requested, it has {self.source.shape[0]}"
            )
        require_fps(self.fps, f"recording {self.name!r}: ")

    @classmethod
    def from_positions(
        cls,
        name: str,
        positions: np.ndarray,
        marker_set: MarkerSet,
        *,
        fps: float = FPS,
        unit: str = "m",
        **fields,
    ) -> "Recording":
        """A recording of positions (frames, markers, 3) that are z up already, such as generated ones.

        NaN marks a missing position. Zeros are valid here, unlike in captured files: a skeleton's root may be at 0.
        """
        source = np.asarray(positions, np.float32)
        gaps = ()
        if source.ndim == 3:
            gaps = find_gaps(source, zeros_are_missing=False, max_filled_frames=longest_filled(fps))
        return cls(name, source, marker_set, fps, unit=unit, gaps=gaps, **fields)

    def with_positions(self, positions: np.ndarray, *, fps: float | None = None) -> "Recording":
        """The same take with other positions (frames, markers, 3), z up, read from this one; NaN stays missing.

        Args:
            positions: in the take's unit.
            fps: frames per second of them; by default the take's.
        """
        result = Recording.from_positions(
            self.name,
            positions,
            self.marker_set,
            fps=self.fps if fps is None else fps,
            unit=self.unit,
            path=self.path,
            synthetic=self.synthetic,
            credit=self.credit,
            licence=self.licence,
        )
        # Gaps that may be filled are filled by now, and a long one may be a frame shorter at another rate.
        return replace(result, gaps=tuple(replace(gap, fillable=False) for gap in result.gaps))

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
        """Positions of one marker, (frames, 3)."""
        return self.markers([label]).positions[:, 0]

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self) / self.fps

    @cached_property
    def positions(self) -> np.ndarray:
        """Positions (frames, markers, 3), float32, z up, short gaps filled, long gaps NaN; read-only.

        Read from the source on first use and kept with this object; for a take larger than memory select a
        window first (`frames`, `seconds`, `chunks`).
        """
        return self._read_positions(self.start, self.stop)

    def _read_positions(self, start: int, stop: int) -> np.ndarray:
        """Positions (frames, markers, 3) of some frames of `source`, float32, z up, with short gaps filled."""
        positions = np.array(self.source_window(start, stop), dtype=np.float32, order="C")
        with np.errstate(invalid="ignore"):
            for axis, sign in enumerate(self.signs):
                if sign != 1.0:
                    positions[..., axis] *= np.float32(sign)
        fill_short_gaps(
            positions, self.gaps, self.source, self.columns, start=start, axes=self.axes, signs=self.signs
        )
        positions.setflags(write=False)
        return positions

    def source_window(self, start: int, stop: int) -> np.ndarray:
        """Frames of `source` (frames, markers, 3), its own numbers in the order of x, y and z; a view if possible."""
        window = self.source[start:stop]
        if self.columns != tuple(range(window.shape[1])):
            window = window[:, list(self.columns)]
        return window if self.axes == (0, 1, 2) else window[..., list(self.axes)]

    def source_frames(self, frames: np.ndarray) -> np.ndarray:
        """Some frames of `source`, by their numbers there: (frames, markers, 3), float64, z up, gaps not filled."""
        chosen = np.asarray(self.source[frames][:, list(self.columns)], np.float64)
        return chosen[..., list(self.axes)] * self.signs

    def sampled_source(self, count: int = 200) -> np.ndarray:
        """At most so many frames, evenly spaced, as `source_frames` gives them: (frames, markers, 3)."""
        return self.source_frames(np.unique(np.linspace(self.start, self.stop - 1, count).astype(int)))

    def frames(self, start: int, stop: int) -> "Recording":
        """The frames from `start` up to, not including, `stop`; negative numbers count from the end.

        Raises:
            RecordingError: the window is empty or reaches past the take.
        """
        first, last = (frame + len(self) if frame < 0 else frame for frame in (start, stop))
        if not 0 <= first < last <= len(self):
            raise RecordingError(
                f"recording {self.name!r}: frames {start} to {stop} requested, it has frames 0 to {len(self)}"
            )
        return replace(self, start=self.start + first, stop=self.start + last)

    def trim(self, frames: int) -> "Recording":
        """The recording without some frames at each end.

        Raises:
            RecordingError: no frames are left, or `frames` is negative.
        """
        if frames < 0:
            raise RecordingError(f"trim must be 0 or more frames, found {frames}")
        if len(self) <= 2 * frames:
            raise RecordingError(
                f"expected more than {2 * frames:,} frames, since {frames:,} are trimmed at each end; found "
                f"{len(self):,}"
            )
        return self.frames(frames, len(self) - frames) if frames else self

    def seconds(self, start: float, stop: float) -> "Recording":
        """The frames from `start` to `stop` seconds, rounded to whole frames."""
        return self.frames(round(start * self.fps), round(stop * self.fps))

    def chunks(self, frames: int = 4096) -> Iterator["Recording"]:
        """The take in consecutive windows, to process it with little memory."""
        for first in range(0, len(self), frames):
            yield self.frames(first, min(first + frames, len(self)))

    def markers(self, labels: Sequence[str] | MarkerSet) -> "Recording":
        """The recording reduced to some markers, in the given order, or to a smaller marker set."""
        if isinstance(labels, MarkerSet):
            reduced = labels
        else:
            reduced = self.marker_set.subset(labels, f"{len(labels)} of {self.marker_set.name}")
        columns = tuple(self.columns[i] for i in self.marker_set.indices(reduced.labels))
        return replace(self, marker_set=reduced, columns=columns)

    def missing_mask(self) -> np.ndarray:
        """(frames, markers) of bool: true where a marker is missing even after short gaps are filled."""
        missing = np.zeros((len(self), len(self.marker_set)), bool)
        marker_of = {column: marker for marker, column in enumerate(self.columns)}
        for gap in self.gaps:
            if not gap.fillable and gap.column in marker_of:
                first, last = (max(frame - self.start, 0) for frame in (gap.start, gap.stop))
                missing[first:last, marker_of[gap.column]] = True
        return missing


def require_fps(fps: float, where: str = "") -> None:
    """Check a frame rate. Raises RecordingError, which begins with `where`, if it is no possible one."""
    low, high = FPS_RANGE
    if not low <= fps <= high:
        found = f"{fps:g}" if abs(fps) < 1e9 else "infinity" if fps == float("inf") else "no such number"
        raise RecordingError(f"{where}fps must be above 0 and at most {high:,.0f}, found {found}")


def format_duration(seconds: float) -> str:
    """Seconds as text with units: 3.7 s, 48 s, 2 min 51 s, 1 h 03 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    rounded = round(seconds)
    if rounded < 60:
        return f"{rounded} s"
    if rounded < 3600:
        return f"{rounded // 60} min {rounded % 60:02d} s"
    return f"{rounded // 3600} h {rounded % 3600 // 60:02d} min"


def release_pages(recording: Recording) -> None:
    """Let the operating system drop the pages of a memory-mapped file from memory; the file stays readable.

    Called after reading a whole file, because pages of many files would all count as this process's memory.
    """
    array = recording.source
    if getattr(array, "mode", None) != "r" or not hasattr(mmap, "MADV_DONTNEED"):
        return
    while isinstance(array, np.ndarray):
        array = array.base
    if isinstance(array, mmap.mmap):
        array.madvise(mmap.MADV_DONTNEED)
