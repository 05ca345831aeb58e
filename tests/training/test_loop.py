import json
import math

import numpy as np
import pytest
import torch

from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from mariel.errors import RunError, SettingsError
from mariel.models.notebook_vae import NotebookVae
from mariel.models.registry import make_model
from mariel.models.settings import NotebookSettings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.training import devices
from mariel.training.loop import Trainer, train
from mariel.training.phrase_order import PhraseOrder
from mariel.training.run_folder.results import EpochResult
from mariel.training.settings import PRESETS
from mariel.training.train_state import TrainState
from tests.support.small_runs import LENGTH, MODEL, make_takes, training_settings


@pytest.fixture(scope="module")
def dataset() -> PhraseDataset:
    return PhraseDataset(make_takes(), DataSettings(length=LENGTH))


def new_model(dataset: PhraseDataset, seed: int = 0) -> NotebookVae:
    torch.manual_seed(seed)
    model = make_model(MODEL, dataset.marker_set, dataset.length, dataset.fps)
    model.initialise_from_data(dataset)
    return model


def new_training(dataset: PhraseDataset, on_batch=None, **changes) -> Trainer:
    return Trainer(new_model(dataset), dataset, training_settings(**changes), on_batch=on_batch)


def losses(results: list[EpochResult]) -> list[tuple[float, float]]:
    return [(result.train.loss, result.validation.loss) for result in results]


@pytest.fixture
def worsening(monkeypatch):
    """Validation losses that are lowest after the second epoch."""
    validate, calls = Trainer.validate, []

    def worse(self):
        means = validate(self)
        calls.append(means)
        return means.replace(loss=abs(len(calls) - 2.0) + 1)

    monkeypatch.setattr(Trainer, "validate", worse)


class TestPhraseOrder:
    def order(self, phrases: int = 40, **changes):
        return PhraseOrder(np.arange(1000, 1000 + phrases), training_settings(phrases_per_epoch=None, **changes))

    def epoch(self, order, epoch: int, batch_size: int = 8):
        batches = [order.batch(epoch, batch) for batch in range(math.ceil(order.phrases_per_epoch / batch_size))]
        return (np.concatenate(part) for part in zip(*batches, strict=True))

    def test_every_training_phrase_comes_once_per_epoch(self):
        order = self.order()
        for epoch in range(3):
            starts, noisy = self.epoch(order, epoch)
            assert sorted(starts[~noisy]) == list(range(1000, 1040))

    @pytest.mark.parametrize(("share", "copies"), [(0.25, 10), (0.0, 0), (1.5, 60)])
    def test_noisy_copies_are_the_requested_share(self, share, copies):
        order = self.order(noise_share=share)
        starts, noisy = self.epoch(order, 0)
        assert (len(starts), noisy.sum()) == (40 + copies, copies)
        assert set(starts[noisy]) <= set(range(1000, 1040))

    def test_fewer_copies_than_phrases_are_evenly_spaced(self):
        starts, noisy = self.epoch(self.order(noise_share=0.25), 0)
        assert sorted(starts[noisy]) == list(range(1000, 1040, 4))

    def test_the_order_differs_between_epochs_and_seeds(self):
        first, second = (next(iter(self.epoch(self.order(), epoch))) for epoch in (0, 1))
        other = next(iter(self.epoch(self.order(seed=1), 0)))
        again = next(iter(self.epoch(self.order(), 0)))
        assert not np.array_equal(first, second)
        assert not np.array_equal(first, other)
        np.testing.assert_array_equal(first, again)

    def test_short_epochs_together_go_through_all_phrases(self):
        """16 of 40 phrases per epoch: after five epochs, 80 phrases, each has come twice."""
        order = PhraseOrder(np.arange(40), training_settings(phrases_per_epoch=16, noise_share=0.0))
        starts = np.concatenate([order.batch(epoch, batch)[0] for epoch in range(5) for batch in range(2)])
        assert np.bincount(starts).tolist() == [2] * 40

    def test_the_last_batch_has_the_remaining_phrases(self):
        order = self.order(phrases=10, noise_share=0.0)
        assert [len(order.batch(0, batch)[0]) for batch in range(2)] == [8, 2]


class TestLearning:
    def test_a_single_phrase_can_be_overfitted(self):
        """The error falls from about a metre to below 10 cm, with the notebook's glitch in the first frames."""
        dataset = PhraseDataset(make_takes(), DataSettings(length=LENGTH))
        dataset.training = dataset.validation = dataset.training[:1]
        torch.manual_seed(0)
        model = make_model(
            NotebookSettings(layers=1, hidden=32, latent=4), dataset.marker_set, dataset.length, dataset.fps
        )
        settings = training_settings(
            epochs=150, learning_rate=0.005, batch_size=1, phrases_per_epoch=2, validate_every=150, rotate=False,
            mirror=False, tempo=0.0, noise_share=0.0,
        )  # fmt: skip
        results = list(train(model, dataset, settings))
        assert results[0].train.error_cm > 50
        assert results[-1].validation.error_cm < 10

    def test_the_same_seed_gives_the_same_losses(self, dataset):
        assert losses(list(new_training(dataset))) == losses(list(new_training(dataset)))

    def test_another_seed_gives_different_losses(self, dataset):
        assert losses(list(new_training(dataset))) != losses(list(new_training(dataset, seed=1)))

    def test_both_losses_are_means_per_phrase(self, dataset):
        """Without learning and augmentation, training and validation on the same phrases give equal losses."""
        same = PhraseDataset(make_takes(), DataSettings(length=LENGTH))
        same.training = same.validation = dataset.training[:20]
        plain = {"rotate": False, "mirror": False, "tempo": 0.0, "noise_share": 0.0, "learning_rate": 1e-7}
        (result,) = Trainer(
            new_model(same),
            same,
            training_settings(epochs=1, phrases_per_epoch=None, validation_phrases=None, **plain),
        )
        assert result.train.loss == pytest.approx(result.validation.loss, rel=1e-3)
        assert result.train.error_cm == pytest.approx(result.validation.error_cm, rel=1e-3)

    def test_the_loss_is_squared_error_plus_weighted_kl(self, dataset):
        for result in new_training(dataset):
            for side in (result.train, result.validation):
                assert side.loss == pytest.approx(side.reconstruction + 1e-4 * side.kl)

    def test_a_training_resumed_from_its_state_gives_the_same_losses(self, dataset):
        whole = losses(list(new_training(dataset)))
        reports = []
        first = new_training(dataset, on_batch=lambda report: reports.append(report) or len(reports) == 6)
        results = list(first)
        state = TrainState.from_json(json.dumps(first.state.to_dict()), "the state")
        assert (state.epoch, state.batch, state.finished) == (1, 2, "")
        model = new_model(dataset, seed=5)
        model.load_state_dict(first.model.state_dict())
        optimiser_state = {name: tensor.clone() for name, tensor in first.optimiser_state().items()}
        results += Trainer(model, dataset, training_settings(), state=state, optimiser_state=optimiser_state)
        np.testing.assert_allclose(losses(results), whole, rtol=1e-6)


