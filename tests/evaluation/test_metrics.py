import numpy as np
import pytest

from mariel.errors import MarkerError
from mariel.evaluation.metrics import (
    NearestNeighbours,
    centre_frames,
    diversity,
    error_profile,
    find_toes,
    first_frames_ratio,
    foot_skating,
    jerk,
    kinetic_features,
    marker_error,
    mean_speed,
    phrase_distances,
    segment_variation,
    toe_speed,
    velocity_error,
)
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from tests.support.bodies import upright_pose, walking_positions

WALK = walking_positions(40)[None]  # 1 m/s along x, toes 5 cm up


def lowered(phrases, metres):
    return phrases - [0, 0, metres]


def test_a_body_moved_by_three_and_four_centimetres_has_an_error_of_five():
    moved = WALK + np.array([0.03, 0.04, 0])
    assert marker_error(moved, WALK) == pytest.approx(np.full((1, 40), 5.0))
    assert marker_error(centre_frames(moved), centre_frames(WALK)) == pytest.approx(np.zeros((1, 40)), abs=1e-9)


def test_first_frames_with_twice_the_error_have_the_ratio_two():
    assert first_frames_ratio(np.array([[2.0] * 5 + [1.0] * 20])) == 2


def test_the_walker_moves_at_one_metre_per_second_and_without_jerk():
    assert mean_speed(WALK, 35.0) == pytest.approx(1.0, rel=1e-4)
    assert jerk(WALK, 35.0) == pytest.approx(0, abs=1e-6)


def test_a_rigid_skull_does_not_vary_and_a_growing_one_does():
    assert segment_variation(WALK, MARIEL_53, "head") == pytest.approx(0, abs=1e-9)
    growing = WALK * np.where(np.arange(40) % 2, 1.1, 0.9)[:, None, None]
    assert segment_variation(growing - growing[:, :, :1], MARIEL_53, "head") == pytest.approx(0.1)


def test_markers_in_one_place_count_with_the_others_and_not_with_each_other():
    head = MarkerSet("three", ("A", "B", "C"), segments=(("head", ("A", "B", "C")),))
    lengths = np.where(np.arange(40) % 2, 1.1, 0.9)
    phrase = np.zeros((1, 40, 3, 3))
    phrase[0, :, 2, 0] = lengths  # A and B at the origin, C 1.1 m and 0.9 m away in turn
    assert segment_variation(phrase, head, "head") == pytest.approx(0.1)
    with pytest.raises(MarkerError, match="in one place"):
        segment_variation(np.zeros((1, 40, 3, 3)), head, "head")


def test_segments_of_one_marker_are_refused():
    with pytest.raises(MarkerError, match="has 1 marker"):
        segment_variation(WALK[:, :, :18], MARIEL_18, "head")


@pytest.mark.parametrize(("lower", "speed", "share"), [(0.01, 1.0, 1.0), (0.01, 0.4, 0.0), (-0.2, 1.0, 0.0)])
def test_feet_skate_when_low_and_fast(lower, speed, share):
    assert foot_skating(lowered(walking_positions(40, speed)[None], lower), MARIEL_53, 35.0) == share


def test_a_marker_set_without_feet_is_refused():
    with pytest.raises(MarkerError, match="no feet"):
        foot_skating(WALK[:, :, :2], MarkerSet("two", ("A", "B")), 35.0)


@pytest.mark.parametrize(
    ("marker_set", "toes"),
    [
        (MARIEL_53, ["LMT1", "LMT5", "LTOE", "RMT1", "RMT5", "RTOE"]),
        (MARIEL_18, ["LTOE", "RTOE"]),
        (MARIEL_15, ["LMT5", "RMT5"]),  # a foot's only marker
    ],
)
@pytest.mark.parametrize("heading", [0.0, 2.0])
def test_toes_are_the_markers_of_a_foots_front_half_whichever_way_it_faces(marker_set, toes, heading):
    c, s = np.cos(heading), np.sin(heading)
    phrases = upright_pose()[None, None, MARIEL_53.indices(marker_set.labels)] @ np.array(
        [[c, s, 0], [-s, c, 0], [0, 0, 1]]
    )
    found = find_toes(phrases, marker_set)
    assert sorted(marker_set.labels[column] for foot in found for column in foot) == toes


def test_a_foot_whose_markers_are_in_one_place_has_a_toe():
    feet = (("left_foot", ("A", "B")), ("right_foot", ("C", "D")))
    marker_set = MarkerSet("four", ("A", "B", "C", "D"), segments=feet, mirror_pairs=(("A", "C"), ("B", "D")))
    assert [len(foot) for foot in find_toes(np.zeros((1, 8, 4, 3)), marker_set)] == [1, 1]


def test_toes_need_feet_and_pairs():
    with pytest.raises(MarkerError, match="no feet"):
        find_toes(WALK[:, :, :2], MarkerSet("two", ("A", "B")))
    with pytest.raises(MarkerError, match="no left-right pairs"):
        find_toes(WALK[:, :, :2], MarkerSet("two", ("A", "B"), segments=(("left_foot", ("A", "B")),)))


def test_the_toe_speed_is_the_median_of_low_toes():
    phrases = np.zeros((1, 8, 2, 3))
    phrases[0, :, 0, 0] = np.cumsum([0, 1, 1, 1, 1, 9, 9, 9]) / 35  # 4 steps at 1 m/s, 3 at 9 m/s
    phrases[0, :, 1, 2] = 0.2  # the other toe is high
    assert toe_speed(phrases, [[0], [1]], 35.0) == pytest.approx(1.0)
    phrases[0, 4, 0, 2] = 0.06  # of 3 and 3 frames the middle
    assert toe_speed(phrases, [[0], [1]], 35.0) == pytest.approx(5.0)
    assert toe_speed(phrases, [[1]], 35.0) is None


def test_distances_between_phrases_are_root_mean_squares_in_centimetres():
    phrases = np.concatenate([WALK, WALK + np.array([0.1, 0, 0]), WALK + np.array([0, 0.3, 0])])
    expected = [[0, 10, 30], [10, 0, np.hypot(10, 30)], [30, np.hypot(10, 30), 0]]
    assert phrase_distances(phrases, phrases) == pytest.approx(np.array(expected), abs=1e-3)
    assert diversity(phrases) == pytest.approx((10 + 30 + np.hypot(10, 30)) / 3, abs=1e-3)
    assert NearestNeighbours(phrases[1:]).mean_nearest_distance(phrases[:1]) == pytest.approx(10, abs=1e-3)


def test_the_velocity_error_of_a_still_body_is_the_walks_speed():
    assert velocity_error(WALK[:, :1].repeat(40, axis=1), WALK, 35.0) == pytest.approx(1.0, rel=1e-4)
    assert velocity_error(WALK + 3, WALK, 35.0) == pytest.approx(0, abs=1e-6)


def test_a_marker_at_constant_velocity_has_horizontal_and_vertical_energy_and_no_acceleration():
    steps = np.arange(10)[:, None] * np.array([0.3, 0.4, 2.0]) / 35
    horizontal, vertical, acceleration = kinetic_features(steps[None, :, None], 35.0)[0]
    assert (horizontal, vertical) == pytest.approx((0.25, 4.0))
    assert acceleration == pytest.approx(0, abs=1e-9)


def test_the_profile_of_errors_is_the_mean_of_each_part():
    errors = np.array([[0, 2, 4, 6, 8, 10, 12, 14.0], [2, 4, 6, 8, 10, 12, 14, 16.0]])
    np.testing.assert_allclose(error_profile(errors, 4), [2, 6, 10, 14])
