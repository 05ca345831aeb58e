"""Fixtures of all tests of training."""

import pytest
import torch

from mariel.training.run_training import run_training
from mariel.training.runs import Run
from tests.support.small_runs import new_run


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Use one thread: steps as small as those of tests take longer with two, which wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def whole(tmp_path_factory) -> Run:
    """A run trained without interruption."""
    run = new_run(tmp_path_factory.mktemp("whole"))
    run_training(run, threads=1)
    return run
