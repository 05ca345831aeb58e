import pytest
import torch

from mariel.models.phrase_pca import PrincipalPhrases


def phrases(count, rank, seed=0):
    """Phrases (count, 12 frames, 5 channels) of a given rank about a mean, and poses (…, 3) linear in them."""
    random = torch.Generator().manual_seed(seed)
    curves = torch.linalg.qr(torch.randn(12, 4, generator=random)).Q
    shapes = torch.randn(rank, 4, 5, generator=random)
    mean = torch.randn(12, 5, generator=random)
    amounts = torch.randn(count, rank, generator=random) * torch.linspace(3, 1, rank)
    seen = mean + torch.einsum("tk,rkc,br->btc", curves, shapes, amounts)
    return seen, seen[..., :3] * 2 + 1


def fitted(seen, poses, coordinates, curves=4):
    principal = PrincipalPhrases(12, seen.shape[2], poses.shape[2], coordinates, curves)
    principal.fit(seen, poses)
    return principal


def test_phrases_of_few_dimensions_are_rebuilt_from_as_many_coordinates():
    seen, poses = phrases(200, rank=6)
    principal = fitted(seen, poses, 6)
    again = principal.poses(principal.coordinates(seen))
    assert (again - poses).square().mean() < 0.01 * poses.var()


def test_coordinates_are_uncorrelated_with_variance_one():
    seen, poses = phrases(300, rank=6)
    found = fitted(seen, poses, 5).coordinates(seen)
    assert torch.allclose(found.T @ found / 300, torch.eye(5), atol=1e-3)


def test_the_mean_phrase_has_coordinates_zero_and_gives_the_mean_pose():
    seen, poses = phrases(100, rank=3)
    principal = fitted(seen, poses, 3)
    assert principal.coordinates(seen.mean(dim=0)[None]).abs().max() < 1e-4
    assert torch.allclose(principal.poses(torch.zeros(1, 3))[0], poses.mean(dim=0), atol=1e-4)


def test_more_coordinates_than_dimensions_stay_silent():
    seen, poses = phrases(50, rank=2)
    principal = fitted(seen, poses, 8)
    assert principal.coordinates(seen)[:, 2:].abs().max() < 1e-2
    assert torch.isfinite(principal.poses(torch.randn(4, 8))).all()


@pytest.mark.parametrize("count", [10, 200])
def test_few_phrases_and_many_are_measured_alike(count):
    seen, poses = phrases(count, rank=3)
    assert fitted(seen, poses, 3).coordinates(seen).square().mean() == pytest.approx(1.0, rel=0.01)
