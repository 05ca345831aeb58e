import math

import pytest
import torch

from mariel.kinematics.canonical_frame import (
    CanonicalFrame,
    from_root_steps,
    rotate_about_z,
    to_channels_first,
    to_root_steps,
)
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from tests.support.bodies import walking_positions

FRAME = CanonicalFrame(MARIEL_53)
TOLERANCE = 0.1  # radians: in the standing pose left and right markers differ by a few millimetres in x


def walk(frames=20, rotation=0.0, translation=(0.0, 0.0, 0.0)):
    """A phrase (1, frames, xyz, markers) of the walker, who faces and walks along +x, rotated and moved."""
    channels_first = to_channels_first(torch.from_numpy(walking_positions(frames)).float())[None]
    return rotate_about_z(channels_first, torch.full((1, frames), rotation)) + torch.tensor(translation)[:, None]


def test_the_walker_faces_along_x():
    assert FRAME.headings(walk()) == pytest.approx(torch.zeros(1, 20), abs=TOLERANCE)
    assert FRAME.headings(walk(rotation=math.pi / 2)) == pytest.approx(
        torch.full((1, 20), math.pi / 2), abs=TOLERANCE
    )


@pytest.mark.parametrize(("rotation", "translation"), [(1.0, (0, 0, 0)), (-2.5, (3, -7, 0)), (3.1, (0.5, 100, 0))])
def test_position_and_heading_in_the_room_make_no_difference(rotation, translation):
    here, _ = FRAME.to_canonical(walk())
    there, _ = FRAME.to_canonical(walk(rotation=rotation, translation=translation))
    assert (here - there).abs().max() < 1e-4
    assert here[0, 0, :2].mean(dim=1) == pytest.approx(torch.zeros(2), abs=1e-5)


def test_to_world_is_the_inverse_of_to_canonical():
    phrase = walk(rotation=2.0, translation=(4, 5, 0))
    assert (FRAME.to_world(*FRAME.to_canonical(phrase)) - phrase).abs().max() < 1e-5


def test_height_is_not_changed():
    phrase = walk(rotation=1.0, translation=(1, 1, 0.3))
    assert torch.equal(FRAME.to_canonical(phrase)[0][:, :, 2], phrase[:, :, 2])


def test_without_root_motion_a_gliding_body_is_still_and_its_path_is_straight():
    canonical, _ = FRAME.to_canonical(walk())
    body, path, heading = FRAME.remove_root_motion(canonical)
    assert (body - body[:, :1]).abs().max() < 1e-5
    assert path[0].norm(dim=1) == pytest.approx(torch.arange(20) / 35, abs=1e-5)  # 1 m/s
    assert path[0, -1, 1].abs() < TOLERANCE * path[0, -1, 0]
    assert heading.abs().max() < 1e-5


def test_headings_are_unwrapped_beyond_a_whole_turn():
    angles = torch.linspace(0, 4 * math.pi, 60)[None]
    canonical, _ = FRAME.to_canonical(rotate_about_z(walk(60), angles))
    assert FRAME.remove_root_motion(canonical)[2][0, -1] == pytest.approx(4 * math.pi, abs=1e-3)


def test_markers_without_left_and_right_are_moved_but_not_rotated():
    frame = CanonicalFrame(MarkerSet("two", ("A", "B")))
    phrase = torch.randn(3, 5, 3, 2)
    canonical, root = frame.to_canonical(phrase)
    assert torch.equal(root.heading, torch.zeros(3))
    assert torch.allclose(torch.diff(canonical, dim=1), torch.diff(phrase, dim=1), atol=1e-6)


def test_steps_of_the_root_are_seen_in_its_own_heading():
    path = torch.tensor([[0.0, 0.0], [0.0, 2.0], [-3.0, 2.0]])
    heading = torch.tensor([math.pi / 2, math.pi, math.pi])
    assert torch.allclose(
        to_root_steps(path, heading), torch.tensor([[2.0, 0, math.pi / 2], [3, 0, 0], [3, 0, 0]]), atol=1e-6
    )


def test_steps_of_the_root_give_its_path_back():
    generator = torch.Generator().manual_seed(0)
    path, heading = torch.randn(3, 20, 2, generator=generator), torch.randn(3, 20, generator=generator)
    again = from_root_steps(to_root_steps(path, heading), path[:, 0], heading[:, 0])
    assert torch.allclose(again[0], path, atol=1e-4)
    assert torch.allclose(again[1], heading, atol=1e-4)
    assert from_root_steps(to_root_steps(path, heading))[0][:, 0].abs().max() == 0
