"""Two recordings as a duet: one clock, one stage, and the distance between the dancers as it was."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.quality import take_profile
from mariel.motion.recording import Recording, format_duration
from mariel.motion.resampling import resample_recording, same_fps

SHORTEST_SECONDS = 1.0
"""Of the time that two recordings must have in common."""

CLEAR_CORRELATION = 0.3
"""Correlation of two dancers' speeds from which the offset at which it is highest is theirs, and not chance."""

LARGEST_OFFSET_SECONDS = 20.0
"""Between two recordings of one dance, that is looked for."""


@dataclass(frozen=True)
class Duet:
    """Two dancers on one stage with one clock; neither is moved, since the distance between them is the point.

    Args:
        dancers: both, with equal frame rates and lengths; their marker sets may differ.
        notes: what was done to bring them together, sentences for people.
    """

    dancers: tuple[Recording, Recording]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        first, second = self.dancers
        if len(first) != len(second) or not same_fps(first.fps, second.fps):
            raise RecordingError(
                f"{first.name} and {second.name}: expected equal lengths and rates, found {len(first)} and "
                f"{len(second)} frames, {first.fps:g} and {second.fps:g} a second"
            )

    def __len__(self) -> int:
        return len(self.dancers[0])

    @property
    def fps(self) -> float:
        """Frames per second of both."""
        return self.dancers[0].fps

    @property
    def name(self) -> str:
        """Of both, for people."""
        return " and ".join(dancer.name for dancer in self.dancers)

    def frames(self, start: int, stop: int) -> "Duet":
        """The frames from `start` to before `stop`; raises RecordingError if there are none."""
        first, second = self.dancers
        return Duet((first.frames(start, stop), second.frames(start, stop)), self.notes)


class Offset(NamedTuple):
    """How much later a second recording began.

    Args:
        seconds: of its first frame after the first recording's first frame; negative where it began before.
        correlation: of the dancers' speeds at this offset, -1 to 1.
    """

    seconds: float
    correlation: float


def pair_recordings(first: Recording, second: Recording, *, offset: float | None = 0.0) -> Duet:
    """Two recordings as a duet.

    Args:
        first: a dancer, in metres.
        second: another, in metres and on the same stage.
        offset: seconds by which the second recording began later; None finds it, see `find_offset`.

    Raises:
        RecordingError: a unit is not known, the recordings have too little time in common, or `offset` is None and
            none stands out; the message says what to do.
    """
    for dancer in (first, second):
        if dancer.unit != "m":
            raise RecordingError(
                f"{dancer.name}: the unit of its positions is not known, and the distance between two dancers is "
                "told in metres; say it with --unit, or on the Browse page"
            )
    notes = []
    if not same_fps(first.fps, second.fps):
        notes.append(f"{second.name} is shown with {first.fps:g} instead of {second.fps:g} frames per second.")
        second = resample_recording(second, first.fps)
    if offset is None:
        found = find_offset(first, second)
        if found.correlation < CLEAR_CORRELATION:
            raise RecordingError(
                f"{first.name} and {second.name}: no offset stands out at which they move at the same times "
                f"(correlation {found.correlation:.2f}, expected {CLEAR_CORRELATION} or more); say the offset in "
                "seconds"
            )
        offset = found.seconds
        notes.append(
            f"{second.name} begins {abs(offset):.2f} s {'after' if offset >= 0 else 'before'} {first.name}, as their "
            f"speeds say (correlation {found.correlation:.2f})."
        )
    return Duet(_in_common(first, second, round(offset * first.fps), notes), tuple(notes))


def find_offset(first: Recording, second: Recording, *, most: float = LARGEST_OFFSET_SECONDS) -> Offset:
    """The offset at which two recordings of equal frame rates move most at the same times.

    It is where the cross-correlation of the dancers' mean speeds is highest; where a time is not in both recordings,
    it does not count. It cannot tell a canon of two dancers from recordings that began at different times.

    Args:
        first: a dancer.
        second: another, with the same frame rate.
        most: seconds that are looked for in either direction; less where the recordings are shorter.
    """
    one, other = take_profile(first).speed, take_profile(second).speed
    shortest = min(len(one), len(other))
    reach = min(round(most * first.fps), shortest - round(SHORTEST_SECONDS * first.fps))
    lags = np.arange(-max(reach, 0), max(reach, 0) + 1)
    correlations = np.array([_correlation_at(one, other, lag) for lag in lags.tolist()])
    best = int(correlations.argmax())
    return Offset(float(lags[best] / first.fps), float(correlations[best]))


def _correlation_at(first: np.ndarray, second: np.ndarray, lag: int) -> float:
    """Pearson correlation of the frames in common if the second begins `lag` frames later."""
    begin, end = max(0, lag), min(len(first), len(second) + lag)
    one, other = first[begin:end], second[begin - lag : end - lag]
    one, other = one - one.mean(), other - other.mean()
    return float(one @ other / max(np.linalg.norm(one) * np.linalg.norm(other), 1e-12))


def _in_common(first: Recording, second: Recording, lag: int, notes: list[str]) -> tuple[Recording, Recording]:
    """The frames that both have if the second begins `lag` frames later; what is left out is noted."""
    begin, end = max(0, lag), min(len(first), len(second) + lag)
    seconds = (end - begin) / first.fps
    if seconds < SHORTEST_SECONDS:
        lengths = [f"{each.name} ({format_duration(each.duration)})" for each in (first, second)]
        raise RecordingError(
            f"{' and '.join(lengths)} have {max(seconds, 0):.1f} s in common, expected {SHORTEST_SECONDS:g} s or "
            "more: give two recordings of one dance, or another offset"
        )
    pair = first.frames(begin, end), second.frames(begin - lag, end - lag)
    for whole, part in zip((first, second), pair, strict=True):
        left_out = (len(whole) - len(part)) / first.fps
        if left_out > 0:
            notes.append(f"{left_out:.2f} s of {whole.name} are left out, in which the other was not recorded.")
    return pair
