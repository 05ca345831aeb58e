"""Speed, height and missing markers of a take per frame, and quality checks of a phrase."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mariel.motion.inference.body_size import body_size
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording

TYPICAL_STATURE = 1.7
"""Metres; what a dancer of an unknown unit is compared as."""

MAX_STILL_SPEED = 0.05
"""Mean marker speed, in metres per second, up to which a body counts as still; breathing and sway stay below it."""

MAX_PLAUSIBLE_SPEED = 10.0
"""Metres per second that no part of a dancer exceeds: hands in a fast dance reach 8 to 9."""

MAX_SEGMENT_SPREAD = 0.08
"""Relative spread of a distance on one rigid segment above which its markers have slipped or were swapped.

In real recordings it is about 0.004 on a skull, and up to 0.06 on a forearm, whose two bones twist."""


@dataclass(frozen=True)
class TakeProfile:
    """A summary of a take with one value per frame.

    Args:
        speed: mean marker speed (frames,), units per second; the first frame repeats the second's.
        fastest_speed: speed of each frame's fastest marker (frames,).
        fastest_marker: column of that marker (frames,).
        height: highest marker above the take's floor (frames,).
        missing_share: share of markers missing (frames,), 0 to 1.
        floor_height: height of the floor, the 1 % quantile of the lowest marker.
        unit: of lengths: "m", or what is said where it is not known.
        metres_per_unit: 1, or where the unit is not known what makes the dancer 1.7 m tall, for comparisons alone.
    """

    speed: np.ndarray
    fastest_speed: np.ndarray
    fastest_marker: np.ndarray
    height: np.ndarray
    missing_share: np.ndarray
    floor_height: float
    unit: str
    metres_per_unit: float = 1.0


def take_profile(recording: Recording, chunk: int = 1024) -> TakeProfile:
    """Speed, height and missing share of every frame; read in chunks, so memory does not grow with the take."""
    speed, fastest_speed, fastest_marker, highest, lowest, missing_share = [], [], [], [], [], []
    for first in range(0, len(recording), chunk):  # a chunk fits into the processor's cache
        lead = min(first, 1)  # one frame before, for the speed of the chunk's first frame
        window = recording.frames(first - lead, min(first + chunk, len(recording))).positions
        speeds = marker_speeds(window, recording.fps)[lead:]
        window = window[lead:]
        finite = np.isfinite(speeds)
        filled = np.where(finite, speeds, 0)
        speed.append(filled.sum(axis=1) / np.maximum(finite.sum(axis=1), 1))
        fastest_marker.append(filled.argmax(axis=1))
        fastest_speed.append(np.take_along_axis(filled, fastest_marker[-1][:, None], axis=1)[:, 0])
        z = window[..., 2]
        highest.append(np.fmax.reduce(z, axis=1))
        lowest.append(np.fmin.reduce(z, axis=1))
        missing_share.append(1 - np.isfinite(z).mean(axis=1))
    floor_height = _floor_under(np.concatenate(lowest))
    height = np.concatenate(highest) - floor_height
    return TakeProfile(
        np.concatenate(speed),
        np.concatenate(fastest_speed),
        np.concatenate(fastest_marker),
        np.where(np.isfinite(height), height, 0),
        np.concatenate(missing_share),
        floor_height,
        recording.unit,
        metres_for_comparison(recording),
    )


def metres_for_comparison(recording: Recording) -> float:
    """Metres in a recording's unit, to compare speeds with a person's; 0 if nothing tells.

    A dancer of an unknown unit is taken to be `TYPICAL_STATURE` tall.
    """
    if recording.unit == "m":
        return 1.0
    stature = body_size(recording.sampled_source(), recording.marker_set).stature
    return TYPICAL_STATURE / stature if stature > 0 else 0.0


def most_active_start(profile: TakeProfile, length: int) -> int:
    """First frame of the window (of `length` frames) in which the body moves most.

    Frames in which a marker is faster than a person can be count against a window.
    """
    plausible = profile.fastest_speed * profile.metres_per_unit < MAX_PLAUSIBLE_SPEED
    sums = np.concatenate([[0], np.cumsum(np.where(plausible, profile.speed, -1))])
    return int((sums[length:] - sums[:-length]).argmax())


def floor_height(recording: Recording) -> float:
    """Height of a take's floor in its unit, the same as in its `TakeProfile`; 0 if nothing was seen."""
    lowest = [np.fmin.reduce(part.positions[..., 2], axis=1) for part in recording.chunks()]
    return _floor_under(np.concatenate(lowest))


def _floor_under(lowest: np.ndarray) -> float:
    """The 1 % quantile of the lowest marker's height in each frame (frames,); NaN where no marker was seen."""
    lowest = lowest[np.isfinite(lowest)]
    return float(np.quantile(lowest, 0.01)) if len(lowest) else 0.0


def marker_speeds(positions: np.ndarray, fps: float) -> np.ndarray:
    """Speeds (frames, markers) of positions (frames, markers, 3), units per second, from backward differences.

    The first frame has no frame before it and repeats the second's speed. NaN where a marker is missing.
    """
    if len(positions) < 2:
        return np.zeros(positions.shape[:2], np.float32)
    steps = np.diff(positions, axis=0)
    speeds = np.empty(positions.shape[:2], np.float32)
    np.sqrt(np.einsum("fmx,fmx->fm", steps, steps), out=speeds[1:])  # several times faster than np.linalg.norm
    speeds[1:] *= fps
    speeds[0] = speeds[1]
    return speeds


