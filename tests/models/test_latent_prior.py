import pytest
import torch

from mariel.models.latent_prior import ANCHORS, LatentPrior


def fitted(means):
    prior = LatentPrior(means.shape[1])
    prior.fit(means, torch.zeros_like(means))
    return prior


def noise(count, latent):
    return torch.randn(count, latent, generator=torch.Generator().manual_seed(0))


def two_camps():
    """Latents at -1 and +1 along the first axis, spread by a tenth along the other two."""
    means = 0.1 * noise(2 * ANCHORS, 3)
    means[:, 0] = torch.tensor([-1.0, 1.0]).repeat(ANCHORS)
    return means


def test_samples_have_the_mean_and_covariance_of_the_latents():
    means = noise(3000, 3) @ torch.tensor([[2.0, 0, 0], [1, 1, 0], [0, 0, 0.1]]) + torch.tensor([3.0, 0, -1])
    samples = fitted(means)(noise(20_000, 3))
    assert torch.allclose(samples.mean(dim=0), means.mean(dim=0), atol=0.1)
    assert torch.allclose(torch.cov(samples.T), torch.cov(means.T), atol=0.25)


def test_variances_of_posteriors_count_as_spread():
    means = noise(2000, 2)
    prior = LatentPrior(2)
    prior.fit(means, torch.full_like(means, 3.0))
    assert torch.allclose(prior.spread @ prior.spread.T, torch.cov(means.T) + 3 * torch.eye(2), atol=1e-2)


def test_samples_keep_to_where_phrases_are():
    samples = fitted(two_camps())(noise(5000, 3))
    # At ±0.92 with a deviation of 0.4: a share of 0.06 comes within 0.3 of the middle, of a Gaussian 0.24.
    assert (samples[:, 0].abs() < 0.3).float().mean() == pytest.approx(0.06, abs=0.02)


def test_samples_are_no_copies():
    prior = fitted(two_camps())
    samples = prior(noise(500, 3))
    nearest = torch.cdist(samples, prior.anchors + prior.mean).amin(dim=1)
    assert nearest.median() > 0.05  # half of how far phrases of one camp lie apart on each axis


def test_calm_phrases_get_calm_company():
    means = torch.cat([0.1 * noise(ANCHORS, 2), 2.0 * noise(ANCHORS, 2)])
    prior = fitted(means)
    far = prior.anchors.norm(dim=1)
    assert torch.corrcoef(torch.stack([far, prior.widths]))[0, 1] > 0.95


def test_temperature_moves_a_sample_straight_away_from_the_mean():
    prior = fitted(two_camps())
    once, twice, none = (prior(noise(10, 3), temperature) - prior.mean for temperature in (1.0, 2.0, 0.0))
    assert torch.allclose(twice, 2 * once, atol=1e-6)
    assert none.abs().max() == 0


def test_few_phrases_are_enough():
    samples = fitted(noise(3, 5))(noise(100, 5))
    assert torch.isfinite(samples).all()


def test_an_unfitted_prior_is_still_a_gaussian():
    samples = LatentPrior(4)(noise(10, 4))
    assert torch.isfinite(samples).all()
    assert samples.std() > 0
