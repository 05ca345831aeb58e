import pytest
import torch

from mariel.data.preprocessing import Preprocessing
from mariel.models.notebook_vae import NotebookVae
from mariel.models.registry import make_model
from mariel.models.settings import NotebookSettings
from mariel.motion.mariel_markers import MARIEL_53
from tests.support.small_runs import MODEL, make_takes


def new_model(settings=MODEL, length=16):
    torch.manual_seed(0)
    return make_model(settings, MARIEL_53, length, 35.0)


@pytest.mark.parametrize(("layers", "parameters"), [(3, 4_252_028), (2, 2_865_788)])
def test_the_notebooks_model_has_its_parameters(layers, parameters):
    assert (
        sum(parameter.numel() for parameter in new_model(NotebookSettings(layers=layers)).parameters()) == parameters
    )


def test_its_layers_have_the_notebooks_names():
    names = {name.rsplit(".", 1)[0] for name, _ in new_model().named_parameters()}
    assert names == {
        "encoder.lstm_enc", "encoder.hid_mean", "encoder.hid_logvar", "decoder.lat_to_hid.0", "decoder.lstm_dec",
    }  # fmt: skip


def test_weights_are_initialised_as_in_the_notebook():
    model = new_model(NotebookSettings(layers=1, hidden=64, latent=32))
    hidden = model.encoder.lstm_enc.weight_hh_l0  # (256, 64): orthonormal columns
    assert torch.allclose(hidden.T @ hidden, torch.eye(64), atol=1e-4)
    assert model.encoder.lstm_enc.bias_hh_l0.std().item() == pytest.approx(1.0, abs=0.2)
    bound = (6 / (64 + 32)) ** 0.5
    assert model.encoder.hid_mean.weight.abs().max() <= bound


def test_the_loss_is_summed_squared_error_in_scaled_units_and_weighted_kl():
    model = new_model().eval()
    model.set_scaling(Preprocessing.fit(make_takes()))
    positions = torch.randn(3, 16, 53, 3)
    loss = model.losses(positions, torch.zeros(3, 4))
    reconstruction = model.reconstruct(positions)
    differences = (reconstruction - model.to_canonical(positions)) * model.scale
    assert torch.allclose(loss.reconstruction, differences.square().sum(dim=(1, 2, 3)), rtol=1e-3)
    assert torch.allclose(loss.total, loss.reconstruction + 1e-4 * loss.kl)


@pytest.mark.parametrize("reference", [False, True])
def test_its_input_is_what_the_preprocessing_prepares(reference):
    recordings = make_takes()
    fit = Preprocessing.fit(recordings, reference=reference)
    model = new_model()
    model.set_scaling(fit)
    positions = recordings["one"].positions
    scaled = model._scale(model.to_canonical(torch.from_numpy(positions.copy())[None]))[0].numpy()
    prepared = fit.apply(recordings["one"])[..., :3]
    if reference:
        # These takes are z up, so reference mode does not mirror them, as it does its own files.
        prepared = fit.apply(recordings["one"].__class__.from_positions("one", positions * [1, -1, 1], MARIEL_53))
        prepared = prepared[..., :3]
    assert scaled == pytest.approx(prepared, abs=1e-4)


def test_decoded_phrases_have_the_shape_of_positions():
    model = new_model().eval()
    model.set_scaling(Preprocessing.fit(make_takes()))
    with torch.no_grad():
        again = model._unscale(model._scale(torch.randn(2, 16, 53, 3)).flatten(2))
    assert again.shape == (2, 16, 53, 3)
    assert isinstance(model, NotebookVae)
    assert model.decode(torch.zeros(2, 4)).shape == (2, 16, 53, 3)
