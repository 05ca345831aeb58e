"""Errors and latents of reconstructions as files."""

import csv
import io

import numpy as np

from mariel.export.reconstruction_data import errors_csv, latent_npz
from mariel.generation.sampling import encode
from mariel.training.checkpoints import load_checkpoint
from tests.support.small_runs import LENGTH, swaying, trained_run


def test_errors_are_a_row_per_frame_with_a_column_per_marker_and_their_mean():
    errors = np.array([[1.0, 3.0], [2.5, 0.5]])
    header, first, second = csv.reader(io.StringIO(errors_csv(errors, ["LKNE", "chin"], 35).decode()))
    assert header == ["frame", "seconds", "LKNE (cm)", "chin (cm)", "mean (cm)"]
    assert [float(cell) for cell in first] == [0, 0, 1, 3, 2]
    np.testing.assert_allclose([float(cell) for cell in second], [1, 1 / 35, 2.5, 0.5, 1.5], atol=1e-4)


def test_a_latent_is_the_phrases_posterior(tmp_path):
    model = load_checkpoint(trained_run(tmp_path).folder).model
    phrase = swaying(LENGTH).astype(np.float32)
    with np.load(io.BytesIO(latent_npz(model, phrase))) as arrays:
        posterior = encode(model, phrase[None])
        np.testing.assert_array_equal(arrays["mean"], posterior.mean[0].numpy())
        np.testing.assert_array_equal(arrays["log_variance"], posterior.log_variance[0].numpy())
