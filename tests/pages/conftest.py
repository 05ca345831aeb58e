"""What tests of pages that need a model share: a folder of runs, and a small trained one in it."""

import pytest
import streamlit as st

from mariel.app.widgets.runs import run_manager
from mariel.training.runs import Run
from tests.support.small_runs import trained_run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder whose `runs` is where runs are kept; nothing that pages keep outlives the test."""
    monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "runs"))
    yield tmp_path
    run_manager().close()
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def run(folder) -> Run:
    """A run that has learned for a moment."""
    return trained_run(folder)