@dataclass(frozen=True)
class PhraseQuality:
    """Measures of one phrase that tell whether to train on it.

    Args:
        fastest_marker: label of the marker with the highest speed of the phrase.
        fastest_speed: that speed, units per second.
        fastest_frame: the frame of the phrase in which it occurs.
        mean_speed: mean over markers and frames, units per second.
        still_share: share of frames in which the body hardly moves, 0 to 1.
        segment_spread: the largest relative spread (s.d. / mean) of a distance between two markers of one segment.
        least_rigid_segment: that segment's name.
        missing_share: share of marker positions missing, 0 to 1.
        flags: short warnings for people; empty for a good phrase.
    """

    fastest_marker: str
    fastest_speed: float
    fastest_frame: int
    mean_speed: float
    still_share: float
    segment_spread: float
    least_rigid_segment: str
    missing_share: float
    flags: tuple[str, ...]


def phrase_quality(phrase: Recording) -> PhraseQuality:
    """Measure one phrase, a recording of a few seconds; see `PhraseQuality`."""
    positions = phrase.positions
    speeds = marker_speeds(positions, phrase.fps)
    filled = np.nan_to_num(speeds)
    frame, marker = np.unravel_index(filled.argmax(), filled.shape)
    fastest_speed = float(filled[frame, marker])
    label = phrase.marker_set.labels[marker]
    count = np.maximum(np.isfinite(speeds).sum(axis=1), 1)
    mean_speeds = filled.sum(axis=1) / count
    metres = metres_for_comparison(phrase)
    still_share = float((mean_speeds * metres < MAX_STILL_SPEED).mean())
    segment_spread, least_rigid_segment = _least_rigid_segment(positions, phrase.marker_set)
    missing_share = float(1 - np.isfinite(positions[..., 0]).mean())
    flags = []
    if missing_share:
        flags.append(f"{missing_share:.1%} of positions missing")
    if fastest_speed * metres > MAX_PLAUSIBLE_SPEED:
        heights = f", {fastest_speed * metres / TYPICAL_STATURE:.0f} body heights per second"
        flags.append(f"{label} reaches {fastest_speed:.1f} {phrase.unit}/s{heights if phrase.unit != 'm' else ''}")
    if segment_spread > MAX_SEGMENT_SPREAD:
        flags.append(f"{least_rigid_segment} varies by {segment_spread:.1%}")
    if metres and still_share > 0.9:
        flags.append("hardly moves")
    return PhraseQuality(
        fastest_marker=label,
        fastest_speed=fastest_speed,
        fastest_frame=int(frame),
        mean_speed=float(mean_speeds.mean()),
        still_share=still_share,
        segment_spread=segment_spread,
        least_rigid_segment=least_rigid_segment,
        missing_share=missing_share,
        flags=tuple(flags),
    )


def _least_rigid_segment(positions: np.ndarray, marker_set: MarkerSet) -> tuple[float, str]:
    """(relative spread, name) of the segment, or else the bone, whose length varies most."""
    segments = marker_set.rigid_groups() or tuple(
        ("-".join((*start, *end)), (*start, *end)) for start, end in marker_set.bones() if len(start) == len(end) == 1
    )
    pairs = [(name, *pair) for name, labels in segments for pair in combinations(marker_set.indices(labels), 2)]
    if not pairs:
        return 0.0, ""
    names, first, second = zip(*pairs, strict=True)
    distances = np.linalg.norm(positions[:, list(first)] - positions[:, list(second)], axis=2)
    finite = np.isfinite(distances)
    count = np.maximum(finite.sum(axis=0), 1)
    mean = np.where(finite, distances, 0).sum(axis=0) / count
    spread = np.sqrt(np.where(finite, (distances - mean) ** 2, 0).sum(axis=0) / count)
    relative = np.divide(spread, mean, out=np.zeros_like(spread), where=mean > 0)
    worst = int(relative.argmax())
    return float(relative[worst]), names[worst].replace("_", " ")


@dataclass(frozen=True)
class Outlier:
    """A frame in which a marker moves faster than around it.

    Args:
        take: the recording's name.
        frame: the frame of the take.
        marker: the marker's label.
        speed: its speed, units per second.
    """

    take: str
    frame: int
    marker: str
    speed: float


def find_outliers(recording: Recording, profile: TakeProfile, count: int = 20) -> list[Outlier]:
    """The frames with the fastest markers of a take, fastest first, each at least half a second from the others."""
    distance = max(1, round(recording.fps / 2))
    remaining = profile.fastest_speed.copy()
    outliers = []
    for _ in range(count):
        frame = int(remaining.argmax())
        if remaining[frame] <= 0:
            break
        marker = recording.marker_set.labels[int(profile.fastest_marker[frame])]
        outliers.append(Outlier(recording.name, frame, marker, float(remaining[frame])))
        remaining[max(0, frame - distance) : frame + distance + 1] = 0
    return outliers
