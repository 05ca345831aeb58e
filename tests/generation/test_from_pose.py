import numpy as np
import pytest
import torch

from mariel.data.dataset import PhraseFeed
from mariel.data.settings import DataSettings
from mariel.errors import SettingsError
from mariel.generation import sampling as dances
from mariel.generation.from_pose import from_pose, placed_at
from mariel.models.registry import make_model
from mariel.models.settings import NotebookSettings, PhraseVaeSettings
from mariel.motion.mariel_markers import MARIEL_53
from tests.support.small_runs import takes


@pytest.fixture(scope="module")
def feed():
    return PhraseFeed(takes("one", "two", "three", frames=300), DataSettings(length=16))


@pytest.fixture(scope="module")
def model(feed):
    torch.manual_seed(0)
    settings = PhraseVaeSettings(latent=32, encoder_hidden=8, decoder_hidden=8, curves=8)
    model = make_model(settings, feed.marker_set, 16, feed.fps)
    model.fit(feed)
    return model.eval()


@pytest.fixture(scope="module")
def pose(model):
    """How somebody begins to dance, 3 m away and turned by a right angle."""
    x, y, z = np.moveaxis(dances.sample(model, 1, seed=11)[0, 0], -1, 0)
    return np.stack([3 - y, x - 2, z], axis=-1)


def misfit(danced: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Mean distance of first frames' markers from where the pose has them, centimetres."""
    return 100 * np.linalg.norm(danced[:, 0] - pose, axis=-1).mean(axis=-1)


def test_dances_begin_with_the_pose_where_it_stands(model, pose):
    danced = from_pose(model, pose, 3)
    assert danced.shape == (3, 16, 53, 3)
    unbent = placed_at(model, dances.sample(model, 3), pose)
    assert misfit(danced, pose).mean() < 0.2 * misfit(unbent, pose).mean()
    np.testing.assert_allclose(danced[:, 0, :, :2].mean(axis=1), np.stack([pose[:, :2].mean(axis=0)] * 3), atol=1e-4)


def test_other_seeds_go_on_otherwise(model, pose):
    one, other, again = (from_pose(model, pose, 1, seed=seed)[0] for seed in (0, 1, 0))
    assert np.array_equal(one, again)
    assert np.abs(one[-1] - other[-1]).mean() > 2 * np.abs(one[0] - other[0]).mean()


def test_a_dance_does_not_depend_on_how_many_are_asked_for(model, pose):
    np.testing.assert_allclose(from_pose(model, pose, 3)[:1], from_pose(model, pose, 1), atol=1e-3)


def test_limbs_keep_their_length(model, pose):
    one, two = MARIEL_53.indices(["LKNE", "LTHI"])
    danced = from_pose(model, pose, 2)
    apart = np.linalg.norm(danced[:, :, one] - danced[:, :, two], axis=-1)
    assert apart.max() - apart.min() < 1e-3


def test_a_longer_dance_begins_with_it_too(model, pose):
    danced = from_pose(model, pose, 1, seconds=2.0)
    assert danced.shape == (1, 70, 53, 3)
    np.testing.assert_allclose(danced[0, :12], from_pose(model, pose, 1)[0, :12], atol=2e-2)


def test_the_notebooks_model_can_be_asked_as_well(pose):
    torch.manual_seed(0)
    model = make_model(NotebookSettings(layers=1, hidden=8, latent=4), MARIEL_53, 16, 35.0).eval()
    bent, free = from_pose(model, pose, 2), dances.sample(model, 2)
    middle = pose[:, :2].mean(axis=0)
    np.testing.assert_allclose(bent[:, 0, :, :2].mean(axis=1), np.stack([middle] * 2), atol=1e-4)
    assert bent.shape == free.shape


def test_a_pose_is_refused_that_has_other_markers_or_misses_some(model, pose):
    with pytest.raises(SettingsError, match=r"\(53, 3\).*\(18, 3\)"):
        from_pose(model, pose[:18], 1)
    with pytest.raises(SettingsError, match="missing markers"):
        from_pose(model, np.where(np.arange(53)[:, None] == 3, np.nan, pose), 1)
