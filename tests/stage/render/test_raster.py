"""Filling triangles: which pixels, which colours, what hides what."""

import numpy as np

from mariel.stage.render.raster import Canvas, find_spans, line_layer

SQUARE = np.array([[[2, 2], [10, 2], [2, 10]], [[10, 2], [10, 10], [2, 10]]], np.float32)
"""A square of 8 × 8 pixels as two triangles."""

RED, BLUE = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])


def drawn(*parts: tuple) -> np.ndarray:
    """A picture of 12 × 12 pixels with (corners, depth, colours) triangles on black."""
    canvas = Canvas(12, 12)
    for corners, depth, colours in parts:
        depths = np.full(corners.shape[:2], depth, np.float32)
        canvas.draw(corners, depths, np.broadcast_to(colours, (*corners.shape[:2], 3)))
    picture = np.zeros((12, 12, 3), np.uint8)
    canvas.put(picture, 0, 0)
    return picture


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
        canvas = Canvas(12, 12)
        canvas.draw(SQUARE, np.full((2, 3), 2.0, np.float32), np.broadcast_to(RED, (2, 3, 3)))
        canvas.blend(SQUARE, np.full((2, 3), depth, np.float32), colours)
        picture = np.zeros((12, 12, 3), np.uint8)
        canvas.put(picture, 0, 0)
        assert np.abs(picture[5, 5].astype(int) - expected).max() <= 2


def test_a_line_has_its_width():
    picture = np.zeros((12, 12, 3), np.uint8)
    ends = np.array([[[0, 6.0], [12, 6.0]]])
    line_layer((12, 12), ends, np.ones((1, 2, 4)), 3.0).put(picture)
    assert abs(picture[:, 6, 0].sum() / 255 - 3) < 0.1
