import numpy as np
import pytest
import torch

from mariel.errors import RecordingError, SettingsError
from mariel.evaluation.metrics import NearestNeighbours
from mariel.evaluation.reconstruction_errors import PRIOR_SAMPLES, baseline_errors, rank_held_out, reconstruct_phrase
from mariel.generation.sampling import BATCH_SIZE, reconstruct, sample
from mariel.motion.io.loading import load_recordings
from mariel.training.checkpoints import load_checkpoint
from mariel.training.run_training import run_training
from tests.support.small_runs import LENGTH, new_run, swaying, trained_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reconstruction")


@pytest.fixture(scope="module")
def checkpoint(folder):
    return load_checkpoint(trained_run(folder).folder)


PHRASE = swaying(LENGTH, seed=3).astype(np.float32)


def test_a_reconstruction_has_the_originals_position_and_the_error_of_each_marker(checkpoint):
    reconstruction = reconstruct_phrase(checkpoint.model, PHRASE)
    np.testing.assert_allclose(reconstruction.positions, reconstruct(checkpoint.model, PHRASE[None])[0])
    frame, marker = 5, 7
    difference = reconstruction.positions[frame, marker] - PHRASE[frame, marker]
    assert reconstruction.errors[frame, marker] == pytest.approx(100 * np.sqrt((difference**2).sum()), rel=1e-4)
    assert reconstruction.error == pytest.approx(reconstruction.errors.mean())
    translated = reconstruct_phrase(checkpoint.model, PHRASE + np.float32([10, -4, 0]))
    assert np.abs(translated.positions - reconstruction.positions - [10, -4, 0]).max() < 1e-3


def test_a_seed_samples_another_reconstruction_and_always_the_same_one(checkpoint):
    mean, one, again, other = (
        reconstruct_phrase(checkpoint.model, PHRASE, seed=seed).positions for seed in (None, 1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, mean)
    assert not np.allclose(one, other)


def test_a_phrase_of_another_length_is_refused(checkpoint):
    with pytest.raises(SettingsError, match=r"the model expects phrases of shape \(phrases, 16, 53, 3\)"):
        reconstruct_phrase(checkpoint.model, PHRASE[:-1])


def test_held_out_phrases_are_ranked_by_error_with_their_take_and_frame(checkpoint):
    shares = []
    ranked = rank_held_out(checkpoint, progress=lambda _, share: shares.append(share))
    assert shares == [first / len(ranked.errors) for first in range(0, len(ranked.errors), BATCH_SIZE)]
    assert (np.diff(ranked.errors) >= 0).all()
    takes = load_recordings(checkpoint.settings.data.data, trim=0)
    for at in (0, len(ranked.errors) - 1):
        take, start = takes[ranked.takes[at]], ranked.starts[at]
        np.testing.assert_array_equal(ranked.phrases[at], take.positions[start : start + LENGTH])
        assert reconstruct_phrase(checkpoint.model, ranked.phrases[at]).error == pytest.approx(
            ranked.errors[at], rel=1e-4
        )
    assert ranked.profile.shape == (LENGTH,)
    assert ranked.profile.mean() == pytest.approx(ranked.errors.mean(), rel=1e-5)
    assert ranked.marker_errors.mean() == pytest.approx(ranked.errors.mean(), rel=1e-5)


def test_missing_recordings_are_an_error(tmp_path):
    checkpoint = load_checkpoint(trained_run(tmp_path).folder)
    for path in (tmp_path / "data").iterdir():
        path.unlink()
    with pytest.raises(RecordingError):
        rank_held_out(checkpoint)


def test_baselines_are_the_errors_of_prior_samples_and_of_the_nearest_training_phrase(checkpoint):
    model = checkpoint.model
    canonical = model.to_canonical(torch.from_numpy(PHRASE[None])).numpy()
    near, far = canonical + np.float32([0, 0, 0.03]), canonical + np.float32([0, 0, 0.5])
    baselines = baseline_errors(model, PHRASE, NearestNeighbours(np.concatenate([far, near])), seed=4)
    assert baselines.nearest == pytest.approx(3, rel=1e-3)  # 3 cm up, every marker
    samples = sample(model, PRIOR_SAMPLES, seed=4)
    assert baselines.prior == pytest.approx(100 * np.sqrt(((samples - canonical) ** 2).sum(axis=-1)).mean(), rel=1e-4)
    assert baseline_errors(model, PHRASE).nearest is None


def test_reconstructions_of_the_notebook_model_have_the_originals_position(tmp_path):
    run = new_run(tmp_path)
    run_training(run, threads=1)
    reconstruction = reconstruct_phrase(load_checkpoint(run.folder).model, PHRASE)
    centres = [phrase[..., :2].mean(axis=1) for phrase in (reconstruction.positions, PHRASE)]
    # The model generates bodies around the origin; their position is restored.
    assert np.abs(centres[0] - centres[1]).max() < 1.0
    translated = reconstruct_phrase(load_checkpoint(run.folder).model, PHRASE + np.float32([20, 0, 0])).positions
    assert np.abs(translated - reconstruction.positions - [20, 0, 0]).max() < 1e-3
