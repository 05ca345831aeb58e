"""Threads of a training: they sleep while they wait, and leave busy cores to others."""

import os
import subprocess
import sys

import pytest
import torch
from threadpoolctl import threadpool_info

from mariel.training import threads
from mariel.training.threads import free_cores, limit_spinning, threads_limited


def test_waiting_threads_sleep_unless_the_user_says_otherwise(monkeypatch):
    monkeypatch.setenv("KMP_BLOCKTIME", "7")
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    limit_spinning()
    assert (os.environ["OMP_WAIT_POLICY"], os.environ["KMP_BLOCKTIME"]) == ("PASSIVE", "7")
    monkeypatch.delenv("OMP_WAIT_POLICY")


def test_the_module_loads_no_torch():
    code = "import sys, mariel.training.threads; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("load", "free"), [(0.0, 4), (0.9, 3), (2.0, 2), (3.0, 1), (9.0, 1)], ids=lambda value: f"{value:g}"
)
def test_cores_that_others_use_are_left_to_them(monkeypatch, load, free):
    monkeypatch.setattr(threads, "usable_cores", lambda: 4)
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(threads.os, "getloadavg", lambda: (load, 0.0, 0.0), raising=False)
    assert free_cores() == free


def test_torch_and_linear_algebra_are_limited_while_the_block_runs():
    before = torch.get_num_threads()
    with threads_limited(1):
        assert torch.get_num_threads() == 1
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} <= {1}
    assert torch.get_num_threads() == before
