"""What other pages say of a training."""

from types import SimpleNamespace

import pytest

from mariel.app.widgets.runs import training_status


def manager(run, epoch):
    """A manager that trains a run, which has come to an epoch."""
    activity = epoch and SimpleNamespace(report=SimpleNamespace(epoch=epoch))
    return SimpleNamespace(active_run=lambda: run, activity=lambda name: activity)


@pytest.mark.parametrize(
    ("run", "epoch", "said"), [(None, None, ""), ("waltz", None, "preparing"), ("waltz", 12, "epoch 12")]
)
def test_a_training_is_described_in_a_word(run, epoch, said):
    assert training_status(manager(run, epoch)) == said
