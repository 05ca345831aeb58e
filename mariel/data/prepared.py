"""Prepared takes: one contiguous array of six channels, and a view of it by each take's name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mariel.motion.marker_set import MarkerSet

if TYPE_CHECKING:
    from mariel.data.preprocessing import Preprocessing

CHANNELS = ("x", "y", "z", "vx", "vy", "vz")
"""What the last axis of prepared data holds: position, then velocity per second."""


@dataclass(frozen=True, eq=False)
class Prepared(Mapping[str, np.ndarray]):
    """Prepared takes: one contiguous array, and a view of it by each take's name.

    >>> prepared["honey"].shape       # (5309, 53, 6), a view

    Args:
        array: (frames of all takes, markers, 6) float32, channels as in `CHANNELS`.
        takes: names and frames, in order.
        torn: frames (frames,) in which a marker or its velocity is missing, NaN in `array`.
        marker_set: the markers.
        preprocessing: how it was made, and how to undo it.
    """

    array: np.ndarray
    takes: tuple[tuple[str, int], ...]
    torn: np.ndarray
    marker_set: MarkerSet
    preprocessing: "Preprocessing"

    @property
    def offsets(self) -> dict[str, int]:
        """First frame of each take in `array`."""
        counts = [frames for _, frames in self.takes]
        firsts = np.cumsum([0, *counts[:-1]]).tolist()
        return {name: first for (name, _), first in zip(self.takes, firsts, strict=True)}

    def __getitem__(self, name: str) -> np.ndarray:
        first = self.offsets[name]
        return self.array[first : first + dict(self.takes)[name]]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.takes)

    def __len__(self) -> int:
        return len(self.takes)

    def __repr__(self) -> str:
        shape = " × ".join(f"{size:,}" for size in self.array.shape)
        return f"Prepared({len(self)} takes, {shape} (frames, markers, channels), {self.preprocessing!r})"

    def markers(self, marker_set: MarkerSet) -> "Prepared":
        """The data of fewer markers, scaled and centred by all of them, as the reference reduces its data."""
        array = self.array[:, self.marker_set.indices(marker_set.labels)]
        torn = self.torn & np.isnan(array).any(axis=(1, 2)) if self.torn.any() else self.torn
        return replace(self, array=np.ascontiguousarray(array), torn=torn, marker_set=marker_set)
