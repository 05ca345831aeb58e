import math

import pytest
import torch

from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from mariel.kinematics.canonical_frame import rotate_about_z
from mariel.models.registry import make_model
from mariel.models.settings import PhraseVaeSettings
from mariel.models.stitched_prior import FRAME_COUNT, Motion, StitchedPrior, choose_chunks
from mariel.motion.mariel_markers import MARIEL_53
from tests.support.marker_sets import MARKER_SETS
from tests.support.small_runs import make_takes

LENGTH = 64
SIZE = 6
"""Values of a body in these tests."""


def cycles(frames, take):
    """Motion in a circle of 40 frames; the last value of a body is the take's number, the others move."""
    time = torch.arange(frames) * 2 * math.pi / 40
    body = torch.stack([time.cos(), time.sin(), *(torch.zeros(3, frames)), torch.full((frames,), float(take))], dim=1)
    path = torch.stack([0.01 * torch.arange(frames), torch.zeros(frames)], dim=1)
    return Motion(body, path, torch.zeros(frames))


def fitted_prior(*frames_of_takes):
    prior = StitchedPrior(LENGTH, SIZE)
    chunks = [cycles(frames, take) for take, frames in enumerate(frames_of_takes)]
    prior.fit(chunks, [str(take) for take in range(len(chunks))])
    return prior


