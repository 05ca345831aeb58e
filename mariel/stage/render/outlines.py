"""A pose as flat shapes for vector pictures: outlines of the parts of bodies, bones and dots, farthest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mariel.stage.body.proportions import SHAPES
from mariel.stage.render.placed_frames import NEAREST, PlacedFrames
from mariel.stage.render.scene_renderer import SceneRenderer

Spot = tuple[float, float, float, float, float]
"""Middle x and y, half width, half height, pixels, and opacity."""


@dataclass(frozen=True, eq=False)
class Shape:
    """A flat shape of one colour.

    Args:
        kind: what it is, such as "thigh L", "bone" or "dot".
        depth: metres from the viewer.
        colour: (3,), 0 to 1.
        polygons: outlines that overlap and are filled as one, each (points, 2), pixels; of a bone its two ends.
        width: of a line or a dot, pixels; 0 for what is filled.
    """

    kind: str
    depth: float
    colour: np.ndarray
    polygons: Sequence[np.ndarray]
    width: float = 0.0


@dataclass(frozen=True, eq=False)
class Pose:
    """A frame as shapes.

    Args:
        shapes: of the bodies, farthest first.
        floor: lines of the floor, (lines, 2, 2), pixels.
        strength: of the lines, 0 to 1, (lines,).
        shadows: soft spots on the floor.
        names: words and where their middle is, pixels.
    """

    shapes: list[Shape]
    floor: np.ndarray
    strength: np.ndarray
    shadows: list[Spot]
    names: list[tuple[str, float, float]]


def outline_pose(renderer: SceneRenderer, frame: float) -> Pose:
    """The shapes of a frame, as a renderer would draw it."""
    chunk = renderer.place(np.array([frame]))
    shapes = [shape for i in renderer.skins for shape in _body_shapes(renderer, chunk, i)]
    shapes += [shape for i in renderer.wires for shape in _wire_shapes(renderer, chunk, i)]
    ends, strength = renderer.floor_ends(chunk, 0)
    projection = chunk.projections[0]
    pixels, depth = projection.project(ends)
    seen = (depth > NEAREST).all(axis=1) & (strength.mean(axis=1) > 0.02)
    names = []
    for i, dancer in enumerate(renderer.dancers):
        at, far = projection.project(renderer.foot(i, chunk, 0))
        if dancer.header["label"] and far > 0 and np.isfinite(at).all():
            names.append((dancer.header["label"], float(at[0]), float(at[1])))
    shapes.sort(key=lambda shape: -shape.depth)
    return Pose(shapes, pixels[seen], strength[seen].mean(axis=1), _shadows(renderer, chunk), names)


def _body_shapes(renderer: SceneRenderer, chunk: PlacedFrames, i: int) -> list[Shape]:
    skin, projection = renderer.skins[i], chunk.projections[0]
    pixels, depth = projection.project(chunk.skins[i][0][0])
    towards = chunk.skins[i][1][0] @ renderer.view.axes[2].astype(np.float32)
    facing = towards > 0.5 if (towards > 0.5).any() else towards > 0  # the edges are darker than what is seen most of
    shapes = []
    for number, (name, side, *_) in enumerate(skin.parts):
        of_part = np.flatnonzero(skin.part_of == number)
        if not np.isfinite(pixels[of_part]).all() or depth[of_part].min() < NEAREST:
            continue
        rows = pixels[of_part].reshape(len(SHAPES[name]), -1, 2)
        hulls = [convex_hull(np.concatenate(pair)) for pair in pairwise(rows)]
        seen = of_part[facing[of_part]] if facing[of_part].any() else of_part
        hair = seen[~skin.is_face[seen]]
        body = hair if len(hair) else seen
        depth_of = float(depth[of_part].mean())
        shapes.append(Shape(f"{name} {side}", depth_of, chunk.colours[i][0][body].mean(axis=0), hulls))
        face = seen[skin.is_face[seen]]
        if name == "head" and len(face) > 2:
            colour = chunk.colours[i][0][face].mean(axis=0)
            shapes.append(Shape("face", depth_of - 0.001, colour, [convex_hull(pixels[face])]))
    return shapes


def _wire_shapes(renderer: SceneRenderer, chunk: PlacedFrames, i: int) -> list[Shape]:
    wires, projection = renderer.wires[i], chunk.projections[0]
    positions, frame = chunk.positions[i][0], float(chunk.frames[0])
    ends, colours = wires.ends(positions[None])[0], wires.end_colours(renderer.theme, frame)
    width, widths = wires.sizes(projection.pixels_per_metre, renderer.options.ratio)
    dots = [*zip(ends, colours, widths, strict=False)]
    if wires.show_markers:
        marker_colours = wires.marker_colours(renderer.theme, frame)
        dots += zip(positions, marker_colours, widths[len(ends) :], strict=True)
    shapes = []
    for a, b in wires.bones:
        pixels, depth = projection.project(ends[[a, b]])
        if np.isfinite(pixels).all() and depth.min() > NEAREST:
            shapes.append(Shape("bone", float(depth.mean()), colours[[a, b]].mean(axis=0), [pixels], width))
    for point, colour, size in dots:
        pixels, depth = projection.project(point)
        if np.isfinite(pixels).all() and depth > NEAREST and size:
            shapes.append(Shape("dot", float(depth), colour, [pixels[None]], float(size)))
    return shapes


def _shadows(renderer: SceneRenderer, chunk: PlacedFrames) -> list[Spot]:
    spots = []
    for i, weights in renderer.weights.items():
        if i in renderer.ghosts or not renderer.scene.floor:
            continue
        floor = renderer.floor_of(i)
        for joint, weight in zip(chunk.skins[i][2][0], weights, strict=True):
            if not weight or not np.isfinite(joint).all():
                continue
            height = max(0.0, float(joint[2]) - floor)
            reach = 2 * (0.075 + 0.11 * height)
            on_floor = np.array([joint[0], joint[1], floor])
            around = on_floor + np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]) * reach
            pixels, depth = chunk.projections[0].project(around)
            if depth.min() < NEAREST:
                continue
            half = np.abs(pixels[1:] - pixels[0]).max(axis=0)
            opacity = 0.3 * renderer.theme.shadow_strength * weight * (0.15 / reach) ** 1.9
            spots.append((*pixels[0].tolist(), *half.tolist(), float(min(0.6, opacity))))
    return spots


def convex_hull(points: np.ndarray) -> np.ndarray:
    """The convex hull of points (points, 2), counter-clockwise where y points up (Andrew's monotone chain)."""
    ordered = sorted(map(tuple, points.tolist()))

    def half(each: list) -> list:
        chain: list = []
        for x, y in each:
            while len(chain) > 1:
                (ax, ay), (bx, by) = chain[-2], chain[-1]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                chain.pop()
            chain.append((x, y))
        return chain[:-1]

    return np.array(half(ordered) + half(ordered[::-1]))
