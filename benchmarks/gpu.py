"""Cost of training on a GPU: seconds per epoch of both models, memory, and loss curves beside the processor's.

    python -m benchmarks.gpu                      # at most 8 minutes on one data-centre GPU; prints Markdown
    python -m benchmarks.gpu --size tiny          # the whole script in less than a minute, on a processor
    python -m benchmarks.gpu --data DATA          # other recordings than the demo dancer's

An epoch is 42,953 phrases of 128 frames and 53 markers, as in the published notebook, which took 22.5 s for it on a
GPU. Takes are cut or repeated to the 38,309 frames of its recordings. Each model is trained by the project's own loop
with the recipe of its preset; batch size and precision vary. A few batches are trained before each timing, and
the device is synchronised before and after it. Validation is not part of these epochs. An epoch that does not fit in
the time left is stopped and projected from the phrases that were trained: "phrases timed" says how many.

Curves are compared from the same weights, batches and latent noise. Random numbers differ between devices, so for the
comparison the latent noise is sampled on the processor, and dropout and noisy copies are off.
"""

import argparse
import copy
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from benchmarks.training import UNLIMITED_EPOCHS
from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from mariel.errors import MarielError
from mariel.models.base import Loss, PhraseModel
from mariel.models.registry import make_model
from mariel.motion.io.loading import load_recordings
from mariel.motion.recording import Recording
from mariel.training.devices import describe_device, has_bfloat16, pick_device
from mariel.training.loop import Trainer
from mariel.training.settings import PRESETS, RunSettings, TrainSettings

PHRASES = 42_953
"""Phrases per epoch of the published notebook: 34,363 training phrases and a quarter as many noisy copies."""

NOTEBOOK_SECONDS = 22.5
"""Seconds per epoch that the published notebook prints, on a GPU."""

GOALS = {"notebook": 3.0, "phrase-vae": 2.0}
"""Seconds per epoch aimed at, by kind of model."""

MEMORY_GOAL = 100e6
"""Maximum bytes that the data should take on the device."""

RELATIVE_TOLERANCE = 1e-3
"""Largest relative difference of two loss curves in float32 that is called agreement."""

RESERVED = 0.25
"""Share of the time that is kept for the comparison of loss curves."""

MIN_STEPS = 2
"""Minimum batches of a loss curve that are compared, however little time is left."""

