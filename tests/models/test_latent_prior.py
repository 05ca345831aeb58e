import pytest
import torch

from mariel.models.latent_prior import ANCHOR_COUNT, LatentPrior


def fitted_prior(means):
    prior = LatentPrior(means.shape[1])
    prior.fit(means, torch.zeros_like(means))
    return prior


def noise(count, latent_dim):
    return torch.randn(count, latent_dim, generator=torch.Generator().manual_seed(0))


def two_clusters():
    """Latents at -1 and +1 along the first axis, with deviations of a tenth along the other two."""
    means = 0.1 * noise(2 * ANCHOR_COUNT, 3)
    means[:, 0] = torch.tensor([-1.0, 1.0]).repeat(ANCHOR_COUNT)
    return means


def test_samples_have_the_mean_and_covariance_of_the_latents():
    means = noise(3000, 3) @ torch.tensor([[2.0, 0, 0], [1, 1, 0], [0, 0, 0.1]]) + torch.tensor([3.0, 0, -1])
    prior = fitted_prior(means)
    samples = prior.mean + prior(noise(20_000, 3))
    assert torch.allclose(samples.mean(dim=0), means.mean(dim=0), atol=0.1)
    assert torch.allclose(torch.cov(samples.T), torch.cov(means.T), atol=0.25)


def test_variances_of_posteriors_are_part_of_the_covariance():
    means = noise(2000, 2)
    prior = LatentPrior(2)
    prior.fit(means, torch.full_like(means, 3.0))
    assert torch.allclose(prior.cholesky @ prior.cholesky.T, torch.cov(means.T) + 3 * torch.eye(2), atol=1e-2)


def test_samples_stay_near_clusters_of_phrases():
    prior = fitted_prior(two_clusters())
    samples = prior.mean + prior(noise(5000, 3))
    # At ±0.92 with a deviation of 0.4: a share of 0.06 is within 0.3 of the mean; of a Gaussian it would be 0.24.
    assert (samples[:, 0].abs() < 0.3).float().mean() == pytest.approx(0.06, abs=0.02)


def test_samples_are_not_copies_of_phrases():
    prior = fitted_prior(two_clusters())
    nearest = torch.cdist(prior(noise(500, 3)), prior.anchors).amin(dim=1)
    assert nearest.median() > 0.05  # half of the deviation within a cluster on each axis


def test_the_noise_is_in_proportion_to_the_anchors_distance_from_the_mean():
    means = torch.cat([0.1 * noise(ANCHOR_COUNT, 2), 2.0 * noise(ANCHOR_COUNT, 2)])
    prior = fitted_prior(means)
    distances = prior.anchors.norm(dim=1)
    assert torch.corrcoef(torch.stack([distances, prior.anchor_scales]))[0, 1] > 0.95


def test_a_prior_fitted_to_few_phrases_gives_finite_samples():
    samples = fitted_prior(noise(3, 5))(noise(100, 5))
    assert torch.isfinite(samples).all()


def test_an_unfitted_prior_still_gives_finite_samples():
    samples = LatentPrior(4)(noise(10, 4))
    assert torch.isfinite(samples).all()
    assert samples.std() > 0
