"""Bodies: triangles that hide each other, with smooth edges.

Most pixels lie within a surface, where one colour does. At edges four samples per pixel are drawn, and their mean is
what is seen.
"""

from dataclasses import dataclass

import numpy as np

from mariel.stage.render.raster.spans import Spans, by_width, find_spans, gradients, values_of

OVERSAMPLING = 2
"""Samples per pixel at edges, in each direction."""

LATER_NEARER = 1e-4
"""How much nearer the last triangle is than the first one, as a share: of two that are equally near, it is seen."""

SMALLEST_EDGE = 6
"""Steps of blue, of 255, between two pixels of one surface that are an edge in it, such as a fold."""

TILE = 4
"""Pixels, wide and high, of the tiles in which a triangle is looked for at edges."""

_LANE, _FRACTION = 21, 12
"""Bits of a channel in a packed colour, and those of them after the point."""

_SHIFTS = np.array([0, _LANE, 2 * _LANE], np.int64)


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles.

    Args:
        corners: (triangles, 3, 2), pixels.
        depths: of their corners, metres from the viewer, (triangles, 3).
        colours: of their corners, 0 to 1, (triangles, 3, 3), or with opacity (triangles, 3, 4).
        surface: number of the surface that a triangle belongs to; where two surfaces meet is an edge, (triangles,).
    """

    corners: np.ndarray
    depths: np.ndarray
    colours: np.ndarray
    surface: np.ndarray

    def __len__(self) -> int:
        return len(self.corners)

    def moved(self, by: np.ndarray, scale: int = 1) -> "Mesh":
        """The same triangles, moved (2,) and then scaled."""
        return Mesh(((self.corners + by) * scale).astype(np.float32), self.depths, self.colours, self.surface)

    def part(self, which: np.ndarray) -> "Mesh":
        """Some of the triangles."""
        return Mesh(self.corners[which], self.depths[which], self.colours[which], self.surface[which])


def join_meshes(meshes: list[Mesh]) -> Mesh:
    """All triangles of several meshes, of different surfaces each."""
    first, surfaces = 0, []
    for mesh in meshes:
        surfaces.append(mesh.surface + first)
        first += int(mesh.surface.max(initial=-1)) + 1
    return Mesh(
        np.concatenate([mesh.corners for mesh in meshes]),
        np.concatenate([mesh.depths for mesh in meshes]),
        np.concatenate([mesh.colours for mesh in meshes]),
        np.concatenate(surfaces),
    )


def paint(part: np.ndarray, solid: Mesh | None, fine: Mesh | None, translucent: list[Mesh]) -> None:
    """Draw over a part of a picture.

    Args:
        part: (height, width, 4), uint8; the last byte of each pixel is overwritten and means nothing.
        solid: triangles of bodies, with corners in pixels of the part.
        fine: of what may be thinner than a pixel.
        translucent: covered by what is nearer; of each, what comes later covers what comes before.
    """
    height, width = part.shape[:2]
    size = (-(-width // TILE) * TILE, -(-height // TILE) * TILE)
    pixels = part.view(np.uint32)[..., 0]
    edges = np.zeros((size[1], size[0]), bool)
    drawn: np.ndarray | None = None
    if solid is not None:
        drawn = _draw(solid, size)
        _find_edges(drawn, edges)
    large = (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING)
    thin = [mesh.moved(np.zeros(2), OVERSAMPLING) for mesh in [*([fine] if fine is not None else []), *translucent]]
    spans = [by_width(find_spans(mesh.corners, *large)) for mesh in thin]
    for each in spans:
        _mark(edges, each)
    samples = _Samples(edges)
    if solid is not None:
        near = solid.part(_touches(edges, solid.corners)).moved(np.zeros(2), OVERSAMPLING)
        samples.draw(near, find_spans(near.corners, *large))
    if fine is not None:
        samples.draw(thin.pop(0), spans.pop(0))
    for mesh, each in zip(thin, spans, strict=True):
        samples.blend(mesh, each)
    rows, columns = np.divmod(samples.pixels, size[0])
    inside = np.flatnonzero((rows < height) & (columns < width))
    rows, columns = rows[inside], columns[inside]
    mixed = samples.over(inside, pixels[rows, columns])
    if drawn is not None:
        np.copyto(pixels, drawn[:height, :width], where=drawn[:height, :width] != 0)
    pixels[rows, columns] = mixed


def _draw(mesh: Mesh, size: tuple[int, int]) -> np.ndarray:
    """Pixels without smooth edges: red, green, blue, and above them twice the number of a surface, 0 for nothing."""
    cells = np.zeros(size[0] * size[1], np.int64)
    _Paint(mesh, find_spans(mesh.corners, *size)).fill(cells, size[0])
    return cells.view(np.uint32)[::2].reshape(size[1], size[0]).copy()


def _find_edges(drawn: np.ndarray, edges: np.ndarray) -> None:
    """Mark the pixels on both sides of every edge: where another surface begins, or the colour jumps."""
    blue = drawn.view(np.uint16)[:, 1::2].copy()  # and the surface above it: to another one it is 512 steps
    for before, after in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        step = blue[after] - blue[before]
        step += np.uint16(SMALLEST_EDGE)
        jumps = step > 2 * SMALLEST_EDGE
        edges[before] |= jumps
        edges[after] |= jumps


def _mark(edges: np.ndarray, spans: Spans) -> None:
    """Mark every pixel that has a sample in spans, ordered by width."""
    marks = edges.reshape(-1)
    place = (spans.y >> 1) * edges.shape[1] + (spans.start >> 1)
    for part, width in spans.parts():
        marks[place[part] + np.arange((width + 2) // 2)[:, None]] = True


def _touches(edges: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which triangles may have samples at edges."""
    rows = edges.view(np.uint32)  # of TILE pixels each
    tiles = (rows[::TILE] | rows[1::TILE] | rows[2::TILE] | rows[3::TILE]) != 0
    before = np.zeros((tiles.shape[0] + 1, tiles.shape[1] + 1), np.int32)
    before[1:, 1:] = tiles.astype(np.int32).cumsum(axis=0).cumsum(axis=1)
    shape = (tiles.shape[1], tiles.shape[0])
    left, top = np.clip(np.floor(corners.min(axis=1) / TILE), 0, shape).astype(int).T
    right, bottom = np.clip(np.floor(corners.max(axis=1) / TILE) + 1, 0, shape).astype(int).T
    return before[bottom, right] - before[top, right] - before[bottom, left] + before[top, left] > 0


