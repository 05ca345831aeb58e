"""Frames whose dancers have been placed, and what is drawn of them, as triangles in pixels of the picture."""

from dataclasses import dataclass

import numpy as np

from mariel.stage.render.colours import Theme
from mariel.stage.render.dancers import ShownDancer
from mariel.stage.render.raster.canvas import Mesh, join_meshes, paint
from mariel.stage.render.raster.parts import Box, Part, points_box
from mariel.stage.render.ribbons import Trails, strip_triangles
from mariel.stage.render.skin import BodySkin
from mariel.stage.render.tiles import Placement
from mariel.stage.render.view import Projection
from mariel.stage.render.wires import BONE_TRIANGLES, DOT_SIDES, Wires, bone_triangles, dot_triangles

NEAREST = 0.05
"""Metres from the viewer; what is nearer is not drawn."""

SMALLEST_SOLID = 150
"""Pixels per metre: in smaller bodies, hands and feet may be thinner than a pixel."""


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


@dataclass(frozen=True, eq=False)
class Meshes:
    """What is drawn of the dancers in a frame.

    Args:
        solid: bodies of some size.
        fine: what may be thinner than a pixel.
        translucent: in the order in which they are drawn.
    """

    solid: list[Mesh]
    fine: list[Mesh]
    translucent: list[Mesh]

    @property
    def boxes(self) -> list[Box]:
        """Where they are in the picture."""
        shown = [mesh for mesh in (*self.solid, *self.fine, *self.translucent) if len(mesh)]
        return [points_box(mesh.corners, 1) for mesh in shown]

    def paint(self, part: Part) -> None:
        """Draw them into a part of the picture that their boxes are in."""
        here = part.within(self.boxes)
        if not here.pixels.size:
            return
        solid, fine = (
            join_meshes(meshes).moved(-here.corner) if meshes else None for meshes in (self.solid, self.fine)
        )
        paint(here.pixels, solid, fine, [mesh.moved(-here.corner) for mesh in self.translucent])


@dataclass(frozen=True)
class Look:
    """Colours, and the picture's pixels per pixel of a page."""

    theme: Theme
    ratio: float


def skin_triangles(skin: BodySkin, i: int, chunk: PlacedFrames, at: int) -> Mesh:
    """The skin of a dancer, as far as it faces the viewer, in a frame of the chunk."""
    projection, colours = chunk.projections[at], chunk.colours[i][at]
    pixels, depth = projection.project(chunk.skins[i][0][at])
    a, b, c = (pixels[skin.triangles[:, corner]] for corner in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    facing = area > 0 if projection.view.mirror else area < 0
    near = depth[skin.triangles].min(axis=1) > NEAREST
    triangles = skin.triangles[facing & near & np.isfinite(area)]
    return Mesh(pixels[triangles], depth[triangles], colours[triangles], skin.part_of[triangles[:, 0]])


def wire_triangles(wires: Wires, i: int, chunk: PlacedFrames, at: int, look: Look) -> Mesh:
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
    parts = (
        (bone_triangles(pixels[bones], depth[bones], colours[bones], width), BONE_TRIANGLES),
        (dot_triangles(pixels[shown], depth[shown], dot_colours[shown], widths[shown]), DOT_SIDES),
    )
    return join_meshes([Mesh(*each, np.arange(len(each[0])) // triangles) for each, triangles in parts])


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


def ribbon_triangles(trail: Trail, chunk: PlacedFrames, at: int, look: Look) -> Mesh:
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
    colours = trails.colours(dancer, marker, look.theme).reshape(-1, 4)[triangles]
    return Mesh(pixels[triangles], depth[triangles], colours, np.zeros(len(triangles), int))
