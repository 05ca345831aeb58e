"""Checks of opened takes: missing markers, frozen markers and a body of implausible size."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import numpy as np

from mariel.motion.faults.finding import find_faults
from mariel.motion.gaps import Gap
from mariel.motion.inference.body_size import body_size
from mariel.motion.inference.unit import infer_unit, is_human_size
from mariel.motion.recording import Recording, format_duration
from mariel.motion.units import UNIT_NAMES, body_extents

MIN_FROZEN_SECONDS = 1.0
"""Seconds for which a marker must keep one position while the body moves to count as lost by the capture system."""

MIN_SEEN_SHARE = 0.1
"""Share of frames in which a marker must be seen in some take to be kept: a marker that is missing nearly everywhere
keeps nearly every phrase out of training, and its few positions are often of another point."""

SAMPLED_FRAMES = 200
"""Frames, evenly spaced over a take, in which the size of the body is measured."""

_MIN_BODY_TRAVEL = 0.03  # statures that the body's centre must travel for a constant marker to count as frozen


@dataclass(frozen=True)
class Problem:
    """An error or warning about a file or a take.

    Args:
        name: the take or file.
        message: what was expected and what was found, ready to show.
        severity: "error" if the file or take was left out, "question" if something is assumed that a person should
            say, "warning" if it can be used with care, "note" if something was changed.
    """

    name: str
    message: str
    severity: Literal["error", "question", "warning", "note"] = "warning"

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


def check_scale(recording: Recording) -> Problem | None:
    """An error if there is no body, or if one in metres is of no human size."""
    sample = recording.sampled_source()
    if not len(body_extents(sample)):
        return Problem(recording.name, "expected positions, found no marker in any frame", "error")
    if recording.unit != "m":
        return None
    size = body_size(sample, recording.marker_set)
    if size.stature == 0 or is_human_size(size, 1.0):
        return None
    found = f"{size.stature:,.3g}"
    guess = infer_unit([size])
    way_on = f"; it looks like {UNIT_NAMES[str(guess.value)]}: say so with --unit {guess.value}" if guess else ""
    return Problem(recording.name, f"expected a body of about 1.7 m, found one {found} m tall{way_on}", "error")


_QUESTIONS = {
    "axes": ("the order of the array's axes is not sure", "--axes"),
    "up": ("which axis points up is not sure", "--up"),
    "mirrored": ("whether left and right are exchanged is not sure", "--mirrored"),
    "unit": ("the unit of length is not known", "--unit"),
    "fps": ("the frame rate is not known", "--fps"),
    "dancers": ("how many dancers there are is not sure", "--dancers"),
}
"""For each field of a description that may be assumed: what a person is told, and the flag that answers it."""


def check_assumptions(recording: Recording) -> list[Problem]:
    """A question for everything that a file does not say and that its motion does not show."""
    name = recording.path.name if recording.path else recording.name
    problems = []
    for assumption in recording.assumptions:
        if not assumption.is_question:
            continue
        what, flag = _QUESTIONS[assumption.field]
        assumed = (
            f"{assumption.value} is assumed" if assumption.value is not None else "sizes stay in the unit of the file"
        )
        if isinstance(assumption.value, tuple):
            assumed = f"{', '.join(map(str, assumption.value))} is assumed"
        because = f", since {assumption.because}" if assumption.because else ""
        problems.append(
            Problem(name, f"{what}: {assumed}{because}; say it with {flag}, or on the Browse page", "question")
        )
    return problems


def check_notes(recording: Recording) -> list[Problem]:
    """What was left out or changed when a file was read."""
    name = recording.path.name if recording.path else recording.name
    mirrored = [
        f"the body is mirrored in the file and turned back, since {each.because}"
        for each in recording.assumptions
        if each.field == "mirrored" and each.value and each.source == "body"
    ]
    return [Problem(name, note, "note") for note in (*recording.notes, *mirrored)]


_FAULT_WORDS = {
    "start": "the first frames are a pose apart from the rest, such as a T-pose",
    "spikes": "markers jump away and back",
    "swapped": "left and right markers are exchanged",
}


def check_faults(recording: Recording) -> list[Problem]:
    """A warning for each kind of fault that a person can have mended, with where the first one is."""
    faults = find_faults(recording)
    problems = []
    for kind, words in _FAULT_WORDS.items():
        found = [fault for fault in faults if fault.kind == kind]
        if not found:
            continue
        labels = list(dict.fromkeys(label for fault in found for label in fault.markers))
        more = f" and {len(labels) - 4} more" if len(labels) > 4 else ""
        names = f" ({', '.join(labels[:4])}{more})" if labels else ""
        first = found[0]
        frames = first.stop - first.start
        where = f"from frame {first.start:,} for {_with_plural(frames, 'frame')}"
        places = "" if len(found) == 1 else f"in {len(found):,} places, first "
        way_on = f"mend it with --repair {kind}, or on the Browse page"
        problems.append(Problem(recording.name, f"{words}{names}, {places}{where}; {way_on}"))
    return problems


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
    longest: dict[str, tuple[int, int]] = {}
    for label, start, stop in frozen_spans(recording):
        if label not in longest or stop - start > longest[label][1] - longest[label][0]:
            longest[label] = (start, stop)
    return [
        Problem(
            recording.name,
            f"marker {label} is frozen for {format_duration((stop - start) / recording.fps)} from frame {start:,} "
            "while the body moves",
        )
        for label, (start, stop) in longest.items()
    ]


def frozen_spans(recording: Recording) -> list[tuple[str, int, int]]:
    """(label, first frame, frame after the last) of every span in which a marker keeps one position while the body
    moves; frames of the take."""
    min_frames = max(2, round(MIN_FROZEN_SECONDS * recording.fps))
    # A marker that is constant for `min_frames` has the same position in two samples half as far apart.
    step = min_frames // 2
    # Markers pause together, and a pause of the whole body concerns all of them: each span is measured once.
    body_travel = cache(partial(_body_travel, recording))
    stature: float | None = None
    spans = []
    for marker, repeated in enumerate(_repeated_positions(recording, step)):
        for span in np.split(repeated, np.flatnonzero(np.diff(repeated) > step) + 1):
            if not len(span):
                continue
            begin, end = max(span[0] - step, recording.start), min(span[-1] + 2 * step, recording.stop)
            path = recording.source[begin:end, recording.columns[marker]]
            frames, first = _longest_constant_run(path, begin)
            if frames < min_frames:
                continue
            if stature is None:
                stature = body_size(recording.sampled_source(), recording.marker_set).stature
            if body_travel(first, first + frames) > _MIN_BODY_TRAVEL * stature:
                spans.append(
                    (recording.marker_set.labels[marker], first - recording.start, first + frames - recording.start)
                )
    return spans


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


def _body_travel(recording: Recording, start: int, stop: int) -> float:
    """How far the centre of the body goes from frame `start` of the source to `stop`, in the recording's unit."""
    positions = recording.source_frames(np.unique(np.linspace(start, stop - 1, 16).astype(int)))
    centre = np.nanmedian(positions, axis=1)
    return float(np.linalg.norm(centre - centre[0], axis=1).max())


def _with_plural(number: int, noun: str) -> str:
    """A number with its noun: 1 long gap, 3 long gaps."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _labels_of_gaps(recording: Recording, gaps: list[Gap]) -> str:
    """Labels of the markers that gaps are in, at most four of them by name."""
    columns = sorted({gap.column for gap in gaps}, key=recording.columns.index)
    labels = [recording.marker_set.labels[recording.columns.index(column)] for column in columns]
    return ", ".join(labels[:4]) + (f" and {len(labels) - 4} more" if len(labels) > 4 else "")