def noise(count, latent_dim=12):
    return torch.randn(count, latent_dim, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def prior():
    return fitted_prior(400, 300, 500)


def test_a_phrase_depends_on_its_own_noise_alone(prior):
    together, alone = prior(noise(100)), prior(noise(100)[70:71])
    assert all(torch.allclose(some[70], one[0], atol=1e-6) for some, one in zip(together, alone, strict=True))
    for some, one in zip(prior.choose_pieces(noise(100)), prior.choose_pieces(noise(100)[:3]), strict=True):
        assert torch.equal(some[:3], one)


def test_phrases_begin_at_the_origin_with_finite_numbers(prior):
    body, path, heading = prior(noise(20))
    assert body.shape == (20, LENGTH, SIZE)
    assert path[:, 0].abs().max() == heading[:, 0].abs().max() == 0
    assert all(torch.isfinite(part).all() for part in (body, path, heading))


def test_the_path_goes_on_where_pieces_are_joined(prior):
    assert torch.allclose(prior(noise(50)).path[:, -1], torch.tensor([0.01 * (LENGTH - 1), 0.0]), atol=1e-3)


def test_no_step_is_larger_than_those_of_recorded_motion(prior):
    steps = torch.diff(prior(noise(200)).body, dim=1).norm(dim=-1)
    recorded = 2 * math.sin(math.pi / 40)  # of the circle
    assert steps.max() < 1.3 * recorded


def test_no_piece_crosses_takes(prior):
    begins, rows = prior.choose_pieces(noise(300))
    ends = torch.cat([begins[:, 1:] + prior.overlap, torch.full((300, 1), LENGTH)], dim=1)
    last = rows + ends - begins - 1
    assert torch.equal(prior.span_stops[rows], prior.span_stops[last])
    assert rows.min() >= 0
    assert last.max() < 1200


def test_the_middle_of_a_phrase_is_recorded_motion(prior):
    begins, rows = prior.choose_pieces(noise(50))
    body = prior(noise(50)).body
    recorded = torch.cat([cycles(frames, take).body for take, frames in enumerate((400, 300, 500))])
    for phrase in range(50):
        start = int(begins[phrase, 1]) + prior.overlap
        middle = body[phrase, start : begins[phrase, 2]]
        first = int(rows[phrase, 1]) + prior.overlap
        assert torch.allclose(middle, recorded[first : first + len(middle)], atol=5e-3)


def test_pieces_are_from_other_times_of_the_same_take(prior):
    begins, rows = prior.choose_pieces(noise(300))
    assert (prior.takes[rows] == prior.takes[rows[:, :1]]).all()
    goes_on = rows[:, 1] + begins[:, 2] - begins[:, 1]
    assert (rows[:, 2] - goes_on).abs().min() >= LENGTH


def test_a_match_of_another_take_is_taken_where_the_own_one_has_none():
    prior = fitted_prior(LENGTH, 400)
    _, rows = prior.choose_pieces(noise(300))
    of_short = rows[rows[:, 1] < LENGTH]
    assert len(of_short) > 0
    assert (of_short[:, 2] >= LENGTH).all()


def test_one_take_of_one_phrase_gives_that_phrase():
    body = fitted_prior(LENGTH)(noise(5)).body
    assert torch.diff(body, dim=1).norm(dim=-1).max() < 2 * 2 * math.sin(math.pi / 40)
    assert torch.isfinite(body).all()


def test_a_prior_that_is_not_fitted_gives_finite_phrases():
    assert all(torch.isfinite(part).all() for part in StitchedPrior(LENGTH, SIZE)(noise(3)))


def test_latents_of_few_dimensions_choose_pieces_too(prior):
    _, rows = prior.choose_pieces(noise(50, latent_dim=2))
    assert len(rows.unique(dim=0)) > 40


def test_little_motion_is_kept_with_its_mirror_image():
    chunks = choose_chunks([(0, 100), (150, 400)], 64)
    assert sorted(chunks) == [(0, 100, False), (0, 100, True), (150, 400, False), (150, 400, True)]


@pytest.mark.parametrize("share", [0.7, 1.5, 2.0, 3.1, 10.0])
def test_half_of_much_motion_is_mirrored(share):
    frames = int(share * FRAME_COUNT)
    chunks = choose_chunks([(0, frames)], 64)
    kept = sum(chunk.stop - chunk.start for chunk in chunks)
    assert kept == pytest.approx(FRAME_COUNT, rel=0.05)
    assert sum(chunk.mirrored for chunk in chunks) / len(chunks) == pytest.approx(0.5, abs=0.02)
    assert max(chunk.stop for chunk in chunks) > 0.9 * frames


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    dataset = PhraseDataset(make_takes(), DataSettings(length=32))
    settings = PhraseVaeSettings(latent=8, encoder_hidden=8, decoder_hidden=8, curves=8)
    model = make_model(settings, dataset.marker_set, dataset.length, dataset.fps)
    model.initialise_from_data(dataset)
    return model.eval()


@torch.no_grad()
def test_at_temperature_one_a_latent_is_that_of_the_stitched_phrase(model):
    assert model.stitched_prior is not None
    body, path, heading = model.stitched_prior(noise(4, 8))
    turned = rotate_about_z(body.unflatten(2, (3, -1)), heading)
    positions = (turned + torch.nn.functional.pad(path, (0, 1))[..., None]).transpose(2, 3)
    assert torch.allclose(model.prior(noise(4, 8)), model.encode(positions).mean, atol=1e-2)


@torch.no_grad()
def test_noise_may_have_any_number_of_leading_dimensions(model):
    assert torch.allclose(
        model.prior(noise(6, 8).reshape(2, 3, 8)).reshape(6, 8), model.prior(noise(6, 8)), atol=1e-5
    )


def test_short_phrases_and_other_settings_have_the_kernel_prior():
    stitched, kernels = PhraseVaeSettings(latent=8), PhraseVaeSettings(latent=8, prior="kernels")
    assert make_model(stitched, MARIEL_53, 32, 35.0).stitched_prior is not None
    assert make_model(stitched, MARIEL_53, 31, 35.0).stitched_prior is None
    assert make_model(kernels, MARIEL_53, 32, 35.0).stitched_prior is None
    assert make_model(stitched.replace(components=0), MARIEL_53, 32, 35.0).stitched_prior is None
    assert make_model(stitched, MARKER_SETS["one marker"]()["a"].marker_set, 32, 35.0).stitched_prior is None
