import pytest
import torch

from mariel.models.phrase_pca import PhrasePCA


def phrases(count, rank, seed=0):
    """Phrases (count, 12 frames, 5 channels) of a given rank plus a mean, and poses (…, 3) linear in them."""
    random = torch.Generator().manual_seed(seed)
    curves = torch.linalg.qr(torch.randn(12, 4, generator=random)).Q
    shapes = torch.randn(rank, 4, 5, generator=random)
    mean = torch.randn(12, 5, generator=random)
    amounts = torch.randn(count, rank, generator=random) * torch.linspace(3, 1, rank)
    features = mean + torch.einsum("tk,rkc,br->btc", curves, shapes, amounts)
    return features, features[..., :3] * 2 + 1


def fitted_pca(features, poses, coordinates, basis_size=4):
    pca = PhrasePCA(12, features.shape[2], poses.shape[2], coordinates, basis_size)
    pca.fit(features, poses)
    return pca


def test_phrases_of_low_rank_are_reconstructed_from_as_many_coordinates():
    features, poses = phrases(200, rank=6)
    pca = fitted_pca(features, poses, 6)
    reconstruction = pca.decode(pca.encode(features))
    assert (reconstruction - poses).square().mean() < 0.01 * poses.var()


def test_coordinates_are_uncorrelated_with_variance_one():
    features, poses = phrases(300, rank=6)
    found = fitted_pca(features, poses, 5).encode(features)
    assert torch.allclose(found.T @ found / 300, torch.eye(5), atol=1e-3)


def test_the_mean_phrase_has_coordinates_zero_and_gives_the_mean_pose():
    features, poses = phrases(100, rank=3)
    pca = fitted_pca(features, poses, 3)
    assert pca.encode(features.mean(dim=0)[None]).abs().max() < 1e-4
    assert torch.allclose(pca.decode(torch.zeros(1, 3))[0], poses.mean(dim=0), atol=1e-4)


def test_coordinates_beyond_the_rank_are_zero():
    features, poses = phrases(50, rank=2)
    pca = fitted_pca(features, poses, 8)
    assert pca.encode(features)[:, 2:].abs().max() < 1e-2
    assert torch.isfinite(pca.decode(torch.randn(4, 8))).all()


@pytest.mark.parametrize("count", [10, 200])
def test_the_fit_works_with_few_and_with_many_phrases(count):
    features, poses = phrases(count, rank=3)
    assert fitted_pca(features, poses, 3).encode(features).square().mean() == pytest.approx(1.0, rel=0.01)
