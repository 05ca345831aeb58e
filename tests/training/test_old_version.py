"""Runs and favourites that version 1 wrote: those in `old_version` were made by the commit 67a2152.

The run was stopped after the second of three epochs; its recordings were those of `write_takes`.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from mariel.generation.favourites import list_favourites
from mariel.generation.sampling_requests import SamplingRequest
from mariel.training.checkpoints import load_checkpoint
from mariel.training.run_training import run_training
from mariel.training.runs import Run, broken_runs, list_runs
from tests.support.small_runs import write_takes

OLD = Path(__file__).parent / "old_version"


@pytest.fixture
def root(tmp_path) -> Path:
    return Path(shutil.copytree(OLD, tmp_path / "runs"))


def test_an_old_run_opens_with_all_its_settings(root):
    assert json.loads((OLD / "old_run" / "run.json").read_text())["version"] == 1
    (run,) = list_runs(root)
    assert broken_runs(root) == []
    assert run.settings.train.phrases_per_epoch == 16
    assert (run.settings.train.clip, run.settings.train.epochs, run.settings.data.marker_set) == (1.0, 3, "18")
    assert (run.status().state, run.status().epoch) == ("stopped", 2)
    assert run.problems() == []
    assert [result.epoch for result in run.metrics()] == [1, 2]
    assert all(result.phrases_per_second > 0 for result in run.metrics())


def test_an_old_model_can_be_sampled(root):
    checkpoint = load_checkpoint(root / "old_run")
    example = Run.open(root / "old_run").validation_example()
    assert (checkpoint.epoch, example.epoch) == (2, 2)
    assert example.original.shape == (16, 18, 3)
    assert checkpoint.result == Run.open(root / "old_run").metrics()[-1]
    assert checkpoint.model.sample(torch.zeros(2, checkpoint.model.latent_dim)).shape == (2, 16, 18, 3)


def test_an_old_run_is_resumed_and_written_in_the_new_version(root, tmp_path):
    run = Run.open(root / "old_run")
    data = run.settings.data.replace(data=str(write_takes(tmp_path / "takes")))
    resumed = Run(run.folder, run.settings.replace(data=data), run.created)
    assert run_training(resumed, threads=1).state == "finished"
    assert [result.epoch for result in run.metrics()] == [1, 2, 3]
    keys = [set(json.loads(line)) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    assert "phrases_a_second" in keys[1]
    assert "phrases_per_second" in keys[2]
    child = Run.create(root, "child", resumed.settings, parent="old_run")
    run.rename("renamed")
    description = json.loads((child.folder / "run.json").read_text())
    assert (description["version"], description["parent"]) == (2, "renamed")
    assert description["settings"]["train"]["phrases_per_epoch"] == 16


def test_an_old_favourite_opens_and_its_recipe_is_understood(root):
    (favourite,), broken = list_favourites(root)
    assert broken == []
    assert favourite.name == "old_favourite"
    assert favourite.positions.shape == (16, 18, 3)
    assert np.isfinite(favourite.positions).all()
    request = SamplingRequest.from_dict(favourite.recipe)
    assert (request.mode, request.seed, request.count) == ("new", 7, 1)
    assert (favourite.recipe["checkpoint"], favourite.recipe["data"]) == ("old_run", "/data/takes")


def test_the_shipped_run_opens():
    run = Run.open(Path(__file__).resolve().parents[2] / "checkpoints" / "demo-dancer")
    assert run.settings.train.phrases_per_epoch == 4096
    assert run.problems() == []
    assert len(run.metrics()) == 100
