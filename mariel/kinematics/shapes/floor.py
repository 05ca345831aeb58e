"""Feet on the floor: where a dance that is given to another body stands, floats, sinks or slides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter1d

from mariel.motion.marker_set import MarkerSet

FLOOR_QUANTILE = 0.05
"""Share of frames whose lowest marker may be lower than standing feet."""

MAX_STANDING_CLEARANCE = 0.12
"""Metres of the lowest marker of standing feet above the floor at most: the floor is z = 0, unless nothing stands."""

CONTACT_HEIGHT, CONTACT_HEIGHT_SCALE = 0.03, 0.01
"""Metres above that of standing feet at which a marker has half its weight of contact, and over which this fades."""

CONTACT_SPEED = 0.2
"""Metres per second by which a marker has to be faster to have 1 / e of its weight of contact."""

HALF_CORRECTION_WEIGHT = 0.2
"""Sum of the markers' contact weights at which half of the correction is applied."""

HEIGHT_SMOOTHING = 0.05
"""Standard deviation, seconds, of the Gaussian that smooths the correction of the root's height."""

MIN_HEIGHT_FAULT, MIN_SLIDE = 0.02, 0.04
"""Metres that a foot must float, sink or slide more than the recorded one to be told of."""

MIN_FAULT_SECONDS, MAX_FAULT_GAP = 0.1, 0.3
"""Shorter faults are not told; faults with shorter gaps between them are told as one."""


@dataclass(frozen=True)
class FootFault:
    """A time in which a foot is not where it was on the recorded body.

    Args:
        kind: what it does.
        start: its first second.
        stop: its last second.
        cm: how far at most, beside the recorded foot.
    """

    kind: Literal["float", "sink", "slide"]
    start: float
    stop: float
    cm: float

    def __str__(self) -> str:
        """What happens, as a part of a sentence."""
        words = {
            "float": f"a foot is up to {self.cm:.0f} cm above the floor",
            "sink": f"the body is up to {self.cm:.0f} cm below the floor",
            "slide": f"a foot slides {self.cm:.0f} cm",
        }
        return f"from {self.start:.1f} to {self.stop:.1f} s {words[self.kind]}"


