import numpy as np
import pytest
import torch

from mariel.errors import RecordingError, SettingsError
from mariel.evaluation.metrics import Neighbours
from mariel.evaluation.reconstruction_errors import PRIOR_SAMPLES, held_out, marks_of, rebuild
from mariel.generation.sampling import reconstruct, sample
from mariel.motion.io.loading import load_recordings
from mariel.training.checkpoints import load_checkpoint
from mariel.training.run_training import execute
from tests.support.small_runs import LENGTH, new_run, swaying, trained_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("rebuilding")


@pytest.fixture(scope="module")
def checkpoint(folder):
    return load_checkpoint(trained_run(folder).folder)


PHRASE = swaying(LENGTH, seed=3).astype(np.float32)


def test_a_rebuilt_phrase_is_where_it_was_danced_and_knows_how_far_each_marker_is_off(checkpoint):
    rebuilt = rebuild(checkpoint.model, PHRASE)
    np.testing.assert_allclose(rebuilt.positions, reconstruct(checkpoint.model, PHRASE[None])[0])
    frame, marker = 5, 7
    off = rebuilt.positions[frame, marker] - PHRASE[frame, marker]
    assert rebuilt.errors[frame, marker] == pytest.approx(100 * np.sqrt((off**2).sum()), rel=1e-4)
    assert rebuilt.error == pytest.approx(rebuilt.errors.mean())
    moved = rebuild(checkpoint.model, PHRASE + np.float32([10, -4, 0]))
    assert np.abs(moved.positions - rebuilt.positions - [10, -4, 0]).max() < 1e-3


def test_a_drawn_latent_gives_another_phrase_and_the_same_one_for_the_same_seed(checkpoint):
    mean, one, again, other = (rebuild(checkpoint.model, PHRASE, seed=seed).positions for seed in (None, 1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, mean)
    assert not np.allclose(one, other)


def test_a_phrase_of_another_length_is_refused_in_words(checkpoint):
    with pytest.raises(SettingsError, match=r"the model knows phrases of shape \(phrases, 16, 53, 3\)"):
        rebuild(checkpoint.model, PHRASE[:-1])


def test_held_out_phrases_are_ranked_from_the_best_and_named_by_take_and_frame(checkpoint):
    ranked = held_out(checkpoint)
    assert (np.diff(ranked.errors) >= 0).all()
    takes = load_recordings(checkpoint.settings.data.data, trim=0)
    for at in (0, len(ranked.errors) - 1):
        take, start = takes[ranked.takes[at]], ranked.starts[at]
        np.testing.assert_array_equal(ranked.phrases[at], take.positions[start : start + LENGTH])
        assert rebuild(checkpoint.model, ranked.phrases[at]).error == pytest.approx(ranked.errors[at], rel=1e-4)
    assert ranked.profile.shape == (LENGTH,)
    assert ranked.profile.mean() == pytest.approx(ranked.errors.mean(), rel=1e-5)
    assert ranked.marker_errors.mean() == pytest.approx(ranked.errors.mean(), rel=1e-5)


def test_without_its_recordings_nothing_can_be_ranked(tmp_path):
    checkpoint = load_checkpoint(trained_run(tmp_path).folder)
    for path in (tmp_path / "data").iterdir():
        path.unlink()
    with pytest.raises(RecordingError):
        held_out(checkpoint)


def test_marks_are_the_errors_of_random_dances_and_of_the_nearest_known_phrase(checkpoint):
    model = checkpoint.model
    placed = model.place(torch.from_numpy(PHRASE[None])).numpy()
    near, far = placed + np.float32([0, 0, 0.03]), placed + np.float32([0, 0, 0.5])
    marks = marks_of(model, PHRASE, Neighbours(np.concatenate([far, near])), seed=4)
    assert marks.nearest == pytest.approx(3, rel=1e-3)  # 3 cm up, every marker
    drawn = sample(model, PRIOR_SAMPLES, seed=4)
    assert marks.prior == pytest.approx(100 * np.sqrt(((drawn - placed) ** 2).sum(axis=-1)).mean(), rel=1e-4)
    assert marks_of(model, PHRASE).nearest is None


def test_the_notebooks_model_gives_bodies_where_the_dancer_is(tmp_path):
    run = new_run(tmp_path)
    execute(run, threads=1)
    rebuilt = rebuild(load_checkpoint(run.folder).model, PHRASE)
    centres = [phrase[..., :2].mean(axis=1) for phrase in (rebuilt.positions, PHRASE)]
    # What it gives is a body around the origin of its own; where it stands is given back.
    assert np.abs(centres[0] - centres[1]).max() < 1.0
    shifted = rebuild(load_checkpoint(run.folder).model, PHRASE + np.float32([20, 0, 0])).positions
    assert np.abs(shifted - rebuilt.positions - [20, 0, 0]).max() < 1e-3
