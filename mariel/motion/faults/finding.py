"""Faults of capture that a person can have mended: a pose apart from the rest at the start, spikes, exchanged sides.

Everything is relative to the body's stature, so that it holds for files of any unit; durations are in seconds.
"""

from dataclasses import dataclass

import numpy as np

from mariel.motion.inference.body_size import body_size
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording

MIN_JUMP = 0.04
"""Statures that a marker must move within one frame to count as a jump: 7 cm."""

CALM_SHARE = 0.3
"""Beside a jump, a marker moves at most so much of it within a frame; a fast kick gathers speed and loses it."""

MAX_SPIKE_SECONDS = 0.1
"""Longest time that a marker stays away in a spike."""

MAX_START_SECONDS = 1.0
"""Longest time that a pose apart from the rest, such as a T-pose, lasts at the start."""

START_FACTOR = 6.0
"""A jump from such a pose is so many times as long as the median step after it."""

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
    size = body_size(take.sampled_source(), take.marker_set).stature
    if size <= 0 or len(take) < 4:
        return []
    out, back = _jumps(take, size)
    return [*_start_fault(take, size), *_spikes(take, out, back), *_swaps(take, out & back, size)]


Jumps = set[tuple[int, int]]
"""(frame, marker) of steps to the next frame."""


def _jumps(take: Recording, size: float) -> tuple[Jumps, Jumps]:
    """Steps that begin from calm, and steps that end in calm."""
    out: Jumps = set()
    back: Jumps = set()
    for first in range(0, len(take) - 1, CHUNK_FRAMES):
        lead = min(first, 1)
        window = take.frames(first - lead, min(first + CHUNK_FRAMES + 2, len(take))).positions
        differences = np.diff(window, axis=0)
        squares = np.einsum("fmx,fmx->fm", differences, differences)
        large = squares > (MIN_JUMP * size) ** 2
        if not large.any():
            continue
        calm = np.nan_to_num(squares, nan=0.0, posinf=0.0)
        nothing = np.zeros((1, squares.shape[1]), squares.dtype)
        before, after = np.concatenate([nothing, calm[:-1]]), np.concatenate([calm[1:], nothing])
        for jumps, beside in ((out, before), (back, after)):
            frames, markers = np.nonzero(large & (beside < CALM_SHARE**2 * squares))
            frames = frames + first - lead
            jumps.update((int(frame), int(marker)) for frame, marker in zip(frames, markers, strict=True))
    return out, back


def _spikes(take: Recording, out: Jumps, back: Jumps) -> list[Fault]:
    """Spikes: a marker jumps away from calm and, a little later, back to where it was."""
    longest = max(1, round(MAX_SPIKE_SECONDS * take.fps))
    returns: dict[int, list[int]] = {}
    for frame, marker in sorted(back):
        returns.setdefault(marker, []).append(frame)
    found = []
    ended: dict[int, int] = {}
    for away, marker in sorted(out):
        if away < ended.get(marker, 0):
            continue
        for frame in returns.get(marker, ()):
            if away < frame <= away + longest and _returns(take, away, frame, marker):
                found.append(Fault("spikes", (take.marker_set.labels[marker],), away + 1, frame + 1))
                ended[marker] = frame
                break
    return found


def _returns(take: Recording, away: int, frame: int, marker: int) -> bool:
    """Whether a marker that jumps after a frame, and after another one, is apart from its way in between."""
    path = take.frames(away, frame + 2).positions[:, marker]
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    share = np.linspace(0, 1, len(path))[1:-1, None]
    detour = np.linalg.norm(path[1:-1] - ((1 - share) * path[0] + share * path[-1]), axis=1)
    jump = min(steps[0], steps[-1])
    return bool(detour.min() > 0.5 * jump and np.linalg.norm(path[-1] - path[0]) < 0.7 * jump)


def _start_fault(take: Recording, size: float) -> list[Fault]:
    """A pose apart from the rest in the first frames, such as a T-pose for calibration."""
    longest = min(round(MAX_START_SECONDS * take.fps), len(take) // 10)
    if longest < 1:
        return []
    window = take.frames(0, min(len(take), 4 * longest + 2)).positions
    steps = np.nanmedian(np.linalg.norm(np.diff(window, axis=0), axis=2), axis=1)
    usual = float(np.nanmedian(steps))
    for frame in range(min(longest, len(steps)) - 1, -1, -1):
        if steps[frame] > MIN_JUMP * size and steps[frame] > START_FACTOR * usual:
            return [Fault("start", (), 0, frame + 1)]
    return []


def _swaps(take: Recording, jumps: Jumps, size: float) -> list[Fault]:
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
