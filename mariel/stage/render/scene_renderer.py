"""A scene's frames as pictures."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from mariel.stage.render.colours import Theme, mix, theme_of
from mariel.stage.render.dancers import centres, floor_height, shown_dancers
from mariel.stage.render.floor import GRID_TRIANGLES, floor_lines, joint_weights, shadow_grid
from mariel.stage.render.placed_frames import (
    NEAREST,
    SMALLEST_SOLID,
    Look,
    Meshes,
    PlacedFrames,
    Trail,
    ribbon_triangles,
    skin_triangles,
    wire_triangles,
)
from mariel.stage.render.raster.layers import EMPTY_LAYER, Layer, Lines, Shadow, SoftShadow, soft_shadow
from mariel.stage.render.raster.parts import Part
from mariel.stage.render.render_options import RenderOptions
from mariel.stage.render.ribbons import Trails
from mariel.stage.render.skin import BodySkin
from mariel.stage.render.texts import Text, cut
from mariel.stage.render.tiles import FLOOR_STRENGTH, WALL_CENTRE, TileLayout
from mariel.stage.render.view import (
    BODY_CENTRE,
    Projection,
    View,
    body_corners,
    facing_of,
    make_projection,
    requested_view,
)
from mariel.stage.render.wires import Wires
from mariel.stage.scene import Scene

CHUNK = 16
"""Frames whose bodies are placed at once."""

SAMPLED_FRAMES = 24
"""At which the space that the motion needs is measured."""

GHOST_BEHIND = 0.12
"""Metres that a ghost is farther from the viewer than its motion: about a limb's thickness."""

WIRE_SHADOW_HEIGHT = 0.004
"""Metres above the floor."""

FLOOR_LINE, NAME_SIZE = 0.75, 12.0
"""Pixels of a page."""

SMALLEST_THICK = 8
"""Pixels across of bones and dots from which on it is quicker to sample only their edges."""

RAISED_FROM = 4
"""So many dancers on one floor are seen from above."""


