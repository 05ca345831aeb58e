"""Dancers in tiles, beside and above each other: the same as `web/scene/tiles.js`, with all tiles shown at once."""

from dataclasses import dataclass
from math import atan2, ceil, hypot, pi, tan

import numpy as np

from mariel.stage.render.dancers import ShownDancer, centres
from mariel.stage.render.view import View

WIDTH, SMALLEST_HEIGHT = 1.75, 1.9
"""Metres of a tile."""

WIDTH_MARGIN, HEAD_ROOM, FOOT_ROOM = 0.6, 0.15, 0.35
"""Metres; names stand below the feet."""

FLOOR_HALF, FLOOR_SPACING = 0.8, 0.4
"""Metres of a tile's floor, from its centre to its edge, and between its lines."""

FLOOR_STRENGTH = 0.7
SMOOTHING = np.array([-24, -16, -8, 0, 8, 16, 24])
"""Frames over which the place that a tile follows is averaged."""

WALL_CENTRE = 1.0
"""Metres above z = 0."""


@dataclass(frozen=True, eq=False)
class Placement:
    """Where the dancers of a tile stand: turned about the vertical through `centre`, which is moved to `target`.

    Args:
        angle: radians.
        centre: for every frame, metres, (frames, 3).
        target: metres (3,).
    """

    angle: float
    centre: np.ndarray
    target: np.ndarray

    def place(self, points: np.ndarray) -> np.ndarray:
        """Points (frames, points, 3) in the tile."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        x, y = points[..., 0] - self.centre[:, None, 0], points[..., 1] - self.centre[:, None, 1]
        z = points[..., 2] + (self.target[2] - self.centre[:, None, 2])
        return np.stack([cos * x - sin * y + self.target[0], sin * x + cos * y + self.target[1], z], axis=-1)


class TileLayout:
    """Where tiles are in a picture.

    Args:
        tile_of: the tile of each dancer.
        dancers: of the scene.
        floor: its height, metres.
        view: the camera, which the wall of tiles turns with.
        aspect: width / height of the picture.
    """

    def __init__(self, tile_of: list[int], dancers: list[ShownDancer], floor: float, view: View, aspect: float):
        self.tile_of, self.dancers, self.floor = tile_of, dancers, floor
        count = max(tile_of) + 1
        self.first = [dancers[tile_of.index(tile)] for tile in range(count)]
        width, height = self._cell_size()
        columns = max(range(1, count + 1), key=lambda n: min(aspect / n / width, 1 / ceil(count / n) / height))
        half_width, half_height = columns * width / 2, ceil(count / columns) * height / 2
        right, up, back = view.axes
        middle = np.array([0.0, 0.0, WALL_CENTRE])
        self.corners = np.array(
            [middle + right * x + up * y for x in (-half_width, half_width) for y in (-half_height, half_height)]
        )
        distance = max(half_height, half_width / aspect) / tan(pi / 8)
        self.angles, self.targets = [], []
        for tile in range(count):
            row, column = divmod(tile, columns)
            x, y = (column + 0.5) * width - half_width, half_height - (row + 0.5) * height
            self.angles.append(-atan2(x, distance * hypot(back[0], back[1]) or 1))
            self.targets.append(middle + right * x + up * (y + (FOOT_ROOM - HEAD_ROOM) / 2))
        self.centre_height = floor + (height - FOOT_ROOM - HEAD_ROOM) / 2

    def _cell_size(self) -> tuple[float, float]:
        """Width and height of a tile, metres: one alone has room for all its motion."""
        width, height = WIDTH, SMALLEST_HEIGHT
        for dancer in self.first:
            low, high = dancer.bounds
            if len(self.first) == 1:
                width = max(width, float((high - low)[:2].max()) + WIDTH_MARGIN)
            height = max(height, float(high[2]) - self.floor)
        return width, height + HEAD_ROOM + FOOT_ROOM

    def placements(self, frames: np.ndarray) -> list[Placement]:
        """Where the dancers of each tile stand at some frames: each of several tiles follows its first."""
        found = []
        for dancer, angle, target in zip(self.first, self.angles, self.targets, strict=True):
            centre = np.empty((len(frames), 3))
            centre[:, :2], centre[:, 2] = dancer.bounds[:, :2].mean(axis=0), self.centre_height
            if len(self.first) > 1:
                near = frames[:, None] + SMOOTHING
                places = centres(dancer.positions(near.ravel())).reshape(len(frames), len(SMOOTHING), 2)
                known = np.isfinite(places).all(axis=(1, 2))
                centre[known, :2] = places[known].mean(axis=1)
            found.append(Placement(angle, centre, target))
        return found

    def floor_of(self, tile: int) -> float:
        """The height of the floor in a tile, metres."""
        return self.floor + float(self.targets[tile][2]) - self.centre_height

    def floor_lines(self, placements: list[Placement], at: int) -> np.ndarray:
        """Lines of all floors at a frame of the placements, (lines, 2, 3)."""
        lines = []
        for placement in placements:
            centre = placement.centre[at]
            for along in (0, 1):
                first = np.ceil((centre[along] - FLOOR_HALF) / FLOOR_SPACING) * FLOOR_SPACING
                across = np.arange(first, centre[along] + FLOOR_HALF, FLOOR_SPACING)
                ends = np.full((len(across), 2, 3), self.floor)
                ends[..., along] = across[:, None]
                ends[..., 1 - along] = centre[1 - along] + np.array([-FLOOR_HALF, FLOOR_HALF])
                one = Placement(placement.angle, placement.centre[at : at + 1], placement.target)
                lines.append(one.place(ends.reshape(1, -1, 3)).reshape(-1, 2, 3))
        return np.concatenate(lines)
