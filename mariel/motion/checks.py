"""Checks of opened takes: missing markers, frozen markers and a body of implausible size."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mariel.motion.gaps import Gap
from mariel.motion.recording import Recording, format_duration
from mariel.motion.units import HUMAN_HEIGHT, METRES_PER_UNIT, UNIT_NAMES, body_extents

PLAUSIBLE_HEIGHT = (0.8, 2.6)
"""Metres from the lowest to the highest marker of a standing person, child or adult, arms raised or not."""

MIN_FROZEN_SECONDS = 1.0
"""Seconds for which a marker must keep one position while the body moves to count as lost by the capture system."""

MIN_SEEN_SHARE = 0.1
"""Share of frames in which a marker must be seen in some take to be kept: a marker that is missing nearly everywhere
keeps nearly every phrase out of training, and its few positions are often of another point."""

SAMPLED_FRAMES = 200
"""Frames, evenly spaced over a take, in which the size of the body is measured."""

_MIN_BODY_TRAVEL = 0.05  # metres that the body's centre must travel for a constant marker to count as frozen


@dataclass(frozen=True)
class Problem:
    """An error or warning about a file or a take.

    Args:
        name: the take or file.
        message: what was expected and what was found, ready to show.
        severity: "error" if the take was left out, "warning" if it can be used.
    """

    name: str
    message: str
    severity: Literal["error", "warning"] = "warning"

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


def _sampled_extents(recording: Recording) -> np.ndarray:
    """How far the body reaches along x, y and z in `SAMPLED_FRAMES`, in the recording's unit, (frames, 3)."""
    frames = np.unique(np.linspace(recording.start, recording.stop - 1, SAMPLED_FRAMES).astype(int))
    return body_extents(recording.source[frames][:, list(recording.columns)])


def check_scale(recording: Recording) -> Problem | None:
    """An error if there is no body, or if one in metres is not of human size; a warning if it lies all the time."""
    extents = _sampled_extents(recording)
    low, high = PLAUSIBLE_HEIGHT
    if not len(extents):
        return Problem(recording.name, "expected positions, found no marker in any frame", "error")
    *lengths, height = map(float, np.median(extents, axis=0))
    if recording.unit != "m" or low / 2 <= height <= high * 2:
        return None
    if height < low / 2 and low / 2 <= max(lengths) <= high * 2:
        message = f"the body is {height:.1f} m tall and {max(lengths):.1f} m long: it lies, or another axis is up"
        return Problem(recording.name, message)
    guess = next(
        (
            f"; it looks like {UNIT_NAMES[unit]}, so multiply the file by {factor:g}"
            for unit, factor in METRES_PER_UNIT.items()
            if unit != "m" and low <= height * factor <= high
        ),
        "",
    )
    found = f"{height:,.3g}"
    return Problem(recording.name, f"expected a body of about 1.7 m, found one {found} m tall{guess}", "error")


def check_unit(recording: Recording) -> Problem | None:
    """A warning if the length of the recording's unit is not known, since no unit makes the body stand human size."""
    if recording.unit == "m":
        return None
    message = f"the unit is not known, sizes are in {recording.unit}"
    extents = _sampled_extents(recording)
    if len(extents):
        x, y, z = np.median(extents, axis=0)
        for unit, factor in METRES_PER_UNIT.items():
            length = factor * float(max(x, y))
            if HUMAN_HEIGHT[0] <= length <= HUMAN_HEIGHT[1] and factor * z < HUMAN_HEIGHT[0]:
                message += (
                    f"; lying, the body is {length:.1f} m long in {UNIT_NAMES[unit]}: perhaps another axis is up in "
                    "the file"
                )
                break
    return Problem(recording.name, message)


def leave_out_unseen_markers(takes: list[Recording]) -> tuple[list[Recording], list[Problem]]:
    """The takes without the markers that are missing in nearly all frames of every take of the same markers.

    Capture programs save the points of a whole session: markers that were taken off, and unnamed points that were
    seen for a moment. Without them the takes can be trained on.

    Returns:
        The takes, and a warning for each take with such markers.
    """
    seen: dict[tuple[str, ...], np.ndarray] = {}
    for take in takes:
        labels = take.marker_set.labels
        seen[labels] = np.maximum(seen.get(labels, 0), _seen_shares(take))
    kept, problems = [], []
    for take in takes:
        labels = take.marker_set.labels
        remaining = [label for label, share in zip(labels, seen[labels], strict=True) if share >= MIN_SEEN_SHARE]
        if not remaining or len(remaining) == len(labels):
            kept.append(take)
            continue
        unseen = [label for label in labels if label not in set(remaining)]
        never = not any(share for label, share in zip(labels, seen[labels], strict=True) if label in set(unseen))
        how = "never seen" if never else f"seen in less than {MIN_SEEN_SHARE:.0%} of the frames"
        names = ", ".join(unseen[:4]) + (f" and {len(unseen) - 4} more" if len(unseen) > 4 else "")
        verb = "is" if len(unseen) == 1 else "are"
        problems.append(
            Problem(take.name, f"{_with_plural(len(unseen), 'marker')} {verb} {how} and left out ({names})")
        )
        kept.append(take.markers(remaining))
    return kept, problems