class Standing:
    """Where a recorded dance stands.

    Args:
        positions: (frames, markers, 3), metres, z up, none missing.
        marker_set: its markers; feet are the segments whose names end in "foot".
        fps: frames per second.
    """

    def __init__(self, positions: np.ndarray, marker_set: MarkerSet, fps: float) -> None:
        self.positions, self.fps = positions, fps
        self.feet = [marker_set.indices(labels) for labels in marker_set.feet()]
        self.lowest = positions[..., 2].min(axis=1)
        low = float(np.quantile(self.lowest, FLOOR_QUANTILE))
        self.floor = 0.0 if 0 <= low <= MAX_STANDING_CLEARANCE else low
        self.clearance = low - self.floor
        self.on_floor = _low(self.lowest - low)
        """How much of the body stands on the floor in each frame (frames,), 0 to 1."""

    def contact(self, columns: Sequence[int]) -> np.ndarray:
        """How much markers stand still on the floor, (frames, markers), 0 to 1."""
        markers = self.positions[:, columns]
        steps = np.linalg.norm(np.diff(markers[..., :2], axis=0, prepend=markers[:1, :, :2]), axis=-1) * self.fps
        if len(steps) > 1:
            steps[0] = steps[1]
        return _low(markers[..., 2] - self.floor - self.clearance) * np.exp(-steps / CONTACT_SPEED)

    def height_correction(self, markers: np.ndarray, size: float, foot_size: float) -> np.ndarray:
        """What to add to the height of every frame (frames,), metres, so that the body stands where it stood.

        The lowest marker stands as high as a foot of its size does, and jumps scale with the legs. Between contacts
        the correction follows from those around.

        Args:
            markers: (frames, markers, 3) of the other body.
            size: how many times as long its legs are.
            foot_size: how many times as large its feet are.
        """
        wanted = self.wanted_heights(self.lowest, size, foot_size)
        weights = self.on_floor + 1e-3
        sigma = HEIGHT_SMOOTHING * self.fps
        smooth = gaussian_filter1d(weights * (wanted - markers[..., 2].min(axis=1)), sigma, mode="nearest")
        return smooth / gaussian_filter1d(weights, sigma, mode="nearest")

    def wanted_heights(self, heights: np.ndarray, size: float, foot_size: float) -> np.ndarray:
        """Where recorded heights are on a body of another size, metres."""
        return self.floor + foot_size * self.clearance + size * (heights - self.floor - self.clearance)

    def path_correction(self, markers: np.ndarray, size: float) -> np.ndarray:
        """What to add to every frame over the floor (frames, 2), metres, so that standing feet move as they did.

        Args:
            markers: (frames, markers, 3) of the other body.
            size: how many times as long its legs are.
        """
        columns = [column for foot in self.feet for column in foot]
        if not columns or len(markers) < 2:
            return np.zeros((len(markers), 2))
        weights = self.contact(columns)
        weights = np.minimum(weights[1:], weights[:-1])[..., None]
        steps, recorded = (np.diff(each[:, columns, :2], axis=0) for each in (markers, self.positions))
        total = weights.sum(axis=1)
        slip = (weights * (steps - size * recorded)).sum(axis=1) / np.maximum(total, 1e-9)
        slip = slip * total / (total + HALF_CORRECTION_WEIGHT)
        return -np.concatenate([np.zeros((1, 2)), slip.cumsum(axis=0)])

    def faults(self, markers: np.ndarray, size: float, foot_size: float) -> tuple[FootFault, ...]:
        """When feet of the other body float, sink or slide more than the recorded ones."""
        found = []
        below = self.wanted_heights(self.lowest, size, foot_size) - markers[..., 2].min(axis=1)
        below = np.minimum(below, self.floor - markers[..., 2].min(axis=1) + self.clearance)
        found += self._height_faults("sink", below, np.ones(len(markers)))
        for foot in self.feet:
            stands = self.contact(foot).max(axis=1)
            recorded = self.positions[:, foot, 2].min(axis=1)
            above = markers[:, foot, 2].min(axis=1) - self.wanted_heights(recorded, size, foot_size)
            found += self._height_faults("float", above, stands)
            found += self._slides(markers, foot, stands, size)
        return tuple(sorted(found, key=lambda fault: fault.start))

    def _height_faults(
        self, kind: Literal["float", "sink"], error: np.ndarray, weights: np.ndarray
    ) -> list[FootFault]:
        return [
            FootFault(kind, start / self.fps, stop / self.fps, 100 * float(error[start:stop].max()))
            for start, stop in _spans((error > MIN_HEIGHT_FAULT) & (weights > 1 / 2), self.fps)
        ]

    def _slides(self, markers: np.ndarray, foot: list[int], stands: np.ndarray, size: float) -> list[FootFault]:
        found = []
        for start, stop in _spans(stands > 1 / 2, self.fps, join=False):
            paths = [each[start:stop, foot, :2] for each in (markers, size * self.positions)]
            slid, recorded = (_slid(path, self.contact(foot)[start:stop]) for path in paths)
            if slid - recorded > MIN_SLIDE:
                found.append(FootFault("slide", start / self.fps, stop / self.fps, 100 * (slid - recorded)))
        return found


def _low(height: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(np.clip((height - CONTACT_HEIGHT) / CONTACT_HEIGHT_SCALE, -50, 50)))


def _slid(path: np.ndarray, weights: np.ndarray) -> float:
    """How far markers (frames, markers, 2) go while they stand, metres: the sum of weighted mean steps."""
    weights = np.minimum(weights[1:], weights[:-1])[..., None]
    steps = (weights * np.diff(path, axis=0)).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    walked = np.concatenate([np.zeros((1, 2)), steps.cumsum(axis=0)])
    return float(np.linalg.norm(walked, axis=1).max())


def _spans(happens: np.ndarray, fps: float, *, join: bool = True) -> list[tuple[int, int]]:
    """First frames and those after the last of the times when something happens (frames,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], happens, [False]]).astype(int)))
    spans: list[tuple[int, int]] = []
    for start, stop in edges.reshape(-1, 2).tolist():
        if join and spans and start - spans[-1][1] < MAX_FAULT_GAP * fps:
            spans[-1] = (spans[-1][0], stop)
        else:
            spans.append((start, stop))
    return [(start, stop) for start, stop in spans if stop - start >= MIN_FAULT_SECONDS * fps]
