import pytest

from mariel.kinematics.shapes.proportions import PROPORTIONS, part_of_segments, why_not
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from tests.kinematics.arm import ARM


def test_segments_belong_to_parts_of_the_body():
    part_of = part_of_segments(MARIEL_53)
    assert part_of["left_upper_arm"] == part_of["right_forearm"] == "arms"
    assert (part_of["left_shoulder"], part_of["right_foot"], part_of["pelvis"]) == ("trunk", "feet", "trunk")


def test_markers_without_a_body_say_why():
    assert why_not(MARIEL_53, "child") == why_not(MARIEL_53) == ""
    assert "the 18 markers tell no body: it needs rigid segments that are joined" in why_not(MARIEL_18)


@pytest.mark.parametrize(("name", "part"), [("long-arms", "arms"), ("long-legs", "legs"), ("child", "legs")])
def test_a_body_whose_segments_have_no_such_names_has_no_such_parts(name, part):
    assert why_not(ARM) == ""
    assert why_not(ARM, name).endswith(f"segments tell no {part}")


def test_a_childs_parts_make_a_childs_height():
    scales = {part: scale.along for part, scale in PROPORTIONS["child"].scales.items()}
    trunk, legs, head = 0.52 - 1 / 7.5, 0.48, 1 / 7.5  # of an adult
    assert trunk * scales["trunk"] + legs * scales["legs"] + head * scales["head"] == pytest.approx(1)
