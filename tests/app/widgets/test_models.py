"""Trained models for pages: what waking one does to the machine."""

import os
from concurrent.futures import ThreadPoolExecutor

import torch
from threadpoolctl import threadpool_info

from mariel.app.widgets.models import leave_a_core_free


def test_every_script_leaves_a_core_to_whoever_watches():
    def threads_after_asking() -> int:
        leave_a_core_free()
        return torch.get_num_threads()

    for _ in range(2):  # each script runs in a thread of its own
        with ThreadPoolExecutor(1) as script:
            assert script.submit(threads_after_asking).result() == max(1, os.cpu_count() - 1)
    blas = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert all(threads <= max(1, os.cpu_count() - 1) for threads in blas)
