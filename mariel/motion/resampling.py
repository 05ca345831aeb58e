"""Motion at another frame rate, and recordings of several rates at one."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from mariel.motion.checks import Problem
from mariel.motion.recording import Recording

FPS_TOLERANCE = 2e-3
"""Greatest relative difference between frame rates that count as equal.

Files round the duration of a frame (0.008333 s is 120.0048 frames per second), and television's rates are a
thousandth below whole numbers (29.97, 23.976); no two other rates in use are this close. A phrase of 128 frames is
then off by a quarter of a frame, far less than the change of tempo in data augmentation.
"""

_STOPBAND_DB = 60.0  # what is too fast for the new rate is a thousandth of what it was
_TRANSITION = 0.2  # from what is kept to what is removed, in half the new rate


def same_fps(fps: float, other: float) -> bool:
    """Whether two frame rates are equal but for rounding, see `FPS_TOLERANCE`."""
    return abs(fps - other) <= FPS_TOLERANCE * max(fps, other)


class OneRate(NamedTuple):
    """Recordings at one frame rate.

    Args:
        takes: the recordings by name, in their order.
        fps: their frames per second; rates that differ by rounding only stay as they are.
        recorded: of those that were resampled, the frames per second that they were recorded at.
    """

    takes: Mapping[str, Recording]
    fps: float
    recorded: Mapping[str, float]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """A note that says what was resampled; none if nothing was."""
        note = describe_resampled(self.recorded, self.fps)
        return (Problem("frame rates", note, "note"),) if note else ()


def at_one_rate(recordings: Mapping[str, Recording], fps: float | None = None) -> OneRate:
    """Recordings at one frame rate, so that phrases of all of them last equally long.

    Args:
        recordings: takes by name.
        fps: the rate, such as a trained model's; by default that of most of the motion, see `main_fps`.
    """
    fps = main_fps(recordings) if fps is None else fps
    recorded = other_rates(recordings, fps)
    if not recorded:
        return OneRate(recordings, fps, {})
    takes = {name: resample_recording(take, fps) if name in recorded else take for name, take in recordings.items()}
    return OneRate(takes, fps, recorded)


def main_fps(recordings: Mapping[str, Recording]) -> float:
    """The frame rate that most seconds of recordings have: the fewest are changed by it. Of equals, the first."""
    seconds: dict[float, float] = {}
    for take in recordings.values():
        rate = next((known for known in seconds if same_fps(known, take.fps)), take.fps)
        seconds[rate] = seconds.get(rate, 0.0) + take.duration
    return float(max(seconds, key=seconds.__getitem__))


def other_rates(recordings: Mapping[str, Recording], fps: float) -> dict[str, float]:
    """The frame rates of those recordings that have another one, by name."""
    return {name: float(take.fps) for name, take in recordings.items() if not same_fps(take.fps, fps)}


def describe_resampled(recorded: Mapping[str, float], fps: float) -> str:
    """What was resampled, such as "resampled to 35 frames per second: honey and salt from 120"; empty for nothing.

    Args:
        recorded: the frame rates of recordings, by name.
        fps: the rate they have now.
    """
    names: dict[float, list[str]] = {}
    for name, rate in recorded.items():
        names.setdefault(rate, []).append(name)
    parts = [f"{_in_words(of_rate)} from {rate:g}" for rate, of_rate in names.items()]
    return f"resampled to {fps:g} frames per second: {', '.join(parts)}" if parts else ""


def _in_words(names: list[str], most: int = 4) -> str:
    """Names with "and" before the last; of many, the first ones and how many more."""
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} more"]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def resample_recording(take: Recording, fps: float) -> Recording:
    """A take at another frame rate, see `resampled`; its frames are in memory. Missing markers stay missing."""
    if take.fps == fps:
        return take
    window = take.frames(0, len(take))  # a copy, so that the take does not keep all of its positions in memory
    return take.with_positions(resampled(window.positions, take.fps, fps), fps=fps)


def resampled(positions: np.ndarray, fps: float, to: float) -> np.ndarray:
    """Positions at another frame rate: cubic splines, after a low-pass where the new rate is lower.

    Splines keep velocities continuous, which straight lines do not: between 35 and 60 frames per second, a hand that
    sways 0.3 m twice a second is off by 5 mm and 28 cm/s with straight lines, by 0.1 mm and 1 cm/s with splines.

    Nothing overshoots. Between two frames, a spline may leave the interval of their positions only in the direction
    of a curvature that both have, and by about as much as a parabola of the smaller one would (after Suresh and
    Huynh, https://doi.org/10.1006/jcph.1997.5745); so a body that stops stays where it is. What is too fast for a
    lower rate would appear as slow shaking: it is removed by a symmetric FIR filter, which delays nothing, and whose
    result stays within the positions one new frame before and after.

    Args:
        positions: (frames, markers, 3); between a frame in which a marker is missing and another it is missing too.
        fps: their frames per second.
        to: frames per second of the result.

    Returns:
        (frames, markers, 3) float32, as long in seconds, to the nearest frame, and held in the last pose where it
        ends later; the positions themselves at the same rate.
    """
    if fps == to:
        return positions
    source = np.asarray(positions, np.float32)
    count = max(1, round(len(source) * to / fps))
    at = (np.arange(count) * (fps / to)).clip(0, len(source) - 1)
    result = np.full((count, *source.shape[1:]), np.nan, np.float32)
    taps = _low_pass_taps(fps, to) if to < fps else None
    for marker in range(source.shape[1]):
        track = source[:, marker].astype(np.float64)
        known = np.asarray(np.isfinite(track).all(axis=1))
        if not known.any():
            continue
        if not known.all():
            _fill(track, known)
        if taps is not None and len(track) > 1:
            track = _low_passed(track, taps, math.ceil(fps / to))
        result[:, marker] = _interpolated(track, at)
        if not known.all():
            between = known[np.floor(at).astype(int)] & known[np.ceil(at).astype(int)]
            result[~between, marker] = np.nan
    return result


def _fill(track: np.ndarray, known: np.ndarray) -> None:
    """Fill unknown frames of (frames, 3) in place, on straight lines: what filters and splines see beside a gap."""
    frames = np.arange(len(track))
    for axis in range(3):
        track[~known, axis] = np.interp(frames[~known], frames[known], track[known, axis])


def _low_pass_taps(fps: float, to: float) -> np.ndarray:
    """A filter of odd length that removes what a lower frame rate cannot hold."""
    from scipy.signal import firwin, kaiserord  # noqa: PLC0415 - slow, and only for those who resample

    half = to / fps  # of the new rate, where 1 is half the old rate
    count, beta = kaiserord(_STOPBAND_DB, _TRANSITION * half)
    window: Any = ("kaiser", beta)  # which SciPy's types do not know
    return np.asarray(firwin(count | 1, (1 - _TRANSITION / 2) * half, window=window))


def _low_passed(track: np.ndarray, taps: np.ndarray, reach: int) -> np.ndarray:
    """A track (frames, 3) filtered; no frame leaves the interval of those up to `reach` frames before and after."""
    from scipy.ndimage import maximum_filter1d, minimum_filter1d  # noqa: PLC0415
    from scipy.signal import oaconvolve  # noqa: PLC0415

    around = len(taps) // 2
    extended = np.pad(track, ((around, around), (0, 0)), mode="reflect", reflect_type="odd")
    filtered = oaconvolve(extended, taps[:, None], mode="valid", axes=0)
    size = 2 * reach + 1
    low, high = (filter1d(track, size, axis=0, mode="nearest") for filter1d in (minimum_filter1d, maximum_filter1d))
    return filtered.clip(low, high)


def _interpolated(track: np.ndarray, at: np.ndarray) -> np.ndarray:
    """A track (frames, 3) at fractional frames (count,) by cubic splines that do not overshoot, (count, 3)."""
    from scipy.interpolate import CubicSpline  # noqa: PLC0415

    if len(track) == 1:
        return np.repeat(track, len(at), axis=0)
    values = CubicSpline(np.arange(len(track)), track, axis=0)(at)
    low, high = np.minimum(track[:-1], track[1:]), np.maximum(track[:-1], track[1:])
    if len(track) > 2:
        bends = np.pad(np.diff(track, 2, axis=0), ((1, 1), (0, 0)), mode="edge")
        # A parabola through frames leaves their interval by an eighth of its second difference; a sine by a bit more.
        low -= np.minimum(bends[:-1], bends[1:]).clip(min=0) / 6
        high -= np.maximum(bends[:-1], bends[1:]).clip(max=0) / 6
    before = np.floor(at).astype(int).clip(max=len(track) - 2)
    return values.clip(low[before], high[before], out=values)
