"""What preprocessing does to the numbers, small enough to draw: histograms, seams, the room that velocities get."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mariel.data.preprocessing import Preprocessing
from mariel.motion.quality import marker_speeds
from mariel.motion.recording import Recording

MOST_VALUES = 400_000
"""Values a channel that histograms look at: enough for a smooth curve, few enough not to wait for."""


@dataclass(frozen=True, eq=False)
class Histograms:
    """How prepared channels are spread.

    Args:
        centres: middles of the bins (bins,), prepared units.
        shares: share of a channel's values in each bin, (6, bins); channels as in `prepared.CHANNELS`.
        middle: for each channel the values below which 1 % and 99 % lie, (6, 2).
    """

    centres: np.ndarray
    shares: np.ndarray
    middle: np.ndarray

    @property
    def used(self) -> np.ndarray:
        """Share of the range -1 … 1 in which the middle 98 % of each channel lie, (6,)."""
        return (self.middle[:, 1] - self.middle[:, 0]) / 2


def channel_histograms(
    preprocessing: Preprocessing, recordings: Mapping[str, Recording], bins: int = 160
) -> Histograms:
    """Spread of each prepared channel over all takes, from evenly spaced frames, read in chunks.

    Args:
        preprocessing: the fit to look through.
        recordings: takes by name.
        bins: bins from -1.25 to 1.25; what lies beyond counts in the outermost.
    """
    frames = sum(len(take) for take in recordings.values())
    step = max(1, frames * len(preprocessing.labels) // MOST_VALUES)
    sampled = [
        block[-first % step :: step].reshape(-1, 6).astype(np.float32)
        for first, block in preprocessing.chunks(recordings.values())
    ]
    values = np.concatenate(sampled)
    edges = np.linspace(-1.25, 1.25, bins + 1)
    shares = np.zeros((6, bins))
    middle = np.zeros((6, 2))
    for channel in range(6):
        known = values[np.isfinite(values[:, channel]), channel]
        counts, _ = np.histogram(np.clip(known, -1.25, 1.25), edges)
        shares[channel] = counts / max(len(known), 1)
        middle[channel] = np.quantile(known, [0.01, 0.99]) if len(known) else 0
    return Histograms((edges[1:] + edges[:-1]) / 2, shares, middle)


@dataclass(frozen=True, eq=False)
class Seam:
    """Where one take ends and the next begins when takes are joined.

    Args:
        before, after: names of the two takes.
        frames: frames around the seam (frames,), 0 being the next take's first.
        joined: speed of the fastest marker there, metres a second, differences taken after joining.
        apart: the same with differences taken within each take.
    """

    before: str
    after: str
    frames: np.ndarray
    joined: np.ndarray
    apart: np.ndarray

    @property
    def leap(self) -> float:
        """The false speed at the seam, metres a second."""
        return float(self.joined[self.frames == 0][0])


def seams(recordings: Mapping[str, Recording], around: int = 35) -> list[Seam]:
    """Speeds on both sides of each seam between consecutive takes, as the reference and as this project see them."""
    found = []
    for one, two in pairwise(recordings.values()):
        tail = one.frames(max(0, len(one) - around), len(one)).positions
        head = two.frames(0, min(around, len(two))).positions
        apart = np.concatenate([_fastest(tail, one.fps), _fastest(head, two.fps)])
        joined = _fastest(np.concatenate([tail, head]), one.fps)
        found.append(Seam(one.name, two.name, np.arange(-len(tail), len(head)), joined, apart))
    return found


def _fastest(positions: np.ndarray, fps: float) -> np.ndarray:
    return np.nan_to_num(marker_speeds(positions, fps)).max(axis=1)
