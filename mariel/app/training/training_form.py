"""The form that starts a run: a preset or another run's settings, a name, and every setting in an expander."""

import os
from dataclasses import dataclass

import streamlit as st

from mariel.app.shell.layout import fragment
from mariel.app.shell.messages import plain_text, quoted, show_error
from mariel.app.shell.query_params import (
    ACTION_ERROR,
    COPIED_RUN,
    FORM_COPIES,
    FORM_DATA,
    FORM_FILLED,
    FORM_OPEN,
    FORM_SETTINGS,
    NEW_NAME,
    NEW_RUN,
    RUN,
    RUN_STARTED,
    START_FROM,
    START_RUN,
    SessionKey,
)
from mariel.app.widgets.forms import settings_form
from mariel.app.widgets.recordings import DEMO_NOTICE, open_recordings, pick_data, pick_trim
from mariel.app.widgets.runs import call_and_report, set_widgets_next, show_action_error
from mariel.data.settings import DataSettings
from mariel.errors import RecordingError, SettingsError
from mariel.models.settings import MODELS
from mariel.motion.io.loading import DEMO, Recordings
from mariel.motion.recording import format_duration
from mariel.motion.resampling import describe_resampled, main_fps, other_rates
from mariel.training.manager import RunManager
from mariel.training.runs import Run
from mariel.training.settings import PRESETS, RunSettings

PRESET_HELP = {
    "quick look": "Three minutes: enough to see a body appear and begin to move.",
    "full": "The best model: it trains until it no longer improves. It takes an hour or a night.",
    "notebook": "The published notebook's model and training recipe, to compare with.",
}
"""What each preset is for, in the order in which they are offered."""


@dataclass(frozen=True, eq=False)
class DataSource:
    """The recordings to train on.

    Args:
        data: folder, glob or file as typed in the sidebar, or as the copied run has it.
        trim: frames left out at each end of a take; None lets the file's layout decide.
        recordings: what was opened; None if nothing could be.
        problem: why nothing could be opened.
    """

    data: str
    trim: int | None
    recordings: Recordings | None
    problem: str = ""

    @classmethod
    def open(cls, data: str, trim: int | None) -> "DataSource":
        """Open recordings; an error is kept in `problem`."""
        try:
            return cls(data, trim, open_recordings(data, trim=trim))
        except RecordingError as error:
            return cls(data, trim, None, str(error))

    def is_same(self, other: DataSettings) -> bool:
        """Whether a run's settings name the same recordings; a run has its path made absolute."""
        return (_absolute(self.data), self.trim) == (_absolute(other.data), other.trim)


def _absolute(data: str) -> str:
    return data if data == DEMO else os.path.abspath(os.path.expanduser(data))


def pick_source() -> DataSource:
    """Ask in the sidebar for recordings; if they cannot be opened, the page shows the error and continues."""
    source = DataSource.open(pick_data(), pick_trim())
    if source.problem:
        show_error(source.problem, icon=":material/folder_off:")
    return source


def prefill_form(run: Run) -> None:
    """Fill the form with a run's settings, whatever was typed into an earlier copy of them."""
    FORM_COPIES.set(FORM_COPIES.get(0) + 1)
    set_widgets_next({FORM_OPEN: True, COPIED_RUN: run.name, START_FROM: _copy_label(run.name)})
    FORM_FILLED.set(run.name)


@fragment
def show_form(manager: RunManager, sidebar: DataSource) -> None:
    """Ask for a run's name and settings, and start it or put it in the queue.

    Args:
        manager: of all runs.
        sidebar: the recordings chosen in the sidebar.
    """
    if name := FORM_FILLED.pop():
        st.toast(f"The form at the top now has the settings of {plain_text(name)}.", icon=":material/arrow_upward:")
    names = [run.name for run in manager.runs()]
    defaults, parent = _pick_starting_point(manager)
    key, source = NEW_RUN.of(START_FROM.get()), sidebar
    if parent is not None:
        key = key.of(FORM_COPIES.get(0))
        source = _pick_copied_source(parent, defaults.data, sidebar, key)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    free_name = _free_name(START_FROM.get(), names)
    name = left.text_input(
        "Name of the run",
        free_name,
        key=NEW_NAME.of(free_name),
        help="Its folder gets this name: letters, digits, spaces, - _ and . will do.",
    )
    start = right.container()
    with st.expander("All settings", icon=":material/settings:", key=FORM_SETTINGS):
        settings = _ask_settings(defaults, source, key)
    queued = manager.active_run() is not None
    start.button(
        "Queue" if queued else "Train",
        on_click=_start,
        args=(manager, settings, name, parent),
        type="primary",
        icon=":material/play_arrow:",
        disabled=settings is None or source.recordings is None,
        width="stretch",
        help="Another run is being trained; this one starts when it is done." if queued else None,
        key=START_RUN,
    )
    if RUN_STARTED.pop(False):
        st.rerun()
    show_action_error()
    if source.recordings:
        where = "Choose other recordings in the sidebar." if source is sidebar else f"These are those of {parent}."
        _describe_data(source.recordings, settings, where)


