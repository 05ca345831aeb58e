"""Where chosen markers have just been, as ribbons: the same as `web/scene/trails.js`."""

import numpy as np

from mariel.stage.render.colours import Theme
from mariel.stage.render.dancers import ShownDancer
from mariel.stage.scene import Scene

TRAIL_SECONDS = 1.2
MOST_FRAMES = 48
"""Of one trail: of faster recordings every second frame is taken, or every third."""

WIDTH, SMALLEST_WIDTH = 0.05, 2.0
"""Metres, at the marker; pixels of the page."""

OPACITY, FADING = 0.85, 1.4
"""At the marker, and the exponent of the age."""


class Trails:
    """The trails of a scene.

    Args:
        scene: whose trails.
        dancers: its dancers.
    """

    def __init__(self, scene: Scene, dancers: list[ShownDancer]):
        frames = max(2, round(TRAIL_SECONDS * scene.fps))
        self.step = -(-frames // MOST_FRAMES)
        self.length = max(2, round(frames / self.step))
        self.shares = np.arange(self.length) / (self.length - 1)
        self.markers = [
            [dancer.header["labels"].index(label) for label in scene.trails if label in dancer.header["labels"]]
            for dancer in dancers
        ]

    def frames(self, frame: float) -> np.ndarray:
        """Frames at which a trail has places, oldest first; below 0 where it has not begun."""
        newest = np.floor(frame / self.step) * self.step  # the others stay where they are as the frame goes on
        frames = newest - np.arange(self.length - 1, -1, -1) * self.step
        frames[-1] = frame
        return frames

    def path(self, dancer: ShownDancer, marker: int, frame: float) -> np.ndarray:
        """Where a marker has been, (places, 3), NaN before the beginning."""
        frames = self.frames(frame)
        path = dancer.positions(frames)[:, marker]
        return np.where((frames >= 0)[:, None], path, np.nan)

    def strip(self, path: np.ndarray, back: np.ndarray, pixels_per_metre: float, ratio: float) -> np.ndarray:
        """Two points at each place, (places, 2, 3): a ribbon that turns its breadth to the viewer.

        Args:
            path: (places, 3).
            back: direction to the viewer.
            pixels_per_metre: of the picture.
            ratio: its pixels per pixel of a page.
        """
        width = max(WIDTH, SMALLEST_WIDTH * ratio / pixels_per_metre) * self.shares**0.8
        before, after = (path[np.clip(np.arange(len(path)) + by, 0, len(path) - 1)] for by in (-2, 2))
        along = np.where(np.isfinite(before), after - before, after - path)
        sideways = np.cross(along, back)
        length = np.linalg.norm(sideways, axis=1, keepdims=True)
        sideways = sideways / np.maximum(length, 1e-9) * width[:, None] / 2
        return np.stack([path - sideways, path + sideways], axis=1)

    def colours(self, dancer: ShownDancer, marker: int, theme: Theme) -> np.ndarray:
        """Colours with opacity of the two points at each place, (places, 2, 4)."""
        side = dancer.header["sides"][marker]
        colour = theme.of_sides(True, None)[side] if dancer.ghost else theme.trails[side]
        opacity = OPACITY * self.shares**FADING
        rows = np.concatenate([np.broadcast_to(colour, (self.length, 3)), opacity[:, None]], axis=1)
        return np.repeat(rows[:, None], 2, axis=1)


def strip_triangles(places: int) -> np.ndarray:
    """Corners (triangles, 3) of a strip with two points at each place."""
    at = np.arange(0, 2 * (places - 1), 2)
    return np.stack([at, at + 1, at + 2, at + 1, at + 3, at + 2], axis=1).reshape(-1, 3)
