"""The dancers of a scene over time: positions at frames that may lie between two, and where each stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mariel.stage.figure import dancer_positions
from mariel.stage.packing import describe_dancer, value_shares
from mariel.stage.scene import Dancer, Scene


@dataclass(eq=False)
class ShownDancer:
    """A dancer as it is drawn.

    Args:
        dancer: who.
        header: what it is drawn by, see `mariel.stage.packing.describe_dancer`.
    """

    dancer: Dancer
    header: Mapping[str, Any]

    def __post_init__(self) -> None:
        self.values = value_shares(self.dancer)
        self.bounds = np.asarray(self.header["bounds"], float)
        self.ghost: bool = self.header["ghost"]

    @property
    def has_body(self) -> bool:
        """Whether it can be drawn with volume."""
        return self.header["body"] is not None

    def positions(self, frames: np.ndarray) -> np.ndarray:
        """Positions (frames, markers, 3), metres, NaN where a marker is missing; the last pose is held."""
        last = len(self.dancer) - 1
        at = np.clip(np.asarray(frames, float), 0, last)
        first = np.floor(at).astype(int)
        fraction = (at - first).astype(np.float32)[:, None, None]
        positions = dancer_positions(self.dancer, first.tolist())
        if fraction.any():
            following = dancer_positions(self.dancer, np.minimum(first + 1, last).tolist())
            positions = positions + (following - positions) * fraction
        missing = ~np.isfinite(positions).all(axis=-1)
        positions[missing] = np.nan
        return positions

    def values_at(self, frames: np.ndarray) -> np.ndarray:
        """Values (frames, markers), 0 to 1; only for a dancer that has values."""
        assert self.values is not None
        return self.values[np.minimum(np.floor(frames).astype(int), len(self.values) - 1)]


def shown_dancers(scene: Scene) -> list[ShownDancer]:
    """The dancers of a scene."""
    return [ShownDancer(dancer, describe_dancer(dancer)) for dancer in scene.dancers]


def floor_height(dancers: list[ShownDancer]) -> float:
    """The floor is z = 0 wherever feet may stand on it; else it lies under the lowest marker."""
    lowest = min(float(each.bounds[0, 2]) for each in dancers)
    return 0.0 if -0.15 < lowest < 1 else lowest


def centres(positions: np.ndarray) -> np.ndarray:
    """Middle of the markers that are there over the floor, (frames, 2), of positions (frames, markers, 3)."""
    present = np.isfinite(positions[..., 0])
    total = np.where(present[..., None], positions[..., :2], 0).sum(axis=1)
    count = present.sum(axis=1)[:, None]
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
