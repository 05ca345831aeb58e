"""What lies flat: lines of the floor and soft shadows, without depth."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from mariel.stage.render.raster.parts import Box, Part, points_box
from mariel.stage.render.raster.spans import by_width, count_from, find_spans, values_of


@dataclass(frozen=True, eq=False)
class Layer:
    """Pixels to lay over a picture, again and again where they stay the same.

    Args:
        place: number of the pixel, (pixels,).
        colour: times opacity, 0 to 255, and 255 times opacity, (pixels, 4).
        rest: what is left of the picture below, 0 to 1, (pixels, 1).
    """

    place: np.ndarray
    colour: np.ndarray
    rest: np.ndarray

    def put(self, picture: np.ndarray) -> None:
        """Lay it over a picture (height, width, 4), uint8."""
        flat = picture.reshape(-1, 4).view(np.uint32)[:, 0]
        mixed = self.colour + flat[self.place].view(np.uint8).reshape(-1, 4) * self.rest
        flat[self.place] = mixed.astype(np.uint8).view(np.uint32)[:, 0]

    def opacity(self, size: tuple[int, int]) -> np.ndarray:
        """How much of a picture of this width and height it covers, 0 to 255, (height, width)."""
        opacity = np.zeros(size[0] * size[1], np.uint8)
        opacity[self.place] = (1 - self.rest[:, 0]) * 255 + 0.5
        return opacity.reshape(size[1], size[0])


EMPTY_LAYER = Layer(np.zeros(0, np.int32), np.zeros((0, 4), np.float32), np.zeros((0, 1), np.float32))


def flat_layer(
    size: tuple[int, int], corners: np.ndarray, colours: np.ndarray, coverage: np.ndarray | None = None
) -> Layer:
    """Triangles without depth; where they cover each other, the last one is seen.

    Args:
        size: width and height of the picture.
        corners: (triangles, 3, 2), pixels.
        colours: of their corners with opacity, 0 to 1, (triangles, 3, 4).
        coverage: distance from the middle of a line, and half the line's width, pixels, (triangles, 3, 2): the line
            fades there, over a pixel; None for no such edges.
    """
    width, height = size
    corners = corners.astype(np.float32)
    spans = find_spans(corners, width, height)
    if not len(spans.y):
        return EMPTY_LAYER
    values = colours if coverage is None else np.concatenate([colours, coverage], axis=2)
    first, slope = values_of(spans, corners, values.astype(np.float32))
    span = np.repeat(np.arange(len(spans.y), dtype=np.int32), spans.width)
    along = count_from(np.zeros_like(spans.width), spans.width).astype(np.float32)
    drawn = first[span] + slope[spans.triangle[span]] * along[:, None]
    opacity = np.clip(drawn[:, 3:4], 0, 1)
    if coverage is not None:
        opacity = opacity * np.clip(drawn[:, 5:6] + 0.5 - np.abs(drawn[:, 4:5]), 0, 1)
    place = count_from(spans.y * width + spans.start, spans.width)
    shown = np.flatnonzero(opacity[:, 0] > 0.004)
    place, opacity, drawn = place[shown], opacity[shown], drawn[shown]
    colour = np.ones((len(place), 4), np.float32)
    np.clip(drawn[:, :3], 0, 1, out=colour[:, :3])
    colour *= 255 * opacity
    colour += 0.5
    return Layer(place, colour, 1 - opacity)


@dataclass(frozen=True, eq=False)
class Lines:
    """Straight lines with smooth edges.

    Args:
        ends: (lines, 2, 2), pixels.
        colours: of their ends with opacity, 0 to 1, (lines, 2, 4).
        width: pixels.
    """

    ends: np.ndarray
    colours: np.ndarray
    width: float

    @property
    def box(self) -> Box:
        """Where they are; there is at least one."""
        return points_box(self.ends, self.width / 2 + 1)

    def layer(self, size: tuple[int, int]) -> Layer:
        """Their pixels in a picture of this width and height."""
        if not len(self.ends):
            return EMPTY_LAYER
        reach = self.width / 2 + 1
        coverage = np.full((len(self.ends), 4, 2), self.width / 2, np.float32)
        coverage[:, :, 0] = (reach, -reach, reach, -reach)
        corners = line_quads(self.ends, np.full(len(self.ends), reach))
        numbers = (0, 1, 2, 1, 3, 2)
        of_corners = np.repeat(self.colours, 2, axis=1)[:, numbers].reshape(-1, 3, 4)
        return flat_layer(size, corners, of_corners, coverage[:, numbers].reshape(-1, 3, 2))

    def put(self, part: Part, spared: np.ndarray) -> None:
        """Draw them into a part of a picture; `spared` is for shadows that other lines lie on."""
        Lines(self.ends - part.corner, self.colours, self.width).layer(part.size).put(part.pixels)


def line_quads(ends: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Lines as two triangles each, (2 × lines, 3, 2), `reach` pixels to both sides."""
    along = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(along, axis=1, keepdims=True)
    along = np.where(length > 1e-6, along / np.maximum(length, 1e-6), [1.0, 0.0])
    side = np.stack([-along[:, 1], along[:, 0]], axis=1) * np.asarray(reach)[:, None]
    corners = np.stack([ends[:, 0] + side, ends[:, 0] - side, ends[:, 1] + side, ends[:, 1] - side], axis=1)
    return corners[:, (0, 1, 2, 1, 3, 2)].reshape(-1, 3, 2)


