"""Which axis of a file points up, and whether left and right are exchanged: what the body says over all frames."""

from collections.abc import Sequence

import numpy as np

from mariel.motion.inference.assumption import Assumption
from mariel.motion.inference.body_size import HEAD, body_size, first_path
from mariel.motion.landmarks import SIDES, find_landmarks
from mariel.motion.marker_set import MarkerSet
from mariel.motion.orientation import UP_AXES

UPRIGHT_WEIGHT, FLOOR_WEIGHT, CONTACT_WEIGHT, CONVENTION_WEIGHT = 8.0, 3.0, 6.0, 1.5
"""How much the head's height above the feet, a level floor, feet at rest on it, and the format's convention count."""

FLOOR_SPREAD = 0.08
"""Spread of the lowest marker, in statures, at which a floor is half as convincing as a level one."""

CONTACT_HEIGHT, CONTACT_SPEED = 0.05, 0.1
"""Statures above the lowest marker, and statures per second, within which a marker rests on the floor."""

LYING_HEIGHT = 0.35
"""Statures that a lying body reaches above the floor at most."""

ENOUGH_SECONDS = 10.0
"""Seconds from which the floor counts in full: in a short time a body has a level side everywhere."""

ANALYSED_FPS = 30.0
WINDOWS, WINDOW_FRAMES = 16, 120
"""The floor is looked for in windows of consecutive frames, spread over the take."""

MIN_MIRRORED_SHARE = 0.85
"""Share of frames in which left markers must be on the right for a body to count as mirrored."""


def infer_up(
    dancers: Sequence[tuple[np.ndarray, MarkerSet]],
    fps: float,
    usual: str | None = None,
    *,
    statures: Sequence[float] | None = None,
) -> Assumption:
    """The axis that points up, one of `UP_AXES`.

    Along the true axis the head is above the feet more than anywhere else, the lowest marker stays at one level in
    most frames, whatever the dancer does, and some marker near that level is at rest. A dancer who lies all the time
    is not taken for one who stands along another axis: then the result is a question.

    Args:
        dancers: positions (frames, markers, 3) in the file's axes, any unit, and the markers, for each dancer.
        fps: frames per second.
        usual: the axis that is up in most files of this format.
        statures: of the dancers, in the positions' unit, where they are measured already.
    """
    scores = np.zeros(len(UP_AXES))
    shares = np.zeros(len(UP_AXES))
    if statures is None:
        statures = [body_size(*dancer).stature for dancer in dancers]
    for (positions, marker_set), stature in zip(dancers, statures, strict=True):
        upright, share = _upright_scores(positions, marker_set, stature)
        floor, contact = _floor_scores(positions, stature, fps)
        scores += (UPRIGHT_WEIGHT * upright + FLOOR_WEIGHT * floor + CONTACT_WEIGHT * contact) / len(dancers)
        shares += share / len(dancers)
    if usual in UP_AXES:
        scores[UP_AXES.index(usual)] += CONVENTION_WEIGHT
    chances = np.exp(scores - scores.max())
    best = int(chances.argmax())
    if usual not in (None, UP_AXES[best]) and _may_lie([positions for positions, _ in dancers], statures, usual, fps):
        because = f"the dancer lies then, or stands along {UP_AXES[best]}"
        return Assumption("up", usual, 0.5, "convention", because)
    because = "there is a level floor"
    if shares.any():
        because = f"the head is above the feet in {shares[best]:.0%} of the frames"
    return Assumption("up", UP_AXES[best], float(chances[best] / chances.sum()), "body", because)


def _may_lie(dancers: Sequence[np.ndarray], statures: Sequence[float], axis: str, fps: float) -> bool:
    """Whether all dancers would lie most of the time if an axis were up: flat bodies at rest on a level floor."""
    for positions, size in zip(dancers, statures, strict=True):
        if size <= 0:
            return False
        flat, levels = [], []
        for window in _windows(positions, fps):
            heights = _along(window, axis) / size
            heights = heights[np.isfinite(heights).any(axis=1)]
            if len(heights):
                levels.append(np.nanmin(heights, axis=1))
                flat.append(np.nanmax(heights, axis=1) - levels[-1] < LYING_HEIGHT)
        if not levels or np.concatenate(flat).mean() < 0.5:
            return False
        level = np.concatenate(levels)
        if np.percentile(level, 90) - np.percentile(level, 10) > FLOOR_SPREAD:
            return False
    return bool(dancers)


def _upright_scores(positions: np.ndarray, marker_set: MarkerSet, size: float) -> tuple[np.ndarray, np.ndarray]:
    """For each axis of `UP_AXES`, how far the head is above the feet, in statures, and in what share of frames.

    Both are means over frames; zeros where head or feet are not known.
    """
    landmarks = find_landmarks(marker_set)
    sample = positions[np.unique(np.linspace(0, len(positions) - 1, 400).astype(int))]
    head = first_path(sample, marker_set, landmarks, (*HEAD, ("neck",)))
    parts = ("toe", "heel", "ankle", "knee")
    feet = first_path(sample, marker_set, landmarks, [tuple(f"{side}_{part}" for side, _ in SIDES) for part in parts])
    nothing = np.zeros(len(UP_AXES))
    if head is None or feet is None:
        return nothing, nothing
    upward = np.asarray(head - feet, np.float64)
    upward = upward[np.isfinite(upward).all(axis=1)]
    if not len(upward) or size <= 0:
        return nothing, nothing
    heights = np.stack([_along(upward / size, axis) for axis in UP_AXES])  # (axes, frames)
    return heights.clip(0, 1).mean(axis=1), (heights > 0.3).mean(axis=1)


