"""Trained models for pages: which exist, which are chosen; each is loaded once for all sessions."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st
import torch
from threadpoolctl import threadpool_limits

from mariel.app.shell.messages import show_warning
from mariel.app.shell.navigation import page_link
from mariel.app.shell.query_params import COMPARED_MODELS, MODEL, requested, write
from mariel.app.widgets import controls
from mariel.app.widgets.recordings import cache_key
from mariel.app.widgets.runs import ACTIVE
from mariel.errors import MarielError
from mariel.files import file_version
from mariel.generation.other_markers import ModelTake, take_for_model
from mariel.motion.recording import Recording
from mariel.training.checkpoints import Checkpoint, load_checkpoint
from mariel.training.run_folder.names import BEST_FILE, DATA_FILE, LAST_FILE
from mariel.training.runs import Run, list_runs
from mariel.training.threads import usable_cores

SHIPPED_MODEL = "demo-dancer"
"""The run that comes with the program."""


@dataclass(frozen=True)
class LoadedModel:
    """A trained model, and keys under which results computed from it are cached.

    Args:
        checkpoint: the model.
        run: its run.
        weights: changes whenever the weights do, also if another run takes the name.
        data: changes with the run, but not while it is trained.
    """

    checkpoint: Checkpoint
    run: Run
    weights: tuple
    data: tuple


def pick_model() -> LoadedModel | None:
    """Ask for a trained model; if there is none, say how to train one and return None."""
    runs = trained_runs()
    if not runs:
        st.info("No model has been trained here yet. A quick look on the Training page takes three minutes.")
        page_link("training", "Train a model")
        return None
    names, default = list(runs), _default_model(runs)
    wanted = requested(MODEL, choices=names, default=default)
    if wanted is not None or not MODEL.key.exists:
        MODEL.key.set(wanted or default)
    controls.replace_invalid_choice(MODEL, names, default)
    name = st.sidebar.selectbox(
        "Model", names, key=MODEL.key, persist_state="session", help="A trained run; the Training page makes more."
    )
    write(MODEL, name)  # also the default: after another training that is another model
    return _load_model(runs[name])


def pick_models() -> list[LoadedModel]:
    """Ask for trained models to compare, the main one first; empty if there is none.

    Models with other markers or another phrase length than the first cannot be compared with it, and damaged ones
    cannot be loaded: a warning names them, and they are left out.
    """
    first = pick_model()
    if first is None:
        return []
    runs = trained_runs()
    others = [name for name in runs if name != first.checkpoint.run]
    if not others:
        return [first]
    chosen = controls.multiselect(
        COMPARED_MODELS,
        "Compare with",
        others,
        place=st.sidebar,
        placeholder="other models",
        help="Their reconstructions of the same phrase are shown beside.",
    )
    models = [first]
    for name in chosen:
        try:
            model = _load_model(runs[name])
        except MarielError as error:
            show_warning(str(error), icon=":material/broken_image:")
            continue
        if trouble := _mismatch(model.checkpoint, first.checkpoint):
            show_warning(f"{name} is left out: {trouble}", icon=":material/link_off:")
        else:
            models.append(model)
    return models


def converted_take(take: Recording, model: LoadedModel) -> ModelTake:
    """A take with the markers and frame rate of a model, converted once for all sessions.

    Raises:
        RecordingError: its markers cannot be converted.
    """
    return _converted((*cache_key(take), *model.data), take, model.checkpoint)


@st.cache_resource(max_entries=8, show_spinner="Fitting the dancer's body to the model's markers …")
def _converted(key: tuple, _take: Recording, _checkpoint: Checkpoint) -> ModelTake:
    return take_for_model(_take, _checkpoint)


def _mismatch(one: Checkpoint, other: Checkpoint) -> str:
    if one.marker_set.labels != other.marker_set.labels:
        return f"it knows the {one.marker_set.name} markers, {other.run} the {other.marker_set.name} markers."
    if one.model.length != other.model.length:
        return f"its phrases have {one.model.length} frames, those of {other.run} {other.model.length}."
    return ""


def reserve_one_core() -> None:
    """Limit computations of this thread to all cores but one, so that the browser has one to draw on.

    Threads of torch and of numpy's linear algebra wait for each other: with a browser on the same two cores, three
    seconds of work have taken a minute. Torch's limit holds for one thread, so each script run sets it.
    """
    threads = max(1, usable_cores() - 1)
    torch.set_num_threads(threads)
    _limit_linear_algebra(threads)


@cache
def _limit_linear_algebra(threads: int) -> None:
    threadpool_limits(threads, user_api="blas")


def trained_runs() -> dict[str, Run]:
    """Runs that have saved weights, by name, newest first."""
    return {run.name: run for run in list_runs() if _weights(run).exists()}


def _default_model(runs: dict[str, Run]) -> str:
    """The newest model that was trained to its end; else the one that comes with the program, else the newest.

    So an unfinished model is never another visitor's default.
    """
    states = {name: run.status().state for name, run in runs.items()}
    finished = [name for name, state in states.items() if state == "finished" and name != SHIPPED_MODEL]
    idle = [name for name, state in states.items() if state not in ACTIVE]
    return next(iter([*finished, *({SHIPPED_MODEL} & set(runs)), *idle, *runs]))


def _load_model(run: Run) -> LoadedModel:
    reserve_one_core()
    weights = file_version(_weights(run))
    return LoadedModel(_checkpoint(weights, run.folder), run, weights, file_version(run.folder / DATA_FILE))


def _weights(run: Run) -> Path:
    best = run.folder / BEST_FILE
    return best if best.exists() else run.folder / LAST_FILE


@st.cache_resource(max_entries=4, show_spinner="Loading the model's weights …")
def _checkpoint(key: tuple, _folder: Path) -> Checkpoint:
    return load_checkpoint(_folder)
