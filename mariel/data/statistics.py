"""Statistics of preprocessing, for charts: histograms of prepared channels, and speeds at boundaries of takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mariel.data.preprocessing import Preprocessing
from mariel.motion.quality import marker_speeds
from mariel.motion.recording import Recording

MAX_VALUES = 400_000
"""Values per channel in a histogram: enough for a smooth curve, few enough to be quick."""


@dataclass(frozen=True, eq=False)
class Histograms:
    """Histograms of prepared channels.

    Args:
        centres: centres of the bins (bins,), prepared units.
        shares: share of a channel's values in each bin, (6, bins); channels as in `preprocessing.CHANNELS`.
        central_range: 1 % and 99 % quantiles of each channel, (6, 2).
    """

    centres: np.ndarray
    shares: np.ndarray
    central_range: np.ndarray

    @property
    def central_share(self) -> np.ndarray:
        """Share of the range -1 … 1 that the central 98 % of each channel's values take up, (6,)."""
        return (self.central_range[:, 1] - self.central_range[:, 0]) / 2


def channel_histograms(
    preprocessing: Preprocessing, recordings: Mapping[str, Recording], bins: int = 160
) -> Histograms:
    """Histograms of each prepared channel over all takes, from evenly spaced frames, read in chunks.

    Args:
        preprocessing: how the takes are prepared.
        recordings: takes by name.
        bins: bins from -1.25 to 1.25; values beyond are counted in the outermost.
    """
    frames = sum(len(take) for take in recordings.values())
    step = max(1, frames * len(preprocessing.labels) // MAX_VALUES)
    sampled = [
        chunk[-first % step :: step].reshape(-1, 6).astype(np.float32)
        for first, chunk in preprocessing.chunks(recordings.values())
    ]
    values = np.concatenate(sampled)
    edges = np.linspace(-1.25, 1.25, bins + 1)
    shares = np.zeros((6, bins))
    central_range = np.zeros((6, 2))
    for channel in range(6):
        present = values[np.isfinite(values[:, channel]), channel]
        counts, _ = np.histogram(np.clip(present, -1.25, 1.25), edges)
        shares[channel] = counts / max(len(present), 1)
        central_range[channel] = np.quantile(present, [0.01, 0.99]) if len(present) else 0
    return Histograms((edges[1:] + edges[:-1]) / 2, shares, central_range)


@dataclass(frozen=True, eq=False)
class TakeBoundary:
    """The boundary between two takes that are concatenated.

    Args:
        before, after: names of the two takes.
        frames: frames around the boundary (frames,), 0 being the next take's first.
        speed_across_takes: speed of the fastest marker (frames,), metres per second, from differences across takes.
        speed_within_takes: the same from differences within each take.
    """

    before: str
    after: str
    frames: np.ndarray
    speed_across_takes: np.ndarray
    speed_within_takes: np.ndarray

    @property
    def false_speed(self) -> float:
        """The false speed at the boundary, metres per second."""
        return float(self.speed_across_takes[self.frames == 0][0])


def take_boundaries(recordings: Mapping[str, Recording], around: int = 35) -> list[TakeBoundary]:
    """Speeds around each boundary between consecutive takes, computed across the takes and within each.

    Args:
        recordings: takes by name.
        around: frames on either side of a boundary.
    """
    boundaries = []
    for one, two in pairwise(recordings.values()):
        tail = one.frames(max(0, len(one) - around), len(one)).positions
        head = two.frames(0, min(around, len(two))).positions
        within = np.concatenate([_fastest(tail, one.fps), _fastest(head, two.fps)])
        across = _fastest(np.concatenate([tail, head]), one.fps)
        boundaries.append(TakeBoundary(one.name, two.name, np.arange(-len(tail), len(head)), across, within))
    return boundaries


def _fastest(positions: np.ndarray, fps: float) -> np.ndarray:
    """Speed of each frame's fastest marker (frames,), units per second, of positions (frames, markers, 3)."""
    return np.nan_to_num(marker_speeds(positions, fps)).max(axis=1)
