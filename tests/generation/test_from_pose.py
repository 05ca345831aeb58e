import numpy as np
import pytest
import torch

from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from mariel.errors import SettingsError
from mariel.generation.from_pose import match_pose, match_pose_of_seeds, move_to_pose, sample_from_pose
from mariel.generation.sampling import SamplingOptions, decode, sample
from mariel.models.registry import make_model
from mariel.models.settings import NotebookSettings, PhraseVaeSettings
from mariel.motion.mariel_markers import MARIEL_53
from tests.support.small_runs import make_dances


@pytest.fixture(scope="module")
def dataset():
    return PhraseDataset(make_dances("one", "two", "three", frames=300), DataSettings(length=16))


@pytest.fixture(scope="module")
def model(dataset):
    torch.manual_seed(0)
    settings = PhraseVaeSettings(latent=32, encoder_hidden=8, decoder_hidden=8, curves=8)
    model = make_model(settings, dataset.marker_set, 16, dataset.fps)
    model.initialise_from_data(dataset)
    return model.eval()


@pytest.fixture(scope="module")
def pose(model):
    """The first pose of a sample, moved by 3 m and rotated by a right angle."""
    x, y, z = np.moveaxis(sample(model, 1, seed=11)[0, 0], -1, 0)
    return np.stack([3 - y, x - 2, z], axis=-1)


def pose_error(samples: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Mean distance of first frames' markers from where the pose has them, centimetres."""
    return 100 * np.linalg.norm(samples[:, 0] - pose, axis=-1).mean(axis=-1)


def test_samples_begin_with_the_pose_at_its_position(model, pose):
    samples = sample_from_pose(model, pose, 3)
    assert samples.shape == (3, 16, 53, 3)
    unoptimised = move_to_pose(model, sample(model, 3), pose)
    assert pose_error(samples, pose).mean() < 0.2 * pose_error(unoptimised, pose).mean()
    np.testing.assert_allclose(samples[:, 0, :, :2].mean(axis=1), np.stack([pose[:, :2].mean(axis=0)] * 3), atol=1e-4)


@pytest.mark.parametrize("temperature", [0.0, 0.6, 2.0, 4.0])
def test_at_every_temperature_samples_begin_with_the_pose(model, pose, temperature):
    options = SamplingOptions(temperature)
    unoptimised = move_to_pose(model, sample(model, 3, options), pose)
    begins = pose_error(sample_from_pose(model, pose, 3, options), pose)
    assert begins.mean() < 0.5 * pose_error(unoptimised, pose).mean()


def test_temperature_scales_what_follows_the_pose(model, pose):
    calm, usual, wild = (
        sample_from_pose(model, pose, 1, SamplingOptions(temperature))[0] for temperature in (0.5, 1.0, 1.5)
    )
    changes = [np.linalg.norm(other - usual, axis=-1).mean(axis=1) for other in (calm, wild)]
    for change in changes:  # centimetres at the end, millimetres at the beginning
        assert change[0] < 0.2 * change[-1]


def test_other_seeds_continue_differently(model, pose):
    one, other, again = (sample_from_pose(model, pose, 1, seed=seed)[0] for seed in (0, 1, 0))
    assert np.array_equal(one, again)
    assert np.abs(one[-1] - other[-1]).mean() > 2 * np.abs(one[0] - other[0]).mean()


def test_a_sample_does_not_depend_on_the_count(model, pose):
    np.testing.assert_allclose(sample_from_pose(model, pose, 3)[:1], sample_from_pose(model, pose, 1), atol=1e-3)


@pytest.mark.parametrize("temperature", [1.0, 1.7])
def test_matches_of_several_seeds_are_those_of_each_seed_alone(model, pose, temperature):
    seeds, options = (3, 8), SamplingOptions(scheme="random-spread")
    alone = [match_pose(model, pose, 1, options, seed=seed) for seed in seeds]
    together = match_pose_of_seeds(model, pose, seeds, options)
    expected, found = (torch.cat([match.latents_at(temperature) for match in each]) for each in (alone, together))
    np.testing.assert_allclose(decode(model, found), decode(model, expected), atol=1e-3)


def test_segment_lengths_are_constant(model, pose):
    one, two = MARIEL_53.indices(["LKNE", "LTHI"])
    samples = sample_from_pose(model, pose, 2)
    distances = np.linalg.norm(samples[:, :, one] - samples[:, :, two], axis=-1)
    assert distances.max() - distances.min() < 1e-3


def test_a_longer_sample_begins_with_the_pose_too(model, pose):
    samples = sample_from_pose(model, pose, 1, seconds=2.0)
    assert samples.shape == (1, 70, 53, 3)
    np.testing.assert_allclose(samples[0, :12], sample_from_pose(model, pose, 1)[0, :12], atol=2e-2)


def test_the_notebook_model_can_start_from_a_pose_too(pose):
    torch.manual_seed(0)
    model = make_model(NotebookSettings(layers=1, hidden=8, latent=4), MARIEL_53, 16, 35.0).eval()
    from_the_pose, free = sample_from_pose(model, pose, 2), sample(model, 2)
    middle = pose[:, :2].mean(axis=0)
    np.testing.assert_allclose(from_the_pose[:, 0, :, :2].mean(axis=1), np.stack([middle] * 2), atol=1e-4)
    assert from_the_pose.shape == free.shape


def test_a_pose_with_other_or_missing_markers_is_refused(model, pose):
    with pytest.raises(SettingsError, match=r"\(53, 3\).*\(18, 3\)"):
        sample_from_pose(model, pose[:18], 1)
    with pytest.raises(SettingsError, match="missing markers"):
        sample_from_pose(model, np.where(np.arange(53)[:, None] == 3, np.nan, pose), 1)
