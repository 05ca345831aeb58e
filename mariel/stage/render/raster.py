"""Filling triangles: pixels of many triangles at once, without a loop over them.

Every triangle is cut into rows of pixels, every row into pixels; what varies over a triangle, depth and colours, is
linear along a row. Edges are smoothed by drawing at `OVERSAMPLING` times the size and averaging.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

OVERSAMPLING = 2
"""Drawn pixels per pixel of the picture, in each direction."""

BLOCK = 600
"""Triangles that are filled at once: so many fit into a processor's cache with all that is computed of them."""


@dataclass(frozen=True, eq=False)
class Spans:
    """Rows of pixels of triangles.

    Args:
        triangle: number of the triangle, (spans,).
        y: row, (spans,).
        start: first column, (spans,).
        width: pixels, (spans,).
    """

    triangle: np.ndarray
    y: np.ndarray
    start: np.ndarray
    width: np.ndarray


def find_spans(corners: np.ndarray, width: int, height: int) -> Spans:
    """The rows of pixels whose centres lie in triangles.

    Args:
        corners: x and y in pixels, float32 (triangles, 3, 2), finite, in either direction.
        width, height: of the picture; what lies outside is left out.
    """
    x, y = corners[..., 0], corners[..., 1]
    top = np.clip(np.ceil(y.min(axis=1) - 0.5), 0, height).astype(np.int32)
    bottom = np.clip(np.ceil(y.max(axis=1) - 0.5), 0, height).astype(np.int32)
    rows = np.maximum(bottom - top, 0)
    triangle = np.repeat(np.arange(len(corners), dtype=np.int32), rows)
    row = _count_from(top, rows)
    middle = row.astype(np.float32) + np.float32(0.5)
    left = np.full(len(row), -np.inf, np.float32)
    right = np.full(len(row), np.inf, np.float32)
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    for a, b in ((0, 1), (1, 2), (2, 0)):
        dy = y[:, b] - y[:, a]
        level = dy == 0
        slope = (x[:, b] - x[:, a]) / np.where(level, np.float32(1), dy)
        crossing = (x[:, a] - y[:, a] * slope)[triangle] + middle * slope[triangle]
        bounds_left = ((dy < 0) == (area > 0))[triangle]
        level = level[triangle]
        np.maximum(left, np.where(bounds_left & ~level, crossing, -np.inf), out=left)
        np.minimum(right, np.where(bounds_left | level, np.inf, crossing), out=right)
    start = np.clip(np.ceil(left - 0.5), 0, width).astype(np.int32)
    stop = np.clip(np.ceil(right - 0.5), 0, width).astype(np.int32)
    kept = np.flatnonzero(stop > start)
    return Spans(triangle[kept], row[kept], start[kept], stop[kept] - start[kept])


