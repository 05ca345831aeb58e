"""The markers of all dances side by side, as formats need them that know one list of markers."""

from dataclasses import dataclass

import numpy as np

from mariel.export.dances import dances_of, frame_rate
from mariel.export.registry import ExportRequest


@dataclass(frozen=True, eq=False)
class Columns:
    """The markers of one dance or several on one clock.

    Args:
        labels: of the markers; those of several dances begin with the dance's name and a colon.
        positions: (frames, markers, 3), z up; NaN where a marker is not seen, and after the end of a shorter dance.
        fps: frames per second.
        unit: "m", or words for a unit that is not known.
        dancers: names of the dances.
        prefixes: what the labels of each dance begin with; empty for a single dance.
    """

    labels: list[str]
    positions: np.ndarray
    fps: float
    unit: str
    dancers: list[str]
    prefixes: list[str]

    @classmethod
    def of(cls, request: ExportRequest) -> "Columns":
        """The markers of a request's dances."""
        dances = dances_of(request)
        prefixes = [f"{dance.name}:" for dance in dances] if len(dances) > 1 else []
        labels = [
            f"{prefix}{label}"
            for prefix, dance in zip(prefixes or [""], dances, strict=True)
            for label in dance.marker_set.labels
        ]
        frames = max(len(dance.positions) for dance in dances)
        positions = np.full((frames, len(labels), 3), np.nan, np.float32)
        first = 0
        for dance in dances:
            seen = dance.positions if np.isfinite(dance.positions).all() else _whole_points(dance.positions)
            positions[: len(seen), first : first + len(dance.marker_set)] = seen
            first += len(dance.marker_set)
        return cls(labels, positions, frame_rate(request), dances[0].unit, [each.name for each in dances], prefixes)

    @property
    def millimetres(self) -> np.ndarray:
        """Positions (frames, markers, 3) float64 in millimetres, or as they are where their unit is not known."""
        return self.positions.astype(np.float64) * (1000.0 if self.unit == "m" else 1.0)

    @property
    def seen(self) -> np.ndarray:
        """Where markers are seen, (frames, markers) of bool."""
        return np.isfinite(self.positions[..., 0])


def _whole_points(positions: np.ndarray) -> np.ndarray:
    """Positions without those of which a coordinate is missing."""
    return np.where(np.isfinite(positions).all(axis=-1, keepdims=True), positions, np.nan)


def why_no_columns(request: ExportRequest) -> str:
    """Why dances are not markers side by side: one of another unit; else empty."""
    if len({dance.unit for dance in dances_of(request)}) > 1:
        return "the unit of one dancer is known, that of another is not"
    return ""
