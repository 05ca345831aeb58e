"""The notebook's curve has the losses that the notebook printed, per phrase."""

import numpy as np
import pytest

from mariel.data.notebook_curve import notebook_curve


def test_losses_are_the_printed_ones_per_phrase():
    curve = notebook_curve()
    # Printed first and last: 662.565 and 172.686 over 38,181 phrases of which an epoch really has 42,953.
    assert curve.train[0] == pytest.approx(662.565 * 38181 / 42953, abs=1e-3)
    assert curve.train[-1] == pytest.approx(172.686 * 38181 / 42953, abs=1e-3)
    # Printed 32030.824 and 9684.602 over 75 batches, which hold 4,773 phrases.
    assert curve.validation[0] == pytest.approx(32030.824 * 75 / 4773, abs=1e-3)
    assert curve.validation[-1] == pytest.approx(9684.602 * 75 / 4773, abs=1e-3)


def test_epochs_count_from_1_and_every_fifth_is_validated():
    curve = notebook_curve()
    assert curve.epochs.tolist() == list(range(1, 102))
    assert curve.epochs[np.isfinite(curve.validation)].tolist() == list(range(1, 102, 5))


def test_training_and_validation_loss_end_at_the_same_value():
    curve = notebook_curve()
    assert curve.train[-1] == pytest.approx(curve.validation[-1], rel=0.01)
