"""Phrases that are cut for a trained model."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mariel.evaluation.metrics import NearestNeighbours
from mariel.evaluation.neighbours import training_neighbours
from mariel.generation.phrase_windows import (
    is_run_recording,
    load_for_model,
    phrase_windows,
    run_dataset,
    training_phrases,
    training_starts,
)
from mariel.generation.sampling import batched
from mariel.motion.io.formats.npz import write_npz
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from mariel.training.checkpoints import load_checkpoint
from mariel.training.run_training import run_training
from tests.support.bodies import walking_positions
from tests.support.small_runs import new_run, trained_run, write_takes


@pytest.fixture(scope="module", params=["phrase-vae", "notebook"])
def checkpoint(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "phrase-vae":
        return load_checkpoint(trained_run(folder).folder)
    run = new_run(folder, epochs=1)
    run_training(run, threads=1)
    return load_checkpoint(run.folder)


def test_training_phrases_include_their_mirror_images(checkpoint):
    dataset = run_dataset(checkpoint)
    phrases = training_phrases(dataset)
    assert phrases.shape == (2 * len(dataset.training), dataset.length, 53, 3)
    np.testing.assert_array_equal(phrases[0], dataset.batch(dataset.training[:1])[0])
    # The mirror image of the markers' mean: the same but for y.
    half = len(phrases) // 2
    np.testing.assert_allclose(phrases[half:].mean(axis=2), phrases[:half].mean(axis=2) * [1, -1, 1], atol=1e-5)


def test_training_neighbours_are_at_the_distances_of_whole_phrases(checkpoint):
    model, dataset = checkpoint.model, run_dataset(checkpoint)
    phrases = batched(model.to_canonical, training_phrases(dataset), model)
    unseen = batched(model.to_canonical, dataset.batch(dataset.validation[:3]).numpy(), model)
    neighbours = training_neighbours(model, dataset, training_starts(dataset))
    assert neighbours.frames == dataset.length
    np.testing.assert_allclose(neighbours.distances(unseen), NearestNeighbours(phrases).distances(unseen), atol=0.02)
    for phrase in (phrases[5], phrases[len(phrases) // 2 + 5]):  # a mirror image
        np.testing.assert_allclose(neighbours.nearest_neighbour(phrase), phrase[::4], atol=1e-4)


@pytest.mark.parametrize("run_path", ["data", "./data/../data", "data/*.npy", "{folder}/data", "data/mariel_one.npy"])
@pytest.mark.parametrize("opened_as", ["data", "{folder}/data", "data/mariel_one.npy"])
def test_a_run_knows_its_own_takes_by_whatever_path_they_are_opened(tmp_path, monkeypatch, run_path, opened_as):
    write_takes(tmp_path / "data", "one")
    write_takes(tmp_path / "others", "one")
    monkeypatch.chdir(tmp_path)
    settings = SimpleNamespace(data=SimpleNamespace(data=run_path.format(folder=tmp_path)))
    checkpoint = SimpleNamespace(settings=settings)
    (take,) = load_recordings(opened_as.format(folder=tmp_path), trim=0).values()
    (other,) = load_recordings("others", trim=0).values()
    assert is_run_recording(checkpoint, take)
    assert not is_run_recording(checkpoint, other)
    assert not is_run_recording(checkpoint, replace(take, path=None))


def test_a_run_whose_recordings_are_gone_knows_no_take(tmp_path):
    (take,) = load_recordings(write_takes(tmp_path / "data", "one"), trim=0).values()
    checkpoint = SimpleNamespace(settings=SimpleNamespace(data=SimpleNamespace(data=str(tmp_path / "gone"))))
    assert not is_run_recording(checkpoint, take)


def test_recordings_of_another_frame_rate_are_resampled_with_a_note(checkpoint, tmp_path):
    fast = Recording.from_positions("fast", walking_positions(400), MARIEL_53, fps=70)
    (tmp_path / "fast.npz").write_bytes(write_npz([fast]))
    windows = phrase_windows(str(tmp_path), checkpoint, stride=1)
    assert windows.notes == ("fast is shown to the model with 35 instead of 70 frames per second.",)
    np.testing.assert_allclose(windows.positions[0], fast.positions[: 2 * checkpoint.model.length : 2], atol=1e-6)


def test_a_run_sees_its_own_recordings_as_they_were_trimmed_for_its_training(tmp_path):
    run = trained_run(tmp_path)
    checkpoint = load_checkpoint(run.folder)
    trim = checkpoint.settings.data.trim
    own = load_for_model(checkpoint.settings.data.data, checkpoint)
    assert {len(take) for take in own.values()} == {len(take.source) - 2 * trim for take in own.values()}
