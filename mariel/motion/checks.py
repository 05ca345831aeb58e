"""What may be wrong with a take that opens: missing or frozen markers, a body of impossible size."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mariel.motion.recording import Recording, format_duration

PLAUSIBLE_HEIGHT = (0.8, 2.6)
"""Metres from the lowest to the highest marker of a standing person, from a child to a giant with raised arms."""

FROZEN_SECONDS = 1.0
"""A marker that repeats one position this long while the body moves on was lost by the capture system."""

_MOVED = 0.05  # metres the body's middle must travel for a still marker to be called frozen


@dataclass(frozen=True)
class Problem:
    """Something a person should know about a file.

    Args:
        name: the take or file it is about.
        message: what was expected and what was found, ready to show.
        severity: "error" if the take cannot be used and was left out, "warning" if it can.
    """

    name: str
    message: str
    severity: Literal["error", "warning"] = "warning"

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


def standing_height(recording: Recording, samples: int = 200) -> float:
    """The median over frames of the distance from lowest to highest marker, in the recording's unit."""
    frames = np.unique(np.linspace(recording.start, recording.stop - 1, samples).astype(int))
    height = np.asarray(recording.source[frames][:, list(recording.columns), 2], np.float64)
    height[~np.isfinite(height)] = np.nan
    if np.isnan(height).all():
        return float("nan")
    seen = height[~np.isnan(height).all(axis=1)]
    return float(np.median(np.nanmax(seen, axis=1) - np.nanmin(seen, axis=1)))


def check_scale(recording: Recording) -> Problem | None:
    """An error if the body is not of human size in metres."""
    height = standing_height(recording)
    low, high = PLAUSIBLE_HEIGHT
    if np.isnan(height):
        return Problem(recording.name, "expected positions, found no marker in any frame", "error")
    if low / 2 <= height <= high * 2:
        return None
    guess = next(
        (
            f"; it looks like {unit}, so multiply the file by {factor:g}"
            for unit, factor in (("millimetres", 0.001), ("centimetres", 0.01), ("inches", 0.0254))
            if low <= height * factor <= high
        ),
        "",
    )
    found = f"{height:,.3g}"
    return Problem(recording.name, f"expected a body of about 1.7 m, found one {found} m tall{guess}", "error")


def check_gaps(recording: Recording) -> list[Problem]:
    """A warning for markers that are missing, saying what was filled and what was left."""
    inside = [gap for gap in recording.gaps if gap.stop > recording.start and gap.start < recording.stop]
    filled = [gap for gap in inside if gap.fillable and gap.column in recording.columns]
    left = [gap for gap in inside if not gap.fillable and gap.column in recording.columns]
    problems = []
    if filled:
        message = f"{_count(len(filled), 'short gap')} of missing markers filled by interpolation"
        problems.append(Problem(recording.name, f"{message} ({_labels(recording, filled)})"))
    if left:
        longest = max(left, key=len)
        label = recording.marker_set.labels[recording.columns.index(longest.column)]
        start = max(longest.start - recording.start, 0)
        problems.append(
            Problem(
                recording.name,
                f"{_count(len(left), 'long gap')} of missing markers left empty ({_labels(recording, left)}); the "
                f"longest, {label}, lasts {format_duration(len(longest) / recording.fps)} from frame {start:,}; "
                "phrases with such frames are kept out of training",
            )
        )
    return problems


def check_frozen(recording: Recording) -> list[Problem]:
    """A warning for each marker that repeats one position for a second or more while the body moves."""
    least = max(2, round(FROZEN_SECONDS * recording.fps))
    # A marker that stands still for `least` frames shows the same position in two looks half as far apart.
    step = least // 2
    problems = []
    for marker, looks in enumerate(_same_in_two_looks(recording, step)):
        longest = (0, 0)
        for run in np.split(looks, np.flatnonzero(np.diff(looks) > step) + 1):
            if len(run):
                begin, end = max(run[0] - step, recording.start), min(run[-1] + 2 * step, recording.stop)
                longest = max(longest, _longest_stand(recording.source[begin:end, recording.columns[marker]], begin))
        frames, first = longest
        if frames >= least and _body_moved(recording, first, first + frames):
            problems.append(
                Problem(
                    recording.name,
                    f"marker {recording.marker_set.labels[marker]} is frozen for "
                    f"{format_duration(frames / recording.fps)} from frame {first - recording.start:,} "
                    "while the body moves",
                )
            )
    return problems


def _same_in_two_looks(recording: Recording, step: int, chunk: int = 256) -> list[np.ndarray]:
    """For each marker, the frames whose position is repeated `step` frames later; looks at every `step`-th frame."""
    columns = list(recording.columns)
    frames = np.arange(recording.start, recording.stop, step)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for at in range(0, len(frames) - 1, chunk):
        looks = recording.source[frames[at] : frames[min(at + chunk, len(frames) - 1)] + 1 : step][:, columns]
        # A position of zeros is a missing marker, which `gaps` knows about.
        same = (looks[1:] == looks[:-1]).all(axis=2) & looks[1:].any(axis=2)
        look, marker = np.nonzero(same)
        found.append((frames[at + look], marker))
    looks, markers = (np.concatenate(part) for part in zip(*found, strict=True)) if found else (np.zeros(0, int),) * 2
    return [looks[markers == marker] for marker in range(len(columns))]


def _longest_stand(path: np.ndarray, first: int) -> tuple[int, int]:
    """(frames, first frame) of the longest run of one position in a marker's path (frames, 3)."""
    moves = np.flatnonzero((path[1:] != path[:-1]).any(axis=1)) + 1
    borders = np.concatenate([[0], moves, [len(path)]])
    lengths = np.diff(borders)
    longest = int(lengths.argmax())
    return int(lengths[longest]), first + int(borders[longest])


def _body_moved(recording: Recording, start: int, stop: int) -> bool:
    """Whether the middle of the body travelled while a marker stood still."""
    frames = np.unique(np.linspace(start, stop - 1, 16).astype(int))
    middle = np.nanmedian(np.asarray(recording.source[frames][:, list(recording.columns)], np.float64), axis=1)
    return bool(np.linalg.norm(middle - middle[0], axis=1).max() > _MOVED)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _labels(recording: Recording, gaps: list) -> str:
    columns = sorted({gap.column for gap in gaps}, key=recording.columns.index)
    labels = [recording.marker_set.labels[recording.columns.index(column)] for column in columns]
    return ", ".join(labels[:4]) + (f" and {len(labels) - 4} more" if len(labels) > 4 else "")
