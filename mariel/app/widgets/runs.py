"""Runs as the Training page sees them: one manager for everybody, cheap looks at the disk, errors in words."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from mariel.app.widgets.forms import label_of
from mariel.errors import MarielError
from mariel.stage.curves import Learning
from mariel.training.manager import RunManager
from mariel.training.results import EpochResult
from mariel.training.runs import Preview, Run, RunStatus, runs_root

ACTIVE = ("queued", "running", "paused")
"""States of a run that somebody is at work on, or about to be."""

BADGES = {
    "queued": (":material/hourglass_empty:", "gray", "waiting its turn"),
    "running": (":material/directions_run:", "green", "learning"),
    "paused": (":material/pause:", "orange", "paused"),
    "stopped": (":material/stop:", "gray", "stopped"),
    "finished": (":material/check:", "blue", "finished"),
    "failed": (":material/error:", "red", "failed"),
    "interrupted": (":material/power_off:", "orange", "interrupted"),
}
"""How a state is shown: icon, colour, words."""


def run_manager() -> RunManager:
    """The manager of this program's runs: one for all sessions, so that a closed tab stops nothing."""
    return _manager(str(runs_root()))


@st.cache_resource(show_spinner=False)
def _manager(root: str) -> RunManager:
    return RunManager(Path(root))


def results_of(run: Run) -> list[EpochResult]:
    """The run's epochs so far; read from disk only when its log has grown."""
    return _results(stamp(run.folder / "metrics.jsonl"), run)


@st.cache_resource(max_entries=64, show_spinner=False)
def _results(key: tuple, _run: Run) -> list[EpochResult]:
    return _run.metrics()


def preview_of(run: Run) -> Preview | None:
    """The validation phrase beside its latest reconstruction, None before the first validation."""
    return _preview(stamp(run.folder / "preview.npz"), run)


@st.cache_resource(max_entries=8, show_spinner=False)
def _preview(key: tuple, _run: Run) -> Preview | None:
    return _run.preview()


def stamp(path: Path) -> tuple:
    """A small key that changes whenever a file does."""
    try:
        stat = path.stat()
    except OSError:
        return (str(path), 0, 0, 0)
    return (str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino)


def best_of(results: list[EpochResult]) -> EpochResult | None:
    """The epoch whose weights are kept as the best, None before the first validation."""
    return next((result for result in reversed(results) if result.best), None)


def learning_of(run: Run) -> Learning:
    """A run's epochs as arrays for figures."""
    results = results_of(run)
    best = best_of(results)
    measures = ("loss", "error_cm", "kl")
    sides = [
        {
            measure: np.array([getattr(getattr(result, side), measure, np.nan) for result in results])
            for measure in measures
        }
        for side in ("train", "validation")
    ]
    return Learning(
        run.name,
        np.array([result.epoch for result in results]),
        np.array([result.seconds / 60 for result in results]),
        *sides,
        best=best and best.epoch,
    )


def badge(status: RunStatus) -> None:
    """A run's state as a coloured word."""
    icon, colour, words = BADGES[status.state]
    st.badge(words, icon=icon, color=colour)


def choose_next(**choices: Any) -> None:
    """Set widgets by their keys when the page is drawn next.

    A button's callback could set them itself, but the page's looking again every second may overtake it and bring
    back what the browser last knew.
    """
    st.session_state["training choices"] = {**st.session_state.get("training choices", {}), **choices}


def apply_choices() -> None:
    """Set what `choose_next` was told; before the widgets are drawn."""
    for key, value in st.session_state.pop("training choices", {}).items():
        st.session_state[key] = value


def attempt(action: Callable[..., Any], *arguments: Any) -> None:
    """Call from a button: what goes wrong is said on the page instead of breaking it."""
    try:
        action(*arguments)
    except MarielError as error:
        st.session_state["training trouble"] = str(error)


def show_trouble() -> None:
    """Say what the last button ran into, once."""
    if trouble := st.session_state.pop("training trouble", None):
        st.error(in_words(trouble), icon=":material/error:")


def in_words(message: str) -> str:
    """A message that names settings as the form does instead of by the command line's flags."""
    return re.sub(r"--([a-z][a-z-]+)", lambda found: f"“{label_of(found[1].replace('-', '_'))}”", message)
