"""Takes and runs that are small enough to be trained within a second."""

import atexit
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from mariel.data.settings import DataSettings
from mariel.models.settings import NotebookSettings, PhraseVaeSettings
from mariel.motion.io.formats.npz import write_npz
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from mariel.training.checkpoints import load_checkpoint
from mariel.training.control import TrainingControl
from mariel.training.run_training import run_training
from mariel.training.runs import Run
from mariel.training.settings import RunSettings, TrainSettings
from tests.support.bodies import standing_pose, write_raw_take

LENGTH = 16

MODEL = NotebookSettings(layers=1, hidden=8, latent=4)


def swaying(frames: int = 120, seed: int = 0, fps: float = 35) -> np.ndarray:
    """(frames, 53, 3): the standing pose with sinusoidal noise of random frequencies, moving along a circle."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None, None] / fps
    rhythm, phase = random.uniform(1, 4, (1, 53, 3)), random.uniform(0, 6, (1, 53, 3))
    path = np.stack([np.cos(time[..., 0]), np.sin(time[..., 0]), 0 * time[..., 0]], axis=-1)
    return standing_pose() + 0.1 * np.sin(rhythm * time + phase) + path


def make_takes(*names: str, frames: int = 120) -> dict[str, Recording]:
    names = names or ("one", "two")
    return {name: Recording.from_positions(name, swaying(frames, seed), MARIEL_53) for seed, name in enumerate(names)}


def make_dances(*names: str, frames: int = 120) -> dict[str, Recording]:
    """Takes of a body: excerpts of the demo dancer. The markers of `make_takes` are on no body."""
    dances = list(load_recordings("demo").values())
    names = names or ("one", "two")
    return {name: dance.frames(0, frames) for name, dance in zip(names, dances, strict=False)}


def write_takes(folder: Path, *names: str, frames: int = 120) -> Path:
    """A folder of takes in Mariel's raw layout; open with `trim=0`."""
    folder.mkdir(exist_ok=True)
    for seed, name in enumerate(names or ("one", "two")):
        write_raw_take(folder, name, swaying(frames, seed))
    return folder


def write_takes_of_rates(folder: Path, **rates: float) -> Path:
    """A folder of takes of 3.4 s, the same dances as `write_takes` has, at frame rates by name."""
    folder.mkdir(exist_ok=True)
    for seed, (name, fps) in enumerate(rates.items()):
        positions = swaying(round(120 / 35 * fps), seed, fps)
        take = Recording.from_positions(name, positions, MARIEL_53, fps=fps)
        (folder / f"{name}.npz").write_bytes(write_npz([take]))
    return folder


def training_settings(**changes) -> TrainSettings:
    """Settings for three epochs of four batches, on the processor, with a validation after each epoch."""
    defaults = {"epochs": 3, "batch_size": 8, "phrases_per_epoch": 32, "validate_every": 1, "patience": 0}
    return TrainSettings(**{**defaults, "device": "cpu", "precision": "float32", **changes})


def run_settings(data: Path, **changes) -> RunSettings:
    return RunSettings(
        model=MODEL, data=DataSettings(data=str(data), trim=0, length=LENGTH), train=training_settings(**changes)
    )


def new_run(folder: Path, name: str = "run", **changes) -> Run:
    """A run on two takes in `folder`, not started."""
    return Run.create(folder / "runs", name, run_settings(write_takes(folder / "data"), **changes))


def trained_run(folder: Path, name: str = "waltz", **changes) -> Run:
    """A run of a small default model, trained for one epoch.

    Initialising the model takes seconds, so the model is trained once per set of changes and copied afterwards.
    """
    run = _small_run(folder, name, **changes)
    for file in _trained_folder(tuple(sorted(changes.items()))).iterdir():
        if file.name != "run.json":
            shutil.copy(file, run.folder)
    return run


@cache
def _trained_folder(changes: tuple) -> Path:
    """The folder of a trained run; it exists until the tests end."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    run = _small_run(Path(folder.name), "trained", **dict(changes))
    run_training(run, threads=1)
    return run.folder


def _small_run(folder: Path, name: str, **changes) -> Run:
    # The markers of these takes are on no body, and without one tests are quicker.
    model = PhraseVaeSettings(latent=6, encoder_hidden=8, decoder_hidden=8, curves=8, decoder="markers")
    settings = run_settings(write_takes(folder / "data"), epochs=1, **changes)
    return Run.create(folder / "runs", name, settings.replace(model=model))


def with_settings(run: Run, **changes) -> Run:
    """The same run with other training settings."""
    train = run.settings.train.replace(**changes)
    return replace(run, settings=run.settings.replace(train=train))


def loss_curve(run: Run) -> np.ndarray:
    """(epochs, 4): epoch, training and validation loss, training error."""
    return np.array([(r.epoch, r.train.loss, r.validation.loss, r.train.error_cm) for r in run.metrics()])


def assert_same_training(run: Run, whole: Run) -> None:
    np.testing.assert_allclose(loss_curve(run), loss_curve(whole), rtol=1e-6)
    for which in ("best", "last"):
        state, expected = (load_checkpoint(each.folder, which).model.state_dict() for each in (run, whole))
        for name, tensor in expected.items():
            torch.testing.assert_close(state[name], tensor, rtol=1e-6, atol=1e-7)


def stop_after(batches: int, control: TrainingControl):
    """A callback for every batch that requests a stop after a number of batches."""
    reports = []

    def callback(report) -> None:
        reports.append(report)
        if len(reports) == batches:
            control.request_stop()

    return callback