class TestEnd:
    def test_after_its_epochs(self, dataset):
        run = new_training(dataset, epochs=2)
        assert [result.epoch for result in run] == [1, 2]
        assert run.state.finished == "2 epochs are over"

    def test_when_validation_does_not_improve_for_patience_validations(self, dataset, worsening):
        run = new_training(dataset, epochs=50, patience=3)
        results = list(run)
        assert [result.best for result in results] == [True, True, False, False, False]
        assert run.state.finished == "3 validations without a better one"
        assert run.state.best_epoch == 2

    def test_patience_of_zero_never_stops_early(self, dataset, worsening):
        assert len(list(new_training(dataset, epochs=6, patience=0))) == 6

    def test_validation_comes_every_few_epochs_and_at_the_end(self, dataset):
        results = list(new_training(dataset, epochs=5, validate_every=2))
        assert [result.validation is not None for result in results] == [False, True, False, True, True]

    def test_the_learning_rate_falls_to_a_hundredth_or_stays_constant(self, dataset):
        falling = [result.learning_rate for result in new_training(dataset, epochs=4)]
        assert falling == sorted(falling, reverse=True)
        assert falling[-1] == pytest.approx(1e-5)
        assert {result.learning_rate for result in new_training(dataset, schedule="constant")} == {1e-3}

    def test_progress_and_remaining_time(self, dataset):
        reports = []
        training = new_training(dataset, epochs=2, on_batch=reports.append)
        list(training)
        assert [(report.epoch, report.batch, report.batches) for report in reports] == [
            (epoch, batch, 4) for epoch in (1, 2) for batch in (1, 2, 3, 4)
        ]
        assert reports[4].progress == pytest.approx(4 / 8)
        assert reports[4].eta_seconds == pytest.approx(reports[4].seconds - training.state.started)


class TestErrors:
    def test_a_loss_that_is_not_finite_is_an_error_with_epoch_and_batch(self, dataset, monkeypatch):
        inner, calls = NotebookVae.losses, []

        def failing(self, *args):
            calls.append(args)
            loss = inner(self, *args)
            return loss._replace(total=loss.total * float("nan")) if len(calls) == 8 else loss

        monkeypatch.setattr(NotebookVae, "losses", failing)
        run = new_training(dataset)
        with pytest.raises(RunError, match="at epoch 2, batch 3 of 4: a smaller --learning-rate"):
            list(run)
        assert all(torch.isfinite(parameter).all() for parameter in run.model.parameters())
        assert (run.state.epoch, run.state.batch) == (1, 2)

    def test_bfloat16_is_refused_where_it_is_not_supported(self, dataset, monkeypatch):
        monkeypatch.setattr(devices, "has_bfloat16", lambda device: False)
        with pytest.raises(SettingsError, match="--precision bfloat16 is not available on this processor"):
            new_training(dataset, precision="bfloat16")
        assert new_training(dataset, precision="auto").precision == torch.float32

    def test_bfloat16_is_used_where_it_is_supported(self, dataset, monkeypatch):
        monkeypatch.setattr(devices, "has_bfloat16", lambda device: True)
        assert new_training(dataset, precision="auto").precision == torch.bfloat16
        assert new_training(dataset, precision="float32").precision == torch.float32

    @pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
    def test_a_device_that_is_not_available_is_refused_by_its_flag(self):
        with pytest.raises(SettingsError, match="--device cuda is not available"):
            devices.pick_device("cuda")


class TestNotebookModel:
    def test_it_has_as_many_parameters_as_published(self):
        model = make_model(NotebookSettings(), MARIEL_53, 128, 35.0)
        assert sum(parameter.numel() for parameter in model.parameters()) == 4_252_028

    def test_its_recipe_is_the_notebooks(self):
        recipe = PRESETS["notebook"]
        assert recipe.model == NotebookSettings(layers=3, hidden=384, latent=256, dropout=0.2, kl_weight=1e-4)
        assert (recipe.data.split, recipe.data.reference) == ("random", True)
        assert (recipe.train.batch_size, recipe.train.noise_share, recipe.train.noise) == (64, 0.25, 0.01)
        assert (recipe.train.validate_every, recipe.train.patience, recipe.train.schedule) == (5, 3, "constant")
        assert (recipe.train.rotate, recipe.train.mirror, recipe.train.tempo) == (False, False, 0.0)