def _count_from(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """For each start as many consecutive numbers as it has: (total,), int32."""
    before = np.cumsum(counts) - counts
    numbers = np.arange(int(counts.sum()), dtype=np.int32)
    return numbers + np.repeat((starts - before).astype(np.int32), counts)


def _gradients(corners: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value at the picture's corner, and its change along x and along y, of values (triangles, 3, channels)."""
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = one[:, 0] * other[:, 1] - other[:, 0] * one[:, 1]
    area = np.where(np.abs(area) < 1e-9, np.float32(np.inf), area)[:, None]
    u, v = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
    along_x = (u * other[:, 1:] - v * one[:, 1:]) / area
    along_y = (v * one[:, :1] - u * other[:, :1]) / area
    at_corner = values[:, 0] - along_x * corners[:, 0, :1] - along_y * corners[:, 0, 1:]
    return at_corner, along_x, along_y


class Canvas:
    """A part of a picture that triangles are drawn on, nearer ones over farther ones, and then put into the picture.

    Args:
        width, height: of the part, pixels of the picture.
    """

    def __init__(self, width: int, height: int):
        self.width, self.height = width * OVERSAMPLING, height * OVERSAMPLING
        # The negative of 1 / depth: that is linear in the picture, and farther is larger.
        self.depth = np.zeros(self.width * self.height, np.float32)
        self.pixels = np.zeros(self.width * self.height, "<u4")  # red, green, blue and opacity, a byte each

    def draw(self, corners: np.ndarray, depths: np.ndarray, colours: np.ndarray) -> None:
        """Opaque triangles.

        Args:
            corners: (triangles, 3, 2), pixels of the picture from the part's corner.
            depths: of their corners, metres from the viewer, (triangles, 3).
            colours: of their corners, 0 to 1, (triangles, 3, 3).
        """
        for first in range(0, len(corners), BLOCK):
            block = slice(first, first + BLOCK)
            self._draw_block(corners[block], depths[block], colours[block])

    def _draw_block(self, corners: np.ndarray, depths: np.ndarray, colours: np.ndarray) -> None:
        corners = (corners * OVERSAMPLING).astype(np.float32)
        spans = find_spans(corners, self.width, self.height)
        if not len(spans.y):
            return
        place, span, along = self._pixels_of(spans)
        first, slope = _values_of(spans, corners, (-1 / depths[..., None]).astype(np.float32))
        depth = slope[:, 0][spans.triangle][span]
        depth *= along
        depth += first[:, 0][span]
        np.minimum.at(self.depth, place, depth)
        seen = np.flatnonzero(depth == self.depth[place])
        packed, change = _packed_colours(spans, corners, colours)
        span = span[seen]
        colour = change[span]
        colour *= along[seen].astype(np.int64)
        colour += packed[span]
        self.pixels[place[seen]] = _unpacked(colour)

    def blend(self, corners: np.ndarray, depths: np.ndarray, colours: np.ndarray) -> None:
        """Translucent triangles, covered by what is nearer; where they cover each other, the last one is seen.

        Args:
            corners, depths: as for `draw`.
            colours: of their corners with opacity, (triangles, 3, 4).
        """
        corners = (corners * OVERSAMPLING).astype(np.float32)
        spans = find_spans(corners, self.width, self.height)
        if not len(spans.y):
            return
        values = np.concatenate([-1 / depths[..., None], np.clip(colours, 0, 1) * 255], axis=2).astype(np.float32)
        place, span, along = self._pixels_of(spans)
        first, slope = _values_of(spans, corners, values)
        drawn = first[span] + slope[spans.triangle[span]] * along[:, None]
        seen = np.flatnonzero(drawn[:, 0] <= self.depth[place])
        last = np.zeros(len(self.depth), np.int32)
        last[place[seen]] = seen
        seen = seen[last[place[seen]] == seen]
        place, colour = place[seen], np.clip(drawn[seen, 1:], 0, 255)
        opacity = colour[:, 3:] / 255
        colour[:, :3] *= opacity
        pixels = self.pixels.view(np.uint8).reshape(-1, 4)
        pixels[place] = colour + pixels[place] * (1 - opacity)

    def _pixels_of(self, spans: Spans) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Every pixel's number, its span, and its distance along the span."""
        before = np.cumsum(spans.width, dtype=np.int32) - spans.width
        span = np.repeat(np.arange(len(spans.y), dtype=np.int32), spans.width)
        along = np.arange(len(span), dtype=np.int32)
        along -= before[span]
        place = (spans.y * self.width + spans.start)[span]
        place += along
        return place, span, along.astype(np.float32)

    def put(self, picture: np.ndarray, left: int, top: int) -> None:
        """Lay what has been drawn over a picture.

        Args:
            picture: (height, width, 3), uint8.
            left, top: the part's corner in it.
        """
        pixels = self.pixels.view(np.uint8).reshape(self.height, self.width, 4)
        small = np.asarray(
            Image.frombuffer("RGBX", (self.width, self.height), pixels, "raw", "RGBX", 0, 1).reduce(OVERSAMPLING)
        )
        width = small.shape[1]
        small = np.ascontiguousarray(small).reshape(-1, 4)
        drawn = np.flatnonzero(small.view(np.uint32)[:, 0])
        rows, columns = np.divmod(drawn.astype(np.int32), np.int32(width))
        place = (rows + top) * picture.shape[1] + (columns + left)
        flat = picture.reshape(-1, 3)
        colour = small[drawn]
        covered = colour[:, 3] == 255
        flat[place[covered]] = colour[covered, :3]
        place, colour = place[~covered], colour[~covered].astype(np.uint16)
        flat[place] = np.minimum(colour[:, :3] + (flat[place] * (255 - colour[:, 3:]) + 127) // 255, 255)


_LANE, _FRACTION = 21, 12
"""Bits of a channel in a packed colour, and those of them after the point."""

_SHIFTS = np.array([0, _LANE, 2 * _LANE], np.int64)


def _packed_colours(spans: Spans, corners: np.ndarray, colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The colour of every span's first pixel, and its change per pixel: three channels as one whole number, int64.

    Sums and products of such numbers are those of each channel, as long as each result is not below 0, and one number
    is computed three times as fast as three.

    Args:
        spans: of the triangles.
        corners: (triangles, 3, 2).
        colours: of their corners, 0 to 1, (triangles, 3, 3).
    """
    origin = np.floor(corners[:, 0])
    at_origin, along_x, along_y = _gradients(corners - (origin + 0.5)[:, None], np.clip(colours, 0, 1) * 255)
    base, change_x, change_y = (
        (np.rint(values * (1 << _FRACTION)).astype(np.int64) << _SHIFTS).sum(axis=1)
        for values in (at_origin + 0.5, along_x, along_y)
    )
    number = spans.triangle
    right, down = spans.start - origin[:, 0].astype(np.int32)[number], spans.y - origin[:, 1].astype(np.int32)[number]
    change = change_x[number]
    return base[number] + change * right + change_y[number] * down, change


def _unpacked(colour: np.ndarray) -> np.ndarray:
    """Opaque pixels of packed colours, uint32."""
    red = (colour >> _FRACTION) & 255
    green = (colour >> (_LANE + _FRACTION - 8)) & 0xFF00
    blue = (colour >> (2 * _LANE + _FRACTION - 16)) & 0xFF0000
    return (red | green | blue | 0xFF000000).astype(np.uint32)


def _values_of(spans: Spans, corners: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values at the first pixel of every span, (spans, channels), and their change per pixel by triangle."""
    at_corner, along_x, along_y = _gradients(corners, values)
    x, y = (pixels[:, None].astype(np.float32) + np.float32(0.5) for pixels in (spans.start, spans.y))
    number = spans.triangle
    return at_corner[number] + along_x[number] * x + along_y[number] * y, along_x


@dataclass(frozen=True, eq=False)
class Layer:
    """Pixels to lay over a picture, again and again where they stay the same.

    Args:
        place: number of the pixel, (pixels,).
        colour: times opacity, 0 to 255, (pixels, 3).
        rest: what is left of the picture below, 0 to 1, (pixels, 1).
    """

    place: np.ndarray
    colour: np.ndarray
    rest: np.ndarray

    def put(self, picture: np.ndarray) -> None:
        """Lay it over a picture (height, width, 3), uint8."""
        flat = picture.reshape(-1, 3)
        flat[self.place] = self.colour + flat[self.place] * self.rest

    def opacity(self, size: tuple[int, int]) -> np.ndarray:
        """How much of a picture of this width and height it covers, 0 to 255, (height, width)."""
        opacity = np.zeros(size[0] * size[1], np.uint8)
        opacity[self.place] = (1 - self.rest[:, 0]) * 255 + 0.5
        return opacity.reshape(size[1], size[0])


EMPTY_LAYER = Layer(np.zeros(0, np.int32), np.zeros((0, 3), np.float32), np.zeros((0, 1), np.float32))


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
    first, slope = _values_of(spans, corners, values.astype(np.float32))
    span = np.repeat(np.arange(len(spans.y), dtype=np.int32), spans.width)
    along = _count_from(np.zeros_like(spans.width), spans.width).astype(np.float32)
    drawn = first[span] + slope[spans.triangle[span]] * along[:, None]
    opacity = np.clip(drawn[:, 3:4], 0, 1)
    if coverage is not None:
        opacity = opacity * np.clip(drawn[:, 5:6] + 0.5 - np.abs(drawn[:, 4:5]), 0, 1)
    place = _count_from(spans.y * width + spans.start, spans.width)
    shown = np.flatnonzero(opacity[:, 0] > 0.004)
    place, opacity, drawn = place[shown], opacity[shown], drawn[shown]
    return Layer(place, np.clip(drawn[:, :3], 0, 1) * 255 * opacity + 0.5, 1 - opacity)


def line_layer(size: tuple[int, int], ends: np.ndarray, colours: np.ndarray, line_width: float) -> Layer:
    """Straight lines with smooth edges.

    Args:
        size: width and height of the picture.
        ends: (lines, 2, 2), pixels.
        colours: of their ends with opacity, 0 to 1, (lines, 2, 4).
        line_width: pixels.
    """
    reach = line_width / 2 + 1
    coverage = np.full((len(ends), 4, 2), line_width / 2, np.float32)
    coverage[:, :, 0] = (reach, -reach, reach, -reach)
    corners = line_quads(ends, np.full(len(ends), reach))
    numbers = (0, 1, 2, 1, 3, 2)
    of_corners = np.repeat(colours, 2, axis=1)[:, numbers].reshape(-1, 3, 4)
    return flat_layer(size, corners, of_corners, coverage[:, numbers].reshape(-1, 3, 2))


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


def soft_mask(corners: np.ndarray, opacity: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, int, int] | None:
    """Triangles of an opacity that changes slowly, as a mask of the part of a picture that they cover.

    Args:
        corners: (triangles, 3, 2), pixels; where they cover each other, the last one is seen.
        opacity: of their corners, 0 to 1, (triangles, 3).
        size: width and height of the picture.

    Returns:
        The mask (height, width), 0 to 255, and the part's left and top; None where nothing is in the picture.
    """
    low = np.floor(corners.reshape(-1, 2).min(axis=0, initial=np.inf) / MASK_SCALE)
    high = np.ceil(corners.reshape(-1, 2).max(axis=0, initial=-np.inf) / MASK_SCALE)
    left, top = np.clip(low, 0, np.array(size) // MASK_SCALE).astype(int)
    right, bottom = np.clip(high, 0, np.array(size) // MASK_SCALE).astype(int)
    width, height = right - left, bottom - top
    if width <= 0 or height <= 0:
        return None
    layer = flat_layer(
        (width, height),
        corners / MASK_SCALE - (left, top),
        np.concatenate([np.zeros((*opacity.shape, 3)), opacity[..., None]], axis=2),
    )
    mask = np.zeros((height, width), np.uint8)
    mask.reshape(-1)[layer.place] = (1 - layer.rest[:, 0]) * 255 + 0.5
    large = Image.fromarray(mask, "L").resize((width * MASK_SCALE, height * MASK_SCALE), Image.Resampling.BILINEAR)
    return np.asarray(large), left * MASK_SCALE, top * MASK_SCALE
