from itertools import combinations

import numpy as np
import pytest
import torch

from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from mariel.errors import CheckpointError, SettingsError
from mariel.kinematics.canonical_frame import rotate_about_z
from mariel.models.graph_encoder import GraphInputLayer
from mariel.models.phrase_vae import PhraseVae
from mariel.models.pose import BodyPose, MarkerPose
from mariel.models.projected_pose import ProjectedPose
from mariel.models.registry import make_model
from mariel.models.settings import PhraseVaeSettings
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording
from mariel.training.loop import Trainer
from tests.support.small_runs import make_takes, training_settings

SMALL = {"latent": 6, "encoder_hidden": 8, "decoder_hidden": 8, "curves": 8, "components": 16}


def initialised_model(length=16, marker_set="all", **settings):
    """A small model that is initialised from a dataset, and the dataset."""
    torch.manual_seed(0)
    dataset = PhraseDataset(make_takes(), DataSettings(length=length, marker_set=marker_set))
    model = make_model(PhraseVaeSettings(**(SMALL | settings)), dataset.marker_set, dataset.length, dataset.fps)
    model.initialise_from_data(dataset)
    return model.eval(), dataset


@pytest.fixture(scope="module")
def model_and_dataset():
    return initialised_model()


def phrases(dataset, count=8):
    return dataset.batch(dataset.evenly_spaced(dataset.training, count))


@pytest.mark.parametrize("length", [16, 18, 9])
def test_phrases_of_any_length_are_encoded_and_decoded(length):
    model, dataset = initialised_model(length)
    positions = phrases(dataset)
    posterior = model.encode(positions)
    assert posterior.mean.shape == posterior.log_variance.shape == (8, 6)
    assert model.decode(posterior.mean).shape == (8, length, 53, 3)


@torch.no_grad()
def test_position_and_heading_in_the_room_make_no_difference(model_and_dataset):
    model, dataset = model_and_dataset
    here = phrases(dataset)
    there = rotate_about_z(here.transpose(2, 3), torch.full((8, 16), 2.0)).transpose(2, 3) + torch.tensor(
        [5.0, -3, 0]
    )
    assert torch.allclose(model.encode(here).mean, model.encode(there).mean, atol=1e-3)
    assert torch.allclose(model.to_canonical(here), model.to_canonical(there), atol=1e-4)


