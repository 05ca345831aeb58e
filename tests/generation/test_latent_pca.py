import numpy as np
import pytest
import torch

from mariel.errors import SettingsError
from mariel.generation.latent_pca import principal_directions, shift_along_components
from mariel.models.registry import make_model
from mariel.models.settings import NotebookSettings, PhraseVaeSettings
from mariel.motion.mariel_markers import MARIEL_53


@pytest.fixture(scope="module")
def model():
    """A model that has stored a covariance of training phrases' latents."""
    model = make_model(PhraseVaeSettings(latent=5, encoder_hidden=8, decoder_hidden=8, curves=8), MARIEL_53, 16, 35.0)
    means = torch.from_numpy(np.random.default_rng(0).normal(size=(400, 5)) @ np.diag([3, 2, 1, 0.5, 0.1])).float()
    rotation = torch.linalg.qr(torch.from_numpy(np.random.default_rng(1).normal(size=(5, 5))).float())[0]
    model.latent_prior.fit(means @ rotation + 7, torch.zeros(400, 5))
    model.training_latents = means @ rotation
    return model


def test_directions_are_singular_vectors_of_the_latents_of_one_standard_deviation(model):
    centred = model.training_latents - model.training_latents.mean(dim=0)
    _, values, rows = np.linalg.svd(centred.double().numpy() / np.sqrt(400))
    expected = rows[:3] * values[:3, None]
    expected *= np.sign(np.take_along_axis(expected, np.abs(expected).argmax(axis=1)[:, None], axis=1))
    np.testing.assert_allclose(principal_directions(model, 3).numpy(), expected, atol=2e-3)


def test_a_model_with_a_standard_normal_prior_has_its_latent_axes():
    model = make_model(NotebookSettings(layers=1, hidden=8, latent=4), MARIEL_53, 16, 35.0)
    np.testing.assert_allclose(principal_directions(model, 2).numpy(), np.eye(4)[:2], atol=1e-6)


def test_they_follow_the_weights(model):
    before = principal_directions(model, 2).clone()
    model.latent_prior.cholesky.mul_(2)
    torch.testing.assert_close(principal_directions(model, 2), 2 * before)
    model.latent_prior.cholesky.mul_(0.5)


def test_offsets_add_up_and_none_change_nothing(model):
    latents = torch.randn(3, 5)
    assert shift_along_components(model, latents, ()) is latents
    first, second = principal_directions(model, 2)
    torch.testing.assert_close(shift_along_components(model, latents, (2.0, -1.0)), latents + 2 * first - second)


@pytest.mark.parametrize(("pc_offsets", "message"), [((6.0,), "--push"), ((1.0,) * 6, "5 directions")])
def test_offsets_out_of_range_are_refused(model, pc_offsets, message):
    with pytest.raises(SettingsError, match=message):
        shift_along_components(model, torch.zeros(5), pc_offsets)
