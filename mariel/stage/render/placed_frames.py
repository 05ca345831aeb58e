"""Frames whose dancers have been placed, and what is drawn of them, as triangles in pixels of the picture."""

from dataclasses import dataclass

import numpy as np

from mariel.stage.render.colours import Theme
from mariel.stage.render.dancers import ShownDancer
from mariel.stage.render.ribbons import Trails, strip_triangles
from mariel.stage.render.skin import BodySkin
from mariel.stage.render.tiles import Placement
from mariel.stage.render.view import Projection
from mariel.stage.render.wires import Wires, bone_triangles, dot_triangles

NEAREST = 0.05
"""Metres from the viewer; what is nearer is not drawn."""

Triangles = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Corners (triangles, 3, 2), pixels; their metres from the viewer; their colours, perhaps with opacity."""


@dataclass(eq=False)
class PlacedFrames:
    """Some frames: where everything is in them.

    Args:
        frames: their numbers, which may lie between two.
        positions: of every dancer, (frames, markers, 3), metres.
        placements: of every tile.
        skins: points, normals and joints by dancer, see `BodySkin.place`.
        colours: of the points, by dancer.
        projections: how each frame is seen.
    """

    frames: np.ndarray
    positions: list[np.ndarray]
    placements: list[Placement]
    skins: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]
    colours: dict[int, np.ndarray]
    projections: list[Projection]


@dataclass(frozen=True)
class Look:
    """Colours, and the picture's pixels per pixel of a page."""

    theme: Theme
    ratio: float


def skin_triangles(skin: BodySkin, i: int, chunk: PlacedFrames, at: int) -> Triangles:
    """The skin of a dancer, as far as it faces the viewer, in a frame of the chunk."""
    projection, colours = chunk.projections[at], chunk.colours[i][at]
    pixels, depth = projection.project(chunk.skins[i][0][at])
    a, b, c = (pixels[skin.triangles[:, corner]] for corner in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    facing = area > 0 if projection.view.mirror else area < 0
    near = depth[skin.triangles].min(axis=1) > NEAREST
    triangles = skin.triangles[facing & near & np.isfinite(area)]
    return pixels[triangles], depth[triangles], colours[triangles]


def wire_triangles(wires: Wires, i: int, chunk: PlacedFrames, at: int, look: Look) -> list[Triangles]:
    """The bones and the dots of a dancer in a frame of the chunk."""
    projection, frame, positions = chunk.projections[at], float(chunk.frames[at]), chunk.positions[i][at]
    ends, colours = wires.ends(positions[None])[0], wires.end_colours(look.theme, frame)
    width, widths = wires.sizes(projection.pixels_per_metre, look.ratio)
    dots, dot_colours = ends, colours
    if wires.show_markers:
        dots = np.concatenate([ends, positions])
        dot_colours = np.concatenate([colours, wires.marker_colours(look.theme, frame)])
    pixels, depth = projection.project(dots)
    seen = np.isfinite(pixels).all(axis=1) & (depth > NEAREST)
    shown = seen & (widths > 0)
    bones = wires.bones[seen[wires.bones].all(axis=1)]
    return [
        bone_triangles(pixels[bones], depth[bones], colours[bones], width),
        dot_triangles(pixels[shown], depth[shown], dot_colours[shown], widths[shown]),
    ]


@dataclass(frozen=True, eq=False)
class Trail:
    """The trail of a dancer's marker.

    Args:
        trails: of the scene.
        dancer: whose.
        marker: its column.
        tile: that the dancer stands in, or None.
    """

    trails: Trails
    dancer: ShownDancer
    marker: int
    tile: int | None


def ribbon_triangles(trail: Trail, chunk: PlacedFrames, at: int, look: Look) -> Triangles:
    """A trail in a frame of the chunk."""
    trails, dancer, marker, tile = trail.trails, trail.dancer, trail.marker, trail.tile
    projection = chunk.projections[at]
    path = trails.path(dancer, marker, float(chunk.frames[at]))
    if tile is not None:
        placement = chunk.placements[tile]
        path = Placement(placement.angle, placement.centre[at : at + 1], placement.target).place(path[None])[0]
    strip = trails.strip(path, projection.view.axes[2], projection.pixels_per_metre, look.ratio).reshape(-1, 3)
    pixels, depth = projection.project(strip)
    triangles = strip_triangles(trails.length)
    seen = np.isfinite(pixels).all(axis=1) & (depth > NEAREST)
    triangles = triangles[seen[triangles].all(axis=1)]
    return pixels[triangles], depth[triangles], trails.colours(dancer, marker, look.theme).reshape(-1, 4)[triangles]


def joined(parts: list[Triangles]) -> Triangles:
    """Triangles of several parts as one."""
    corners, depths, colours = zip(*parts, strict=True)
    return np.concatenate(corners), np.concatenate(depths), np.concatenate(colours)
