import numpy as np
import pytest

from mariel.motion.inference.up_axis import infer_mirrored, infer_up
from mariel.motion.io.loading import load_recordings
from mariel.motion.marker_set import MarkerSet
from mariel.motion.orientation import UP_AXES, rotation_to_z_up
from mariel.motion.recording import Recording

UNNAMED = MarkerSet("unnamed", tuple(f"marker {number}" for number in range(53)))


@pytest.fixture(scope="module")
def dancer() -> Recording:
    """A minute of a synthetic dancer who also lies and jumps."""
    return load_recordings("demo")["floor_and_air"].frames(0, 2100)


def in_axes(positions: np.ndarray, up: str) -> np.ndarray:
    """Positions that are z up, in axes of which another one is up."""
    order, signs = rotation_to_z_up(up)
    stored = np.empty_like(positions)
    stored[..., order] = positions * np.float32(signs)
    return stored


@pytest.mark.parametrize("up", UP_AXES)
def test_the_axis_that_points_up_is_found_with_and_without_names(dancer, up):
    stored = in_axes(dancer.positions, up)
    named = infer_up([(stored, dancer.marker_set)], dancer.fps)
    unnamed = infer_up([(stored, UNNAMED)], dancer.fps)
    assert (named.value, unnamed.value) == (up, up)
    assert not named.is_question
    assert not unnamed.is_question
    assert "the head is above the feet" in named.because


def test_a_dancer_who_lies_on_the_floor_is_asked_about(dancer):
    lying = in_axes(dancer.positions[:1], "+x") + np.zeros((100, 1, 1), np.float32)
    found = infer_up([(lying, dancer.marker_set)], dancer.fps, usual="+z")
    assert (found.value, found.is_question) == ("+z", True)


def test_a_body_in_a_single_frame_follows_the_convention():
    found = infer_up([(np.zeros((1, 2, 3)), MarkerSet("two", ("a", "b")))], 30.0, usual="+y")
    assert (found.value, found.is_question) == ("+y", True)


def test_real_dancers_stand_along_their_axis(mocap):
    for take in load_recordings(mocap / "mariel_layout").values():
        found = infer_up([(in_axes(take.positions, "+y"), take.marker_set)], take.fps)
        assert (found.value, found.is_question) == ("+y", False)


def test_left_markers_on_the_right_are_noticed(dancer):
    mirrored = dancer.positions * np.float32([1, -1, 1])
    assert infer_mirrored(dancer.positions, dancer.marker_set).value is False
    found = infer_mirrored(mirrored, dancer.marker_set)
    assert found.value is True
    assert found.confidence > 0.9


def test_a_body_without_sides_is_not_called_mirrored():
    assert infer_mirrored(np.zeros((5, 2, 3)), MarkerSet("two", ("a", "b"))) is None
