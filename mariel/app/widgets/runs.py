"""Runs for pages: one manager for all sessions, cached reads from disk, errors of buttons shown on the page."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from mariel.app.shell.messages import show_error
from mariel.app.shell.navigation import PAGE_STATUS
from mariel.app.shell.query_params import ACTION_ERROR, NEXT_VALUES, SessionKey
from mariel.app.widgets.forms import label_of
from mariel.errors import CheckpointError, MarielError
from mariel.evaluation.registry import training_metrics
from mariel.files import file_version, runs_folder
from mariel.stage.curves import LearningCurve
from mariel.training.manager import RunManager
from mariel.training.run_folder.names import DATA_FILE, METRICS_FILE, PREPROCESSING_FILE, VALIDATION_EXAMPLE_FILE
from mariel.training.run_folder.results import EpochResult
from mariel.training.run_folder.status import RunStatus
from mariel.training.run_folder.validation_example import ValidationExample
from mariel.training.runs import Run

ACTIVE = ("queued", "running", "paused")
"""States of a run that is being trained or waits to be."""

_Colour = Literal["gray", "green", "orange", "blue", "red"]

BADGES: dict[str, tuple[str, _Colour, str]] = {
    "queued": (":material/hourglass_empty:", "gray", "queued"),
    "running": (":material/directions_run:", "green", "learning"),
    "paused": (":material/pause:", "orange", "paused"),
    "stopped": (":material/stop:", "gray", "stopped"),
    "finished": (":material/check:", "blue", "finished"),
    "failed": (":material/error:", "red", "failed"),
    "interrupted": (":material/power_off:", "orange", "interrupted"),
}
"""How a state is shown: icon, colour, label."""


def run_manager() -> RunManager:
    """The run manager, one for all sessions, so that a closed tab stops no training."""
    return _manager(str(runs_folder()))


@st.cache_resource(show_spinner=False)
def _manager(root: str) -> RunManager:
    manager = RunManager(Path(root))
    PAGE_STATUS["training"] = lambda: training_status(manager)
    return manager


def training_status(manager: RunManager) -> str:
    """What is being trained at present, for other pages, such as "epoch 12"; empty if nothing is."""
    name = manager.active_run()
    activity = None if name is None else manager.activity(name)
    if name is None or activity is None:
        return "" if name is None else "preparing"
    return f"epoch {activity.report.epoch:,}"


def results_of(run: Run) -> list[EpochResult]:
    """The run's epochs so far, without damaged ones; read from disk only when its log has changed."""
    return _results(file_version(run.folder / METRICS_FILE), run)


@st.cache_resource(max_entries=64, show_spinner=False)
def _results(key: tuple, _run: Run) -> list[EpochResult]:
    return _run.metrics(skip_damaged=True)


def preview_of(run: Run) -> ValidationExample | None:
    """A validation phrase and its latest reconstruction; None before the first validation."""
    return _preview(file_version(run.folder / VALIDATION_EXAMPLE_FILE), run)


@st.cache_resource(max_entries=8, show_spinner=False)
def _preview(key: tuple, _run: Run) -> ValidationExample | None:
    try:
        return _run.validation_example()
    except CheckpointError:  # the page lists what is damaged, see `Run.problems`
        return None


def problems_of(run: Run) -> list[str]:
    """What is damaged in a run's folder, apart from its weights; read from disk only when a file has changed."""
    files = (METRICS_FILE, VALIDATION_EXAMPLE_FILE, DATA_FILE, PREPROCESSING_FILE)
    return _problems(tuple(file_version(run.folder / name) for name in files), run)


@st.cache_resource(max_entries=64, show_spinner=False)
def _problems(key: tuple, _run: Run) -> list[str]:
    return _run.problems()


def resampled_of(run: Run) -> str:
    """Which of a run's recordings were resampled, in words; empty if none, or if its folder does not say."""
    return _resampled(file_version(run.folder / DATA_FILE), run)


@st.cache_resource(max_entries=64, show_spinner=False)
def _resampled(key: tuple, _run: Run) -> str:
    try:
        return Run.open(_run.folder).resampled
    except MarielError:  # which `problems_of` says
        return ""


def best_of(results: list[EpochResult]) -> EpochResult | None:
    """The epoch whose weights are kept as the best; None before the first validation."""
    return next((result for result in reversed(results) if result.best), None)


def curves_of(run: Run) -> LearningCurve:
    """A run's learning curves, as arrays for charts."""
    results = results_of(run)
    best = best_of(results)
    measures = [metric.result_key for metric in training_metrics()]
    sides = [
        {
            measure: np.array([getattr(getattr(result, side), measure, np.nan) for result in results])
            for measure in measures
        }
        for side in ("train", "validation")
    ]
    return LearningCurve(
        run.name,
        np.array([result.epoch for result in results]),
        np.array([result.seconds / 60 for result in results]),
        *sides,
        best_epoch=best and best.epoch,
    )


def show_state_badge(status: RunStatus) -> None:
    """Show a run's state as a coloured badge."""
    icon, colour, label = BADGES[status.state]
    st.badge(label, icon=icon, color=colour)


def set_widgets_next(values: Mapping[str, Any]) -> None:
    """Set values of widgets, by key, in the next run of the page: `set_widgets_next({RUN.key: name})`.

    If a button's callback set them itself, the page's reload every second could overtake it and restore the values
    that the browser last sent.
    """
    NEXT_VALUES.set({**NEXT_VALUES.get({}), **values})


def apply_widget_values() -> None:
    """Set the values given to `set_widgets_next`; call it before the widgets are made."""
    for key, value in NEXT_VALUES.pop({}).items():
        SessionKey(key).set(value)


def call_and_report(action: Callable[..., Any], *arguments: Any) -> None:
    """Call an action of a button and keep its error for `show_action_error`."""
    try:
        action(*arguments)
    except MarielError as error:
        ACTION_ERROR.set(str(error))


def show_action_error() -> None:
    """Show the error of the last button, once."""
    if message := ACTION_ERROR.pop():
        show_error(with_setting_labels(message))


def with_setting_labels(message: str) -> str:
    """A message with the form's labels in place of the command line's flags."""
    return re.sub(r"--([a-z][a-z-]+)", lambda found: f"“{label_of(found[1].replace('-', '_'))}”", message)