def _seen_shares(recording: Recording) -> np.ndarray:
    """The share of frames in which each marker is seen, (markers,)."""
    missing = np.zeros(len(recording.marker_set))
    marker_of = {column: marker for marker, column in enumerate(recording.columns)}
    for gap in recording.gaps:
        if gap.column in marker_of and not gap.fillable:
            missing[marker_of[gap.column]] += max(min(gap.stop, recording.stop) - max(gap.start, recording.start), 0)
    return 1 - missing / len(recording)


def check_gaps(recording: Recording) -> list[Problem]:
    """Warnings for missing markers: one for the gaps that were filled, one for those left empty."""
    inside = [gap for gap in recording.gaps if gap.stop > recording.start and gap.start < recording.stop]
    filled = [gap for gap in inside if gap.fillable and gap.column in recording.columns]
    unfilled = [gap for gap in inside if not gap.fillable and gap.column in recording.columns]
    problems = []
    if filled:
        message = f"{_with_plural(len(filled), 'short gap')} of missing markers filled by interpolation"
        problems.append(Problem(recording.name, f"{message} ({_labels_of_gaps(recording, filled)})"))
    if unfilled:
        longest = max(unfilled, key=len)
        label = recording.marker_set.labels[recording.columns.index(longest.column)]
        start = max(longest.start - recording.start, 0)
        problems.append(
            Problem(
                recording.name,
                f"{_with_plural(len(unfilled), 'long gap')} of missing markers left empty "
                f"({_labels_of_gaps(recording, unfilled)}); the longest, {label}, lasts "
                f"{format_duration(len(longest) / recording.fps)} from frame {start:,}; "
                "phrases with such frames are kept out of training",
            )
        )
    return problems


def check_frozen_markers(recording: Recording) -> list[Problem]:
    """A warning for each marker that keeps one position for a second or more while the body moves."""
    min_frames = max(2, round(MIN_FROZEN_SECONDS * recording.fps))
    # A marker that is constant for `min_frames` has the same position in two samples half as far apart.
    step = min_frames // 2
    problems = []
    for marker, repeated in enumerate(_repeated_positions(recording, step)):
        longest = (0, 0)
        for span in np.split(repeated, np.flatnonzero(np.diff(repeated) > step) + 1):
            if len(span):
                begin, end = max(span[0] - step, recording.start), min(span[-1] + 2 * step, recording.stop)
                longest = max(
                    longest, _longest_constant_run(recording.source[begin:end, recording.columns[marker]], begin)
                )
        frames, first = longest
        if frames >= min_frames and _body_moved(recording, first, first + frames):
            problems.append(
                Problem(
                    recording.name,
                    f"marker {recording.marker_set.labels[marker]} is frozen for "
                    f"{format_duration(frames / recording.fps)} from frame {first - recording.start:,} "
                    "while the body moves",
                )
            )
    return problems


def _repeated_positions(recording: Recording, step: int, chunk: int = 256) -> list[np.ndarray]:
    """For each marker, those of every `step`-th frame whose position is the same `step` frames later."""
    columns = list(recording.columns)
    frames = np.arange(recording.start, recording.stop, step)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for first in range(0, len(frames) - 1, chunk):
        last = min(first + chunk, len(frames) - 1)
        samples = recording.source[frames[first] : frames[last] + 1 : step][:, columns]
        # A position of zeros is a missing marker, which `check_gaps` reports.
        same = (samples[1:] == samples[:-1]).all(axis=2) & samples[1:].any(axis=2)
        sample, marker = np.nonzero(same)
        found.append((frames[first + sample], marker))
    repeated, markers = (
        (np.concatenate(part) for part in zip(*found, strict=True)) if found else (np.zeros(0, int),) * 2
    )
    return [repeated[markers == marker] for marker in range(len(columns))]


def _longest_constant_run(path: np.ndarray, first: int) -> tuple[int, int]:
    """(frames, first frame) of the longest span in which a marker's path (frames, 3) is constant."""
    changes = np.flatnonzero((path[1:] != path[:-1]).any(axis=1)) + 1
    borders = np.concatenate([[0], changes, [len(path)]])
    lengths = np.diff(borders)
    longest = int(lengths.argmax())
    return int(lengths[longest]), first + int(borders[longest])


def _body_moved(recording: Recording, start: int, stop: int) -> bool:
    """Whether the centre of the body travelled from frame `start` to `stop`."""
    frames = np.unique(np.linspace(start, stop - 1, 16).astype(int))
    centre = np.nanmedian(np.asarray(recording.source[frames][:, list(recording.columns)], np.float64), axis=1)
    return bool(np.linalg.norm(centre - centre[0], axis=1).max() > _MIN_BODY_TRAVEL)


def _with_plural(number: int, noun: str) -> str:
    """A number with its noun: 1 long gap, 3 long gaps."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _labels_of_gaps(recording: Recording, gaps: list[Gap]) -> str:
    """Labels of the markers that gaps are in, at most four of them by name."""
    columns = sorted({gap.column for gap in gaps}, key=recording.columns.index)
    labels = [recording.marker_set.labels[recording.columns.index(column)] for column in columns]
    return ", ".join(labels[:4]) + (f" and {len(labels) - 4} more" if len(labels) > 4 else "")
