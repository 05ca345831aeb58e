"""Names, lines and frame rates as other programs write them."""

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.labels import clean_edges, clean_fps, clean_labels


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        ([b"LeftHand", "Head "], ("LeftHand", "Head")),
        (["Toe", "Toe", "Toe"], ("Toe", "Toe 2", "Toe 3")),
        (["Toe", "Toe", "Toe 2"], ("Toe", "Toe 3", "Toe 2")),
        (["", " ", "A"], ("marker 1", "marker 2", "A")),
        (["marker 2", ""], ("marker 2", "marker 2 2")),
        ([1, 2.5], ("1", "2.5")),
        (["a\nb\tc\0", "\x1b[31mred"], ("a b c", "[31mred")),
        (["\ud800x", "naïve 手"], ("x", "naïve 手")),
        (["x" * 500, "x" * 500], ("x" * 80, "x" * 80 + " 2")),
        ([], ()),
    ],
)
def test_labels_are_clean_unique_and_short(names, labels):
    assert clean_labels(names) == labels


@pytest.mark.parametrize("names", [[None], [True], [[]], [{}]])
def test_names_that_are_no_text_are_rejected(names):
    with pytest.raises(RecordingError, match="expected names of markers as text"):
        clean_labels(names)


def test_an_index_that_fits_both_ways_counts_from_0():
    assert clean_edges([[1, 2]], "abcd") == [(1, 2)]


def test_the_highest_index_decides_that_edges_count_from_1():
    assert clean_edges([[1, 2], [2, 4]], "abcd") == [(0, 1), (1, 3)]


@pytest.mark.parametrize(
    "edges", [None, 3, "ab", [[0]], [["a", 1]], [[0, True]], [[0, None]], [[0, -2]], [[0, 10**400]]]
)
def test_edges_that_make_no_sense_are_rejected(edges):
    with pytest.raises(RecordingError, match="edge"):
        clean_edges(edges, "abcd")


def test_too_many_edges_are_rejected():
    with pytest.raises(RecordingError, match="found 10,001 edges, more than 10,000"):
        clean_edges([[0, 1]] * 10_001, "abcd")


@pytest.mark.parametrize("value", [30, 30.0, np.array(30), np.array([30.0]), np.array([[30]], np.uint8)])
def test_a_frame_rate_is_read_from_one_number(value):
    assert clean_fps(value) == 30


@pytest.mark.parametrize(
    "value", ["30", True, None, [30], 0, -1, float("nan"), float("inf"), 1e6, 10**400, np.array("30")]
)
def test_a_value_that_is_no_frame_rate_is_rejected(value):
    with pytest.raises(RecordingError, match="fps"):
        clean_fps(value)
