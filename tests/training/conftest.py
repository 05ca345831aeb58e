"""What all tests of learning share."""

import pytest
import torch

from mariel.training.run_training import execute
from mariel.training.runs import Run
from tests.support.small_runs import new_run


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Steps as small as those of tests take longer with two threads, which wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def whole(tmp_path_factory) -> Run:
    """A run that nothing interrupted."""
    run = new_run(tmp_path_factory.mktemp("whole"))
    execute(run, threads=1)
    return run
