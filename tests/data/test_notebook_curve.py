"""The published curve says what the notebook printed, counted as this project counts."""

import numpy as np
import pytest

from mariel.data.notebook_curve import published_curve


def test_losses_are_the_printed_ones_per_phrase():
    curve = published_curve()
    # Printed first and last: 662.565 and 172.686 over 38,181 phrases of which an epoch really has 42,953.
    assert curve.train[0] == pytest.approx(662.565 * 38181 / 42953, abs=1e-3)
    assert curve.train[-1] == pytest.approx(172.686 * 38181 / 42953, abs=1e-3)
    # Printed 32030.824 and 9684.602 over 75 batches, which hold 4,773 phrases.
    assert curve.validation[0] == pytest.approx(32030.824 * 75 / 4773, abs=1e-3)
    assert curve.validation[-1] == pytest.approx(9684.602 * 75 / 4773, abs=1e-3)


def test_epochs_are_counted_as_over_and_validated_every_fifth():
    curve = published_curve()
    assert curve.epochs.tolist() == list(range(1, 102))
    assert curve.epochs[np.isfinite(curve.validation)].tolist() == list(range(1, 102, 5))


def test_training_and_validation_end_together_as_the_numbers_of_phrases_say():
    curve = published_curve()
    assert curve.train[-1] == pytest.approx(curve.validation[-1], rel=0.01)
