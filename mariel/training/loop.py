"""The training loop: an iterator of epoch results, independent of display, threads and files.

>>> for result in train(model, dataset, TrainSettings(epochs=20)):
...     print(result.epoch, result.train.error_cm)

All random numbers depend on (seed, epoch, batch) only. So a training that stops anywhere and is resumed from its
`state` gives the same results as one that never stopped, and several processes train on the batches that one would.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import Tensor

from mariel.data.dataset import Augmentation, PhraseDataset
from mariel.errors import RunError, SettingsError
from mariel.models.base import Loss, PhraseModel
from mariel.training.devices import pick_precision
from mariel.training.distributed import Processes
from mariel.training.phrase_order import PhraseOrder
from mariel.training.run_folder.results import BatchReport, EpochResult, MeanLosses
from mariel.training.settings import TrainSettings
from mariel.training.train_state import TrainState
from mariel.training.training_clock import MARGIN, TrainingClock

OnBatch = Callable[[BatchReport], bool | None]
"""Called after every batch with the state of the training; returning true stops it there."""

FINAL_LEARNING_RATE = 0.01
"""The cosine schedule ends at this fraction of the learning rate."""

VALIDATION_SHARE = 1 / 3
"""Largest share of the remaining minutes that one validation may take."""

VALIDATION_SEED = 1_000_003
"""Every validation uses the same latent noise, so that validation losses are comparable."""


class Trainer:
    """Trains a model epoch by epoch; it can be observed and stopped after every batch, and resumed.

    Iterating yields an `EpochResult` after each epoch until the settings' epochs or minutes are over, or validation
    no longer improves, or `on_batch` returns true; `state.finished` gives the reason and is empty in the last case.

    Args:
        model: already on its device.
        dataset: the phrases, on the same device.
        settings: how to train.
        state: the state to resume from; `model` and `optimiser_state` must be of the same moment.
        optimiser_state: the optimiser's tensors by name, as `optimiser_state()` returns them.
        processes: the processes that train together.
        on_batch: see `OnBatch`.
        clock: counts the training's time; one that starts now by default.

    Raises:
        RunError: while iterating, a loss is not finite; the message names epoch and batch.
    """

    def __init__(
        self,
        model: PhraseModel,
        dataset: PhraseDataset,
        settings: TrainSettings,
        *,
        state: TrainState | None = None,
        optimiser_state: dict[str, Tensor] | None = None,
        processes: Processes | None = None,
        on_batch: OnBatch | None = None,
        clock: TrainingClock | None = None,
    ) -> None:
        self.clock = clock or TrainingClock(time_limit(settings), state.seconds if state else 0.0)
        self.model, self.dataset, self.settings = model, dataset, settings
        self.state = state or TrainState()
        self.processes = processes or Processes()
        self.on_batch = on_batch
        self.precision = pick_precision(settings.precision, dataset.device)
        if self.processes.world_size > settings.batch_size:
            raise SettingsError(
                f"--batch-size must be at least the number of processes, {self.processes.world_size} "
                f"(got {settings.batch_size})"
            )
        self.processes.broadcast_weights(model)
        self._wrapped_model = self.processes.wrap(model)
        self.optimiser = torch.optim.Adam(
            model.parameters(), lr=settings.learning_rate, fused=dataset.device.type == "cuda" or None
        )
        if optimiser_state:
            self._load_optimiser_state(optimiser_state)
        self._order = PhraseOrder(dataset.training, settings)
        self._training_limit = self.clock.training_limit
        self._validation_starts = self._pick_validation_starts()

    @property
    def batches_per_epoch(self) -> int:
        """Batches per epoch."""
        return math.ceil(self._order.phrases_per_epoch / self.settings.batch_size)

    @property
    def progress(self) -> float:
        """Finished fraction of the training, 0 to 1: of its epochs or of its minutes, whichever is larger."""
        state = self.state
        fraction = (state.epoch + state.batch / self.batches_per_epoch) / self.settings.epochs
        if self.settings.minutes:
            left = self._training_limit - state.started
            fraction = max(fraction, (state.seconds - state.started) / left if left > 0 else 1.0)
        return min(max(fraction, 0.0), 1.0)

    @property
    def eta_seconds(self) -> float:
        """Remaining training time at the speed so far; infinite before the first batch."""
        progress = self.progress
        if progress <= 0:
            return math.inf
        return (self.state.seconds - self.state.started) * (1 - progress) / progress

    def optimiser_state(self) -> dict[str, Tensor]:
        """The optimiser's tensors by name: `<parameter>.exp_avg`, `.exp_avg_sq` and `.step`."""
        tensors = {}
        for name, parameter in self.model.named_parameters():
            for key, tensor in self.optimiser.state.get(parameter, {}).items():
                tensors[f"{name}.{key}"] = tensor
        return tensors

    def _load_optimiser_state(self, tensors: dict[str, Tensor]) -> None:
        tensors = {self.model.current_layer_name(name): tensor for name, tensor in tensors.items()}
        for name, parameter in self.model.named_parameters():
            saved = {key: tensors[f"{name}.{key}"] for key in ("step", "exp_avg", "exp_avg_sq")
                     if f"{name}.{key}" in tensors}  # fmt: skip
            if saved:
                step = saved["step"].to(parameter.device if self.dataset.device.type == "cuda" else "cpu")
                self.optimiser.state[parameter] = {
                    "step": step.clone(),
                    **{key: saved[key].to(parameter.device).clone() for key in ("exp_avg", "exp_avg_sq")},
                }

    def __iter__(self) -> Iterator[EpochResult]:
        if not self.state.epoch and not self.state.batch:
            self.state.started = self.state.seconds = self._seconds()
        if self.settings.minutes and not self.clock.is_measured("validation"):
            self._measure_validation()
        while not self.state.finished:
            stopped = self._run_epoch()
            if stopped:
                return
            yield self._finish_epoch()

    def _run_epoch(self) -> bool:
        """Train the rest of the current epoch; true if `on_batch` stopped it before its end."""
        self._wrapped_model.train()
        while self.state.batch < self.batches_per_epoch:
            started = time.perf_counter()
            loss = self._step()
            elapsed = time.perf_counter() - started
            stop = self.on_batch is not None and bool(self.on_batch(self._report(loss, elapsed)))
            self.clock.record("batch", time.perf_counter() - started)
            clock = self.clock
            elapsed, stop, over, self.state.seconds, self._training_limit = self.processes.all_reduce_max(
                elapsed, float(stop), float(not clock.allows("batch")), clock.seconds, clock.training_limit
            )
            self.state.batch += 1
            self.state.sums[6] += elapsed
            if stop:
                return True
            if over:
                return False
        return False

    def _seconds(self) -> float:
        """The clock's seconds, and what the clock leaves for training, the same in all processes."""
        seconds, self._training_limit = self.processes.all_reduce_max(self.clock.seconds, self.clock.training_limit)
        return seconds

    @torch.no_grad()
    def _measure_validation(self) -> None:
        """Measure one batch of a validation, to know beforehand how long the last one will take.

        Where the minutes are too short for all its phrases, every validation of the training uses fewer.
        """
        starts = self._validation_starts[: self.settings.batch_size]
        noise = torch.zeros(len(starts), self.model.latent_dim, device=self.dataset.device)
        self.model.eval()
        with self.clock.measured("validation"), self._autocast():
            self.model.losses(self.dataset.batch(starts), noise)
        seconds = self.clock.expected("validation")
        affordable = int(VALIDATION_SHARE * (self.clock.training_limit - self.clock.seconds) / max(seconds, 1e-9))
        (negated,) = self.processes.all_reduce_max(-float(max(affordable, 1)))  # the minimum over processes
        if not self.state.epoch and not self.state.batch:
            self.state.validation_phrases = min(int(-negated) * len(starts), len(self._validation_starts))
        self._validation_starts = self._pick_validation_starts()
        self.clock.record("validation", seconds / MARGIN * len(self._validation_starts) / len(starts))

    def _pick_validation_starts(self) -> np.ndarray:
        """First frames of the validation phrases that are used."""
        count = self.state.validation_phrases or self.settings.validation_phrases
        return self.dataset.evenly_spaced(self.dataset.validation, count)

    def _step(self) -> float:
        """Train on one batch; returns its mean loss per phrase."""
        settings, state = self.settings, self.state
        starts, noisy = self._order.batch(state.epoch, state.batch)
        rows = self.processes.shard(len(starts))
        key = (settings.seed, state.epoch, state.batch)
        augmentation = Augmentation.sample(
            np.random.default_rng(key),
            noisy,
            tempo=settings.tempo,
            mirror=settings.mirror,
            rotate=settings.rotate and not self.model.rotation_invariant,
            noise=settings.noise,
        )
        generator = torch.Generator(self.dataset.device).manual_seed(_seed(*key))
        positions = self.dataset.augmented(starts, augmentation, rows)
        positions = self._add_noise(positions, augmentation.noise, rows, generator)
        latent_noise = torch.randn(
            len(starts), self.model.latent_dim, generator=generator, device=self.dataset.device
        )[rows]
        torch.manual_seed(_seed(*key, self.processes.rank))  # for dropout
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        self.optimiser.zero_grad(set_to_none=True)
        with self._autocast():
            loss: Loss = self._wrapped_model(positions, latent_noise)
        # Gradients are averaged over processes, so each process scales its part as if it were the whole batch.
        (loss.total.sum() * (self.processes.world_size / len(starts))).backward()
        max_norm = math.inf if settings.clip is None else settings.clip
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), max_norm)
        sums = torch.stack([part.detach().double().sum() for part in loss])
        sums = self.processes.all_reduce_sum(sums).tolist()
        mean = sums[0] / len(starts)
        if not math.isfinite(mean) or not math.isfinite(float(norm)):
            raise RunError(
                f"the loss is no longer a number, at epoch {state.epoch + 1}, batch {state.batch + 1} of "
                f"{self.batches_per_epoch}: a smaller --learning-rate or --clip 1 may help"
            )
        self.optimiser.step()
        for i, value in enumerate((*sums, len(starts), float(norm))):
            state.sums[i] += value
        return mean

    def _add_noise(self, positions: Tensor, noise: np.ndarray, rows: slice, generator: torch.Generator) -> Tensor:
        """Positions with Gaussian noise; `noise` has its standard deviation for each phrase of the whole batch."""
        if not noise.any():
            return positions
        # Sampled for the whole batch, so that the noise does not depend on the number of processes.
        standard_noise = torch.randn(len(noise), *positions.shape[1:], generator=generator, device=positions.device)[
            rows
        ]
        scale = torch.from_numpy((noise[rows] * self.model.input_unit()).astype(np.float32)).to(positions.device)
        return positions + standard_noise * scale[:, None, None, None]

    def _learning_rate(self) -> float:
        if self.settings.schedule == "constant":
            return self.settings.learning_rate
        factor = FINAL_LEARNING_RATE + (1 - FINAL_LEARNING_RATE) * 0.5 * (1 + math.cos(math.pi * self.progress))
        return self.settings.learning_rate * factor

    def _autocast(self) -> AbstractContextManager:
        if self.precision == torch.float32:
            return nullcontext()
        return torch.autocast(self.dataset.device.type, self.precision)

    def _report(self, loss: float, elapsed: float) -> BatchReport:
        return BatchReport(
            epoch=self.state.epoch + 1,
            batch=self.state.batch + 1,
            batches=self.batches_per_epoch,
            loss=loss,
            phrases_per_second=self.settings.batch_size / max(elapsed, 1e-9),
            seconds=self.state.seconds,
            eta_seconds=self.eta_seconds,
            progress=self.progress,
        )

    def _finish_epoch(self) -> EpochResult:
        """Validate if it is due, decide whether training is finished, and advance the state to the next epoch."""
        settings, state = self.settings, self.state
        due = (state.epoch + 1) % settings.validate_every == 0
        work = ("validation", "prior", "batch") if due else ("batch",)
        (over,) = self.processes.all_reduce_max(float(not self.clock.allows(*work)))
        complete = state.batch >= self.batches_per_epoch
        *sums, phrases, norm, elapsed = state.sums
        learning_rate, batches = self._learning_rate(), state.batch
        state.epoch, state.batch = state.epoch + 1, 0
        state.sums = [0.0] * 7
        if state.epoch >= settings.epochs and complete:
            state.finished = f"{settings.epochs} {'epochs are' if settings.epochs > 1 else 'epoch is'} over"
        elif over or not complete:
            state.finished = f"{settings.minutes:g} minutes are over"
        validation, best = None, False
        if state.finished or due:
            self.model.eval()
            with self.clock.measured("prior"):
                self.model.fit_prior(self.dataset)
            with self.clock.measured("validation"):
                validation = self.validate()
            best = validation.loss < state.best_loss
            if best:
                state.best_loss, state.best_epoch, state.misses = validation.loss, state.epoch, 0
            else:
                state.misses += 1
                if settings.patience and state.misses >= settings.patience and not state.finished:
                    state.finished = f"{state.misses} validations without a better one"
        state.seconds = self._seconds()
        loss, reconstruction, kl, error = (value / phrases for value in sums)
        return EpochResult(
            epoch=state.epoch,
            train=MeanLosses(loss=loss, reconstruction=reconstruction, kl=kl, error_cm=100 * error),
            validation=validation,
            best=best,
            gradient_norm=norm / max(batches, 1),
            learning_rate=learning_rate,
            phrases_per_second=phrases / max(elapsed, 1e-9),
            seconds=state.seconds,
            eta_seconds=0.0 if state.finished else self.eta_seconds,
        )

    @torch.no_grad()
    def validate(self) -> MeanLosses:
        """Means over the validation phrases without augmentation, with the same latent noise every time."""
        self.model.eval()
        count = len(self._validation_starts)
        generator = torch.Generator(self.dataset.device).manual_seed(VALIDATION_SEED)
        noise = torch.randn(count, self.model.latent_dim, generator=generator, device=self.dataset.device)
        rows = self.processes.shard(count)
        own = np.arange(rows.start, rows.stop)
        sums = torch.zeros(4, dtype=torch.float64, device=self.dataset.device)
        for first in range(0, len(own), self.settings.batch_size):
            index = own[first : first + self.settings.batch_size]
            with self._autocast():
                loss = self.model.losses(self.dataset.batch(self._validation_starts[index]), noise[index])
            sums += torch.stack([part.double().sum() for part in loss])
        loss, reconstruction, kl, error = (self.processes.all_reduce_sum(sums) / count).tolist()
        return MeanLosses(loss=loss, reconstruction=reconstruction, kl=kl, error_cm=100 * error)


def train(model: PhraseModel, dataset: PhraseDataset, settings: TrainSettings, **options) -> Iterator[EpochResult]:
    """Train a new model, epoch by epoch: initialise it from the training phrases, then iterate a `Trainer`.

    Args:
        model: a new model.
        dataset: the phrases.
        settings: how to train.
        **options: see `Trainer`.
    """
    clock = TrainingClock(time_limit(settings))
    model.to(dataset.device)
    initialise(model, dataset, clock)
    yield from Trainer(model, dataset, settings, **{"clock": clock, **options})


def time_limit(settings: TrainSettings) -> float | None:
    """The seconds that a training may take."""
    return None if settings.minutes is None else 60 * settings.minutes


def initialise(model: PhraseModel, dataset: PhraseDataset, clock: TrainingClock) -> None:
    """Initialise a new model from the training phrases; its duration bounds that of fitting the prior later."""
    with clock.measured("prior"):
        model.initialise_from_data(dataset)


def _seed(*key: int) -> int:
    """One seed made from several numbers."""
    return int(np.random.SeedSequence(key).generate_state(1)[0])
