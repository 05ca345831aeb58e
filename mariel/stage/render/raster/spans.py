"""Triangles as rows of pixels; what varies over a triangle, depth and colours, is linear along a row."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


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

    def part(self, which: np.ndarray) -> "Spans":
        """Some of the spans, or all in another order."""
        return Spans(self.triangle[which], self.y[which], self.start[which], self.width[which])

    def parts(self) -> Iterator[tuple[slice, int]]:
        """Spans of each width, of spans that are ordered by width: their pixels are a table, a column per span."""
        counts = np.bincount(self.width)
        stop = 0
        for width in np.flatnonzero(counts).tolist():
            yield slice(stop, stop := stop + int(counts[width])), width


WIDEST = 64
"""Pixels of a span that is filled at once."""


def by_width(spans: Spans) -> Spans:
    """Spans in the order of their widths, wide ones in several pieces."""
    if spans.width.max(initial=0) > WIDEST:
        pieces = -(-spans.width // WIDEST)
        span = np.repeat(np.arange(len(pieces)), pieces)
        done = (np.arange(len(span)) - (np.cumsum(pieces) - pieces)[span]).astype(np.int32) * WIDEST
        width = np.minimum(spans.width[span] - done, WIDEST)
        spans = Spans(spans.triangle[span], spans.y[span], spans.start[span] + done, width)
    return spans.part(np.argsort(spans.width.astype(np.uint8), kind="stable"))


def find_spans(corners: np.ndarray, width: int, height: int) -> Spans:
    """The rows of pixels whose centres lie in triangles.

    A triangle is cut at the height of its middle corner: in each half two edges bound every row. Edges run from their
    upper end, so that two triangles find the same pixels beside the edge that they share.

    Args:
        corners: x and y in pixels, (triangles, 3, 2), finite, in either direction.
        width, height: of the picture; what lies outside is left out.
    """
    count = len(corners)
    order = np.argsort(corners[..., 1], axis=1)
    x, y = (np.take_along_axis(corners[..., axis], order, axis=1).astype(np.float64).T for axis in (0, 1))
    rows = np.clip(y + 0.5, 0, height).astype(np.int32)
    edges = ((0, 2), (0, 1), (1, 2))
    slopes = [(x[b] - x[a]) / np.where(y[b] > y[a], y[b] - y[a], 1) for a, b in edges]
    offsets = [x[a] - y[a] * slope for (a, _), slope in zip(edges, slopes, strict=True)]
    left_is_long = offsets[0] + slopes[0] * y[1] < x[1]
    halves = np.empty((2, 4, count))  # upper and lower: left edge at height 0 and its slope, right edge
    for half, short in zip(halves, (1, 2), strict=True):
        for at, values in enumerate((offsets, slopes)):
            half[at] = np.where(left_is_long, values[0], values[short])
            half[at + 2] = np.where(left_is_long, values[short], values[0])
    counts = np.concatenate([rows[1] - rows[0], rows[2] - rows[1]])
    number = np.repeat(np.arange(2 * count), counts)
    row = count_from(np.concatenate([rows[0], rows[1]]), counts)
    middle = row + 0.5
    bounds = halves.transpose(1, 0, 2).reshape(4, -1)
    ends = []
    for offset, slope in (bounds[:2], bounds[2:]):
        end = slope[number]
        end *= middle
        end += offset[number]
        end += 0.5
        ends.append(np.clip(end, 0, width, out=end).astype(np.int32))
    start, stop = ends
    kept = np.flatnonzero(stop > start)
    start = start[kept]
    return Spans(number[kept] % count, row[kept], start, stop[kept] - start)


def count_from(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """For each start as many consecutive numbers as it has: (total,), int32."""
    before = np.cumsum(counts) - counts
    numbers = np.arange(int(counts.sum()), dtype=np.int32)
    numbers += np.repeat((starts - before).astype(np.int32), counts)
    return numbers


def gradients(corners: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value at the picture's corner, and its change along x and along y, of values (triangles, 3, channels)."""
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = one[:, 0] * other[:, 1] - other[:, 0] * one[:, 1]
    area = np.where(np.abs(area) < 1e-9, np.float32(np.inf), area)[:, None]
    u, v = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
    along_x = (u * other[:, 1:] - v * one[:, 1:]) / area
    along_y = (v * one[:, :1] - u * other[:, :1]) / area
    at_corner = values[:, 0] - along_x * corners[:, 0, :1] - along_y * corners[:, 0, 1:]
    return at_corner, along_x, along_y


def values_of(spans: Spans, corners: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values at the first pixel of every span, (spans, channels), and their change per pixel by triangle."""
    at_corner, along_x, along_y = gradients(corners, values)
    x, y = (pixels[:, None].astype(np.float32) + np.float32(0.5) for pixels in (spans.start, spans.y))
    number = spans.triangle
    return at_corner[number] + along_x[number] * x + along_y[number] * y, along_x
