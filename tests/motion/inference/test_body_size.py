import numpy as np
import pytest

from mariel.motion.inference.body_size import body_size
from mariel.motion.inference.unit import infer_unit, is_human_size
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from tests.support.bodies import walking_positions

JOINTS = ("Hips", "Spine", "Neck", "Head", "LeftUpLeg", "LeftLeg", "LeftFoot", "RightUpLeg", "RightLeg", "RightFoot")
HEIGHTS = (0.95, 1.15, 1.45, 1.6, 0.9, 0.5, 0.1, 0.9, 0.5, 0.1)
EDGES = [(0, 1), (1, 2), (2, 3), (0, 4), (4, 5), (5, 6), (0, 7), (7, 8), (8, 9)]


def figure() -> np.ndarray:
    """(10 frames, 10 joints, 3), metres, z up: a straight figure whose head is 1.5 m above its ankles."""
    positions = np.zeros((10, 10, 3))
    positions[..., 2] = HEIGHTS
    return positions


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
def test_the_stature_is_the_same_in_every_pose_and_axis(order):
    size = body_size(figure()[..., order], MarkerSet("joints", JOINTS))
    assert size.of_joints
    assert size.stature == pytest.approx(1.06 * 1.5, abs=0.01)


def test_a_crouching_body_is_as_tall_as_a_standing_one():
    crouching = figure()
    crouching[:, [5, 8], 0] = 0.4  # knees forward, hips at the height of the knees
    crouching[:, [0, 4, 7], 2] = 0.5
    crouching[:, 1:4, 2] -= 0.45
    size = body_size(crouching, MarkerSet("joints", JOINTS))
    assert size.stature == pytest.approx(1.06 * (0.15 + 0.5 + 0.4 + 0.566), abs=0.02)


def test_without_names_the_longest_way_along_the_bones_counts():
    unnamed = MarkerSet.from_edges("bones", [f"joint {i}" for i in range(10)], EDGES)
    size = body_size(figure(), unnamed)
    assert size.of_joints
    assert size.stature == pytest.approx(0.82 * 2 * (0.05 + 0.4 + 0.4))  # from foot to foot


def test_without_names_and_bones_the_farthest_reach_counts():
    size = body_size(figure(), MarkerSet("points", tuple(f"point {i}" for i in range(10))))
    assert not size.of_joints
    assert size.stature == pytest.approx(0.92 * 1.5)


@pytest.mark.parametrize(("factor", "unit"), [(1, "m"), (100, "cm"), (1000, "mm"), (1 / 0.0254, "in")])
def test_the_unit_makes_the_dancer_as_tall_as_a_person(factor, unit):
    lying = walking_positions(20)[..., [2, 1, 0]] * factor
    found = infer_unit([body_size(lying, MARIEL_53)])
    assert (found.value, found.is_question) == (unit, False)


def test_no_unit_is_named_for_a_body_that_none_makes_human():
    assert infer_unit([body_size(figure() * 7, MarkerSet("joints", JOINTS))]) is None


def test_a_child_in_centimetres_is_asked_about():
    found = infer_unit([body_size(figure() * 55, MarkerSet("joints", JOINTS))])
    assert (found.value, found.is_question) == ("cm", True)


def test_a_body_never_seen_has_no_size():
    size = body_size(np.full((5, 3, 3), np.nan), MarkerSet("points", ("a", "b", "c")))
    assert size.stature == 0
    assert not is_human_size(size, 1.0)
