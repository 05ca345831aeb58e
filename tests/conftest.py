"""What all tests share."""

import os
from pathlib import Path

import pytest

# Two files are tested at a time, each in a process of its own: torch must not take both cores in each of them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

MOCAP = Path(__file__).resolve().parents[2] / "shared" / "mocap"


@pytest.fixture(scope="session")
def mocap() -> Path:
    """The folder of real human motion beside the project; tests that need it say so when they skip."""
    if not MOCAP.is_dir():
        pytest.skip("no real motion at ../shared/mocap")
    return MOCAP
