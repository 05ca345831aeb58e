"""A training's minutes bound all it does: loading, initialising, training, the last validation and saving."""

import json

import pytest
import torch

from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from mariel.models.registry import make_model
from mariel.training.loop import Trainer
from mariel.training.train_state import TrainState
from mariel.training.training_clock import MARGIN, TrainingClock
from tests.support.small_runs import LENGTH, MODEL, make_takes, training_settings


class FakeTime:
    """Seconds that pass only where a test lets them pass."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="module")
def dataset() -> PhraseDataset:
    return PhraseDataset(make_takes(frames=400), DataSettings(length=LENGTH))


def slow_trainer(
    dataset, time: FakeTime, *, batch: float, prior: float, limit: float, loading: float = 0.0, **changes
):
    """A trainer of a model whose batches, in training and validation, and whose prior take some seconds each."""
    torch.manual_seed(0)
    model = make_model(MODEL, dataset.marker_set, dataset.length, dataset.fps)
    model.initialise_from_data(dataset)
    losses = model.losses

    def slow_losses(positions, noise):
        time.seconds += batch
        return losses(positions, noise)

    def slow_prior(_):
        time.seconds += prior

    model.losses, model.fit_prior = slow_losses, slow_prior
    clock = TrainingClock(limit, now=time)
    clock.record("prior", prior)
    time.seconds += loading
    settings = training_settings(**{"epochs": 1000, "minutes": limit / 60, "validation_phrases": 16, **changes})
    return Trainer(model, dataset, settings, clock=clock)


@pytest.mark.parametrize("validate_every", [1, 5, 1000])
@pytest.mark.parametrize("seconds", [(1, 3, 10, 60), (4, 0, 0, 60), (0.5, 20, 0, 120), (7, 7, 20, 100)])
def test_everything_ends_within_the_minutes(dataset, seconds, validate_every):
    batch, prior, loading, limit = seconds
    time = FakeTime()
    began = time.seconds
    trainer = slow_trainer(
        dataset, time, batch=batch, prior=prior, loading=loading, limit=limit, validate_every=validate_every
    )
    results = list(trainer)
    taken = time.seconds - began
    assert taken <= limit
    # Two batches validate 16 phrases, and the margin is what may be left besides a batch.
    end = 2 * batch + prior
    assert taken >= limit - batch * MARGIN - (MARGIN - 1) * end - (end + batch) * MARGIN
    assert results[-1].validation is not None
    assert trainer.state.finished == f"{limit / 60:g} minutes are over"
    assert trainer.state.seconds == taken
    assert trainer.state.batch == 0


def test_a_short_training_validates_fewer_phrases_and_keeps_to_them(dataset):
    """A batch of 8 phrases takes 2 seconds, with the margin 2.5: a third of the 28 that are left is 3 batches."""
    time = FakeTime()
    trainer = slow_trainer(dataset, time, batch=2, prior=0, limit=30, validation_phrases=None, batch_size=8)
    results = list(trainer)
    assert time.seconds - 1000 <= 30
    assert results[-1].validation is not None
    assert trainer.state.validation_phrases == 24
    assert TrainState.from_json(json.dumps(trainer.state.to_dict()), "the state") == trainer.state


def test_at_least_one_batch_is_trained_however_short_the_time(dataset):
    time = FakeTime()
    trainer = slow_trainer(dataset, time, batch=5, prior=5, loading=100, limit=60)
    (result,) = trainer
    assert result.epoch == 1
    assert result.validation is not None


def test_the_learning_rate_reaches_a_hundredth_when_the_time_is_over(dataset):
    rates = []
    trainer = slow_trainer(dataset, FakeTime(), batch=1, prior=5, loading=20, limit=120)
    trainer.on_batch = lambda report: rates.append(trainer.optimiser.param_groups[0]["lr"])
    list(trainer)
    assert rates[0] == pytest.approx(1e-3)
    assert rates[-1] < 4e-5


class TestClock:
    def test_pauses_do_not_count(self):
        time = FakeTime()
        clock = TrainingClock(now=time)
        time.seconds += 3
        with clock.paused():
            time.seconds += 50
        time.seconds += 4
        assert clock.seconds == 7

    def test_the_end_is_reserved_with_a_margin(self):
        clock = TrainingClock(100, seconds_before=20, now=FakeTime())
        clock.record("validation", 8)
        clock.record("saving", 4)
        clock.record("batch", 16)
        assert clock.final_seconds == 1.25 * 12
        assert clock.training_limit == 85
        assert clock.allows("batch")  # 20 + 20 of 85
        assert clock.allows("batch", "batch", "batch")  # 20 + 60 of 85
        assert not clock.allows("batch", "batch", "batch", "validation")

    def test_the_longer_of_the_last_two_measurements_counts(self):
        clock = TrainingClock(100, now=FakeTime())
        for seconds in (50, 4, 8, 6):
            clock.record("saving", seconds)
        assert clock.expected("saving") == 1.25 * 8

    def test_without_a_limit_everything_fits(self):
        clock = TrainingClock(now=FakeTime())
        clock.record("batch", 1e9)
        assert clock.allows("batch")
