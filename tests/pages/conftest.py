"""Fixtures of tests of pages that need a model: a folder of runs, and a small trained run in it."""

import pytest
import streamlit as st

from mariel.app.widgets.runs import run_manager
from mariel.training.runs import Run
from tests.support.small_runs import trained_run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder whose `runs` holds the runs; caches of pages are cleared after the test."""
    monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "runs"))
    yield tmp_path
    run_manager().close()
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def run(folder) -> Run:
    """A run that was trained for a short time."""
    return trained_run(folder)
