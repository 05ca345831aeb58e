"""Recordings for pages: chosen once in the sidebar, opened once for everybody, kept by small keys."""

import sys
from pathlib import Path

import streamlit as st

from mariel.errors import RecordingError
from mariel.motion.demo import demo_folder
from mariel.motion.io.formats import TRIM
from mariel.motion.io.loading import DEMO, Recordings, find_files, load_recordings
from mariel.motion.quality import Outlier, PhraseQuality, TakeProfile, find_outliers, phrase_quality, take_profile
from mariel.motion.recording import Recording

REMEMBERED = {"bind": "query-params", "persist_state": "session"}
"""Given to every widget whose choice travels from page to page and sits in the address bar."""

DEMO_NOTICE = "A synthetic demo dancer, choreographed by this program. Not a recording of a person."


def chosen_data() -> str:
    """The folder, glob or file to read, as typed in the sidebar, given on the command line, or linked to."""
    st.sidebar.text_input(
        "Recordings",
        value=_named_on_the_command_line() or DEMO,
        key="data",
        help="A folder, a pattern such as data/mariel_*.npy or one file on the machine that runs Mariel; "
        f"“{DEMO}” is the synthetic demo dancer.",
        **REMEMBERED,
    )
    return st.session_state.data.strip() or DEMO


def _named_on_the_command_line() -> str | None:
    """DATA of `streamlit run streamlit_app.py -- DATA`, which leaves the script and its arguments in sys.argv."""
    script, *arguments = sys.argv
    return arguments[0] if arguments and Path(script).name == "streamlit_app.py" else None


def chosen_trim() -> int | None:
    """Frames to leave out at each end of every take, as asked for in the sidebar; None for the layout's own."""
    return st.sidebar.number_input(
        "Trim at each end, frames",
        min_value=0,
        value=None,
        step=100,
        placeholder="as the layout needs",
        key="trim",
        help=f"Empty: {TRIM} frames of padding are left out at each end of a raw take, none of other files.",
        **REMEMBERED,
    )


def choose_recordings() -> Recordings:
    """Ask for recordings and open them. Stops the page, with a way on, if there are none."""
    data, trim = chosen_data(), chosen_trim()
    try:
        recordings = open_recordings(data, trim=trim)
    except RecordingError as error:
        st.error(str(error), icon=":material/folder_off:")
        st.button("Watch the demo dancer instead", on_click=_use_demo, type="primary", icon=":material/play_arrow:")
        st.stop()
    _show_problems(recordings)
    return recordings


def open_recordings(data: str, *, trim: int | None = None) -> Recordings:
    """Open recordings, or take them from the cache if the files are still the same.

    Args:
        data: a folder, a glob or a file, or "demo".
        trim: frames to leave out at each end, None for the layout's own.

    Raises:
        RecordingError: nothing there can be used.
    """
    if data == DEMO:
        _choreograph_demo()
    files = find_files(data)
    fingerprint = tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    return _load(data, trim, fingerprint)


def _choreograph_demo() -> None:
    """Make the demo dancer's takes if they are not there yet, with a bar that says how far it is."""
    bar = st.empty()

    def progress(name: str, share: float) -> None:
        bar.progress(share, f"Choreographing the demo dancer, once: {name.replace('_', ' ')}")

    demo_folder(progress=progress)
    bar.empty()


def _use_demo() -> None:
    st.session_state.data = DEMO
    st.session_state.trim = None


@st.cache_resource(max_entries=8, show_spinner="Opening recordings …")
def _load(data: str, trim: int | None, fingerprint: tuple) -> Recordings:
    return load_recordings(data, trim=trim)


def _show_problems(recordings: Recordings) -> None:
    if not recordings.problems:
        return
    errors = sum(problem.severity == "error" for problem in recordings.problems)
    warnings = len(recordings.problems) - errors
    parts = [f"{errors} left out"] * bool(errors) + [f"{warnings} to look at with care"] * bool(warnings)
    with st.sidebar.expander(f"{' · '.join(parts)}", icon=":material/warning:", expanded=bool(errors)):
        for problem in recordings.problems:
            (st.error if problem.severity == "error" else st.warning)(f"**{problem.name}**: {problem.message}")


def identity(recording: Recording) -> tuple:
    """A small key that is the same only for the same frames and markers of the same, unchanged file."""
    stat = recording.path.stat() if recording.path else None
    file = (str(recording.path), stat.st_size, stat.st_mtime_ns) if stat else (id(recording.source),)
    return (*file, recording.name, recording.start, recording.stop, recording.marker_set.labels, recording.signs)


def profile_of(recording: Recording) -> TakeProfile:
    """The take's profile, computed once for everybody."""
    return _profile(identity(recording), recording)


@st.cache_data(max_entries=64, show_spinner="Looking through the take …")
def _profile(key: tuple, _recording: Recording) -> TakeProfile:
    return take_profile(_recording)


def quality_of(phrase: Recording) -> PhraseQuality:
    """A phrase's quality, computed once for everybody."""
    return _quality(identity(phrase), phrase)


@st.cache_data(max_entries=512, show_spinner=False)
def _quality(key: tuple, _phrase: Recording) -> PhraseQuality:
    return phrase_quality(_phrase)


def outliers_of(recordings: Recordings, count: int = 20) -> list[Outlier]:
    """The fastest moments over all takes, fastest first."""
    found = [outlier for take in recordings.values() for outlier in find_outliers(take, profile_of(take), count)]
    return sorted(found, key=lambda outlier: -outlier.speed)[:count]