class _Samples:
    """Samples of the pixels at edges: their upper rows, then their lower rows.

    Args:
        edges: which pixels, (height, width).
    """

    def __init__(self, edges: np.ndarray):
        self.width = edges.shape[1]
        self.pixels = np.flatnonzero(edges)
        gaps = np.diff(self.pixels, prepend=-1, append=edges.size)
        self.before = np.repeat(np.arange(len(gaps), dtype=np.int32), gaps)  # pixels at edges before a pixel
        columns = (self.pixels % self.width) * OVERSAMPLING
        self.columns = np.tile(np.stack([columns, columns + 1], axis=1).reshape(-1), 2)
        self.cells = np.zeros(4 * len(self.pixels), np.int64)
        halves = self.cells.view(np.uint32).reshape(-1, 2)
        self.colours = halves[:, 0]
        self.nearness = halves[:, 1].view(np.float32)

    def _first(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Number of the first sample at a place or to the right of it."""
        pixel = (rows >> 1) * self.width + (columns >> 1)
        before = self.before[pixel]
        odd = (columns & 1) * (self.before[np.minimum(pixel + 1, len(self.before) - 1)] - before)
        return 2 * before + odd + (rows & 1) * (2 * len(self.pixels))

    def _of(self, spans: Spans) -> tuple[Spans, np.ndarray]:
        """Spans that have samples, as wide as they have samples and ordered by that; numbers of their first ones."""
        first = self._first(spans.y, spans.start)
        count = self._first(spans.y, spans.start + spans.width) - first
        kept = np.flatnonzero(count)
        spans = Spans(spans.triangle[kept], spans.y[kept], spans.start[kept], count[kept])
        order = np.argsort(spans.width, kind="stable")
        return spans.part(order), first[kept][order]

    def draw(self, mesh: Mesh, spans: Spans) -> None:
        """Opaque triangles, with corners in samples."""
        spans, first = self._of(spans)
        if len(spans.y):
            _Paint(mesh, spans, tag=255).fill_at(self.cells, first, self.columns)

    def blend(self, mesh: Mesh, spans: Spans) -> None:
        """Translucent triangles, all of whose pixels are at edges."""
        spans, first = self._of(spans)
        if not len(spans.y):
            return
        values = np.concatenate([1 / mesh.depths[..., None], np.clip(mesh.colours, 0, 1) * 255], axis=2)
        span = np.repeat(np.arange(len(spans.y)), spans.width)
        along = np.arange(len(span)) - (np.cumsum(spans.width) - spans.width)[span]
        place = first[span] + along
        start, slope = values_of(spans, mesh.corners, values.astype(np.float32))
        drawn = start[span] + slope[spans.triangle[span]] * along[:, None].astype(np.float32)
        seen = np.flatnonzero(drawn[:, 0] >= self.nearness[place])
        last = np.full(len(self.cells), -1)
        np.maximum.at(last, place[seen], spans.triangle[span[seen]])
        seen = seen[last[place[seen]] == spans.triangle[span[seen]]]
        place, colour = place[seen], np.clip(drawn[seen, 1:], 0, 255)
        opacity = colour[:, 3:] / 255
        colour[:, :3] *= opacity
        below = self.colours[place].view(np.uint8).reshape(-1, 4)
        self.colours[place] = (colour + below * (1 - opacity)).astype(np.uint8).view(np.uint32)[:, 0]

    def over(self, pixels: np.ndarray, below: np.ndarray) -> np.ndarray:
        """Some of the pixels, by their number, laid over colours, uint32."""
        colours = np.ascontiguousarray(self.colours).view(np.uint8).reshape(2, -1, 2, 4).astype(np.uint16)
        rows = colours[0] + colours[1]
        colour = ((rows[:, 0] + rows[:, 1] + 2) >> 2)[pixels]
        rest = below.view(np.uint8).reshape(-1, 4) * (255 - colour[:, 3:])
        mixed = np.minimum(colour + (rest + 127) // 255, 255)
        return mixed.astype(np.uint8).view(np.uint32)[:, 0]


class _Paint:
    """Nearness and colours of the pixels of spans.

    A pixel is one number, nearness before colour, so that the nearer of two is the larger of two numbers. Nearness is
    1 / depth: that is linear in the picture.

    Args:
        mesh: the triangles.
        spans: theirs.
        tag: the byte after the colour; None for the number of the surface, times two.
    """

    def __init__(self, mesh: Mesh, spans: Spans, tag: int | None = None):
        self.spans = spans = by_width(spans) if tag is None else spans
        nearness = 1 / mesh.depths * np.linspace(1, 1 + LATER_NEARER, len(mesh), dtype=np.float32)[:, None]
        first, slopes = values_of(spans, mesh.corners, nearness[..., None].astype(np.float32))
        self.first, self.slope = first[:, 0], slopes[:, 0][spans.triangle]
        self.colour, self.change = _packed_colours(spans, mesh.corners, mesh.colours)
        tags = (2 + 2 * (mesh.surface[spans.triangle] % 127)) if tag is None else np.full(len(spans.y), tag)
        self.tag = tags.astype(np.int64) << 24

    def fill(self, cells: np.ndarray, row: int) -> None:
        """Fill the spans of a picture with so many pixels in a row."""
        place = self.spans.y.astype(np.int64) * row + self.spans.start
        for part, width in self.spans.parts():
            steps = np.arange(width)[:, None]
            self._put(cells, part, place[part] + steps, steps)

    def fill_at(self, cells: np.ndarray, first: np.ndarray, columns: np.ndarray) -> None:
        """Fill as many samples as the spans are wide, from a first one on, in these columns."""
        for part, width in self.spans.parts():
            place = first[part] + np.arange(width)[:, None]
            self._put(cells, part, place, columns[place] - self.spans.start[part])

    def _put(self, cells: np.ndarray, part: slice, place: np.ndarray, along: np.ndarray) -> None:
        """Fill pixels `along` pixels from the beginnings of spans: (pixels, spans) or (pixels, 1)."""
        nearness = self.slope[part] * along.astype(np.float32)
        nearness += self.first[part]
        colour = self.change[part] * along
        colour += self.colour[part]
        drawn = np.empty((*nearness.shape, 2), np.uint32)
        drawn[..., 0] = _unpacked(colour, self.tag[part])
        drawn[..., 1] = nearness.view(np.uint32)
        np.maximum.at(cells, place.ravel(), drawn.view(np.int64).ravel())


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
    at_origin, along_x, along_y = gradients(corners - (origin + 0.5)[:, None], np.clip(colours, 0, 1) * 255)
    base, change_x, change_y = (
        (np.rint(values * (1 << _FRACTION)).astype(np.int64) << _SHIFTS).sum(axis=1)
        for values in (at_origin + 0.5, along_x, along_y)
    )
    number = spans.triangle
    right, down = spans.start - origin[:, 0].astype(np.int32)[number], spans.y - origin[:, 1].astype(np.int32)[number]
    change = change_x[number]
    return base[number] + change * right + change_y[number] * down, change


def _unpacked(colour: np.ndarray, tag: np.ndarray) -> np.ndarray:
    """Pixels of packed colours, which are overwritten: int64, a byte each for red, green, blue and a tag."""
    pixels = colour >> _FRACTION
    pixels &= 0xFF
    for byte in (0xFF00, 0xFF0000):
        colour >>= _LANE - 8
        channel = colour >> _FRACTION
        channel &= byte
        pixels |= channel
    pixels |= tag
    return pixels
