"""Recordings for pages: chosen in the sidebar, and cached once for all sessions."""

import sys
from pathlib import Path

import streamlit as st

from mariel.app.shell.layout import stop_page
from mariel.app.shell.messages import plain_text, show_error
from mariel.app.shell.progress import progress_bar
from mariel.app.shell.query_params import DATA, OFFER_DEMO, PROBLEMS_OPEN, TRIM
from mariel.app.widgets import controls
from mariel.app.widgets.files.upload import show_upload
from mariel.app.widgets.heading import page_title
from mariel.errors import RecordingError
from mariel.motion.demo import demo_folder
from mariel.motion.io.loading import DEMO, Recordings, find_files, load_recordings, recording_version
from mariel.motion.mariel_markers import RAW_PADDING_FRAMES
from mariel.motion.quality import Outlier, PhraseQuality, TakeProfile, find_outliers, phrase_quality, take_profile
from mariel.motion.recording import Recording
from mariel.progress import Progress

DEMO_NOTICE = "A synthetic demo dancer, choreographed by this program. Not a recording of a person."


def show_title(title: str, about: str, *, synthetic: bool) -> None:
    """A page's heading, see `page_title`, with a note if the dance that is seen is nobody's."""
    note = ":material/smart_toy: Synthetic demo dancer" if synthetic else ""
    page_title(title, about, note=note, note_help=DEMO_NOTICE)


def pick_data() -> str:
    """The folder, glob or file to read: as typed in the sidebar, given on the command line, or named by the link."""
    data = controls.text_input(
        DATA,
        "Recordings",
        _command_line_data() or DEMO,
        place=st.sidebar,
        help="A folder, a pattern such as data/mariel_*.npy or one file on the machine that runs Mariel; "
        f"“{DEMO}” is the synthetic demo dancer.",
    )
    return data.strip() or DEMO


def _command_line_data() -> str | None:
    """DATA of `streamlit run streamlit_app.py -- DATA`, which leaves the script and its arguments in sys.argv."""
    script, *arguments = sys.argv
    return arguments[0] if arguments and Path(script).name == "streamlit_app.py" else None


def pick_trim() -> int | None:
    """Ask how many frames to leave out at each end of every take; None lets the file's layout decide."""
    return controls.number_input(
        TRIM,
        "Trim at each end, frames",
        place=st.sidebar,
        step=100,
        placeholder=TRIM.empty,
        help=f"Empty: {RAW_PADDING_FRAMES} padding frames at each end of raw takes are left out, none of others.",
    )


def pick_recordings() -> Recordings:
    """Ask for recordings and open them. If there are none, the page stops and offers the demo dancer."""
    show_upload()
    data, trim = pick_data(), pick_trim()
    try:
        recordings = open_recordings(data, trim=trim)
    except RecordingError as error:
        show_error(str(error), icon=":material/folder_off:")
        st.button(
            "Watch the demo dancer instead", key=OFFER_DEMO, on_click=_use_demo, type="primary",
            icon=":material/play_arrow:", help="A synthetic dancer that comes with the program.",
        )  # fmt: skip
        stop_page()
    _show_problems(recordings)
    return recordings


def open_recordings(data: str, *, trim: int | None = None) -> Recordings:
    """Open recordings, or take them from the cache if the files have not changed.

    Args:
        data: a folder, a glob or a file, or "demo".
        trim: frames to leave out at each end; None lets the file's layout decide.

    Raises:
        RecordingError: nothing there can be used.
    """
    if data == DEMO:
        _choreograph_demo()
    files = find_files(data)
    fingerprint = tuple(recording_version(file) for file in files)
    with progress_bar("Opening recordings") as progress:
        return _load(data, trim, fingerprint, progress)


def _choreograph_demo() -> None:
    """Make the demo dancer's takes if they do not exist yet, and show a progress bar meanwhile."""
    with progress_bar("Choreographing the demo dancer, once") as progress:
        demo_folder(progress=progress)


def _use_demo() -> None:
    DATA.key.set(DEMO)
    TRIM.key.set(None)


@st.cache_resource(max_entries=8, show_spinner=False)
def _load(data: str, trim: int | None, fingerprint: tuple, _progress: Progress) -> Recordings:
    return load_recordings(data, trim=trim, progress=_progress)


_PROBLEM_KINDS = {
    "error": ("{} left out", st.error),
    "question": ("{} to answer", st.info),
    "warning": ("{} with warnings", st.warning),
    "note": ("{} changed", st.info),
}
"""How many there are of a kind, in words, and how one is shown."""


def _show_problems(recordings: Recordings) -> None:
    if not recordings.problems:
        return
    counts = {kind: sum(problem.severity == kind for problem in recordings.problems) for kind in _PROBLEM_KINDS}
    parts = [words.format(count) for kind, (words, _) in _PROBLEM_KINDS.items() if (count := counts[kind])]
    with st.sidebar.expander(
        " · ".join(parts), icon=":material/warning:", expanded=bool(counts["error"]), key=PROBLEMS_OPEN
    ):
        for kind, (_, show) in _PROBLEM_KINDS.items():
            for problem in recordings.problems:
                if problem.severity == kind:
                    show(f"**{plain_text(problem.name)}**: {plain_text(problem.message)}")


def cache_key(recording: Recording) -> tuple:
    """A small key for caches: equal only for the same frames and markers of the same unchanged file."""
    file = recording_version(recording.path) if recording.path else (id(recording.source),)
    read = (recording.signs, recording.axes, recording.fps, recording.notes)
    return (*file, recording.name, recording.start, recording.stop, recording.marker_set.labels, *read)


def profile_of(recording: Recording) -> TakeProfile:
    """The take's profile, computed once for all sessions."""
    return _profile(cache_key(recording), recording)


@st.cache_data(max_entries=64, show_spinner="Measuring speed and height in every frame of the take …")
def _profile(key: tuple, _recording: Recording) -> TakeProfile:
    return take_profile(_recording)


def quality_of(phrase: Recording) -> PhraseQuality:
    """A phrase's quality, computed once for all sessions."""
    return _quality(cache_key(phrase), phrase)


@st.cache_data(max_entries=512, show_spinner=False)
def _quality(key: tuple, _phrase: Recording) -> PhraseQuality:
    return phrase_quality(_phrase)


def outliers_of(recordings: Recordings, count: int = 20) -> list[Outlier]:
    """The frames with the fastest markers over all takes, fastest first."""
    found = [outlier for take in recordings.values() for outlier in find_outliers(take, profile_of(take), count)]
    return sorted(found, key=lambda outlier: -outlier.speed)[:count]