MARGIN_SECONDS = 15.0
"""Seconds kept for printing, and for the batch that is being trained when the time is over."""


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Args:
        frames: frames of all takes together.
        phrases: phrases per epoch.
        warm_up: batches trained before a time is taken.
        batch_sizes: phrases per batch.
        curve_steps: batches of a loss curve.
        curve_batch: phrases in each of them.
    """

    frames: int
    phrases: int
    warm_up: int
    batch_sizes: tuple[int, ...]
    curve_steps: int
    curve_batch: int


SIZES = {
    "full": Size(38_309, PHRASES, warm_up=5, batch_sizes=(64, 256, 1024), curve_steps=20, curve_batch=16),
    "tiny": Size(2_000, 48, warm_up=1, batch_sizes=(8, 16), curve_steps=3, curve_batch=4),
}
RECIPES: tuple[RunSettings, ...] = (PRESETS["notebook"], PRESETS["full"])
"""Settings of both models, as they are trained."""


@dataclass(frozen=True)
class BenchmarkSetup:
    """What is measured on: the takes, how much of them, the device, and the time there is."""

    recordings: Mapping[str, Recording]
    size: Size
    device: torch.device
    budget: "TimeBudget"


class TimeBudget:
    """The time that is left of a number of minutes."""

    def __init__(self, minutes: float) -> None:
        self._end = time.perf_counter() + max(60 * minutes - MARGIN_SECONDS, 1.0)

    def left(self) -> float:
        """Seconds that are left, 0 or more."""
        return max(self._end - time.perf_counter(), 0.0)


@dataclass(frozen=True)
class EpochTiming:
    """A timed epoch, whole or in part.

    Args:
        phrases: phrases trained while time was taken.
        seconds: how long they took.
        peak_bytes: peak bytes of tensors on the GPU, None on other devices.
    """

    phrases: int
    seconds: float
    peak_bytes: int | None

    @property
    def epoch_seconds(self) -> float:
        """Seconds per epoch of 42,953 phrases, projected where other phrases were timed."""
        return self.seconds * PHRASES / self.phrases


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print what `--size` asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="demo", help="recordings to train on; the demo dancer's by default")
    parser.add_argument("--size", choices=tuple(SIZES), default="full")
    parser.add_argument("--minutes", type=float, default=8.0, help="maximum minutes of the whole script")
    parser.add_argument("--device", choices=("auto", "cuda", "mps", "cpu"), default="auto")
    options = parser.parse_args(arguments)
    budget, size, device = TimeBudget(options.minutes), SIZES[options.size], pick_device(options.device)
    print_machine(device)
    setup = BenchmarkSetup(take_frames(load_recordings(options.data), size.frames), size, device, budget)
    models = print_timings(setup)
    print_curves(setup, models)
    if device.type != "cuda":
        print("\nNot measured, because there is no CUDA device: its seconds per epoch, memory and loss curves.")


def print_machine(device: torch.device) -> None:
    """Print what the numbers below were measured on."""
    print(f"{describe_device(device)}, {platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}")
    if device.type == "cuda":
        tf32 = "on" if torch.backends.cudnn.allow_tf32 else "off"
        print(f"CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}, TF32 in cuDNN {tf32}")


def take_frames(recordings: Mapping[str, Recording], count: int) -> dict[str, Recording]:
    """Takes with exactly `count` frames together: the last one cut, all of them repeated where there are too few."""
    taken: dict[str, Recording] = {}
    left = count
    while left:
        for name, take in recordings.items():
            if not left:
                break
            frames = min(len(take), left)
            unique = name if name not in taken else f"{name} {len(taken)}"
            taken[unique] = replace(take.frames(0, frames), name=unique)
            left -= frames
    return taken


def print_timings(setup: BenchmarkSetup) -> list[PhraseModel]:
    """Print seconds per epoch of both models at each batch size and precision, and the memory of the data.

    Returns:
        The models as they were before their first batch, on the processor, in the order of `RECIPES`.
    """
    size, device, budget = setup.size, setup.device, setup.budget
    cases = [(batch_size, precision) for batch_size in size.batch_sizes for precision in ("bfloat16", "float32")]
    remaining = len(RECIPES) * len(cases)
    reserved = RESERVED * budget.left()
    models, rows, facts = [], [], []
    for recipe in RECIPES:
        kind = recipe.model.kind
        dataset, data_bytes = make_dataset(setup.recordings, recipe.data, device)
        model = new_model(recipe, dataset)
        seconds = timed(device, lambda model=model, dataset=dataset: model.initialise_from_data(dataset))
        models.append(copy.deepcopy(model).cpu())
        measured: dict[str, EpochTiming] = {}
        for batch_size, precision in cases:
            limit = max(budget.left() - reserved, 0.0) / remaining
            remaining -= 1
            cells = f"not measured: {reason_not_measured(precision, device, limit)} | | | "
            if not reason_not_measured(precision, device, limit):
                settings = unlimited_settings(
                    recipe.train, batch_size=batch_size, precision=precision, phrases_per_epoch=size.phrases
                )
                try:
                    timing = time_epoch(model, dataset, settings, size.warm_up, limit)
                    measured[f"batch size {batch_size}, {precision}"] = timing
                    cells = timing_cells(kind, timing)
                except (MarielError, torch.OutOfMemoryError) as error:
                    cells = f"not measured: {str(error).splitlines()[0]} | | | "
            rows.append(f"| {kind} | {batch_size} | {precision} | {cells} |")
        facts += [
            memory_fact(kind, data_bytes, len(dataset.frames), device),
            f"{kind}: initialising the model from the data, before the first epoch, takes {seconds:.1f} s",
            fastest_fact(kind, measured),
        ]
    print(
        f"\n| model | batch size | precision | phrases timed | seconds per {PHRASES:,} phrases | goal | peak memory |"
    )
    print("|---|---|---|---|---|---|---|")
    print("\n".join(rows) + "\n\n- " + "\n- ".join(facts))
    return models


def make_dataset(
    recordings: Mapping[str, Recording], settings: DataSettings, device: torch.device
) -> tuple[PhraseDataset, int]:
    """The phrases, and the bytes that they take on the device: measured on CUDA, else those of the frames."""
    before = torch.cuda.memory_allocated(device) if device.type == "cuda" else 0
    dataset = PhraseDataset(recordings, settings, device)
    if device.type != "cuda":
        return dataset, dataset.frames.nbytes
    return dataset, torch.cuda.memory_allocated(device) - before


def new_model(recipe: RunSettings, dataset: PhraseDataset) -> PhraseModel:
    """A model of the recipe on the dataset's device; the same weights every time."""
    torch.manual_seed(0)
    return make_model(recipe.model, dataset.marker_set, dataset.length, dataset.fps).to(dataset.device)


