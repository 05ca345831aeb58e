"""What all tests share."""

from pathlib import Path

import pytest

MOCAP = Path(__file__).resolve().parents[2] / "shared" / "mocap"


@pytest.fixture(scope="session")
def mocap() -> Path:
    """The folder of real human motion beside the project; tests that need it say so when they skip."""
    if not MOCAP.is_dir():
        pytest.skip("no real motion at ../shared/mocap")
    return MOCAP
