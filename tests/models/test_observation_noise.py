import pytest
import torch

from mariel.kinematics.skeleton import Skeleton
from mariel.models.observation_noise import ObservationNoise

SKELETON = Skeleton(("pelvis", "head", "left_foot"), (-1, 0, 0), (0, 0, 1, 1, 2, -1))
MARKERS = 6


def phrases(count=4, frames=100):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(count, 1, 3, MARKERS, generator=generator).repeat(1, frames, 1, 1)


@pytest.fixture(scope="module")
def noise():
    noise = ObservationNoise(SKELETON)
    noise.deviations.fill_(1e-3)
    return noise


def added(noise, positions):
    return noise(positions, positions.flatten(2)) - positions


def test_noise_moves_each_segment_as_a_whole_and_no_marker_beside(noise):
    moved = added(noise, phrases())
    assert torch.allclose(moved[..., 0], moved[..., 1], atol=1e-6)
    assert torch.allclose(moved[..., 2], moved[..., 3], atol=1e-6)
    assert (moved[..., 0] - moved[..., 2]).abs().max() > 1e-3
    assert moved[..., 5].abs().max() == 0


def test_noise_has_the_fitted_deviation_and_feet_hardly_slide(noise):
    moved = added(noise, phrases(50))
    assert moved[..., 0].std() == pytest.approx(1e-3, rel=0.05)
    assert moved[..., 2, 4].std() == pytest.approx(1e-3, rel=0.1)
    assert moved[..., :2, 4].std() == pytest.approx(0.25e-3, rel=0.1)


def test_the_same_phrase_has_the_same_noise_whatever_the_others_are(noise):
    assert torch.allclose(added(noise, phrases()[2:3]), added(noise, phrases())[2:3], atol=1e-6)


def test_similar_phrases_have_similar_noise_and_others_have_not(noise):
    first, similar, other = added(noise, torch.cat([phrases()[:1], phrases()[:1] + 1e-3, phrases()[1:2]]))
    assert (first - similar).std() < 0.1 * first.std()
    assert (first - other).std() > 0.5 * first.std()


def test_the_deviation_is_that_of_white_noise_in_recordings():
    smooth = torch.linspace(0, 1, 100).reshape(1, 100, 1, 1) ** 2 * phrases(20)
    generator = torch.Generator().manual_seed(1)
    scales = torch.tensor([1.0, 1, 2, 2, 3, 5]) * 1e-3
    recorded = phrases(20) + scales * torch.randn(phrases(20).shape, generator=generator)
    noise = ObservationNoise(SKELETON)
    noise.fit(recorded, phrases(20) + 0.1 * smooth)
    assert noise.deviations.tolist() == pytest.approx([1e-3, 2e-3, 3e-3], rel=0.05)


def test_phrases_of_three_frames_have_no_noise():
    noise = ObservationNoise(SKELETON)
    noise.fit(phrases(2, 3), phrases(2, 3))
    assert added(noise, phrases(2, 3)).abs().max() == 0
