"""Takes and runs so small that a training lasts a second."""

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
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from mariel.training.checkpoints import load_checkpoint
from mariel.training.run_training import Control, execute
from mariel.training.runs import Run
from mariel.training.settings import RunSettings, TrainSettings
from tests.support.bodies import standing_pose, write_take

LENGTH = 16

MODEL = NotebookSettings(layers=1, hidden=8, latent=4)


def swaying(frames: int = 120, seed: int = 0) -> np.ndarray:
    """(frames, 53, 3): the standing pose swaying and bending at its own rhythm, along a circle."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None, None] / 35
    rhythm, phase = random.uniform(1, 4, (1, 53, 3)), random.uniform(0, 6, (1, 53, 3))
    path = np.stack([np.cos(time[..., 0]), np.sin(time[..., 0]), 0 * time[..., 0]], axis=-1)
    return standing_pose() + 0.1 * np.sin(rhythm * time + phase) + path


def takes(*names: str, frames: int = 120) -> dict[str, Recording]:
    names = names or ("one", "two")
    return {name: Recording.from_positions(name, swaying(frames, seed), MARIEL_53) for seed, name in enumerate(names)}


def written_takes(folder: Path, *names: str, frames: int = 120) -> Path:
    """A folder of takes in Mariel's raw layout; open with `trim=0`."""
    folder.mkdir(exist_ok=True)
    for seed, name in enumerate(names or ("one", "two")):
        write_take(folder, name, swaying(frames, seed))
    return folder


def training_settings(**changes) -> TrainSettings:
    """Three epochs of four batches, on the processor, validated after each."""
    plain = {"epochs": 3, "batch_size": 8, "phrases_an_epoch": 32, "validate_every": 1, "patience": 0}
    return TrainSettings(**{**plain, "device": "cpu", "precision": "float32", **changes})


def run_settings(data: Path, **changes) -> RunSettings:
    return RunSettings(MODEL, DataSettings(str(data), trim=0, length=LENGTH), training_settings(**changes))


def new_run(folder: Path, name: str = "run", **changes) -> Run:
    """A run on two takes, both in a folder, not begun."""
    return Run.create(folder / "runs", name, run_settings(written_takes(folder / "data"), **changes))


def trained_run(folder: Path, name: str = "waltz", **changes) -> Run:
    """A run of a small default model that has learned for a moment, so that it can dance.

    Measuring the body takes seconds, so one is trained for all that ask for the same; each gets what came of it.
    """
    run = _small_run(folder, name, **changes)
    for file in _learned(tuple(sorted(changes.items()))).iterdir():
        if file.name != "run.json":
            shutil.copy(file, run.folder)
    return run


@cache
def _learned(changes: tuple) -> Path:
    """The folder of a run that has learned; there as long as the tests run."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    run = _small_run(Path(folder.name), "learned", **dict(changes))
    execute(run, threads=1)
    return run.folder


def _small_run(folder: Path, name: str, **changes) -> Run:
    model = PhraseVaeSettings(latent=6, encoder_hidden=8, decoder_hidden=8, curves=8)
    settings = run_settings(written_takes(folder / "data"), epochs=1, **changes)
    return Run.create(folder / "runs", name, replace(settings, model=model))


def with_settings(run: Run, **changes) -> Run:
    """The same run as if its training had been told otherwise."""
    train = replace(run.settings.train, **changes)
    return replace(run, settings=replace(run.settings, train=train))


def losses(run: Run) -> np.ndarray:
    """(epochs, 4): epoch, training and validation loss, training error."""
    return np.array([(r.epoch, r.train.loss, r.validation.loss, r.train.error_cm) for r in run.metrics()])


def assert_as_if_never_interrupted(run: Run, whole: Run) -> None:
    np.testing.assert_allclose(losses(run), losses(whole), rtol=1e-6)
    for which in ("best", "last"):
        state, expected = (load_checkpoint(each.folder, which).model.state_dict() for each in (run, whole))
        for name, tensor in expected.items():
            torch.testing.assert_close(state[name], tensor, rtol=1e-6, atol=1e-7)


def stop_after(batches: int, control: Control):
    """Told after every batch, asks to stop after so many."""
    seen = []

    def tell(report) -> None:
        seen.append(report)
        if len(seen) == batches:
            control.request_stop()

    return tell
