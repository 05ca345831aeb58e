"""Sampling, encoding and decoding."""

import numpy as np
import pytest
import torch

from mariel.errors import SettingsError
from mariel.generation.sampling import (
    SamplingOptions,
    decode,
    encode,
    perturb,
    random_spread_offsets,
    reconstruct,
    sample,
)
from tests.support.small_models import small_model


class TestSample:
    def test_equal_seeds_give_equal_samples_and_other_seeds_other_samples(self, model):
        assert np.array_equal(sample(model, 2, seed=3), sample(model, 2, seed=3))
        assert not np.allclose(sample(model, 2, seed=3), sample(model, 2, seed=4))

    def test_a_sample_does_not_depend_on_the_count(self, model):
        np.testing.assert_allclose(sample(model, 5, seed=3)[:2], sample(model, 2, seed=3), atol=1e-5)

    def test_at_temperature_zero_all_samples_are_equal(self, model):
        one, two = sample(model, 2, SamplingOptions(temperature=0.0))
        np.testing.assert_allclose(one, two, atol=1e-5)

    def test_a_slightly_higher_temperature_changes_a_sample_slightly(self, model):
        cool, warmer, hot = (
            sample(model, 3, SamplingOptions(temperature=temperature)) for temperature in (1.0, 1.01, 2.0)
        )
        assert np.abs(warmer - cool).mean() < 0.05 * np.abs(hot - cool).mean()

    @pytest.mark.parametrize(
        ("given", "flag"),
        [
            ({"count": 0}, "--count"),
            ({"seed": -1}, "--seed"),
            ({"options": SamplingOptions(pc_offsets=(9.0,))}, "--push"),
        ],
    )
    def test_an_argument_out_of_range_is_named(self, model, given, flag):
        with pytest.raises(SettingsError, match=flag):
            sample(model, **({"count": 1} | given))

    @pytest.mark.parametrize(
        ("given", "flag"),
        [
            ({"temperature": -0.1}, "--temperature"),
            ({"temperature": 99.0}, "--temperature"),
            ({"temperature": float("nan")}, "--temperature"),
            ({"scheme": "wild"}, "--scheme"),
        ],
    )
    def test_options_out_of_range_are_named(self, given, flag):
        with pytest.raises(SettingsError, match=flag):
            SamplingOptions(**given)


class TestRandomSpread:
    def test_it_gives_other_samples_than_the_prior_for_the_same_seed_and_is_deterministic(self, model):
        one, again = (sample(model, 2, SamplingOptions(scheme="random-spread"), seed=3) for _ in range(2))
        assert np.array_equal(one, again)
        assert not np.allclose(one, sample(model, 2, seed=3))

    def test_at_temperature_zero_it_equals_the_prior(self, model):
        spread, prior = (sample(model, 1, SamplingOptions(0.0, scheme)) for scheme in ("random-spread", "prior"))
        np.testing.assert_allclose(spread, prior, atol=1e-5)

    def test_latents_have_the_variance_of_normals_with_random_mean_and_log_variance(self, model):
        offsets = random_spread_offsets(model, 4000, seed=0)
        scale = model.scale_noise(torch.eye(model.latent_dim))
        noise = torch.linalg.solve(scale.T.double(), offsets.double().T)
        expected = 1 + np.exp(0.5)  # variance of the mean, and the mean of exp of a standard normal
        assert float(noise.square().mean()) == pytest.approx(expected, rel=0.06)


class TestReconstruct:
    def test_it_has_the_position_of_the_phrase(self, dataset, phrases):
        model = small_model("phrase-vae", dataset)
        moved = phrases + np.float32([3.0, -2.0, 0.0])
        there, here = (reconstruct(model, some) for some in (moved, phrases))
        np.testing.assert_allclose(there - here, moved - phrases, atol=1e-3)

    def test_a_seed_samples_from_the_posterior(self, model, phrases):
        mean, sampled, again = (reconstruct(model, phrases, seed=seed) for seed in (None, 1, 1))
        assert np.array_equal(sampled, again)
        assert not np.array_equal(mean, sampled)

    def test_phrases_of_another_length_are_refused(self, model, phrases):
        with pytest.raises(SettingsError, match=r"\(phrases, 16, 53, 3\).*\(3, 9, 53, 3\)"):
            reconstruct(model, phrases[:, :9])

    def test_missing_markers_are_refused(self, model, phrases):
        phrases[0, 0, 0] = np.nan
        with pytest.raises(SettingsError, match="missing markers"):
            reconstruct(model, phrases)


class TestPerturb:
    def test_sigma_zero_gives_the_reconstruction(self, model, phrases):
        perturbed = perturb(model, phrases[0], 0.0, 2)
        reconstruction = decode(model, encode(model, phrases[:1]).mean)
        np.testing.assert_allclose(perturbed, np.repeat(reconstruction, 2, axis=0), atol=1e-5)

    def test_a_higher_sigma_gives_a_larger_difference(self, model, phrases):
        unchanged, near, far = (perturb(model, phrases[0], sigma, 4) for sigma in (0.0, 0.3, 1.0))
        assert 0 < np.abs(near - unchanged).mean() < np.abs(far - unchanged).mean()
