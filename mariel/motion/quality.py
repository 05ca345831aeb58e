"""How a take moves, frame by frame, and whether a phrase of it can be trusted."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording

STILL_SPEED = 0.05
"""Metres a second below which the whole body counts as still; breathing and sway stay under it."""

FAST_MARKER = 10.0
"""Metres a second that no part of a dancer passes: hands thrown in a fast dance reach 8 to 9."""

LOOSE_SEGMENT = 0.08
"""Relative spread of a distance on one rigid segment above which its markers have slipped or swapped.

Real markers stay near 0.004 on a skull, and reach 0.06 on a forearm, whose bones turn about each other."""


@dataclass(frozen=True)
class TakeProfile:
    """A take at a glance, one value a frame.

    Args:
        speed: mean marker speed (frames,), units a second; the first frame repeats the second's.
        fastest: speed of each frame's fastest marker (frames,).
        fastest_marker: column of that marker (frames,).
        height: highest marker above the take's floor (frames,).
        missing: share of markers missing (frames,), 0 to 1.
        floor: height of the floor, the 1 % quantile of the lowest marker.
    """

    speed: np.ndarray
    fastest: np.ndarray
    fastest_marker: np.ndarray
    height: np.ndarray
    missing: np.ndarray
    floor: float


def take_profile(recording: Recording, chunk: int = 1024) -> TakeProfile:
    """Speed, height and gaps of every frame, read in chunks so that memory does not grow with the take."""
    speed, fastest, fastest_marker, top, low, missing = [], [], [], [], [], []
    for first in range(0, len(recording), chunk):  # chunks that stay in the processor's cache
        lead = min(first, 1)  # one frame before, so that velocities continue over the seam of chunks
        window = recording.frames(first - lead, min(first + chunk, len(recording))).positions
        speeds = marker_speeds(window, recording.fps)[lead:]
        window = window[lead:]
        known = np.isfinite(speeds)
        filled = np.where(known, speeds, 0)
        speed.append(filled.sum(axis=1) / np.maximum(known.sum(axis=1), 1))
        fastest_marker.append(filled.argmax(axis=1))
        fastest.append(np.take_along_axis(filled, fastest_marker[-1][:, None], axis=1)[:, 0])
        z = window[..., 2]
        top.append(np.fmax.reduce(z, axis=1))
        low.append(np.fmin.reduce(z, axis=1))
        missing.append(1 - np.isfinite(z).mean(axis=1))
    lowest = np.concatenate(low)
    seen = lowest[np.isfinite(lowest)]
    floor = float(np.quantile(seen, 0.01)) if len(seen) else 0.0
    height = np.concatenate(top) - floor
    return TakeProfile(
        np.concatenate(speed),
        np.concatenate(fastest),
        np.concatenate(fastest_marker),
        np.where(np.isfinite(height), height, 0),
        np.concatenate(missing),
        floor,
    )


def marker_speeds(positions: np.ndarray, fps: float) -> np.ndarray:
    """Speeds (frames, markers) of positions (frames, markers, 3), units a second, from backward differences.

    The first frame, which has no frame before it, repeats the second's. NaN where a marker is missing.
    """
    if len(positions) < 2:
        return np.zeros(positions.shape[:2], np.float32)
    steps = np.diff(positions, axis=0)
    speeds = np.empty(positions.shape[:2], np.float32)
    np.sqrt(np.einsum("fmx,fmx->fm", steps, steps), out=speeds[1:])  # several times as fast as linalg.norm
    speeds[1:] *= fps
    speeds[0] = speeds[1]
    return speeds


@dataclass(frozen=True)
class PhraseQuality:
    """What to know about a phrase before learning from it.

    Args:
        fastest_marker: label of the marker that moves fastest at any moment.
        fastest_speed: its speed then, units a second.
        fastest_frame: the frame of the phrase in which it does.
        mean_speed: mean over markers and frames, units a second.
        stillness: share of frames in which the body hardly moves, 0 to 1.
        bone_jitter: the largest relative spread (s.d. / mean) of a distance between two markers of one segment.
        loosest: that segment's name.
        missing: share of marker positions missing, 0 to 1.
        flags: short warnings for people; empty for a good phrase.
    """

    fastest_marker: str
    fastest_speed: float
    fastest_frame: int
    mean_speed: float
    stillness: float
    bone_jitter: float
    loosest: str
    missing: float
    flags: tuple[str, ...]


def phrase_quality(phrase: Recording) -> PhraseQuality:
    """Judge one phrase, a recording of a few seconds; see `PhraseQuality`."""
    positions = phrase.positions
    speeds = marker_speeds(positions, phrase.fps)
    known = np.nan_to_num(speeds)
    frame, marker = np.unravel_index(known.argmax(), known.shape)
    fastest = float(known[frame, marker])
    label = phrase.marker_set.labels[marker]
    count = np.maximum(np.isfinite(speeds).sum(axis=1), 1)
    per_frame = known.sum(axis=1) / count
    stillness = float((per_frame < STILL_SPEED).mean())
    jitter, loosest = _loosest_segment(positions, phrase.marker_set)
    missing = float(1 - np.isfinite(positions[..., 0]).mean())
    flags = []
    if missing:
        flags.append(f"{missing:.1%} of positions missing")
    if phrase.unit == "m" and fastest > FAST_MARKER:
        flags.append(f"{label} reaches {fastest:.1f} m/s")
    if jitter > LOOSE_SEGMENT:
        flags.append(f"{loosest} varies by {jitter:.1%}")
    if stillness > 0.9:
        flags.append("hardly moves")
    return PhraseQuality(
        label, fastest, int(frame), float(per_frame.mean()), stillness, jitter, loosest, missing, tuple(flags)
    )


def _loosest_segment(positions: np.ndarray, marker_set: MarkerSet) -> tuple[float, str]:
    rigid = marker_set.segments or tuple(
        ("-".join((*start, *end)), (*start, *end)) for start, end in marker_set.bones() if len(start) == len(end) == 1
    )
    pairs = [(name, *pair) for name, labels in rigid for pair in combinations(marker_set.indices(labels), 2)]
    if not pairs:
        return 0.0, ""
    names, first, second = zip(*pairs, strict=True)
    distances = np.linalg.norm(positions[:, list(first)] - positions[:, list(second)], axis=2)
    known = np.isfinite(distances)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, distances, 0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (distances - mean) ** 2, 0).sum(axis=0) / count)
    relative = np.divide(spread, mean, out=np.zeros_like(spread), where=mean > 0)
    worst = int(relative.argmax())
    return float(relative[worst]), names[worst].replace("_", " ")


@dataclass(frozen=True)
class Outlier:
    """One moment at which a marker is suspiciously fast.

    Args:
        take: the recording's name.
        frame: the frame of the take.
        marker: the marker's label.
        speed: its speed, units a second.
    """

    take: str
    frame: int
    marker: str
    speed: float


def find_outliers(recording: Recording, profile: TakeProfile, count: int = 20) -> list[Outlier]:
    """The fastest moments of a take, fastest first, each at least half a second from the others."""
    apart = max(1, round(recording.fps / 2))
    left = profile.fastest.copy()
    outliers = []
    for _ in range(count):
        frame = int(left.argmax())
        if left[frame] <= 0:
            break
        marker = recording.marker_set.labels[int(profile.fastest_marker[frame])]
        outliers.append(Outlier(recording.name, frame, marker, float(left[frame])))
        left[max(0, frame - apart) : frame + apart + 1] = 0
    return outliers