def reason_not_measured(precision: str, device: torch.device, limit: float) -> str:
    """Why a case cannot be measured; empty if it can."""
    if precision == "bfloat16" and not has_bfloat16(device):
        return "the device has no bfloat16"
    return "" if limit > 0 else "time was over"


def time_epoch(
    model: PhraseModel, dataset: PhraseDataset, settings: TrainSettings, warm_up: int, limit: float
) -> EpochTiming:
    """Train `warm_up` batches, then time an epoch, or the part of it that ends within `limit` seconds of all this."""
    begin, device, phrases = time.perf_counter(), dataset.device, settings.phrases_per_epoch
    train_batches(model, dataset, settings, lambda count: count >= warm_up or time.perf_counter() - begin > limit / 2)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)

    def stop(count: int) -> bool:
        return count * settings.batch_size >= phrases or time.perf_counter() - begin > limit

    losses: list[float] = []
    seconds = timed(device, lambda: losses.extend(train_batches(model, dataset, settings, stop)))
    peak = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
    return EpochTiming(min(len(losses) * settings.batch_size, phrases), seconds, peak)


def unlimited_settings(settings: TrainSettings, **changes) -> TrainSettings:
    """The settings without validation and without a limit of epochs, so that `train_batches` decides when to stop."""
    return settings.replace(
        epochs=UNLIMITED_EPOCHS,
        minutes=None,
        patience=0,
        validate_every=UNLIMITED_EPOCHS,
        validation_phrases=64,
        **changes,
    )


def train_batches(
    model: PhraseModel, dataset: PhraseDataset, settings: TrainSettings, stop: Callable[[int], bool]
) -> list[float]:
    """Train until `stop`, called with the number of batches so far, returns true. Returns the loss of each batch."""
    losses: list[float] = []

    def on_batch(report) -> bool:
        losses.append(report.loss)
        return stop(len(losses))

    for _ in Trainer(model, dataset, settings, on_batch=on_batch):
        pass
    return losses


def timed(device: torch.device, work: Callable[[], object]) -> float:
    """Seconds that some work takes, with all that it has queued on the device."""
    synchronise(device)
    begin = time.perf_counter()
    work()
    synchronise(device)
    return time.perf_counter() - begin


