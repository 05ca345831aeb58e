"""Filling triangles: which pixels, which colours, what hides what."""

import numpy as np

from mariel.stage.render.raster.canvas import Mesh, join_meshes, paint
from mariel.stage.render.raster.layers import Lines
from mariel.stage.render.raster.spans import find_spans

SQUARE = np.array([[[2, 2], [10, 2], [2, 10]], [[10, 2], [10, 10], [2, 10]]], np.float32)
"""A square of 8 × 8 pixels as two triangles."""

RED, BLUE = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])


def mesh_of(corners: np.ndarray, depth: float, colours: np.ndarray) -> Mesh:
    """Triangles of one surface at one depth."""
    size = corners.shape[:2]
    of_corners = np.broadcast_to(colours, (*size, np.shape(colours)[-1]))
    return Mesh(corners.astype(np.float32), np.full(size, depth, np.float32), of_corners, np.zeros(size[0], int))


def drawn(*parts: tuple, fine: bool = False, translucent: tuple = ()) -> np.ndarray:
    """A picture of 12 × 12 pixels with (corners, depth, colours) triangles on black."""
    picture = np.zeros((12, 12, 4), np.uint8)
    mesh = join_meshes([mesh_of(*part) for part in parts])
    paint(picture, None if fine else mesh, mesh if fine else None, [mesh_of(*part) for part in translucent])
    return picture[..., :3]


def test_triangles_that_share_an_edge_cover_every_pixel_once():
    for corners in (SQUARE, SQUARE[:, ::-1]):  # in either direction
        spans = find_spans(corners, 12, 12)
        covered = np.zeros((12, 12), int)
        for y, start, width in zip(spans.y, spans.start, spans.width, strict=True):
            covered[y, start : start + width] += 1
        assert covered[2:10, 2:10].tolist() == np.ones((8, 8), int).tolist()
        assert covered.sum() == 64


def test_what_lies_outside_of_the_picture_is_left_out():
    spans = find_spans(SQUARE + 6, 12, 12)
    assert spans.width.sum() == 4 * 4


def test_the_nearer_triangle_is_seen_whichever_is_drawn_first():
    near, far = (SQUARE, 1.0, RED), (SQUARE, 2.0, BLUE)
    for parts in ((near, far), (far, near)):
        assert drawn(*parts)[5, 5].tolist() == [255, 0, 0]


def test_colours_change_evenly_from_corner_to_corner():
    corners = np.array([[[0, 0], [12, 0], [0, 12]]], np.float32)
    colours = np.array([[[0.2, 1, 0], [1, 0, 0], [0.2, 0, 1]]])
    x, y = 4.5, 2.5
    expected = [0.2 + 0.8 * x / 12, 1 - (x + y) / 12, y / 12]
    assert np.abs(drawn((corners, 1.0, colours))[2, 4] / 255 - expected).max() < 0.01


def test_edges_are_mixed_with_what_is_behind_them():
    half = np.array([[[2, 2], [10, 2], [2, 10]]], np.float32)
    diagonal = drawn((half, 1.0, RED))[[4, 5, 6], [7, 6, 5], 0]
    assert np.all((diagonal > 40) & (diagonal < 215))


def test_a_triangle_seen_from_its_edge_is_nothing():
    line = np.array([[[2, 2], [6, 6], [10, 10]]], np.float32)
    assert drawn((line, 1.0, RED)).max() == 0


def test_what_is_translucent_is_covered_by_what_is_nearer_and_lets_shine_through_what_is_farther():
    colours = np.broadcast_to([0, 0, 1.0, 0.5], (2, 3, 4))
    for depth, expected in ((1.0, [127, 0, 127]), (3.0, [255, 0, 0])):
        picture = drawn((SQUARE, 2.0, RED), translucent=((SQUARE, depth, colours),))
        assert np.abs(picture[5, 5].astype(int) - expected).max() <= 2


def test_edges_are_the_same_whether_all_of_a_surface_is_sampled_or_its_edges_only():
    angles = np.linspace(0, 2 * np.pi, 25)
    rim = 6 + 4.3 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    disc = np.stack([np.full((24, 2), 6.0), rim[:-1], rim[1:]], axis=1)
    parts = ((SQUARE, 2.0, RED), (disc, 1.0, BLUE))
    assert np.array_equal(drawn(*parts), drawn(*parts, fine=True))
    assert np.unique(drawn(*parts)[..., 2]).tolist() == [0, 64, 128, 255], "four samples"


def test_a_later_triangle_is_seen_where_two_are_equally_near():
    for first, second, expected in ((RED, BLUE, [0, 0, 255]), (BLUE, RED, [255, 0, 0])):
        assert drawn((SQUARE, 2.0, first), (SQUARE, 2.0, second))[5, 5].tolist() == expected


def test_a_line_has_its_width():
    picture = np.zeros((12, 12, 4), np.uint8)
    Lines(np.array([[[0, 6.0], [12, 6.0]]]), np.ones((1, 2, 4)), 3.0).layer((12, 12)).put(picture)
    assert abs(picture[:, 6, 0].sum() / 255 - 3) < 0.1