def _along(positions: np.ndarray, axis: str) -> np.ndarray:
    """Coordinates along an axis of `UP_AXES`."""
    return _signed(positions[..., "xyz".index(axis[1])], axis)


def _floor_scores(positions: np.ndarray, size: float, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """For each axis of `UP_AXES`, 0 to 1: how level its floor is, and how often a marker is at rest on it."""
    floor, contact = np.zeros(len(UP_AXES)), np.zeros(len(UP_AXES))
    windows = _windows(positions, fps)
    frames = sum(map(len, windows))
    if size <= 0 or frames < 3:
        return floor, contact
    rate = fps / max(1, round(fps / ANALYSED_FPS))
    # Frames are the last axis, along which NumPy is fastest: (3, markers, windows, frames).
    heights = np.empty((3, positions.shape[1], len(windows), len(windows[0])), positions.dtype)
    for number, window in enumerate(windows):
        heights[:, :, number] = window.transpose(2, 1, 0)
    heights /= size
    steps = np.diff(heights, axis=3)
    moving = ~(np.einsum("xmwf,xmwf->mwf", steps, steps) < (CONTACT_SPEED / rate) ** 2)
    zero_or_nan = np.zeros(moving.shape, heights.dtype)
    zero_or_nan[moving] = np.nan
    resting = np.add(heights[..., 1:], zero_or_nan, out=steps)  # NaN where a marker moves
    ends = [np.fmin.reduce(heights, axis=1), np.fmax.reduce(heights, axis=1)]
    resting_ends = [np.fmin.reduce(resting, axis=1), np.fmax.reduce(resting, axis=1)]
    for number, axis in enumerate(UP_AXES):
        end, along = int(axis[0] == "-"), "xyz".index(axis[1])
        lowest, lowest_resting = (_signed(each[end][along], axis) for each in (ends, resting_ends))
        seen = np.isfinite(lowest)
        seen &= seen.sum(axis=1, keepdims=True) >= 3
        if not seen.any():
            return np.zeros(len(UP_AXES)), np.zeros(len(UP_AXES))
        low, high = np.percentile(lowest[seen], [10, 90])
        floor[number] = 1 / (1 + ((high - low) / FLOOR_SPREAD) ** 2)
        near = lowest_resting < lowest[:, 1:] + CONTACT_HEIGHT
        contact[number] = near[seen[:, 1:] & seen[:, :-1]].mean()
    weight = min(1.0, frames / rate / ENOUGH_SECONDS)
    return weight * floor, weight * contact * floor


def _signed(coordinates: np.ndarray, axis: str) -> np.ndarray:
    """Coordinates along an axis of `UP_AXES`, from those along it or against it."""
    return -coordinates if axis[0] == "-" else coordinates


def _windows(positions: np.ndarray, fps: float) -> list[np.ndarray]:
    """Windows of consecutive frames at about `ANALYSED_FPS`, all of one length, spread over the take; views of it."""
    step = max(1, round(fps / ANALYSED_FPS))
    length = WINDOW_FRAMES * step
    if len(positions) <= WINDOWS * length:
        return [positions[::step]]
    starts = np.linspace(0, len(positions) - length, WINDOWS).astype(int)
    return [positions[start : start + length : step] for start in starts]


def infer_mirrored(
    positions: np.ndarray,
    marker_set: MarkerSet,
    axes: Sequence[int] = (0, 1, 2),
    signs: Sequence[float] = (1, 1, 1),
) -> Assumption | None:
    """Whether left markers are on the dancer's right; None if the markers cannot tell.

    Left is up × forward, and forward is from the heels or ankles to the toes; a body of joints without toes has knees
    that bend forward.

    Args:
        positions: (frames, markers, 3), of which 400 frames are read.
        marker_set: the markers.
        axes: the axes of the positions that become x, y and z, which is up.
        signs: the factors of these three.
    """
    landmarks = find_landmarks(marker_set)
    frames = np.unique(np.linspace(0, len(positions) - 1, 400).astype(int))
    sample = positions[frames]

    def path(*names: str) -> np.ndarray | None:
        found = first_path(sample, marker_set, landmarks, [(name,) for name in names])
        return None if found is None else found[:, list(axes)] * signs

    left = [
        (one, other)
        for part in ("hip", "waist_front", "waist_back", "shoulder")
        if (one := path(f"left_{part}")) is not None and (other := path(f"right_{part}")) is not None
    ]
    votes = np.zeros(len(sample))
    known = False
    for side, _ in SIDES:
        back, front = path(f"{side}_heel", f"{side}_ankle"), path(f"{side}_toe_inner", f"{side}_toe")
        if not left or back is None or front is None or np.array_equal(back, front, equal_nan=True):
            continue
        forward, across = front - back, np.sum([one - other for one, other in left], axis=0)
        votes += np.nan_to_num(np.sign(forward[:, 0] * across[:, 1] - forward[:, 1] * across[:, 0]))
        known = True
    decided = votes[votes != 0]
    if not known or not len(decided):
        return None
    share = float((decided < 0).mean())
    mirrored = share > 0.5
    confidence = max(share, 1 - share)
    where = "right" if mirrored else "left"
    return Assumption(
        "mirrored", mirrored, confidence, "body", f"the left hip is on the {where} in {confidence:.0%} of the frames"
    )
