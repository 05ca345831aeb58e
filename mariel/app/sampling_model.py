"""The trained model that dances on a page, awake and with keys for what is kept of it."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from mariel.app.data import REMEMBERED
from mariel.app.pickers import keep_if_possible, say_if_gone
from mariel.app.training import stamp
from mariel.learning.checkpoints import BEST, LAST, Checkpoint, load_checkpoint
from mariel.learning.runs import Run, list_runs


@dataclass(frozen=True)
class Awake:
    """A trained model that dances, and keys for what is kept of it.

    Args:
        checkpoint: the model.
        weights: changes with its weights, also where another run has taken its name.
        data: changes with the run, not while it learns.
    """

    checkpoint: Checkpoint
    weights: tuple
    data: tuple


def trained_runs() -> dict[str, Run]:
    """Runs that have learned something, by name, newest first."""
    return {run.name: run for run in list_runs() if _weights(run).exists()}


def pick_model() -> Awake | None:
    """Ask which trained model dances; None, with a way on, where there is none."""
    runs = trained_runs()
    if not runs:
        st.info("No model has learned anything here yet. A quick look on the Training page takes three minutes.")
        st.page_link("pages/training.py", label="Train a model", icon=":material/school:")
        return None
    say_if_gone("model", list(runs), "model")
    keep_if_possible("model", list(runs))
    run = runs[st.sidebar.selectbox("Model", list(runs), key="model", **REMEMBERED)]
    weights = stamp(_weights(run))
    return Awake(_checkpoint(weights, run.folder), weights, stamp(run.folder / "data.json"))


def _weights(run: Run) -> Path:
    best = run.folder / BEST
    return best if best.exists() else run.folder / LAST


@st.cache_resource(max_entries=4, show_spinner="Waking the model …")
def _checkpoint(key: tuple, _folder: Path) -> Checkpoint:
    return load_checkpoint(_folder)
