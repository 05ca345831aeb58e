"""The training loop: an iterator of epoch results that knows neither screen, nor thread, nor disk.

>>> for result in train(model, feed, TrainSettings(epochs=20)):
...     print(result.epoch, result.train.error_cm)

Everything drawn at random is drawn from (seed, epoch, batch), so that a training that stops anywhere and is taken
up again from its `state` goes on as if it had never stopped, and several processes see the batches that one would.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field

import numpy as np
import torch
from torch import Tensor

from mariel.data.dataset import PhraseFeed, Variation
from mariel.errors import RunError, SettingsError
from mariel.models.base import Loss, PhraseModel
from mariel.training.devices import pick_precision
from mariel.training.distributed import Processes
from mariel.training.results import BatchReport, EpochResult, Means
from mariel.training.settings import TrainSettings

OnBatch = Callable[[BatchReport], bool | None]
"""Told after every batch where a training stands; stops it there by answering true."""

FINAL_LEARNING_RATE = 0.01
"""Share of the learning rate that the cosine schedule ends at."""

VALIDATION_SEED = 1_000_003
"""Validation draws the same latent noise every time, so that its losses compare."""


@dataclass
class TrainState:
    """Where a training stands, beside its weights and its optimiser's moments: plain numbers, for JSON.

    Args:
        epoch: epochs that are over.
        batch: batches of the next one that are over.
        seconds: training time so far.
        best_loss: lowest validation loss so far.
        best_epoch: the epoch after which it was.
        misses: validations since.
        sums: what the epoch under way adds up: loss, reconstruction, kl, error, phrases, gradient norm, seconds.
        finished: why the training is over, empty while it is not.
    """

    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0
    best_loss: float = math.inf
    best_epoch: int = 0
    misses: int = 0
    sums: list[float] = field(default_factory=lambda: [0.0] * 7)
    finished: str = ""

    def to_dict(self) -> dict:
        """Plain numbers, for JSON; no validation yet is a best loss of null."""
        return asdict(self) | {"best_loss": None if math.isinf(self.best_loss) else self.best_loss}

    @classmethod
    def from_dict(cls, data: dict) -> "TrainState":
        """The state that `to_dict` wrote."""
        return cls(**(data | {"best_loss": math.inf if data["best_loss"] is None else data["best_loss"]}))


class Training:
    """A training that can be iterated, looked at between batches, stopped, and taken up again.

    Iterating gives an `EpochResult` after each epoch until the settings' epochs or minutes are over, or validation
    no longer improves, or `on_batch` answers true; `state.finished` says which, and is empty in the last case.

    Args:
        model: on its device already.
        feed: the phrases, on the same device.
        settings: how to train.
        state: where to go on from, with the model's weights and `moments` of then.
        moments: the optimiser's tensors by name, as `moments()` gives them.
        processes: the processes that train together.
        on_batch: see `OnBatch`.

    Raises:
        RunError: while iterating, a loss is not finite; the message names epoch and batch.
    """

    def __init__(
        self,
        model: PhraseModel,
        feed: PhraseFeed,
        settings: TrainSettings,
        *,
        state: TrainState | None = None,
        moments: dict[str, Tensor] | None = None,
        processes: Processes | None = None,
        on_batch: OnBatch | None = None,
    ) -> None:
        self.model, self.feed, self.settings = model, feed, settings
        self.state = state or TrainState()
        self.processes = processes or Processes()
        self.on_batch = on_batch
        self.precision = pick_precision(settings.precision, feed.device)
        if self.processes.count > settings.batch_size:
            raise SettingsError(
                f"--batch-size must be at least the number of processes, {self.processes.count} "
                f"(got {settings.batch_size})"
            )
        self.processes.same(model)
        self._module = self.processes.wrap(model)
        self.optimiser = torch.optim.Adam(
            model.parameters(), lr=settings.learning_rate, fused=feed.device.type == "cuda" or None
        )
        if moments:
            self._take_over(moments)
        self._phrases = _Order(feed.training, settings)
        self._validation = feed.evenly(feed.validation, settings.validation_phrases)

    @property
    def batches(self) -> int:
        """Batches an epoch."""
        return math.ceil(self._phrases.an_epoch / self.settings.batch_size)

    @property
    def progress(self) -> float:
        """Share of the training that is over, 0 to 1: of its epochs or of its minutes, whichever is further."""
        share = (self.state.epoch + self.state.batch / self.batches) / self.settings.epochs
        if self.settings.minutes:
            share = max(share, self.state.seconds / (60 * self.settings.minutes))
        return min(share, 1.0)

    @property
    def eta_seconds(self) -> float:
        """Training time still ahead at the speed so far."""
        progress = self.progress
        return self.state.seconds * (1 - progress) / progress if progress > 0 else math.inf

    def moments(self) -> dict[str, Tensor]:
        """The optimiser's tensors by name: `<parameter>.exp_avg`, `.exp_avg_sq` and `.step`."""
        kept = {}
        for name, parameter in self.model.named_parameters():
            for what, tensor in self.optimiser.state.get(parameter, {}).items():
                kept[f"{name}.{what}"] = tensor
        return kept

    def _take_over(self, moments: dict[str, Tensor]) -> None:
        for name, parameter in self.model.named_parameters():
            own = {what: moments[f"{name}.{what}"] for what in ("step", "exp_avg", "exp_avg_sq")
                   if f"{name}.{what}" in moments}  # fmt: skip
            if own:
                step = own["step"].to(parameter.device if self.feed.device.type == "cuda" else "cpu")
                self.optimiser.state[parameter] = {
                    "step": step.clone(),
                    **{what: own[what].to(parameter.device).clone() for what in ("exp_avg", "exp_avg_sq")},
                }

    def __iter__(self) -> Iterator[EpochResult]:
        while not self.state.finished:
            stopped = self._run_epoch()
            if stopped:
                return
            yield self._close_epoch()

    def _run_epoch(self) -> bool:
        """The rest of the epoch under way; true if it was stopped before its end."""
        self._module.train()
        while self.state.batch < self.batches:
            begin = time.perf_counter()
            loss = self._step()
            spent = time.perf_counter() - begin
            stop = self.on_batch is not None and bool(self.on_batch(self._report(loss, spent)))
            spent, stop = self.processes.agree(spent, float(stop))
            self.state.batch += 1
            self.state.seconds += spent
            self.state.sums[6] += spent
            if stop:
                return True
            if self.settings.minutes and self.state.seconds >= 60 * self.settings.minutes:
                return False
        return False

    def _step(self) -> float:
        """One batch; gives its mean loss."""
        settings, state = self.settings, self.state
        starts, noisy = self._phrases.batch(state.epoch, state.batch)
        rows = self.processes.share(len(starts))
        key = (settings.seed, state.epoch, state.batch)
        variation = Variation.draw(
            np.random.default_rng(key),
            noisy,
            tempo=settings.tempo,
            mirror=settings.mirror,
            rotate=settings.rotate and not self.model.turns_away,
            noise=settings.noise,
        )
        draws = torch.Generator(self.feed.device).manual_seed(_seed(*key))
        positions = self.feed.varied(starts, variation, rows)
        positions = self._with_noise(positions, variation.noise, rows, draws)
        latent_noise = torch.randn(len(starts), self.model.latent, generator=draws, device=self.feed.device)[rows]
        torch.manual_seed(_seed(*key, self.processes.rank))  # dropout's
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        self.optimiser.zero_grad(set_to_none=True)
        with self._casting():
            loss: Loss = self._module(positions, latent_noise)
        # Gradients are averaged over processes, so each weighs its share as if it were the whole.
        (loss.total.sum() * (self.processes.count / len(starts))).backward()
        longest = math.inf if settings.clip is None else settings.clip
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), longest)
        sums = torch.stack([part.detach().double().sum() for part in loss])
        sums = self.processes.sum(sums).tolist()
        mean = sums[0] / len(starts)
        if not math.isfinite(mean) or not math.isfinite(float(norm)):
            raise RunError(
                f"the loss is no longer a number, at epoch {state.epoch + 1}, batch {state.batch + 1} of "
                f"{self.batches}: a smaller --learning-rate or --clip 1 may help"
            )
        self.optimiser.step()
        for i, value in enumerate((*sums, len(starts), float(norm))):
            state.sums[i] += value
        return mean

    def _with_noise(self, positions: Tensor, noise: np.ndarray, rows: slice, draws: torch.Generator) -> Tensor:
        if not noise.any():
            return positions
        # Drawn for the whole batch, so that any number of processes sees the same noise.
        every = torch.randn(len(noise), *positions.shape[1:], generator=draws, device=positions.device)[rows]
        scale = torch.from_numpy((noise[rows] * self.model.noise_scale()).astype(np.float32)).to(positions.device)
        return positions + every * scale[:, None, None, None]

    def _learning_rate(self) -> float:
        if self.settings.schedule == "constant":
            return self.settings.learning_rate
        share = FINAL_LEARNING_RATE + (1 - FINAL_LEARNING_RATE) * 0.5 * (1 + math.cos(math.pi * self.progress))
        return self.settings.learning_rate * share

    def _casting(self) -> AbstractContextManager:
        if self.precision == torch.float32:
            return nullcontext()
        return torch.autocast(self.feed.device.type, self.precision)

    def _report(self, loss: float, spent: float) -> BatchReport:
        return BatchReport(
            epoch=self.state.epoch + 1,
            batch=self.state.batch + 1,
            batches=self.batches,
            loss=loss,
            phrases_a_second=self.settings.batch_size / max(spent, 1e-9),
            seconds=self.state.seconds,
            eta_seconds=self.eta_seconds,
            progress=self.progress,
        )

    def _close_epoch(self) -> EpochResult:
        """Look at validation phrases if it is time to, decide whether it is over, and begin the next epoch."""
        settings, state = self.settings, self.state
        cut_short = state.batch < self.batches
        *sums, phrases, norm, spent = state.sums
        learning_rate, batches = self._learning_rate(), state.batch
        state.epoch, state.batch = state.epoch + 1, 0
        state.sums = [0.0] * 7
        if cut_short:
            state.finished = f"{settings.minutes:g} minutes are over"
        elif state.epoch >= settings.epochs:
            state.finished = f"{settings.epochs} {'epochs are' if settings.epochs > 1 else 'epoch is'} over"
        validation, best = None, False
        if state.finished or state.epoch % settings.validate_every == 0:
            begin = time.perf_counter()
            self.model.eval()
            self.model.settle(self.feed)
            validation = self.validate()
            best = validation.loss < state.best_loss
            if best:
                state.best_loss, state.best_epoch, state.misses = validation.loss, state.epoch, 0
            else:
                state.misses += 1
                if settings.patience and state.misses >= settings.patience and not state.finished:
                    state.finished = f"{state.misses} validations without a better one"
            (validating,) = self.processes.agree(time.perf_counter() - begin)
            state.seconds += validating
        loss, reconstruction, kl, error = (value / phrases for value in sums)
        return EpochResult(
            epoch=state.epoch,
            train=Means(loss, reconstruction, kl, 100 * error),
            validation=validation,
            best=best,
            gradient_norm=norm / max(batches, 1),
            learning_rate=learning_rate,
            phrases_a_second=phrases / max(spent, 1e-9),
            seconds=state.seconds,
            eta_seconds=0.0 if state.finished else self.eta_seconds,
        )

    @torch.no_grad()
    def validate(self) -> Means:
        """Means over the validation phrases, as they were danced, with the same latent noise every time."""
        self.model.eval()
        count = len(self._validation)
        draws = torch.Generator(self.feed.device).manual_seed(VALIDATION_SEED)
        noise = torch.randn(count, self.model.latent, generator=draws, device=self.feed.device)
        rows = self.processes.share(count)
        mine = np.arange(rows.start, rows.stop)
        sums = torch.zeros(4, dtype=torch.float64, device=self.feed.device)
        for first in range(0, len(mine), self.settings.batch_size):
            index = mine[first : first + self.settings.batch_size]
            with self._casting():
                loss = self.model.losses(self.feed.batch(self._validation[index]), noise[index])
            sums += torch.stack([part.double().sum() for part in loss])
        loss, reconstruction, kl, error = (self.processes.sum(sums) / count).tolist()
        return Means(loss, reconstruction, kl, 100 * error)


