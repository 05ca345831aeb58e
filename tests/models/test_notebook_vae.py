import pytest
import torch

from mariel.data.preprocessing import Preprocessing
from mariel.models.notebook_vae import NotebookVae
from mariel.models.registry import make_model
from mariel.models.settings import NotebookSettings
from mariel.motion.mariel_markers import MARIEL_53
from tests.support.small_runs import MODEL, takes


def made(settings=MODEL, length=16):
    torch.manual_seed(0)
    return make_model(settings, MARIEL_53, length, 35.0)


@pytest.mark.parametrize(("layers", "parameters"), [(3, 4_252_028), (2, 2_865_788)])
def test_the_notebooks_model_has_its_parameters(layers, parameters):
    assert sum(each.numel() for each in made(NotebookSettings(layers=layers)).parameters()) == parameters


def test_its_layers_bear_the_notebooks_names():
    names = {name.rsplit(".", 1)[0] for name, _ in made().named_parameters()}
    assert names == {
        "encoder.lstm_enc", "encoder.hid_mean", "encoder.hid_logvar", "decoder.lat_to_hid.0", "decoder.lstm_dec",
    }  # fmt: skip


def test_weights_are_drawn_as_the_notebook_draws_them():
    model = made(NotebookSettings(layers=1, hidden=64, latent=32))
    hidden = model.encoder.lstm_enc.weight_hh_l0  # (256, 64): orthonormal columns
    assert torch.allclose(hidden.T @ hidden, torch.eye(64), atol=1e-4)
    assert model.encoder.lstm_enc.bias_hh_l0.std().item() == pytest.approx(1.0, abs=0.2)
    bound = (6 / (64 + 32)) ** 0.5
    assert model.encoder.hid_mean.weight.abs().max() <= bound


def test_the_loss_is_summed_squared_error_in_scaled_units_and_a_little_kl():
    model = made().eval()
    model.scale_like(Preprocessing.fit(takes()))
    positions = torch.randn(3, 16, 53, 3)
    loss = model.losses(positions, torch.zeros(3, 4))
    rebuilt = model.reconstruct(positions)
    off = (rebuilt - model.place(positions)) * model.scale
    assert torch.allclose(loss.reconstruction, off.square().sum(dim=(1, 2, 3)), rtol=1e-3)
    assert torch.allclose(loss.total, loss.reconstruction + 1e-4 * loss.kl)


@pytest.mark.parametrize("reference", [False, True])
def test_it_sees_bodies_as_the_preprocessing_prepares_them(reference):
    recordings = takes()
    fit = Preprocessing.fit(recordings, reference=reference)
    model = made()
    model.scale_like(fit)
    positions = recordings["one"].positions
    seen = model._scaled(model.place(torch.from_numpy(positions.copy())[None]))[0].numpy()
    prepared = fit.apply(recordings["one"])[..., :3]
    if reference:
        # These takes lie z up, so the reference leaves them as they are; its own files it mirrors.
        prepared = fit.apply(recordings["one"].__class__.from_positions("one", positions * [1, -1, 1], MARIEL_53))
        prepared = prepared[..., :3]
    assert seen == pytest.approx(prepared, abs=1e-4)


def test_what_it_decodes_is_in_metres_and_centred():
    model = made().eval()
    model.scale_like(Preprocessing.fit(takes()))
    with torch.no_grad():
        again = model._metres(model._scaled(torch.randn(2, 16, 53, 3)).flatten(2))
    assert again.shape == (2, 16, 53, 3)
    assert isinstance(model, NotebookVae)
    assert model.decode(torch.zeros(2, 4)).shape == (2, 16, 53, 3)
