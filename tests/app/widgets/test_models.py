"""Trained models for pages: how many cores they use."""

from concurrent.futures import ThreadPoolExecutor

import torch
from threadpoolctl import threadpool_info

from mariel.app.widgets.models import reserve_one_core
from mariel.training.threads import usable_cores


def test_every_script_run_leaves_one_core_free():
    def threads_used() -> int:
        reserve_one_core()
        return torch.get_num_threads()

    for _ in range(2):  # each script runs in a thread of its own
        with ThreadPoolExecutor(1) as script:
            assert script.submit(threads_used).result() == max(1, usable_cores() - 1)
    blas = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert all(threads <= max(1, usable_cores() - 1) for threads in blas)