def _pick_starting_point(manager: RunManager) -> tuple[RunSettings, str | None]:
    """Ask for a preset or a run to start from; return its settings, and the run's name if it is a run."""
    copied_runs = [run for run in manager.runs() if run.name == COPIED_RUN.get()]
    options = [*PRESET_HELP, *(_copy_label(run.name) for run in copied_runs)]
    if START_FROM.get() not in options:
        START_FROM.set(options[0])
    chosen = st.segmented_control(
        "Start from",
        options,
        required=True,
        key=START_FROM,
        persist_state="session",
        help="Settings to begin with; each can be changed below.",
    )
    if chosen in PRESET_HELP:
        st.caption(PRESET_HELP[chosen])
        return PRESETS[chosen], None
    st.caption(
        "The settings and recordings of that run, without its weights; the new run remembers where they come from."
    )
    return copied_runs[0].settings, copied_runs[0].name


def _pick_copied_source(name: str, settings: DataSettings, sidebar: DataSource, key: SessionKey) -> DataSource:
    """The recordings of the run that is copied; or, if they differ and are asked for, those of the sidebar."""
    if sidebar.is_same(settings):
        return sidebar
    own, other = f"those of {name}", "those in the sidebar"
    chosen = st.segmented_control(
        "Recordings",
        [own, other],
        default=own,
        required=True,
        key=FORM_DATA.of(key),
        persist_state="session",
        help="What the new run learns from.",
    )
    if chosen == other:
        return sidebar
    source = DataSource.open(settings.data, settings.trim)
    trim = "" if settings.trim is None else f", {settings.trim:,} frames left out at each end of every take"
    st.caption(f"Recordings: {quoted(settings.data)}{trim}")
    if source.problem:
        show_error(f"The recordings of “{name}” cannot be opened: {source.problem}", icon=":material/folder_off:")
    return source


def _copy_label(name: str) -> str:
    return f"as {name}"


def _free_name(start: str, taken: list[str]) -> str:
    """The first name of "quick look 1", "quick look 2", … that no run has."""
    start = start.removeprefix("as ").rstrip("0123456789 ") or "run"
    return next(name for i in range(1, len(taken) + 2) if (name := f"{start} {i}") not in taken)


def _ask_settings(defaults: RunSettings, source: DataSource, key: SessionKey) -> RunSettings | None:
    """Ask for every setting; if they contradict each other, keep the reason for the page and return None."""
    st.markdown("**Training**")
    train = settings_form(defaults.train, key.of("train"))
    st.markdown("**Phrases**")
    data = settings_form(
        defaults.data,
        key.of("data"),
        skip=("data", "trim"),
        shown=lambda name, values: name != "hold_out" or values["split"] == "takes",
        options={"hold_out": list(source.recordings or ())},
    )
    st.markdown("**Model**")
    kinds = list(MODELS)
    kind = st.selectbox(
        "Model",
        kinds,
        index=kinds.index(defaults.model.kind),
        format_func=lambda kind: MODELS[kind].label,
        key=key.of("kind"),
        persist_state="session",
        help="What is trained; it decides which settings follow.",
    )
    st.caption(MODELS[kind].help)
    model_defaults = defaults.model if kind == defaults.model.kind else MODELS[kind].settings_class()
    model = settings_form(model_defaults, key.of(kind))
    try:
        return RunSettings(
            model=MODELS[kind].settings_class(**model),
            data=DataSettings(data=source.data, trim=source.trim, **data),
            train=type(defaults.train)(**train),
        )
    except SettingsError as error:
        ACTION_ERROR.set(str(error))
        return None


def _start(manager: RunManager, settings: RunSettings, name: str, parent: str | None) -> None:
    def start() -> None:
        run = manager.start(settings, name.strip(), parent=parent)
        set_widgets_next({RUN.key: run.name, FORM_OPEN: False})
        RUN_STARTED.set(True)

    call_and_report(start)


def _describe_data(recordings: Recordings, settings: RunSettings | None, where: str) -> None:
    """The recordings and phrases that the run will be trained on, in a sentence, and where they are chosen."""
    seconds = sum(take.duration for take in recordings.values())
    takes = f"{len(recordings)} takes" if len(recordings) != 1 else "one take"
    text = f"It learns from {takes}, {format_duration(seconds)} of dance"
    if settings:
        length, fps = settings.data.length, main_fps(recordings)
        resampled = {} if settings.data.reference else other_rates(recordings, fps)
        frames = [round(take.duration * fps) if name in resampled else len(take) for name, take in recordings.items()]
        phrases = sum(max(0, count - length + 1) for count in frames)
        text += f": {phrases:,} overlapping phrases of {length / fps:.1f} s, some of them held out to check on it"
        if resampled:
            note = plain_text(describe_resampled(resampled, fps))
            st.caption(f":material/speed: Recordings are {note}. Most of the motion has that rate.")
    st.caption(f"{text}. {plain_text(where)}")
    if recordings.synthetic:
        st.caption(f":material/smart_toy: {DEMO_NOTICE}")
