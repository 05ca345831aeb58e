import pytest
import torch

from mariel.kinematics.canonical_frame import to_planes
from mariel.kinematics.foot_contact import SURE, Footing
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from tests.support.bodies import walker

STEP = 0.01  # metres a frame


def gliding(frames=11, height=0.0):
    """A phrase of a body that glides along x without moving a limb, its toes `height` above the floor."""
    planes = to_planes(torch.from_numpy(walker(frames, speed=STEP * 35)).float())[None]
    planes[:, :, 2] += height - 0.05  # toes of the standing pose are at 0.05 m
    return planes


@pytest.fixture
def footing():
    return Footing(MARIEL_53)


def sure(phrase, logit=10.0):
    return torch.full((*phrase.shape[:2], 2), logit)


def test_a_gliding_body_whose_feet_stand_is_held_where_it_is(footing):
    stood = footing.stand(gliding(), sure(gliding()), 35.0)
    path = stood[0, :, 0].mean(dim=1)
    assert abs(path[-1] - path[0]) < 0.1 * 10 * STEP


def test_feet_that_are_said_not_to_stand_leave_the_path_alone(footing):
    phrase = gliding()
    assert (footing.stand(phrase, sure(phrase, -10.0), 35.0) - phrase).abs().max() < 0.02 * STEP


def test_a_low_foot_that_swings_hardly_drags_the_body_along(footing):
    phrase = gliding()[:, :1].repeat(1, 11, 1, 1)
    right = MARIEL_53.indices(MARIEL_53.segment("right_foot"))
    phrase[:, :, 0, right] -= STEP * torch.arange(11)[:, None]  # at 20 frames a second: 0.2 m/s
    path = footing.stand(phrase, sure(phrase), 20.0)[0, :, 0, MARIEL_53.index("LTOE")]
    # Beside the foot that stands, one that moves by 0.2 m/s counts exp(-1) = 0.37.
    assert (path[-1] - path[0]) / 10 == pytest.approx(STEP * 0.37 / 1.37, rel=0.1)


def test_a_body_in_the_air_travels_as_it_will(footing):
    phrase = gliding(height=0.5)
    assert (footing.stand(phrase, sure(phrase), 35.0) - phrase).abs().max() < 1e-4


def test_a_body_below_the_floor_is_lifted_onto_it(footing):
    stood = footing.stand(gliding(height=-0.2), sure(gliding()), 35.0)
    assert stood[:, :, 2].amin() == pytest.approx(0.0, abs=1e-5)


def test_recorded_feet_stand_when_they_are_low_and_slow(footing):
    assert (footing.standing(gliding(), 35.0) == SURE).all()  # 0.35 m/s
    assert (footing.standing(gliding(), 70.0) == -SURE).all()  # 0.7 m/s
    assert (footing.standing(gliding(height=0.2), 35.0) == -SURE).all()


def test_marker_sets_without_feet_have_none():
    assert Footing(MarkerSet("two", ("A", "B"))).feet == 0
