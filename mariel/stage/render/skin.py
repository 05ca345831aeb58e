"""The skin of bodies with volume, for many frames at once: the same as `web/scene/figure`."""

from itertools import pairwise
from typing import Any

import numpy as np

from mariel.stage.body.geometry import BodyPoints, Frame, Joint
from mariel.stage.body.proportions import SHAPES
from mariel.stage.render.colours import Theme
from mariel.stage.render.dancers import ShownDancer, centres

GHOST_THICKNESS = 0.86
"""So that where a ghost and a dancer coincide, the dancer is seen."""

TRUNK_SIDES = 1.4
"""Times those of limbs."""

SIDES = ((2, 16), (5, 12), (12, 8))
"""Sides of limbs, by the number of dancers: where there are many, each is small."""

CHIN, HIGHEST, FACE_WIDTH = 0.06, 0.62, 0.35
"""The face: along the head, and the cosine at its edge."""

TYPICAL_LENGTH = 0.2
"""Body heights, of a part: how steep its skin is need not be exact."""

LIGHT = (-0.42, 0.56, 0.71)
"""Where the light comes from, in the picture's own directions: right, up, back."""

REACH, NEARER, EDGE = 0.55, 0.13, 0.3
"""Metres from the middle of the body to what is near and far; how much lighter what is nearest is; how much darker
the skin is where it turns away from the viewer."""


def _cross_sections(shape: str, sides: int) -> tuple[np.ndarray, np.ndarray]:
    """For every point across, depth, and its normal across, in depth and along, (points, 5); rows of points."""
    rows = SHAPES[shape]
    angles = np.arange(sides) / sides * 2 * np.pi
    c, s = np.cos(angles), np.sin(angles)
    table = np.empty((len(rows), sides, 5))
    for at, (_, _, width, depth, shift) in enumerate(rows):
        before, after = rows[max(at - 1, 0)], rows[min(at + 1, len(rows) - 1)]
        length = (after[0] - before[0]) * TYPICAL_LENGTH + after[1] - before[1]
        narrowing = (before[2] + before[3] - after[2] - after[3]) / 2
        slope = np.arctan2(narrowing, max(length, 1e-6))
        outward = np.hypot(c * depth, s * width)
        outward[outward == 0] = 1
        faces = [c * depth * np.cos(slope) / outward, s * width * np.cos(slope) / outward]
        table[at] = np.stack([c * width, s * depth + shift, *faces, np.full(sides, np.sin(slope))], axis=1)
    return table.reshape(-1, 5), np.repeat(np.arange(len(rows)), sides)


def _triangles(rows: int, sides: int) -> np.ndarray:
    """Corners (triangles, 3) of the skin around so many cross-sections."""
    a = (np.arange(rows - 1)[:, None] * sides + np.arange(sides)).ravel()
    b = (np.arange(rows - 1)[:, None] * sides + (np.arange(sides) + 1) % sides).ravel()
    return np.stack([np.stack([a, b, a + sides], 1), np.stack([b, b + sides, a + sides], 1)], 1).reshape(-1, 3)


