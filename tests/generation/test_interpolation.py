import pytest
import torch

from mariel.generation.interpolation import latent_path, slerp


@pytest.mark.parametrize("centre", [None, torch.tensor([1.0, 1.0, 0.0])])
def test_fractions_zero_and_one_give_the_two_latents(centre):
    start, end = torch.tensor([1.0, 0, 0]), torch.tensor([0, 2.0, 0.5])
    ends = slerp(start, end, [0.0, 1.0], centre)
    torch.testing.assert_close(ends, torch.stack([start, end]))


def test_half_way_along_a_right_angle_is_at_45_degrees():
    half = slerp(torch.tensor([1.0, 0]), torch.tensor([0, 1.0]), [0.5])[0]
    torch.testing.assert_close(half, torch.full((2,), 0.5**0.5))


def test_opposite_and_equal_latents_are_interpolated_linearly():
    latent = torch.tensor([1.0, 0])
    torch.testing.assert_close(slerp(latent, -latent, [0.25])[0], torch.tensor([0.5, 0]))
    torch.testing.assert_close(slerp(latent, latent, [0.25])[0], latent)


def test_a_path_passes_every_waypoint_once():
    waypoints = torch.tensor([[1.0, 0], [0, 1], [-1, 0]])
    path = latent_path(waypoints, 4)
    assert len(path) == 9
    torch.testing.assert_close(path[::4], waypoints)