class SceneRenderer:
    """Draws a scene.

    Args:
        scene: what is drawn.
        options: how.
        first_frame: the frame in which a named view looks for where the dancer faces.
    """

    def __init__(self, scene: Scene, options: RenderOptions, first_frame: float = 0):
        self.scene, self.options = scene, options
        self.theme: Theme = theme_of(options.theme)
        self.dancers = shown_dancers(scene)
        self.floor = floor_height(self.dancers)
        style = options.style or scene.style
        self.figures = [i for i, each in enumerate(self.dancers) if style == "figure" and each.has_body]
        ghosts = [i for i, each in enumerate(self.dancers) if each.ghost]
        self.ghosts = set(ghosts if len(ghosts) < len(self.dancers) else [])
        self.main = next((each for each in self.dancers if not each.ghost), self.dancers[0])
        self.trails = Trails(scene, self.dancers)
        self.view = self._find_view(first_frame)
        self.tiles: TileLayout | None = None
        if scene.tiles is not None:
            aspect = options.width / options.height
            self.tiles = TileLayout(list(scene.tiles), self.dancers, self.floor, self.view, aspect)
        self.motion = self._measure_motion()
        self.first_frame = np.array([float(first_frame)])
        positions = [each.positions(self.first_frame) for each in self.dancers]
        self.projection = self._projections(positions, self.first_frame)[0]
        self.floor_is_above = not self.tiles and self.projection.eye[2] < self.floor
        moving = self.view.follow or (self.tiles is not None and len(self.tiles.first) > 1)
        self.is_still = not moving and not (scene.floor and self.floor_is_above)

    @cached_property
    def skins(self) -> dict[int, BodySkin]:
        """Of the dancers with volume, by their number."""
        return {i: BodySkin(self.dancers[i], len(self.figures)) for i in self.figures}

    @cached_property
    def weights(self) -> dict[int, np.ndarray]:
        """How much of a shadow their joints cast."""
        return {i: joint_weights(skin) for i, skin in self.skins.items()}

    @cached_property
    def wires(self) -> dict[int, Wires]:
        """Of the other dancers."""
        return {i: Wires(each, self.scene.markers) for i, each in enumerate(self.dancers) if i not in self.figures}

    def _find_view(self, frame: float) -> View:
        scene, options = self.scene, self.options
        shown = [each for each in self.dancers if not each.ghost]
        front = None
        for dancer in shown[:1] if len(shown) == 1 else []:
            front = facing_of(dancer.positions(np.array([frame]))[0], dancer.header["facing"])
        if front is None:
            front = scene.front
        if front is None:
            front = facing_of(self.main.positions(np.array([frame]))[0], self.main.header["facing"])
        raised = len(self.dancers) >= RAISED_FROM and scene.tiles is None
        front = -np.pi / 2 if front is None else front
        return requested_view(options.camera, front, raised, follow=options.follow, mirror=options.mirror)

    def _measure_motion(self) -> np.ndarray:
        """Corners of the boxes around every dancer at some frames: what the camera has to show."""
        if self.tiles:
            return self.tiles.corners
        frames = np.linspace(0, len(self.scene) - 1, SAMPLED_FRAMES)
        corners = []
        for dancer in self.dancers:
            for pose in dancer.positions(frames):
                present = pose[np.isfinite(pose).all(axis=1)]
                if len(present):
                    box = np.stack([present.min(axis=0), present.max(axis=0)])
                    corners += [(box[i & 1, 0], box[i >> 1 & 1, 1], box[i >> 2, 2]) for i in range(8)]
        return np.array(corners).reshape(-1, 3)

    @cached_property
    def background(self) -> np.ndarray:
        """The gradient or the backdrop (height, width, 4), uint8, with the lines of the floor if they do not move."""
        size = (self.options.width, self.options.height)
        picture = self.theme.background(*size) if self.options.background else self.theme.plain(*size)
        self.lines.put(picture)
        return picture

    @cached_property
    def lines(self) -> Layer:
        """The lines of the floor; none if they move."""
        return self._floor_lines(self.place(self.first_frame), 0) if self.is_still else EMPTY_LAYER

    @cached_property
    def line_opacity(self) -> np.ndarray:
        """How much of each pixel these lines cover, 0 to 255, (height, width)."""
        return self.lines.opacity((self.options.width, self.options.height))

    @cached_property
    def names(self) -> dict[int, Text]:
        """Of the dancers that have one."""
        if not self.options.names:
            return {}
        ink = np.array([int(self.theme.colours["soft_ink"][at : at + 2], 16) / 255 for at in (1, 3, 5)])
        size = NAME_SIZE * self.options.ratio
        room = self.options.width / max(1, min(len(self.dancers), 4)) - size
        labels = ((i, each.header["label"]) for i, each in enumerate(self.dancers))
        return {i: Text(cut(label, size, room), size, ink) for i, label in labels if label}

    @property
    def still(self) -> np.ndarray:
        """The picture without dancers (height, width, 4), uint8; what its parts do not show stays like this."""
        picture = self.background.copy()
        if self.is_still and self.names:
            for name, x, y in self._placed_names(self.place(np.zeros(1)), 0):
                name.put(picture, x, y)
        return picture

    def parts(self, frames: np.ndarray) -> Iterator[Part]:
        """What differs from `still` in frames that may lie between two."""
        frames = np.asarray(frames, float)
        for start in range(0, len(frames), CHUNK):
            chunk = self.place(frames[start : start + CHUNK])
            for at in range(len(chunk.frames)):
                yield self._draw(chunk, at)

    def frames(self, frames: np.ndarray) -> Iterator[np.ndarray]:
        """Pictures (height, width, 3), uint8, of frames that may lie between two; each may be changed."""
        still = self.still
        for part in self.parts(frames):
            picture = still.copy()
            part.put(picture)
            yield picture[..., :3]

    def frame(self, frame: float) -> np.ndarray:
        """The picture of one frame."""
        return next(self.frames(np.array([frame])))

    def place(self, frames: np.ndarray) -> PlacedFrames:
        """Where everything is in some frames."""
        placements = self.tiles.placements(frames) if self.tiles else []
        positions = [each.positions(frames) for each in self.dancers]
        projections = self._projections(positions, frames)
        eyes = np.stack([projection.eye for projection in projections])[:, None]
        for i in range(len(self.dancers)):
            if self.tiles:
                positions[i] = placements[self.tiles.tile_of[i]].place(positions[i])
            if i in self.ghosts:
                away = positions[i] - eyes
                positions[i] = positions[i] + away * (GHOST_BEHIND / np.linalg.norm(away, axis=-1, keepdims=True))
        skins, colours = {}, {}
        for i, skin in self.skins.items():
            skins[i] = skin.place(positions[i])
            points, normals, _ = skins[i]
            strength = skin.shade(points, normals, positions[i], self.view.axes, self.theme)
            colours[i] = skin.base_colours(self.theme, frames) * strength[..., None]
        return PlacedFrames(frames, positions, placements, skins, colours, projections)

    def _projections(self, positions: list[np.ndarray], frames: np.ndarray) -> list[Projection]:
        """How each frame is seen: all alike unless the camera follows the dancer."""
        view, options = self.view, self.options
        size, pan = (options.width, options.height), np.asarray(view.pan)
        if self.tiles:
            target = np.array([0, 0, WALL_CENTRE]) + pan
            return [make_projection(view, target, self.motion, size, options.margins)] * len(frames)
        low, high = self._bounds()
        middle = np.array([*((low + high) / 2)[:2], self.floor + BODY_CENTRE])
        if not view.follow:
            return [make_projection(view, middle + pan, self.motion, size, options.margins)] * len(frames)
        projections = []
        for centre in centres(positions[self.dancers.index(self.main)]):
            at = np.where(np.isfinite(centre), centre, middle[:2])
            target = np.array([*at, middle[2]]) + pan
            projections.append(make_projection(view, target, body_corners(target, self.floor), size, options.margins))
        return projections

    def _bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The box that all dancers stay in."""
        bounds = np.stack([each.bounds for each in self.dancers])
        return bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)

    def _draw(self, chunk: PlacedFrames, at: int) -> Part:
        meshes, shadows = self._meshes(chunk, at), self._shadows(chunk, at)
        width, height = self.options.width, self.options.height
        boxes = [*meshes.boxes, *(shadow.box for shadow in shadows)] if self.is_still else [(0, 0, width, height)]
        part = Part(self.background, 0, 0).within(boxes).copy()
        if not self.floor_is_above:
            self._draw_floor(part, shadows, chunk, at)
        meshes.paint(part)
        if self.floor_is_above:
            self._draw_floor(part, shadows, chunk, at)
        for name, x, y in self._placed_names(chunk, at):
            name.put(part.pixels, x - part.left, y - part.top)
        return part

    def _placed_names(self, chunk: PlacedFrames, at: int) -> Iterator[tuple[Text, float, float]]:
        """Names with their left and top, pixels."""
        for i, name in self.names.items():
            pixels, depth = chunk.projections[at].project(self.foot(i, chunk, at))
            if depth > 0 and np.isfinite(pixels).all():
                yield name, pixels[0] - name.width / 2, pixels[1] + 1.5 * NAME_SIZE * self.options.ratio

    def floor_of(self, i: int) -> float:
        """The height of the floor that a dancer stands on, metres."""
        return self.tiles.floor_of(self.tiles.tile_of[i]) if self.tiles else self.floor

    def foot(self, i: int, chunk: PlacedFrames, at: int) -> np.ndarray:
        """The point of the floor under the middle of a dancer's motion."""
        if self.tiles:
            target = chunk.placements[self.tiles.tile_of[i]].target
            return np.array([*target[:2], self.floor_of(i)])
        low, high = self.dancers[i].bounds
        if self.view.follow:
            return np.array([*centres(chunk.positions[i][at : at + 1])[0], self.floor])
        return np.array([*((low + high) / 2)[:2], self.floor])

    def _draw_floor(self, part: Part, shadows: list[Shadow], chunk: PlacedFrames, at: int) -> None:
        """Lines, unless they are in the background, and shadows between them: the lines stay visible."""
        opacity = self.line_opacity
        if not self.is_still:
            lines = self._floor_lines(chunk, at)
            lines.put(part.pixels)
            opacity = lines.opacity(part.size)
        for shadow in shadows:
            shadow.put(part, opacity)

    def _shadows(self, chunk: PlacedFrames, at: int) -> list[Shadow]:
        """Of the dancers in a frame of the chunk."""
        if not self.scene.floor:
            return []
        shadows: list[Shadow] = []
        for i in self.weights.keys() - self.ghosts:
            centre = centres(chunk.positions[i][at : at + 1])[0]
            shadow = self._soft_shadow(i, centre, chunk, at) if np.isfinite(centre).all() else None
            shadows += [shadow] if shadow else []
        projection = chunk.projections[at]
        for i in self.wires.keys() - self.ghosts:
            wires = self.wires[i]
            ends = wires.ends(chunk.positions[i][at : at + 1])[0][wires.bones]
            ends[..., 2] = np.where(np.isfinite(ends[..., 2]), self.floor_of(i) + WIRE_SHADOW_HEIGHT, np.nan)
            width, _ = wires.sizes(projection.pixels_per_metre, self.options.ratio)
            lines = project_lines(ends, np.ones((len(ends), 2)), self.theme.wire_shadow, projection, width)
            shadows += [lines] if len(lines.ends) else []
        return shadows

    def _soft_shadow(self, i: int, centre: np.ndarray, chunk: PlacedFrames, at: int) -> SoftShadow | None:
        projection, joints = chunk.projections[at], chunk.skins[i][2][at]
        floor, strength = self.floor_of(i), self.theme.shadow_strength
        points, opacity = shadow_grid(joints, self.weights[i], centre, floor, strength)
        pixels, depth = projection.project(points.reshape(-1, 3))
        opacity = opacity.ravel()
        shown = opacity[GRID_TRIANGLES].any(axis=1) & (depth[GRID_TRIANGLES] > NEAREST).all(axis=1)
        triangles, size = GRID_TRIANGLES[shown], (self.options.width, self.options.height)
        return soft_shadow(pixels[triangles], opacity[triangles], size, self.theme.shadow)

    def _floor_lines(self, chunk: PlacedFrames, at: int) -> Layer:
        """The floor's lines in a frame of the chunk."""
        ends, strength = self.floor_ends(chunk, at)
        colours = mix(self.theme.backdrop, self.theme.floor, strength[..., None])
        opacity, width = np.clip(strength * 3, 0, 1), FLOOR_LINE * self.options.ratio
        lines = project_lines(ends, opacity, colours, chunk.projections[at], width)
        return lines.layer((self.options.width, self.options.height))

    def floor_ends(self, chunk: PlacedFrames, at: int) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the floor's lines (lines, 2, 3), metres, and how strong they are there, 0 to 1."""
        if not self.scene.floor:
            return np.zeros((0, 2, 3)), np.zeros((0, 2))
        if not self.tiles:
            return floor_lines(*self._bounds(), self.floor)
        ends = self.tiles.floor_lines(chunk.placements, at)
        return ends, np.full(ends.shape[:2], FLOOR_STRENGTH)

    def _meshes(self, chunk: PlacedFrames, at: int) -> Meshes:
        """What is drawn of the dancers in a frame of the chunk."""
        look = Look(self.theme, self.options.ratio)
        bodies = [skin_triangles(skin, i, chunk, at) for i, skin in self.skins.items()]
        wires = [wire_triangles(wires, i, chunk, at, look) for i, wires in self.wires.items()]
        ribbons = []
        for i, (dancer, markers) in enumerate(zip(self.dancers, self.trails.markers, strict=True)):
            tile = self.tiles.tile_of[i] if self.tiles else None
            trails = (Trail(self.trails, dancer, marker, tile) for marker in markers)
            ribbons += [ribbon_triangles(trail, chunk, at, look) for trail in trails]
        scale = chunk.projections[at].pixels_per_metre
        solid, fine = ([], bodies) if scale < SMALLEST_SOLID else (bodies, [])
        for mesh, each in zip(wires, self.wires.values(), strict=True):
            width, widths = each.sizes(scale, self.options.ratio)
            thick = min(width, *widths[widths > 0].tolist()) >= SMALLEST_THICK
            (solid if thick else fine).append(mesh)
        return Meshes(solid, fine, ribbons)


def project_lines(
    ends: np.ndarray, opacity: np.ndarray, colours: np.ndarray, projection: Projection, width: float
) -> Lines:
    """Lines (lines, 2, 3) in metres, as seen.

    Args:
        ends: metres; lines that have none, or that end behind the viewer, are left out.
        opacity: of the ends, 0 to 1, (lines, 2).
        colours: of the ends, (lines, 2, 3), or of all, (3,).
        projection: how they are seen.
        width: pixels.
    """
    pixels, depth = projection.project(ends)
    seen = (depth > NEAREST).all(axis=1) & np.isfinite(pixels).all(axis=(1, 2))
    rgba = np.concatenate([np.broadcast_to(colours, (*ends.shape[:2], 3)), opacity[..., None]], axis=-1)
    return Lines(pixels[seen], rgba[seen], width)
