"""Bodies as lines between dots, turned into triangles: what `web/scene/dancer_geometry.js` gives to plotly."""

import numpy as np

from mariel.stage.render.colours import Theme
from mariel.stage.render.dancers import ShownDancer
from mariel.stage.render.raster.layers import line_quads

BONE_WIDTH, DOT_DIAMETER = 0.034, 0.03
"""Metres, for a body of 1.7 m."""

SMALLEST_DOT = 1.4
"""Pixels of a page; of smaller bodies only the bones are drawn."""

HEAD_DIAMETER, HEAD_POINT_DIAMETER, HEAD_MARKERS = 0.21, 0.15, 4
"""Metres; where one marker stands for the head; from so many markers on, their mean is the middle of the head."""

DRAWN_WIDTH = 1.52
"""Pixels across that the player draws a dot of size 1."""

DRAWN_LINE = 0.5
"""Pixels across that the player draws a line of width 1."""

DOT_SIDES, BONE_TRIANGLES = 20, 2
"""Triangles of a dot and of a bone."""


class Wires:
    """The bones and markers of one dancer.

    Args:
        dancer: who.
        markers: whether a dot is drawn for every marker.
    """

    def __init__(self, dancer: ShownDancer, markers: bool):
        self.dancer = dancer
        header = dancer.header
        self.show_markers = markers and not dancer.ghost
        head = set(header["head"])
        self.groups: list[tuple[int, ...]] = []

        def number(group: list[int]) -> int:
            if tuple(group) not in self.groups:
                self.groups.append(tuple(group))
            return self.groups.index(tuple(group))

        def on_head(group: list[int]) -> bool:
            return len(head) > 1 and head.issuperset(group)

        self.head = number(header["head"]) if head else -1
        self.head_diameter = HEAD_DIAMETER if len(head) >= HEAD_MARKERS else HEAD_POINT_DIAMETER
        bones = [(a, b) for a, b in header["bones"] if not (on_head(a) and on_head(b))]
        self.bones = np.array([[number(a), number(b)] for a, b in bones], int).reshape(-1, 2)
        sides = ({header["sides"][marker] for marker in group} for group in self.groups)
        self.sides = [found.pop() if len(found) == 1 else "M" for found in sides]

    def ends(self, positions: np.ndarray) -> np.ndarray:
        """Ends of bones (frames, ends, 3), of positions (frames, markers, 3)."""
        if not self.groups:
            return np.zeros((len(positions), 0, 3), positions.dtype)
        return np.stack([positions[:, list(group)].mean(axis=1) for group in self.groups], axis=1)

    def end_colours(self, theme: Theme, frame: float) -> np.ndarray:
        """A colour for each end: of its side, or of the mean value of its markers where values colour the bones."""
        if self.dancer.header["painted"] and self.dancer.values is not None:
            values = self.dancer.values_at(np.array([frame]))[0]
            return theme.of_values(np.array([values[list(group)].mean() for group in self.groups], float))
        colours = theme.of_sides(self.dancer.ghost, self.dancer.header["colour"])
        return np.array([colours[side] for side in self.sides]).reshape(-1, 3)

    def marker_colours(self, theme: Theme, frame: float) -> np.ndarray:
        """A colour for each marker."""
        if self.dancer.values is not None:
            return theme.of_values(self.dancer.values_at(np.array([frame]))[0])
        return np.broadcast_to(theme.marker, (len(self.dancer.header["labels"]), 3))

    def sizes(self, pixels_per_metre: float, ratio: float) -> tuple[float, np.ndarray]:
        """Pixels across of the bones, and of the dots (ends and, if they are shown, markers).

        Args:
            pixels_per_metre: of the picture.
            ratio: its pixels per pixel of a page.
        """
        scale = pixels_per_metre / ratio
        bone = min(14.0, max(1.8, BONE_WIDTH * scale))
        wanted = DOT_DIAMETER * scale * 0.75
        dot = 0.0 if wanted < SMALLEST_DOT else min(8.0, max(2.0, wanted)) * DRAWN_WIDTH
        ends = np.full(len(self.groups), bone * DRAWN_WIDTH)
        if self.head >= 0:
            ends[self.head] = self.head_diameter * scale
        markers = np.full(len(self.dancer.header["labels"]) if self.show_markers else 0, dot)
        return bone * DRAWN_LINE * ratio, np.concatenate([ends, markers]) * ratio


def bone_triangles(
    pixels: np.ndarray, depths: np.ndarray, colours: np.ndarray, width: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bones (bones, 2, …) as triangles: corners (…, 3, 2), depths (…, 3) and colours (…, 3, 3)."""
    order = (0, 0, 1, 0, 1, 1)
    corners = line_quads(pixels, np.full(len(pixels), width / 2))
    return corners, depths[:, order].reshape(-1, 3), colours[:, order].reshape(-1, 3, 3)


def dot_triangles(
    pixels: np.ndarray, depths: np.ndarray, colours: np.ndarray, widths: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Dots (dots, …) as triangles, as `bone_triangles` gives them."""
    angles = np.arange(DOT_SIDES + 1) / DOT_SIDES * 2 * np.pi
    rim = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    around = pixels[:, None] + rim * widths[:, None, None] / 2
    corners = np.stack(
        [np.broadcast_to(pixels[:, None], (len(pixels), DOT_SIDES, 2)), around[:, :-1], around[:, 1:]], axis=2
    )
    count = DOT_SIDES * len(pixels)
    of_corners = np.repeat(colours, DOT_SIDES, axis=0)[:, None]
    return (
        corners.reshape(count, 3, 2),
        np.repeat(depths, DOT_SIDES)[:, None] + np.zeros((1, 3)),
        np.broadcast_to(of_corners, (count, 3, 3)),
    )
