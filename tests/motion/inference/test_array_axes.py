import itertools

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.inference.array_axes import AXES, axis_of_word, infer_axes, infer_interleaved
from tests.support.bodies import walking_positions


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_axes_of_an_array_are_found_in_any_order(order):
    array = walking_positions(80).transpose(order)
    found = infer_axes(array)
    assert found.value == tuple(AXES[1:][axis] for axis in order)
    assert found.is_question == (order[-1] != 2 and 3 in array.shape and list(array.shape).count(3) > 1)


def test_frames_are_told_from_markers_by_movement_and_not_by_their_number():
    assert infer_axes(walking_positions(20)).value == ("frame", "marker", "xyz")
    assert infer_axes(walking_positions(20).transpose(1, 0, 2)).value == ("marker", "frame", "xyz")


def test_dancers_are_the_shorter_of_the_other_axes():
    pair = np.stack([walking_positions(40), walking_positions(40) + np.array([0, 2, 0])])
    assert infer_axes(pair).value == AXES
    assert infer_axes(pair.transpose(1, 0, 2, 3)).value == ("frame", "dancer", "marker", "xyz")


def test_an_array_that_stands_still_is_a_question():
    found = infer_axes(np.zeros((50, 20, 3)))
    assert (found.value, found.is_question) == (("frame", "marker", "xyz"), True)


@pytest.mark.parametrize("shape", [(50, 20, 4), (50, 60), (0, 20, 3), (2, 2, 2, 2, 3)])
def test_an_array_without_coordinates_has_no_axes(shape):
    assert infer_axes(np.zeros(shape)) is None


def test_dancers_that_alternate_frame_by_frame_are_counted():
    one, other = walking_positions(60), walking_positions(60) + np.array([0, 2, 0])
    alternating = np.stack([one, other], axis=1).reshape(120, 53, 3)
    assert infer_interleaved(alternating).value == 2
    assert infer_interleaved(one) is None


def test_axes_have_the_names_that_people_use():
    assert [axis_of_word(word) for word in ("Persons", "time", "joints", "xyz")] == list(AXES)
    with pytest.raises(RecordingError, match="there is no axis 'colour'"):
        axis_of_word("colour")
