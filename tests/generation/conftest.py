import pytest

from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from tests.support.small_models import LENGTH, MODEL_SETTINGS, small_model
from tests.support.small_runs import make_dances


@pytest.fixture(scope="package")
def dataset():
    return PhraseDataset(make_dances(), DataSettings(length=LENGTH))


@pytest.fixture(scope="package", params=list(MODEL_SETTINGS))
def model(request, dataset):
    """A small model, of each kind in turn."""
    return small_model(request.param, dataset)


@pytest.fixture
def phrases(dataset):
    """Three training phrases (3, frames, markers, 3)."""
    return dataset.batch(dataset.evenly_spaced(dataset.training, 3)).numpy()
