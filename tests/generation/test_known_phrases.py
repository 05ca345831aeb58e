"""Phrases that a trained model is shown."""

import numpy as np
import pytest

from mariel.evaluation.metrics import Neighbours
from mariel.evaluation.neighbours import known_neighbours
from mariel.generation.known_phrases import known_phrases, own_feed
from mariel.generation.sampling import in_parts
from mariel.training.checkpoints import load_checkpoint
from mariel.training.run_training import execute
from tests.support.small_runs import new_run, trained_run


@pytest.fixture(scope="module", params=["phrase-vae", "notebook"])
def checkpoint(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "phrase-vae":
        return load_checkpoint(trained_run(folder).folder)
    run = new_run(folder, epochs=1)
    execute(run, threads=1)
    return load_checkpoint(run.folder)


def test_known_phrases_are_the_training_phrases_and_their_mirror_images(checkpoint):
    feed = own_feed(checkpoint)
    known = known_phrases(feed)
    assert known.shape == (2 * len(feed.training), feed.length, 53, 3)
    np.testing.assert_array_equal(known[0], feed.batch(feed.training[:1])[0])
    # The mirror image of the markers' mean: the same but for y.
    half = len(known) // 2
    np.testing.assert_allclose(known[half:].mean(axis=2), known[:half].mean(axis=2) * [1, -1, 1], atol=1e-5)


def test_known_neighbours_are_as_far_as_if_all_frames_had_been_placed(checkpoint):
    model, feed = checkpoint.model, own_feed(checkpoint)
    known = in_parts(model.place, known_phrases(feed), model)
    unseen = in_parts(model.place, feed.batch(feed.validation[:3]).numpy(), model)
    neighbours = known_neighbours(model, feed)
    assert neighbours.frames == feed.length
    np.testing.assert_allclose(neighbours.distances(unseen), Neighbours(known).distances(unseen), atol=0.02)
    np.testing.assert_allclose(neighbours.closest(known[5]), known[5][::4], atol=1e-4)
