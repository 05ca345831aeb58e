"""The dances of a request as files of numbers hold them: one per dancer, each with a name of its own."""

import re
from dataclasses import dataclass

import numpy as np

from mariel.export.registry import ExportRequest
from mariel.motion.marker_set import MarkerSet
from mariel.stage.scene import Dancer

UNKNOWN_UNIT = "source units"
"""The unit of positions whose length in metres is not known."""

TILE_SPACING = 2.4
"""Metres between dances that a page shows in tiles, where a file has them on one floor."""


@dataclass(frozen=True, eq=False)
class Dance:
    """One dancer's motion.

    Args:
        name: letters, digits and _, unlike the other dances' names.
        positions: (frames, markers, 3), z up, in metres or in a unit that is not known.
        marker_set: the markers.
        metres_per_unit: 1 for metres; else what makes a body of unknown unit as tall as a person.
        offset: where the stage shows it, added to the positions, in their unit.
        ghost: whether it is shown in grey, for comparison.
        colour: a CSS hex colour for the whole body, if it has one of its own.
    """

    name: str
    positions: np.ndarray
    marker_set: MarkerSet
    metres_per_unit: float
    offset: tuple[float, float, float]
    ghost: bool
    colour: str | None = None

    @property
    def unit(self) -> str:
        """ "m", or words for a unit that is not known."""
        return "m" if self.metres_per_unit == 1 else UNKNOWN_UNIT

    @property
    def placed_positions(self) -> np.ndarray:
        """Positions in metres where the stage shows them, (frames, markers, 3) float64."""
        return (np.asarray(self.positions, np.float64) + self.offset) * self.metres_per_unit


def shown_dancers(request: ExportRequest) -> list[Dancer]:
    """The dancers without the ghosts that they are compared with, or all if there are only ghosts."""
    return [dancer for dancer in request.dancers if not dancer.ghost] or request.dancers


def dances_of(request: ExportRequest) -> list[Dance]:
    """The dances of a request: the positions that it gives for files, else those of its dancers without ghosts."""
    dancers = shown_dancers(request)
    if request.positions is None:
        positions = [np.asarray(dancer.positions) for dancer in dancers]
    else:
        positions = request.dancer_positions
        if len(dancers) != len(positions):
            dancers = [dancers[min(number, len(dancers) - 1)] for number in range(len(positions))]
    names = _names([dancer.label for dancer in dancers])
    return [
        Dance(name, each, dancer.marker_set, dancer.metres_per_unit, offset, dancer.ghost, dancer.colour)
        for name, each, dancer, offset in zip(names, positions, dancers, _offsets(request, dancers), strict=True)
    ]


def why_no_dances(request: ExportRequest) -> str:
    """Why the dances of a request are not one file: other frame rates, or positions of other markers; else empty."""
    if len({scene.fps for scene in request.all_scenes}) > 1:
        return "its dancers differ in frame rate"
    if any(dance.positions.shape[1] != len(dance.marker_set) for dance in dances_of(request)):
        return "its positions are of other markers than its dancers"
    return ""


def frame_rate(request: ExportRequest) -> float:
    """Frames per second of the dances."""
    return request.all_scenes[0].fps


def _names(labels: list[str]) -> list[str]:
    """A name for each dance that other programs can put before the names of markers."""
    names: list[str] = []
    for number, label in enumerate(labels, start=1):
        name = re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_")[:24]
        if not name or name[0].isdigit() or name in names:
            name = f"{name}_{number}" if name and not name[0].isdigit() else f"dancer_{number}"
        names.append(name)
    return names


def _offsets(request: ExportRequest, dancers: list[Dancer]) -> list[tuple[float, float, float]]:
    """Where the dances are on the stage; dances in tiles are placed in a row."""
    offsets = [dancer.offset for dancer in dancers]
    in_tiles = any(scene.tiles is not None for scene in request.all_scenes)
    if (in_tiles or len(request.all_scenes) > 1) and len(set(offsets)) < len(offsets):
        return [(number * TILE_SPACING / dancer.metres_per_unit, 0.0, 0.0) for number, dancer in enumerate(dancers)]
    return offsets
