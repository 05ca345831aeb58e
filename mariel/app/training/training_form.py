"""The form that begins a run: a starting point, a name, and every setting for those who want it."""

from dataclasses import dataclass

import streamlit as st

from mariel.app.widgets.forms import ask
from mariel.app.widgets.recordings import DEMO_NOTICE, chosen_data, chosen_trim, open_recordings
from mariel.app.widgets.runs import attempt, choose_next, show_trouble
from mariel.data.settings import DataSettings
from mariel.errors import RecordingError, SettingsError
from mariel.models.settings import MODELS
from mariel.motion.io.loading import Recordings
from mariel.motion.recording import format_duration
from mariel.training.manager import RunManager
from mariel.training.runs import Run
from mariel.training.settings import PRESETS, RunSettings

STARTS = {
    "quick look": "Three minutes: enough to see a body appear and begin to move.",
    "full": "The best this program can do: it learns until it no longer gets better. Give it an hour or a night.",
    "notebook": "The published notebook's model and recipe, faults included, to compare with.",
}
"""What a preset is for, in the order they are offered."""

MODEL_NAMES = {
    "phrase-vae": "Mariel's own: an LSTM-VAE that gives back a body",
    "notebook": "The published notebook's LSTM-VAE",
}


@dataclass(frozen=True, eq=False)
class Source:
    """What there is to learn from.

    Args:
        data: as typed in the sidebar.
        trim: frames left out at each end of a take, None for the layout's own.
        recordings: what was found there; None where it cannot be opened.
    """

    data: str
    trim: int | None
    recordings: Recordings | None


def choose_source() -> Source:
    """Ask in the sidebar what to learn from; where nothing can be opened, the page says why and goes on."""
    data, trim = chosen_data(), chosen_trim()
    try:
        return Source(data, trim, open_recordings(data, trim=trim))
    except RecordingError as error:
        st.error(str(error), icon=":material/folder_off:")
        return Source(data, trim, None)


def begin_like(run: Run) -> None:
    """Let the form begin with a run's settings."""
    choose_next(**{"form open": True, "like": run.name, "begin with": _like(run.name)})
    st.session_state["form begins like"] = run.name


@st.fragment
def show_form(manager: RunManager, source: Source) -> None:
    """Ask for a run and start it, or put it in the queue."""
    if name := st.session_state.pop("form begins like", None):
        st.toast(f"The form at the top begins with the settings of {name} now.", icon=":material/arrow_upward:")
    names = [run.name for run in manager.runs()]
    begin, parent = _begin_with(manager)
    name_place, button_place = st.columns([3, 1], vertical_alignment="bottom")
    name = name_place.text_input(
        "Name of the run",
        _free_name(st.session_state["begin with"], names),
        key=f"new name {st.session_state['begin with']} {len(names)}",
        help="Its folder gets this name: letters, digits, spaces, - _ and . will do.",
    )
    start = button_place.container()
    with st.expander("All settings", icon=":material/settings:"):
        settings = _ask_settings(begin, source)
    waits = manager.active() is not None
    start.button(
        "Queue" if waits else "Train",
        on_click=_start,
        args=(manager, settings, name, parent),
        type="primary",
        icon=":material/play_arrow:",
        disabled=settings is None or source.recordings is None,
        width="stretch",
        help="Another run is learning; this one begins when it is done." if waits else None,
    )
    if st.session_state.pop("training started", False):
        st.rerun()
    show_trouble()
    if source.recordings:
        _describe(source.recordings, settings)


def _begin_with(manager: RunManager) -> tuple[RunSettings, str | None]:
    """Ask for the starting point; gives its settings, and the run they come from where they come from one."""
    likes = [run for run in manager.runs() if run.name == st.session_state.get("like")]
    options = [*STARTS, *(_like(run.name) for run in likes)]
    if st.session_state.get("begin with") not in options:
        st.session_state["begin with"] = options[0]
    chosen = st.segmented_control("Begin with", options, required=True, key="begin with", persist_state="session")
    if chosen in STARTS:
        st.caption(STARTS[chosen])
        return PRESETS[chosen], None
    st.caption("The settings of that run. Its weights are not taken over; the new run remembers where it comes from.")
    return likes[0].settings, likes[0].name


def _like(name: str) -> str:
    return f"as {name}"


def _free_name(start: str, taken: list[str]) -> str:
    """The first of "quick look 1", "quick look 2" … that is not taken."""
    start = start.removeprefix("as ").rstrip("0123456789 ") or "run"
    return next(name for i in range(1, len(taken) + 2) if (name := f"{start} {i}") not in taken)


def _ask_settings(begin: RunSettings, source: Source) -> RunSettings | None:
    """Ask for every setting; None, with the reason, where they do not fit together."""
    key = f"new {st.session_state['begin with']}"
    st.markdown("**Training**")
    train = ask(begin.train, f"{key} train")
    st.markdown("**Phrases**")
    data = ask(
        begin.data,
        f"{key} data",
        skip=("data", "trim"),
        shown=lambda name, values: name != "hold_out" or values["split"] == "takes",
        options={"hold_out": list(source.recordings or ())},
    )
    st.markdown("**Model**")
    kinds = list(MODELS)
    kind = st.selectbox(
        "Model",
        kinds,
        index=kinds.index(begin.model.kind),
        format_func=lambda kind: MODEL_NAMES.get(kind, kind),
        key=f"{key} kind",
        persist_state="session",
    )
    of_model = begin.model if kind == begin.model.kind else MODELS[kind]()
    model = ask(of_model, f"{key} {kind}")
    try:
        return RunSettings(
            MODELS[kind](**model),
            DataSettings(data=source.data, trim=source.trim, **data),
            type(begin.train)(**train),
        )
    except SettingsError as error:
        st.session_state["training trouble"] = str(error)
        return None


def _start(manager: RunManager, settings: RunSettings, name: str, parent: str | None) -> None:
    def start() -> None:
        run = manager.start(settings, name.strip(), parent=parent)
        choose_next(**{"run": run.name, "form open": False})
        st.session_state["training started"] = True

    attempt(start)


def _describe(recordings: Recordings, settings: RunSettings | None) -> None:
    """What the run will learn from, in a sentence."""
    seconds = sum(take.duration for take in recordings.values())
    takes = f"{len(recordings)} takes" if len(recordings) != 1 else "one take"
    text = f"It learns from {takes}, {format_duration(seconds)} of dance"
    if settings:
        length, fps = settings.data.length, next(iter(recordings.values())).fps
        phrases = sum(max(0, len(take) - length + 1) for take in recordings.values())
        text += f": {phrases:,} overlapping phrases of {length / fps:.1f} s, some of them held out to check on it"
    st.caption(f"{text}. Choose other recordings in the sidebar.")
    if recordings.synthetic:
        st.caption(f":material/smart_toy: {DEMO_NOTICE}")
