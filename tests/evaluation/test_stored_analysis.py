"""The latent map of a run is computed once and stored in its folder; so is the real motion it is compared with."""

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from mariel.data.dataset import PhraseDataset
from mariel.evaluation.real_motion import load_real_motion
from mariel.generation.latent_map.stored_map import load_pca_map
from mariel.generation.phrase_windows import run_dataset, run_recordings
from mariel.training.checkpoints import load_checkpoint
from mariel.training.run_folder.names import ANALYSIS_FILE, BEST_FILE
from tests.support.small_runs import trained_run, write_takes


@pytest.fixture
def run(tmp_path):
    return trained_run(tmp_path)


@pytest.fixture
def computations(monkeypatch):
    """Counts how often the recordings are divided into phrases, which only a computation needs."""
    counted = []
    original = PhraseDataset.__init__
    monkeypatch.setattr(PhraseDataset, "__init__", lambda *args, **kw: (counted.append(1), original(*args, **kw))[1])
    return counted


def load_map(run):
    checkpoint = load_checkpoint(run.folder)
    return load_pca_map(run, checkpoint, run_recordings(checkpoint))


def load_real(run):
    checkpoint = load_checkpoint(run.folder)
    return load_real_motion(run, checkpoint, run_recordings(checkpoint))


def test_a_stored_map_is_the_computed_one_and_shows_the_same_phrases(run, computations):
    (phrases, computed), (stored_phrases, stored) = load_map(run), load_map(run)
    assert len(computations) == 1
    np.testing.assert_array_equal(stored.points, computed.points)
    np.testing.assert_array_equal(stored.to_latents(np.ones(2)), computed.to_latents(np.ones(2)))
    for name in ("takes", "starts", "speeds", "heights", "seconds"):
        np.testing.assert_array_equal(getattr(stored_phrases, name), getattr(phrases, name))
    np.testing.assert_array_equal(stored_phrases.positions([5]), phrases.positions([5]))


def test_stored_real_motion_has_the_same_values_and_neighbours(run, computations):
    computed, stored = load_real(run), load_real(run)
    assert len(computations) == 1
    assert stored.values == computed.values
    held_out = run_dataset(load_checkpoint(run.folder))
    phrases = held_out.batch(held_out.validation[:2]).numpy()
    np.testing.assert_array_equal(stored.neighbours.distances(phrases), computed.neighbours.distances(phrases))


def test_progress_rises_while_real_motion_is_measured_and_while_it_is_restored(run):
    checkpoint = load_checkpoint(run.folder)
    for _ in ("measured", "restored"):
        shares = []
        load_real_motion(
            run, checkpoint, run_recordings(checkpoint), progress=lambda _, share, shares=shares: shares.append(share)
        )
        assert len(shares) > 1
        assert shares == sorted(shares)
        assert (shares[0], shares[-1] < 1) == (0, True)


def test_both_share_one_file(run, computations):
    load_map(run), load_real(run)
    del computations[:]
    load_map(run), load_real(run)
    assert not computations


@pytest.mark.parametrize("change", ["weights", "recordings", "damage"])
def test_after_a_change_it_is_computed_again(run, tmp_path, computations, change):
    load_map(run)
    if change == "weights":
        path = run.folder / BEST_FILE
        with safe_open(path, "np") as file:
            metadata = file.metadata()
        tensors = load_file(path)
        name = next(name for name, tensor in tensors.items() if tensor.dtype == np.float32 and tensor.size > 100)
        save_file({**tensors, name: tensors[name] + 0.01}, path, metadata)
    elif change == "recordings":
        write_takes(tmp_path / "data", "one", "two", "three")
    else:
        path = run.folder / ANALYSIS_FILE
        path.write_bytes(path.read_bytes()[:-200])
    load_map(run)
    load_map(run)
    assert len(computations) == 2


def test_while_the_run_is_trained_nothing_is_stored(run, computations):
    with run.lock():
        load_map(run)
    assert not (run.folder / ANALYSIS_FILE).exists()
    load_map(run)
    assert len(computations) == 2


def test_an_array_that_does_not_fit_the_model_is_not_used(run, computations):
    load_map(run)
    path = run.folder / ANALYSIS_FILE
    with np.load(path) as stored:
        arrays = dict(stored)
    np.savez(path, **{**arrays, "map.latents": arrays["map.latents"][:, :-1]})
    load_map(run)
    assert len(computations) == 2
