"""Build the package and install it into a folder, without a network."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]


def built_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built once for all test processes of this test run."""
    base = tmp_path_factory.getbasetemp()
    # Every process of pytest-xdist has a folder of its own in one of the test run.
    folder = (base.parent if base.name.startswith("popen-") else base) / "wheel"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / "lock"):
        if not list(folder.glob("*.whl")):
            command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
            subprocess.run([*command, "-w", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """Unpack a wheel, which is all that installing a pure Python package does apart from its script; the folder."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder
