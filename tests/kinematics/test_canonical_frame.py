import math

import pytest
import torch

from mariel.kinematics.canonical_frame import Placing, to_planes, turned
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from tests.support.bodies import walker

PLACING = Placing(MARIEL_53)
NEARLY = 0.1  # radians: the standing pose's left and right markers lie a few millimetres before one another


def walk(frames=20, turn=0.0, away=(0.0, 0.0, 0.0)):
    """A phrase (1, frames, xyz, markers) of the walker, who faces and walks along +x, turned and moved as told."""
    planes = to_planes(torch.from_numpy(walker(frames)).float())[None]
    return turned(planes, torch.full((1, frames), turn)) + torch.tensor(away)[:, None]


def test_the_walker_faces_along_x():
    assert PLACING.headings(walk()) == pytest.approx(torch.zeros(1, 20), abs=NEARLY)
    assert PLACING.headings(walk(turn=math.pi / 2)) == pytest.approx(torch.full((1, 20), math.pi / 2), abs=NEARLY)


@pytest.mark.parametrize(("turn", "away"), [(1.0, (0, 0, 0)), (-2.5, (3, -7, 0)), (3.1, (0.5, 100, 0))])
def test_wherever_a_phrase_is_danced_it_looks_the_same(turn, away):
    here, _ = PLACING.take_out(walk())
    there, _ = PLACING.take_out(walk(turn=turn, away=away))
    assert (here - there).abs().max() < 1e-4
    assert here[0, 0, :2].mean(dim=1) == pytest.approx(torch.zeros(2), abs=1e-5)


def test_the_place_that_is_taken_out_can_be_given_back():
    phrase = walk(turn=2.0, away=(4, 5, 0))
    assert (PLACING.give_back(*PLACING.take_out(phrase)) - phrase).abs().max() < 1e-5


def test_height_is_never_taken_out():
    phrase = walk(turn=1.0, away=(1, 1, 0.3))
    assert torch.equal(PLACING.take_out(phrase)[0][:, :, 2], phrase[:, :, 2])


def test_whoever_follows_the_walker_sees_a_still_body_and_a_straight_path():
    placed, _ = PLACING.take_out(walk())
    body, path, heading = PLACING.follow(placed)
    assert (body - body[:, :1]).abs().max() < 1e-5
    assert path[0].norm(dim=1) == pytest.approx(torch.arange(20) / 35, abs=1e-5)  # 1 m/s
    assert path[0, -1, 1].abs() < NEARLY * path[0, -1, 0]
    assert heading.abs().max() < 1e-5


def test_turning_on_and_on_is_followed_beyond_a_whole_turn():
    angles = torch.linspace(0, 4 * math.pi, 60)[None]
    placed, _ = PLACING.take_out(turned(walk(60), angles))
    assert PLACING.follow(placed)[2][0, -1] == pytest.approx(4 * math.pi, abs=1e-3)


def test_markers_without_sides_are_moved_but_not_turned():
    placing = Placing(MarkerSet("two", ("A", "B")))
    phrase = torch.randn(3, 5, 3, 2)
    placed, place = placing.take_out(phrase)
    assert torch.equal(place.heading, torch.zeros(3))
    assert torch.allclose(torch.diff(placed, dim=1), torch.diff(phrase, dim=1), atol=1e-6)
