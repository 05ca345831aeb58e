"""What all tests of learning share."""

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Steps as small as those of tests take longer with two threads, which wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
