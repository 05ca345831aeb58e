import pytest
import torch

from mariel.models.separable_pca import SeparablePCA
from tests.models.test_phrase_pca import phrases


def fitted_pca(features, coordinates, curves=4, components=5, weights=None):
    weights = torch.ones(features.shape[2]) if weights is None else weights
    pca = SeparablePCA(features.shape[1], weights, coordinates, curves, components)
    pca.fit(features * weights, features)
    return pca


def test_with_all_coordinates_phrases_come_back_exactly():
    features, _ = phrases(50, rank=6)
    pca = fitted_pca(features, 20)
    assert torch.allclose(pca.decode(pca.encode(features)), features, atol=2e-2)  # of directions in half precision


def test_poses_are_features_without_their_weights():
    features, _ = phrases(50, rank=6)
    weights = torch.linspace(1, 4, features.shape[2])
    pca = fitted_pca(features, 20, weights=weights)
    assert torch.allclose(pca.decode(pca.encode(features * weights)), features, atol=2e-2)
    assert torch.allclose(pca.pose_mean, features.mean(dim=0), atol=1e-5)
    assert torch.allclose(pca.feature_mean, (features * weights).mean(dim=0), atol=1e-5)


def test_the_posteriors_variance_is_smaller_where_a_coordinate_moves_phrases_more():
    features, _ = phrases(100, rank=6)
    pca = fitted_pca(features, 6)
    log_variance = pca.best_log_variance(velocity_weight=0.0, kl_weight=0.1)
    cost = pca.deviations.square() * pca.directions.square().sum(dim=0)
    assert torch.allclose(log_variance.exp(), 0.05 / (cost + 0.05), atol=1e-4)
    assert (pca.best_log_variance(velocity_weight=9.0, kl_weight=0.1) <= log_variance).all()


def test_decoding_is_the_inverse_of_encoding_on_coordinates():
    features, _ = phrases(50, rank=6)
    pca = fitted_pca(features, 7)
    coordinates = torch.randn(4, 7, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(pca.encode(pca.decode(coordinates)), coordinates, atol=1e-2)


def test_coordinates_have_about_the_variance_of_the_phrases_first_coordinates_most():
    features, _ = phrases(300, rank=6)
    pca = fitted_pca(features, 6)
    assert pca.encode(features).square().mean() == pytest.approx(1.0, abs=0.2)
    assert (pca.deviations[:-1] >= pca.deviations[1:]).all()


def test_the_mean_phrase_has_coordinates_zero():
    features, _ = phrases(100, rank=3)
    pca = fitted_pca(features, 3)
    assert pca.encode(features.mean(dim=0)[None]).abs().max() < 1e-4
    assert torch.allclose(pca.decode(torch.zeros(1, 3))[0], features.mean(dim=0), atol=1e-4)


def test_coordinates_beyond_the_directions_change_nothing():
    features, _ = phrases(50, rank=2)
    pca = fitted_pca(features, 30)
    coordinates = torch.zeros(1, 30)
    coordinates[:, 20:] = 5.0  # of 4 curves × 5 components
    assert torch.allclose(pca.decode(coordinates)[0], features.mean(dim=0), atol=1e-4)
    assert torch.isfinite(pca.encode(features)).all()


def test_phrases_of_unseen_kinds_are_described_better_than_by_a_covariance_of_few_phrases(monkeypatch):
    """Independent curves and components: twelve phrases tell little of the 20 × 20 covariance."""
    random = torch.Generator().manual_seed(0)
    amounts = torch.linspace(2, 0.2, 4)[:, None] * torch.linspace(2, 0.2, 5)
    coefficients = amounts * torch.randn(212, 4, 5, generator=random)
    features = torch.einsum("tk,bkc->btc", torch.linalg.qr(torch.randn(12, 4, generator=random)).Q, coefficients)

    def error():
        pca = fitted_pca(features[:12], 8)
        return (pca.decode(pca.encode(features[12:])) - features[12:]).square().mean()

    shrunk = error()
    monkeypatch.setattr("mariel.models.separable_pca.SHRINKAGE", 0.0)
    assert shrunk < error()


def test_first_and_last_frames_are_no_worse_than_the_others():
    random = torch.Generator().manual_seed(0)
    smooth = torch.randn(400, 64, 3, generator=random).cumsum(dim=1)
    pca = fitted_pca(smooth[:200], 20, curves=16, components=3)
    error = (pca.decode(pca.encode(smooth[200:])) - smooth[200:]).norm(dim=2).mean(dim=0)
    edges, inside = torch.cat([error[:5], error[-5:]]).mean(), error[5:-5].mean()
    assert edges < 1.1 * inside