def train(model: PhraseModel, feed: PhraseFeed, settings: TrainSettings, **more) -> Iterator[EpochResult]:
    """Train a new model, epoch by epoch: measure the training phrases, then iterate a `Training`.

    Args:
        model: freshly made.
        feed: the phrases.
        settings: how to train.
        **more: see `Training`.
    """
    model.to(feed.device)
    model.fit(feed)
    yield from Training(model, feed, settings, **more)


class _Order:
    """Which phrases come in which batch: a permutation of all phrases and noisy copies after the other.

    Args:
        starts: first frames of the training phrases.
        settings: how many are drawn an epoch, and what share are noisy copies.
    """

    def __init__(self, starts: np.ndarray, settings: TrainSettings) -> None:
        self._starts, self._settings = starts, settings
        self._items = len(starts) + int(len(starts) * settings.noise_share)
        self.an_epoch = settings.phrases_an_epoch or self._items
        self._permutations: dict[int, np.ndarray] = {}

    def batch(self, epoch: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
        """First frames of a batch's phrases, and which of them are noisy copies."""
        size = self._settings.batch_size
        first = epoch * self.an_epoch + batch * size
        places = np.arange(first, min(first + size, (epoch + 1) * self.an_epoch))
        items = np.array([self._permutation(place // self._items)[place % self._items] for place in places])
        noisy = items >= len(self._starts)
        copied = ((items - len(self._starts)) / max(self._settings.noise_share, 1e-9)).astype(np.int64)
        return self._starts[np.where(noisy, copied, items) % len(self._starts)], noisy

    def _permutation(self, round_: int) -> np.ndarray:
        if round_ not in self._permutations:
            self._permutations = {kept: order for kept, order in self._permutations.items() if kept == round_ - 1}
            random = np.random.default_rng((self._settings.seed, round_))
            self._permutations[round_] = random.permutation(self._items)
        return self._permutations[round_]


def _seed(*key: int) -> int:
    """One seed of several numbers."""
    return int(np.random.SeedSequence(key).generate_state(1)[0])