def synchronise(device: torch.device) -> None:
    """Wait until the device has done what was queued."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def timing_cells(kind: str, timing: EpochTiming) -> str:
    """The last cells of a row of the table of timings."""
    projected = "" if timing.phrases == PHRASES else ", projected"
    met, peak = "not judged without a GPU", "not measured"
    if timing.peak_bytes is not None:
        met, peak = "met" if timing.epoch_seconds < GOALS[kind] else "missed", megabytes(timing.peak_bytes)
    return f"{timing.phrases:,} | {timing.epoch_seconds:.2f}{projected} | < {GOALS[kind]:g}: {met} | {peak}"


def memory_fact(kind: str, data_bytes: int, frames: int, device: torch.device) -> str:
    """A sentence on the memory that the data takes."""
    where = "of the GPU's memory" if device.type == "cuda" else "in one tensor, not measured on a GPU"
    verdict = "met" if data_bytes <= MEMORY_GOAL else "missed"
    return f"{kind}: data of {frames:,} frames takes {megabytes(data_bytes)} {where} (≤ 100 MB: {verdict})"


def fastest_fact(kind: str, measured: Mapping[str, EpochTiming]) -> str:
    """A sentence on the fastest case of a model."""
    if not measured:
        return f"{kind}: no epoch was timed"
    name, timing = min(measured.items(), key=lambda item: item[1].epoch_seconds)
    seconds = timing.epoch_seconds
    return f"{kind}: fastest with {name}, {seconds:.2f} s, {NOTEBOOK_SECONDS / seconds:.2g} × as fast as the notebook"


def megabytes(size: float) -> str:
    """Bytes for people."""
    return f"{size / 1e6:,.1f} MB"


def print_curves(setup: BenchmarkSetup, models: Sequence[PhraseModel]) -> None:
    """Print how far loss curves of the device are from the processor's, from the same weights, batches and noise."""
    size, device = setup.size, setup.device
    print(
        "\n| model | loss curve beside the processor's, float32 | batches | first | largest relative difference | |"
    )
    print("|---|---|---|---|---|---|")
    for number, (recipe, model) in enumerate(zip(RECIPES, models, strict=True)):
        for layer in model.modules():
            if isinstance(layer, nn.LSTM):
                layer.dropout = 0.0
        settings = unlimited_settings(recipe.train, batch_size=size.curve_batch, noise_share=0.0, precision="float32")
        limit = setup.budget.left() / (2 * (len(RECIPES) - number))
        processor_dataset, _ = make_dataset(setup.recordings, recipe.data, torch.device("cpu"))
        expected = loss_curve(model, processor_dataset, settings, size.curve_steps, limit)
        dataset, _ = make_dataset(setup.recordings, recipe.data, device)
        for name, precision, tf32 in curve_variants(device):
            with torch.backends.cudnn.flags(enabled=True, allow_tf32=tf32):
                curve = loss_curve(model, dataset, settings.replace(precision=precision), len(expected), limit)
            print(curve_row(model.kind, name, expected, curve, strict=precision == "float32" and not tf32))


def curve_variants(device: torch.device) -> list[tuple[str, str, bool]]:
    """What is compared with the processor: name, precision, and whether cuDNN may use TF32."""
    if device.type != "cuda":
        name = describe_device(device) + " with itself" * (device.type == "cpu")
        return [(name, "float32", False)]
    variants = [("float32, TF32 off", "float32", False), ("float32, TF32 on", "float32", True)]
    return [*variants, ("bfloat16", "bfloat16", True)] if has_bfloat16(device) else variants


def loss_curve(
    model: PhraseModel, dataset: PhraseDataset, settings: TrainSettings, steps: int, limit: float
) -> list[float]:
    """Losses of `steps` batches by a copy of the model on the dataset's device; fewer after `limit` seconds."""
    model = copy.deepcopy(model).to(dataset.device)
    noise = torch.Generator().manual_seed(0)
    losses = model.losses

    def forward(positions: Tensor, latent_noise: Tensor) -> Loss:
        return losses(positions, torch.randn(latent_noise.shape, generator=noise).to(latent_noise))

    model.forward = forward
    begin = time.perf_counter()

    def stop(count: int) -> bool:
        return count >= steps or (count >= MIN_STEPS and time.perf_counter() - begin > limit)

    return train_batches(model, dataset, settings, stop)


def curve_row(kind: str, name: str, expected: Sequence[float], curve: Sequence[float], *, strict: bool) -> str:
    """A row of the table of loss curves; only exact float32 is judged."""
    differences = [abs(other / loss - 1) for loss, other in zip(expected, curve, strict=False)]
    largest = max(differences)
    verdict = "agrees" if largest <= RELATIVE_TOLERANCE else f"**differs by more than {RELATIVE_TOLERANCE:g}**"
    cells = (kind, name, len(differences), f"{differences[0]:.1e}", f"{largest:.1e}", verdict if strict else "")
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