@torch.no_grad()
def test_to_world_is_the_inverse_of_to_canonical(model_and_dataset):
    model, dataset = model_and_dataset
    positions = phrases(dataset)
    assert torch.allclose(model.to_world(positions, model.to_canonical(positions)), positions, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("temperature", [1.0, 5.0])
def test_no_segment_stretches_at_any_temperature(model_and_dataset, temperature):
    model, _ = model_and_dataset
    noise = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    samples = model.sample(noise, temperature)
    for _, labels in MARIEL_53.segments:
        for one, two in combinations(MARIEL_53.indices(labels), 2):
            distances = (samples[:, :, one] - samples[:, :, two]).norm(dim=2)
            assert (distances.amax(dim=1) - distances.amin(dim=1)).max() < 1e-4


@torch.no_grad()
def test_temperature_scales_a_latents_distance_from_the_mean(model_and_dataset):
    model, _ = model_and_dataset
    noise = torch.randn(10, 6, generator=torch.Generator().manual_seed(0))
    none, once, twice = (model.prior(noise, temperature) for temperature in (0.0, 1.0, 2.0))
    assert torch.allclose(twice - none, 2 * (once - none), atol=1e-5)
    assert torch.equal(none, model.prior_mean().expand(10, 6))


@torch.no_grad()
def test_temperature_zero_gives_one_phrase_whatever_the_noise(model_and_dataset):
    model, _ = model_and_dataset
    samples = model.sample(torch.randn(3, 6), 0.0)
    assert torch.allclose(samples[0], samples[1], atol=1e-5)


def test_marker_sets_without_a_body_have_a_decoder_of_markers():
    model, dataset = initialised_model(marker_set="18")
    assert dataset.marker_set == MARIEL_18
    assert isinstance(model.pose, MarkerPose)
    for decoder in ("body", "projected"):
        with pytest.raises(SettingsError, match=f"--decoder {decoder}"):
            make_model(PhraseVaeSettings(decoder=decoder), MARIEL_18, 16, 35.0)


def test_the_decoder_can_be_chosen():
    for decoder, pose in (
        ("auto", ProjectedPose), ("projected", ProjectedPose), ("body", BodyPose), ("markers", MarkerPose),
    ):  # fmt: skip
        assert type(make_model(PhraseVaeSettings(decoder=decoder), MARIEL_53, 16, 35.0).pose) is pose


def test_losses_of_a_batch_are_those_of_its_phrases(model_and_dataset):
    model, dataset = model_and_dataset
    positions, noise = phrases(dataset), torch.randn(8, 6, generator=torch.Generator().manual_seed(1))
    model.train()
    with torch.no_grad():
        whole = model.losses(positions, noise)
        parts = [model.losses(positions[rows], noise[rows]) for rows in (slice(0, 3), slice(3, 8))]
    model.eval()
    for name in whole._fields:
        together = torch.cat([getattr(part, name) for part in parts])
        assert torch.allclose(getattr(whole, name), together, rtol=1e-4)


def test_the_kl_term_is_weighted(model_and_dataset):
    model, dataset = model_and_dataset
    with torch.no_grad():
        loss = model.losses(phrases(dataset), torch.zeros(8, 6))
    assert (loss.total - loss.reconstruction) == pytest.approx(model.settings.kl_weight * loss.kl, rel=1e-2)


def test_the_model_can_overfit_one_phrase():
    model, dataset = initialised_model(decoder="markers", kl_weight=0.0)
    dataset.training = dataset.training[:1]
    before = error(model, dataset)
    plain = {"noise_share": 0.0, "mirror": False, "tempo": 0.0, "learning_rate": 3e-3}
    settings = training_settings(epochs=10, phrases_per_epoch=80, validate_every=100, **plain)
    for _ in Trainer(model, dataset, settings):
        pass
    assert error(model.eval(), dataset) < 0.5 * before


@torch.no_grad()
def error(model, dataset):
    """Of what training compares, metres: before feet are held."""
    return float(model.losses(dataset.batch(dataset.training[:1]), torch.zeros(1, model.latent_dim)).error)


@torch.no_grad()
def test_samples_of_a_fitted_prior_are_as_fast_as_the_dancer():
    model, dataset = initialised_model()
    model.fit_prior(dataset)
    noise = torch.randn(32, 6, generator=torch.Generator().manual_seed(5))
    samples = model.sample(noise)
    sampled, recorded = (
        torch.diff(positions, dim=1).norm(dim=3).mean() for positions in (samples, phrases(dataset, 100))
    )
    assert sampled / recorded == pytest.approx(1.0, abs=0.3)


def test_messages_reach_markers_up_to_two_bones_away():
    chain = MarkerSet.from_edges("chain", "ABCDE", [(0, 1), (1, 2), (2, 3), (3, 4)])
    torch.manual_seed(0)
    layer = GraphInputLayer(chain, patch=1, hidden=4)
    influenced = []
    for marker in range(5):
        patches = torch.zeros(1, 1, 18)
        patches[0, 0, marker] = 1.0  # x of one marker
        inputs = []
        layer.output.register_forward_pre_hook(lambda _, arguments, inputs=inputs: inputs.append(arguments[0]))
        layer(torch.zeros(1, 1, 18))
        layer(patches)
        changed = (inputs[-1] - inputs[-2])[0, 0, : 16 * 5].unflatten(0, (5, 16)).abs().amax(dim=1) > 1e-7
        influenced.append({other for other in range(5) if changed[other]})
    assert all(max(abs(other - marker) for other in others) <= 2 for marker, others in enumerate(influenced))
    assert any(max(abs(other - marker) for other in others) == 2 for marker, others in enumerate(influenced))


def test_the_graph_layer_is_trained_in_place_of_the_linear_layer():
    model, dataset = initialised_model(encoder="graph")
    torch.nn.init.normal_(model.encoder.mean.weight)  # starts at zero, which would stop the gradient
    loss = model.train().losses(phrases(dataset), torch.zeros(8, 6))
    loss.total.sum().backward()
    assert model.encoder.input.conv1.lin_rel.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("encoder", ["linear", "graph"])
def test_weights_with_the_layer_names_of_older_versions_are_loaded(encoder):
    model, _ = initialised_model(encoder=encoder, decoder="body", components=0)
    old_of = {new: old for old, new in PhraseVae.renamed_layers.items()}
    old_names = {}
    for name in model.state_dict():
        new = max((new for new in old_of if name.startswith(new)), key=len, default="")
        old_names[name] = old_of.get(new, "") + name.removeprefix(new)
    assert old_names["decoder.time_embedding"] == "decoder.when"
    assert old_names["pose.joint_offsets"] == "pose.joints"
    assert old_names["latent_prior.mean"] == "latents.mean"
    loaded = make_model(model.settings, MARIEL_53, 16, 35.0)
    loaded.load({old_names[name]: tensor for name, tensor in model.state_dict().items()}, "old")
    for name, tensor in loaded.state_dict().items():
        assert torch.equal(tensor, model.state_dict()[name])


def test_checkpoints_of_versions_without_a_unit_are_of_metres():
    model, _ = initialised_model()
    tensors = {name: tensor for name, tensor in model.state_dict().items() if name != "unit"}
    loaded = make_model(model.settings, MARIEL_53, 16, 35.0)
    loaded.load(tensors, "old")
    assert loaded.input_unit() == 1.0
    with pytest.raises(CheckpointError, match=r"layer pca\.curves is missing"):
        loaded.load({name: tensor for name, tensor in tensors.items() if name != "pca.curves"}, "damaged")


@torch.no_grad()
@pytest.mark.parametrize("scale", [0.01, 300.0])
def test_takes_in_an_unknown_unit_are_learned_as_if_they_were_in_metres(scale):
    """All but the size is the same whatever the unit is."""
    results = []
    for factor in (scale, 1.0):
        torch.manual_seed(0)
        takes = {
            name: Recording.from_positions(name, take.positions * np.float32(factor), MARIEL_53, unit="source units")
            for name, take in make_takes().items()
        }
        dataset = PhraseDataset(takes, DataSettings(length=16))
        settings = PhraseVaeSettings(**SMALL, decoder="markers")  # a body's fit is sensitive to rounding
        model = make_model(settings, dataset.marker_set, 16, dataset.fps)
        model.initialise_from_data(dataset)
        positions = phrases(dataset)
        posterior, loss = model.encode(positions), model.losses(positions, torch.zeros(8, 6))
        results.append((posterior.mean, loss.total, loss.error / factor, model.decode(posterior.mean) / factor))
        assert (model.reconstruct(positions) - model.to_canonical(positions)).norm(dim=-1).mean() < 0.2 * factor
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=0.01, atol=0.005)


def test_names_of_an_optimisers_state_are_translated_as_well():
    assert PhraseVae.current_layer_name("decoder.when.exp_avg") == "decoder.time_embedding.exp_avg"
    assert PhraseVae.current_layer_name("decoder.time_embedding.step") == "decoder.time_embedding.step"