MASK_SCALE = 4
"""Pixels of a picture per pixel of a mask, in each direction: soft shadows have no edges."""

ROWS = 64
"""Of a shadow that are drawn at once: what is computed of them fits into a processor's cache."""


@dataclass(frozen=True, eq=False)
class SoftShadow:
    """A shadow without edges.

    Args:
        mask: how dense it is, 0 to 255, (height, width).
        left, top: the mask's corner in the picture.
        colour: (3,), 0 to 1.
    """

    mask: np.ndarray
    left: int
    top: int
    colour: np.ndarray

    @property
    def box(self) -> Box:
        """Where it is."""
        height, width = self.mask.shape
        return self.left, self.top, self.left + width, self.top + height

    def put(self, part: Part, spared: np.ndarray) -> None:
        """Draw it into a part of a picture that its box is in.

        Args:
            part: of the picture.
            spared: how much of each pixel of the picture a line on the shadow covers, 0 to 255, (height, width).
        """
        height, width = self.mask.shape
        spared = spared[self.top : self.top + height, self.left : self.left + width]
        mask = (self.mask.astype(np.uint16) * (255 - spared) >> 8).astype(np.uint32)
        pixels = part.pixels[self.top - part.top :, self.left - part.left :][:height, :width]
        for row in range(0, height, ROWS):
            _darken(pixels[row : row + ROWS], mask[row : row + ROWS], self.colour)


Shadow = Lines | SoftShadow


def soft_shadow(
    corners: np.ndarray, opacity: np.ndarray, size: tuple[int, int], colour: np.ndarray
) -> SoftShadow | None:
    """Triangles of an opacity that changes slowly.

    Args:
        corners: (triangles, 3, 2), pixels; they do not cover each other.
        opacity: of their corners, 0 to 1, (triangles, 3).
        size: width and height of the picture.
        colour: (3,), 0 to 1.

    Returns:
        The shadow; None where nothing is in the picture.
    """
    low = np.floor(corners.reshape(-1, 2).min(axis=0, initial=np.inf) / MASK_SCALE)
    high = np.ceil(corners.reshape(-1, 2).max(axis=0, initial=-np.inf) / MASK_SCALE)
    left, top = np.clip(low, 0, np.array(size) // MASK_SCALE).astype(int)
    right, bottom = np.clip(high, 0, np.array(size) // MASK_SCALE).astype(int)
    width, height = right - left, bottom - top
    if width <= 0 or height <= 0:
        return None
    corners = (corners / MASK_SCALE - (left, top)).astype(np.float32)
    spans = by_width(find_spans(corners, width, height))
    first, slope = (each[:, 0] for each in values_of(spans, corners, opacity[..., None].astype(np.float32) * 255))
    slope, place = slope[spans.triangle], spans.y * width + spans.start
    mask = np.zeros((height, width), np.uint8)
    for part, pixels in spans.parts():
        steps = np.arange(pixels)[:, None]
        values = slope[part] * steps.astype(np.float32) + (first[part] + np.float32(0.5))
        mask.reshape(-1)[place[part] + steps] = np.clip(values, 0, 255, out=values)
    mask, at_left, at_top = _trimmed(mask)
    size_of = (mask.shape[1] * MASK_SCALE, mask.shape[0] * MASK_SCALE)
    if not mask.size:
        return None
    large = Image.fromarray(mask, "L").resize(size_of, Image.Resampling.BILINEAR)
    return SoftShadow(np.asarray(large), (left + at_left) * MASK_SCALE, (top + at_top) * MASK_SCALE, colour)


def _trimmed(mask: np.ndarray) -> tuple[np.ndarray, int, int]:
    """A mask without the empty space around it but for one pixel, and how much is cut off at its left and its top."""
    ranges = []
    for axis in (0, 1):
        full = np.flatnonzero(mask.any(axis=axis))
        ranges.append((max(int(full[0]) - 1, 0), int(full[-1]) + 2) if len(full) else (0, 0))
    (left, right), (top, bottom) = ranges
    return np.ascontiguousarray(mask[top:bottom, left:right]), left, top


def _darken(part: np.ndarray, mask: np.ndarray, colour: np.ndarray) -> None:
    """Mix pixels with a colour.

    Args:
        part: (height, width, 4), uint8, of a picture; it may be a view.
        mask: how much of the colour, 0 to 255, (height, width), uint32.
        colour: (3,), 0 to 1.
    """
    pixels = part.view(np.uint32)[..., 0]
    red, green, blue = (colour * 255).astype(int).tolist()
    rest = np.uint32(256) - mask
    # Two bytes at once, each with a free byte above it for the product.
    low = pixels & np.uint32(0x00FF00FF)
    low *= rest
    low += mask * np.uint32(red | blue << 16)
    low >>= np.uint32(8)
    low &= np.uint32(0x00FF00FF)
    high = pixels >> np.uint32(8)
    high &= np.uint32(0x00FF00FF)
    high *= rest
    high += mask * np.uint32(green | 255 << 16)
    high &= np.uint32(0xFF00FF00)
    np.bitwise_or(low, high, out=pixels)