class BodySkin:
    """The skin of one dancer.

    Args:
        dancer: one who has a body.
        dancers: how many bodies the scene has.
    """

    def __init__(self, dancer: ShownDancer, dancers: int):
        self.dancer = dancer
        body: dict[str, Any] = dancer.header["body"]
        self.height: float = body["height"]
        self.spine: dict[str, Any] | None = body["spine"]
        self.points = BodyPoints(
            [tuple(group) for group in body["groups"]],
            [Frame((tuple(first), tuple(second)), pitch) for first, second, pitch in body["frames"]],
            [Joint(mean, frame, tuple(offset)) for mean, frame, *offset in body["joints"]],
        )
        thickness = self.height * (GHOST_THICKNESS if dancer.ghost else 1)
        sides = next(number for most, number in SIDES if dancers <= most)
        self.parts: list[list[Any]] = [list(part) for part in body["parts"]]
        if self.spine:
            joints = self.spine["joints"]
            self.parts.insert(0, ["trunk", "M", joints[0], joints[-1], -1])
        tables, part_of, along, beyond, triangles, first = [], [], [], [], [], 0
        self.first_of = []
        for number, (name, *_) in enumerate(self.parts):
            round_sides = round(sides * TRUNK_SIDES) if name in ("trunk", "head") else sides
            table, row = _cross_sections(name, round_sides)
            rows = np.array(SHAPES[name])
            tables.append(table)
            part_of.append(np.full(len(table), number))
            along.append(rows[row, 0])
            beyond.append(rows[row, 1])
            triangles.append(_triangles(len(rows), round_sides) + first)
            self.first_of.append(first)
            first += len(table)
        table = np.concatenate(tables)
        self.across, self.depth = (table[:, :2] * thickness).T.astype(np.float32)
        self.faces = table[:, 2:].astype(np.float32)
        self.part_of, self.along = np.concatenate(part_of), np.concatenate(along)
        self.beyond = np.concatenate(beyond) * self.height
        self.triangles = np.concatenate(triangles)
        self.is_face = self._find_face()

    def _find_face(self) -> np.ndarray:
        """Which points belong to the face."""
        names = np.array([name for name, *_ in self.parts])[self.part_of]
        front = np.zeros(len(names), bool)
        head = names == "head"
        if head.any():
            sides = self._sides("head")
            number = np.arange(len(names)) - self.first_of[self.part_of[np.argmax(head)]]
            towards_front = -np.sin((number % sides) / sides * 2 * np.pi)  # depth is to the back
            front = head & ((self.along < CHIN) | ((self.along < HIGHEST) & (towards_front > FACE_WIDTH)))
        return front | np.isin(names, ("nose", "neck"))

    def _sides(self, shape: str) -> int:
        """Sides of a part's cross-sections."""
        number = [name for name, *_ in self.parts].index(shape)
        return int((self.part_of == number).sum()) // len(SHAPES[shape])

    def place(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points and normals (frames, points, 3) and joints (frames, joints, 3); NaN where markers are missing.

        Args:
            positions: (frames, markers, 3), metres.
        """
        means = self.points.means(positions)
        axes = [self.points.directions(means, frame) for frame in range(len(self.points.frames))]
        joints = self._joints(means, axes)
        count = len(self.parts)
        part_axes = np.full((len(positions), count, 3, 3), np.nan, np.float32)
        starts = np.full((len(positions), count, 3), np.nan, np.float32)
        lengths = np.zeros((len(positions), count), np.float32)
        for number, (name, _, start, stop, frame) in enumerate(self.parts):
            if name != "trunk":
                line = joints[:, stop] - joints[:, start]
                lengths[:, number] = np.linalg.norm(line, axis=1)
                across = axes[frame][:, 0] if frame >= 0 else None
                part_axes[:, number] = _limb_axes(line, across)
                starts[:, number] = joints[:, start]
        far = self.along * lengths[:, self.part_of] + self.beyond
        axes_of = part_axes[:, self.part_of].astype(np.float32)
        points = starts[:, self.part_of] + axes_of[:, :, 2] * far[..., None]
        if self.spine:
            trunk = self.part_of == 0
            axes_of[:, trunk], points[:, trunk] = self._trunk(joints, axes, self.along[trunk])
        points = points + axes_of[:, :, 0] * self.across[:, None] + axes_of[:, :, 1] * self.depth[:, None]
        normals = np.einsum("fpax,pa->fpx", axes_of, self.faces)
        return points.astype(np.float32), normals.astype(np.float32), joints

    def _joints(self, means: np.ndarray, axes: list[np.ndarray]) -> np.ndarray:
        """Centres of the joints, (frames, joints, 3)."""
        centres_of = []
        for joint in self.points.joints:
            centre = means[:, joint.mean]
            if joint.frame >= 0:
                centre = centre + self.height * np.einsum("i,fix->fx", np.asarray(joint.offset), axes[joint.frame])
            centres_of.append(centre)
        return np.stack(centres_of, axis=1)

    def _trunk(self, joints: np.ndarray, axes: list[np.ndarray], along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Axes and centres of the trunk's points: turned as the pelvis below, and as the chest above."""
        assert self.spine is not None
        bounds, (pelvis, chest) = self.spine["along"], (axes[frame] for frame in self.spine["frames"])
        turned = np.clip(along, 0, 1)[:, None, None]
        mixed = pelvis[:, None] * (1 - turned) + chest[:, None] * turned  # (frames, points, left forward up, xyz)
        mixed = mixed * np.array([1.0, -1.0, 1.0])[:, None]  # depth is to the back
        mixed = mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)
        piece = (along > bounds[1]).astype(int) if len(bounds) > 2 else np.zeros(len(along), int)
        low, high = np.array(bounds)[piece], np.array(bounds)[piece + 1]
        spine = joints[:, self.spine["joints"]]
        share = ((along - low) / (high - low))[:, None]
        return mixed, spine[:, piece] * (1 - share) + spine[:, piece + 1] * share

    def base_colours(self, theme: Theme, frames: np.ndarray) -> np.ndarray:
        """Colours without light: (1 or frames, points, 3)."""
        header = self.dancer.header
        if header["painted"] and self.dancer.values is not None:
            return theme.of_values(self._point_values(self.dancer.values_at(frames)))
        colours = theme.of_figure(self.dancer.ghost, header["colour"])
        of_parts = np.stack([colours["hair" if part[0] == "head" else part[1]] for part in self.parts])
        return np.where(self.is_face[:, None], colours["face"], of_parts[self.part_of])[None]

    def _point_values(self, values: np.ndarray) -> np.ndarray:
        """Values of points (frames, points) between those of their joints, from those of markers."""
        groups = np.stack([values[:, list(group)].mean(axis=1) for group in self.points.groups], axis=1)
        of_joints = groups[:, [joint.mean for joint in self.points.joints]]
        start, stop = (np.array([part[at] for part in self.parts])[self.part_of] for at in (2, 3))
        along = np.clip(self.along, 0, 1)
        low, high = np.zeros(len(along)), np.ones(len(along))
        if self.spine:
            trunk = self.part_of == 0
            for (a, b), (first, last) in zip(
                pairwise(self.spine["joints"]), pairwise(self.spine["along"]), strict=True
            ):
                here = trunk & (along >= first)
                start[here], stop[here], low[here], high[here] = a, b, first, last
        return of_joints[:, start] + (of_joints[:, stop] - of_joints[:, start]) * (along - low) / (high - low)

    def shade(self, points: np.ndarray, normals: np.ndarray, positions: np.ndarray, axes: np.ndarray,
              theme: Theme) -> np.ndarray:  # fmt: skip
        """Light and shade as seen from the camera, (frames, points): what faces the light and is near is lighter.

        Args:
            points, normals: as `place` gives them.
            positions: of the markers.
            axes: of the picture, see `View.axes`.
            theme: says how much light there is.
        """
        light, back = (np.asarray(LIGHT) @ axes).astype(np.float32), axes[2].astype(np.float32)
        centre = np.nan_to_num(centres(positions))
        middle = centre @ back[:2] + 0.5 * self.height * back[2]
        lit = np.maximum(normals @ light, 0)
        facing = np.maximum(normals @ back, 0)
        near = np.clip((points @ back - middle[:, None]) / REACH, -1, 1)
        return (theme.ambient + theme.diffuse * lit) * (1 - EDGE * (1 - facing) ** 2) * (1 + NEARER * near)


def _limb_axes(line: np.ndarray, across: np.ndarray | None) -> np.ndarray:
    """Across, in depth and along, (frames, 3, 3), of limbs along lines (frames, 3)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        along = line / np.linalg.norm(line, axis=1, keepdims=True)
        side = across if across is not None else np.eye(3)[np.argmin(np.nan_to_num(np.abs(along), nan=9.0), axis=1)]
        side = side - (side * along).sum(axis=1, keepdims=True) * along
        side = side / np.linalg.norm(side, axis=1, keepdims=True)
    return np.stack([side, np.cross(along, side), along], axis=1)
