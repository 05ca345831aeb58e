from itertools import combinations

import numpy as np
import pytest
import torch

from mariel.data.dataset import PhraseFeed
from mariel.data.settings import DataSettings
from mariel.errors import SettingsError
from mariel.kinematics.canonical_frame import turned
from mariel.models.graph_encoder import GraphEntrance
from mariel.models.pose import BodyPose, MarkerPose
from mariel.models.registry import make_model
from mariel.models.settings import PhraseVaeSettings
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.training.loop import Training
from tests.support.small_runs import takes, training_settings

SMALL = {"latent": 6, "encoder_hidden": 8, "decoder_hidden": 8, "curves": 8}


def fed(length=16, marker_set="all", **settings):
    """A measured small model, and what it is fed with."""
    torch.manual_seed(0)
    feed = PhraseFeed(takes(), DataSettings(length=length, marker_set=marker_set))
    model = make_model(PhraseVaeSettings(**(SMALL | settings)), feed.marker_set, feed.length, feed.fps)
    model.fit(feed)
    return model.eval(), feed


@pytest.fixture(scope="module")
def model_and_feed():
    return fed()


def phrases(feed, count=8):
    return feed.batch(feed.evenly(feed.training, count))


@pytest.mark.parametrize("length", [16, 18, 9])
def test_phrases_of_any_length_go_in_and_come_out(length):
    model, feed = fed(length)
    positions = phrases(feed)
    posterior = model.encode(positions)
    assert posterior.mean.shape == posterior.log_variance.shape == (8, 6)
    assert model.decode(posterior.mean).shape == (8, length, 53, 3)


@torch.no_grad()
def test_where_a_phrase_is_danced_makes_no_difference_to_what_is_seen_of_it(model_and_feed):
    model, feed = model_and_feed
    here = phrases(feed)
    there = turned(here.transpose(2, 3), torch.full((8, 16), 2.0)).transpose(2, 3) + torch.tensor([5.0, -3, 0])
    assert torch.allclose(model.encode(here).mean, model.encode(there).mean, atol=1e-3)
    assert torch.allclose(model.place(here), model.place(there), atol=1e-4)


@torch.no_grad()
def test_a_placed_phrase_can_be_brought_back(model_and_feed):
    model, feed = model_and_feed
    positions = phrases(feed)
    assert torch.allclose(model.restore(positions, model.place(positions)), positions, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("temperature", [1.0, 5.0])
def test_no_segment_stretches_at_any_temperature(model_and_feed, temperature):
    model, _ = model_and_feed
    noise = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    danced = model.sample(noise, temperature)
    for _, labels in MARIEL_53.segments:
        for one, two in combinations(MARIEL_53.indices(labels), 2):
            apart = (danced[:, :, one] - danced[:, :, two]).norm(dim=2)
            assert apart.max() - apart.min() < 1e-3


@torch.no_grad()
def test_temperature_zero_is_one_dance_whatever_the_noise(model_and_feed):
    model, _ = model_and_feed
    danced = model.sample(torch.randn(3, 6), 0.0)
    assert torch.allclose(danced[0], danced[1], atol=1e-5)


def test_marker_sets_without_a_body_get_markers():
    model, feed = fed(marker_set="18")
    assert feed.marker_set == MARIEL_18
    assert isinstance(model.pose, MarkerPose)
    with pytest.raises(SettingsError, match="--decoder body"):
        make_model(PhraseVaeSettings(decoder="body"), MARIEL_18, 16, 35.0)


def test_the_decoder_can_be_chosen():
    assert isinstance(make_model(PhraseVaeSettings(), MARIEL_53, 16, 35.0).pose, BodyPose)
    assert isinstance(make_model(PhraseVaeSettings(decoder="markers"), MARIEL_53, 16, 35.0).pose, MarkerPose)


def test_losses_of_a_batch_are_those_of_its_parts(model_and_feed):
    model, feed = model_and_feed
    positions, noise = phrases(feed), torch.randn(8, 6, generator=torch.Generator().manual_seed(1))
    model.train()
    with torch.no_grad():
        whole = model.losses(positions, noise)
        parts = [model.losses(positions[rows], noise[rows]) for rows in (slice(0, 3), slice(3, 8))]
    model.eval()
    for name in whole._fields:
        together = torch.cat([getattr(part, name) for part in parts])
        assert torch.allclose(getattr(whole, name), together, rtol=1e-4)


def test_the_kl_term_counts_with_its_weight(model_and_feed):
    model, feed = model_and_feed
    with torch.no_grad():
        loss = model.losses(phrases(feed), torch.zeros(8, 6))
    assert (loss.total - loss.reconstruction) == pytest.approx(model.settings.kl_weight * loss.kl, rel=1e-2)


def test_one_phrase_is_learned_by_heart():
    model, feed = fed(decoder="markers", kl_weight=0.0)
    feed.training = feed.training[:1]
    before = error(model, feed)
    plain = {"noise_share": 0.0, "mirror": False, "tempo": 0.0, "learning_rate": 3e-3}
    settings = training_settings(epochs=10, phrases_an_epoch=80, validate_every=100, **plain)
    for _ in Training(model, feed, settings):
        pass
    assert error(model.eval(), feed) < 0.5 * before


@torch.no_grad()
def error(model, feed):
    positions = feed.batch(feed.training[:1])
    return float(np.linalg.norm(model.reconstruct(positions) - model.place(positions), axis=-1).mean())


@torch.no_grad()
def test_after_settling_samples_move_as_fast_as_the_dancer():
    model, feed = fed()
    model.settle(feed)
    noise = torch.randn(32, 6, generator=torch.Generator().manual_seed(5))
    danced = model.sample(noise)
    speed, real = (torch.diff(some, dim=1).norm(dim=3).mean() for some in (danced, phrases(feed, 100)))
    assert speed / real == pytest.approx(1.0, abs=0.3)


def test_a_message_travels_two_bones_far_and_no_farther():
    chain = MarkerSet.from_edges("chain", "ABCDE", [(0, 1), (1, 2), (2, 3), (3, 4)])
    torch.manual_seed(0)
    entrance = GraphEntrance(chain, patch=1, hidden=4)
    felt = []
    for marker in range(5):
        patches = torch.zeros(1, 1, 18)
        patches[0, 0, marker] = 1.0  # x of one marker
        known = []
        entrance.leave.register_forward_pre_hook(lambda _, given, known=known: known.append(given[0]))
        entrance(torch.zeros(1, 1, 18))
        entrance(patches)
        moved = (known[-1] - known[-2])[0, 0, : 16 * 5].unflatten(0, (5, 16)).abs().amax(dim=1) > 1e-7
        felt.append({other for other in range(5) if moved[other]})
    assert all(max(abs(other - marker) for other in others) <= 2 for marker, others in enumerate(felt))
    assert any(max(abs(other - marker) for other in others) == 2 for marker, others in enumerate(felt))


def test_the_graph_encoder_takes_the_linear_layers_place():
    model, feed = fed(encoder="graph")
    torch.nn.init.normal_(model.encoder.mean.weight)  # begins at zero, and would let no gradient through
    loss = model.train().losses(phrases(feed), torch.zeros(8, 6))
    loss.total.sum().backward()
    assert model.encoder.enter.first.lin_rel.weight.grad.abs().sum() > 0
