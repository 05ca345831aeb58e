"""Faults of capture that a person can have mended: a pose apart from the rest at the start, spikes, exchanged sides.

Everything is relative to the body's stature, so that it holds for files of any unit; durations are in seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mariel.motion.inference.body_size import body_size
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording

MIN_JUMP = 0.04
"""Statures that a marker must move within one frame to count as a jump: 7 cm."""

MAX_SPEED = 6.0
"""Statures per second, 10 m/s, that no part of a dancer exceeds."""

LOCAL_FACTOR = 6.0
"""A jump is so many times as long as the marker's median step around it."""

MAX_SPIKE_SECONDS = 0.2
"""Longest time that a marker stays away in a spike."""

CALM_SHARE = 0.3
"""Before and after a spike a marker moves at most so much of its jump within a frame; a kick gathers speed."""

MAX_START_SECONDS = 1.0
"""Longest time that a pose apart from the rest, such as a T-pose, lasts at the start."""

MAX_SWAP_SECONDS = 5.0
"""Longest time for which two markers are taken to be exchanged."""

CHUNK_FRAMES = 1024

_SWAP_RATIO = 0.35


@dataclass(frozen=True)
class Fault:
    """A fault in a take.

    Args:
        kind: "start", "spikes" or "swapped", as `mariel.motion.io.description.Repair` names what is mended.
        markers: the markers in which it is; empty for a fault of the whole body.
        start, stop: first frame of the take with the fault, and the first frame after it.
    """

    kind: str
    markers: tuple[str, ...]
    start: int
    stop: int


def find_faults(take: Recording) -> list[Fault]:
    """The faults of a take, in the order of their kind and their frames; read in chunks."""
    size = body_size(take.source_frames(_sample(take)), take.marker_set).stature
    if size <= 0 or len(take) < 4:
        return []
    jumps = list(_jumps(take, size))
    start = _start_fault(take, size)
    return [*start, *_spikes(take, jumps), *_swaps(take, jumps, size)]


def _sample(take: Recording) -> np.ndarray:
    return np.unique(np.linspace(take.start, take.stop - 1, 200).astype(int))


def _jumps(take: Recording, size: float) -> Iterator[tuple[int, int]]:
    """(frame, marker) of each step to the next frame that no body makes."""
    limit = max(MIN_JUMP, MAX_SPEED / take.fps) * size
    for first in range(0, len(take) - 1, CHUNK_FRAMES):
        window = take.frames(first, min(first + CHUNK_FRAMES + 1, len(take))).positions
        differences = np.diff(window, axis=0)
        squares = np.einsum("fmx,fmx->fm", differences, differences)
        # At low rates a jump can be shorter than what a fast hand moves within a frame.
        candidates = np.nan_to_num(squares) > (MIN_JUMP * size) ** 2
        if not candidates.any():
            continue
        median = np.nanmedian(np.where(np.isfinite(squares), squares, np.nan), axis=0)
        far = candidates & ((squares > limit**2) | (squares > LOCAL_FACTOR**2 * np.nan_to_num(median)))
        for frame, marker in np.argwhere(far):
            yield first + int(frame), int(marker)


def _spikes(take: Recording, jumps: list[tuple[int, int]]) -> list[Fault]:
    """Spikes: a marker jumps away and, a little later, back to where it was."""
    longest = max(1, round(MAX_SPIKE_SECONDS * take.fps))
    found = []
    last: dict[int, int] = {}
    for frame, marker in jumps:
        away = last.pop(marker, None)
        if away is not None and frame - away <= longest:
            path = take.frames(away, frame + 2).positions[:, marker]
            out, back = np.linalg.norm(path[1] - path[0]), np.linalg.norm(path[-1] - path[-2])
            jump = min(out, back)
            calm = max(_step(take, away - 1, marker), _step(take, frame + 1, marker)) < CALM_SHARE * jump
            if calm and np.linalg.norm(path[-1] - path[0]) < 0.5 * jump:
                found.append(Fault("spikes", (take.marker_set.labels[marker],), away + 1, frame + 1))
                continue
        last[marker] = frame
    return found


def _step(take: Recording, frame: int, marker: int) -> float:
    """How far a marker moves from a frame to the next; 0 at the ends of the take and where it is missing."""
    if not 0 <= frame < len(take) - 1:
        return 0.0
    first, second = take.frames(frame, frame + 2).positions[:, marker]
    return float(np.nan_to_num(np.linalg.norm(second - first)))


def _start_fault(take: Recording, size: float) -> list[Fault]:
    """A pose apart from the rest in the first frames, such as a T-pose for calibration."""
    longest = min(round(MAX_START_SECONDS * take.fps), len(take) // 10)
    if longest < 1:
        return []
    window = take.frames(0, min(len(take), 4 * longest + 2)).positions
    steps = np.nanmedian(np.linalg.norm(np.diff(window, axis=0), axis=2), axis=1)
    usual = float(np.nanmedian(steps))
    for frame in range(min(longest, len(steps)) - 1, -1, -1):
        if steps[frame] > MIN_JUMP * size and steps[frame] > LOCAL_FACTOR * usual:
            return [Fault("start", (), 0, frame + 1)]
    return []


def _swaps(take: Recording, jumps: list[tuple[int, int]], size: float) -> list[Fault]:
    """Pairs of a left and a right marker that exchange their places for a while."""
    jumping: dict[int, set[int]] = {}
    for frame, marker in jumps:
        jumping.setdefault(marker, set()).add(frame)
    found = []
    for left, right in mirror_columns(take.marker_set):
        both = sorted(jumping.get(left, set()) & jumping.get(right, set()))
        turns = [frame for frame in both if _exchange(take, frame, left, right, size)]
        labels = (take.marker_set.labels[left], take.marker_set.labels[right])
        for begin, end in zip(turns[::2], turns[1::2], strict=False):
            if (end - begin) / take.fps <= MAX_SWAP_SECONDS:
                found.append(Fault("swapped", labels, begin + 1, end + 1))
        if len(turns) % 2 and (len(take) - turns[-1]) / take.fps <= MAX_SWAP_SECONDS:
            found.append(Fault("swapped", labels, turns[-1] + 1, len(take)))
    return found


def mirror_columns(marker_set: MarkerSet) -> list[tuple[int, int]]:
    """Columns of each pair of a left and a right marker."""
    return [(marker_set.index(left), marker_set.index(right)) for left, right in marker_set.mirror_pairs]


def _exchange(take: Recording, frame: int, left: int, right: int, size: float) -> bool:
    """Whether two markers are nearer to each other's places than to their own from a frame to the next."""
    before, after = take.frames(frame, frame + 2).positions[:, [left, right]].astype(np.float64)
    own = np.linalg.norm(after - before, axis=1).sum()
    other = np.linalg.norm(after[::-1] - before, axis=1).sum()
    return bool(own > 2 * MIN_JUMP * size and other < _SWAP_RATIO * own)
