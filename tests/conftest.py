"""Fixtures of all tests."""

import logging
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner

# Two test processes run at a time: torch must not use both cores in each of them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

MOCAP = Path(__file__).resolve().parents[2] / "shared" / "mocap"


@pytest.fixture(scope="session", autouse=True)
def _installed_components() -> Iterator[None]:
    """Packages with components of Streamlit, searched once: AppTest reads all packages' metadata at every run."""
    with pytest.MonkeyPatch.context() as patch:
        scan = manifest_scanner.scan_component_manifests
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(scan))
        yield


@pytest.fixture(scope="session")
def mocap() -> Path:
    """The folder of real human motion beside the project; tests that need it are skipped without it."""
    if not MOCAP.is_dir():
        pytest.skip("no real motion at ../shared/mocap")
    return MOCAP


@pytest.fixture(autouse=True)
def page_failures() -> Iterator[list[str]]:
    """Exceptions that a page has shown as "Something went wrong", or Streamlit as a traceback: any fails the test.

    A test that makes a page fail clears the list.
    """
    found: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info and record.getMessage() in ("a page failed", "Uncaught app execution"):
                found.append(f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}")

    collector = Collector(logging.ERROR)
    loggers = [logging.getLogger(name) for name in ("mariel", "streamlit.error_util")]
    for logger in loggers:
        logger.addHandler(collector)
    yield found
    for logger in loggers:
        logger.removeHandler(collector)
    assert not found, "a page failed:\n" + "\n".join(found)
