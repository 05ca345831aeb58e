"""Trained models for pages: which ones there are, which are asked for, each read once for everybody."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st
import torch
from threadpoolctl import threadpool_limits

from mariel.app.shell.query_params import asked_for, write_address
from mariel.app.widgets.pickers import keep_if_possible, say_if_gone
from mariel.app.widgets.recordings import REMEMBERED
from mariel.app.widgets.runs import stamp
from mariel.errors import MarielError
from mariel.training.checkpoints import BEST, LAST, Checkpoint, load_checkpoint
from mariel.training.runs import Run, list_runs

MOST_MODELS = 3
"""Models that are compared at once: more bodies on one stage are not told apart."""


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


def pick_model() -> Awake | None:
    """Ask which trained model dances; None, with a way on, where there is none."""
    runs = trained_runs()
    if not runs:
        st.info("No model has learned anything here yet. A quick look on the Training page takes three minutes.")
        st.page_link("pages/training.py", label="Train a model", icon=":material/school:")
        return None
    say_if_gone("model", list(runs), "model")
    if (asked := asked_for("model")) in runs:
        st.session_state.model = asked
    keep_if_possible("model", list(runs))
    name = st.sidebar.selectbox("Model", list(runs), key="model", persist_state="session")
    write_address("model", name)  # also the newest, which is another one tomorrow
    return _awake(runs[name])


def pick_models() -> list[Awake]:
    """Ask which trained models are compared, the leading one first; empty, with a way on, where there is none.

    Those that cannot be shown beside the first, for it knows other markers or phrases of another length, are named
    and left out; so are those that are damaged.
    """
    first = pick_model()
    if first is None:
        return []
    runs = trained_runs()
    others = [name for name in runs if name != first.checkpoint.run]
    if not others:
        return [first]
    if not set(st.session_state.get("beside", ())) <= set(others):
        st.session_state.beside = [name for name in st.session_state.beside if name in others]
    chosen = st.sidebar.multiselect(
        "Beside it",
        others,
        key="beside",
        max_selections=MOST_MODELS - 1,
        placeholder="other models to compare with",
        **REMEMBERED,
    )
    models = [first]
    for name in chosen:
        try:
            model = _awake(runs[name])
        except MarielError as error:
            st.warning(str(error), icon=":material/broken_image:")
            continue
        if trouble := _cannot_be_compared(model.checkpoint, first.checkpoint):
            st.warning(f"{name} is left out: {trouble}", icon=":material/link_off:")
        else:
            models.append(model)
    return models


def _cannot_be_compared(one: Checkpoint, other: Checkpoint) -> str:
    if one.marker_set.labels != other.marker_set.labels:
        return f"it knows the {one.marker_set.name} markers, {other.run} the {other.marker_set.name} markers."
    if one.model.length != other.model.length:
        return f"its phrases have {one.model.length} frames, those of {other.run} {other.model.length}."
    return ""


def leave_a_core_free() -> None:
    """Let this thread's computations use all cores but one, which is for whoever watches.

    Threads of torch and of numpy's linear algebra wait for each other by spinning: where a browser draws on the same
    two cores, three seconds of work have taken a minute. Torch counts for each thread, so every page's script asks.
    """
    threads = max(1, (os.cpu_count() or 1) - 1)
    torch.set_num_threads(threads)
    _limit_linear_algebra(threads)


@cache
def _limit_linear_algebra(threads: int) -> None:
    threadpool_limits(threads, user_api="blas")


def trained_runs() -> dict[str, Run]:
    """Runs that have learned something, by name, newest first."""
    return {run.name: run for run in list_runs() if _weights(run).exists()}


def _awake(run: Run) -> Awake:
    leave_a_core_free()
    weights = stamp(_weights(run))
    return Awake(_checkpoint(weights, run.folder), weights, stamp(run.folder / "data.json"))


def _weights(run: Run) -> Path:
    best = run.folder / BEST
    return best if best.exists() else run.folder / LAST


@st.cache_resource(max_entries=4, show_spinner="Waking the model …")
def _checkpoint(key: tuple, _folder: Path) -> Checkpoint:
    return load_checkpoint(_folder)
