"""The downloads tray: files that are made in the background, in a corner of every page.

They belong to the browser, not to the session: a page that is loaded again, and a second tab, show them too.
"""

import threading

import streamlit as st

from mariel.app.components.visitor import is_known, show_visitor, visitor
from mariel.app.shell.layout import fragment
from mariel.app.shell.messages import plain_text
from mariel.app.shell.query_params import TRAY, TRAY_POLLS, VISITOR_OF_TRAY
from mariel.app.shell.streamlit_adapter import download_button, is_active_session, session_id
from mariel.errors import MarielError
from mariel.export.jobs import ExportJobs, Job
from mariel.export.registry import Exporter, ExportRequest
from mariel.files import format_bytes
from mariel.stage.palette import PALETTE

POLL_SECONDS = 1.0

_STYLE = """
<style>
  .st-key-{key} {{
    position: fixed; right: 1rem; bottom: 1rem; z-index: 1000; width: min(24rem, calc(100vw - 2rem)) !important;
    max-height: 60vh; overflow: auto; background: {background};
    box-shadow: 0 4px 24px color-mix(in srgb, currentColor 18%, transparent);
    gap: .4rem; padding: .6rem .8rem;
  }}
  .st-key-{key} [data-testid="stHorizontalBlock"] {{ flex-wrap: nowrap; }}
  .st-key-{key} [data-testid="stCaptionContainer"] {{ min-width: 0; overflow-wrap: anywhere; }}
  .st-key-{visitor} {{ position: absolute; }}
</style>
"""


class VisitorSessions:
    """Which sessions each visitor has: several tabs, and for a while also those before a reload."""

    def __init__(self) -> None:
        self._sessions: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def add(self, visitor: str, session: str) -> None:
        """Note a visitor's session."""
        with self._lock:
            self._sessions.setdefault(visitor, set()).add(session)

    def join(self, visitor: str, session: str) -> None:
        """Note another session of a visitor who has one already."""
        with self._lock:
            if visitor in self._sessions:
                self._sessions[visitor].add(session)

    def is_present(self, visitor: str) -> bool:
        """Whether one of the visitor's sessions still goes on."""
        with self._lock:
            going_on = {each for each in self._sessions.pop(visitor, ()) if is_active_session(each)}
            if going_on:
                self._sessions[visitor] = going_on
        return bool(going_on)


@st.cache_resource(show_spinner=False)
def visitor_sessions() -> VisitorSessions:
    """The sessions of all visitors who have had files made."""
    return VisitorSessions()


@st.cache_resource(show_spinner=False)
def export_jobs() -> ExportJobs:
    """The files in the making of all visitors."""
    return ExportJobs(visitor_sessions().is_present)


def start_export(exporter: Exporter, request: ExportRequest, file_name: str) -> None:
    """Begin to make a file for this visitor; it is in the tray from now on."""
    visitor_sessions().add(visitor(), session_id())
    try:
        export_jobs().submit(visitor(), exporter, request, file_name)
    except MarielError as error:
        st.toast(plain_text(str(error)), icon=":material/hourglass_top:")


def _own_jobs() -> list[Job]:
    """This visitor's jobs, the newest first."""
    visitor_sessions().join(visitor(), session_id())
    return export_jobs().of(visitor())


def show_tray() -> None:
    """Show this visitor's files, if there are any: those that are made, with Cancel, and those that are ready."""
    jobs = _own_jobs()
    if not jobs:
        return
    if not is_known():
        show_visitor(VISITOR_OF_TRAY)
    active = any(job.is_active for job in jobs)
    TRAY_POLLS.set(active)
    fragment(_show_jobs, run_every=POLL_SECONDS if active else None)()


def _show_jobs() -> None:
    jobs = _own_jobs()
    if TRAY_POLLS.get() and not any(job.is_active for job in jobs):
        TRAY_POLLS.set(False)
        st.rerun()  # without the timer
    if not jobs:
        return
    theme = getattr(st.context.theme, "type", None) or "light"
    st.html(_STYLE.format(key=TRAY, visitor=VISITOR_OF_TRAY, background=PALETTE["page"][theme]["background"]))
    with st.container(key=TRAY, border=True):
        for job in jobs:
            _show_job(job)


def _show_job(job: Job) -> None:
    key, name = TRAY.of(job.number), plain_text(job.file_name)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=key):
        if job.state == "done":
            st.caption(f"{name} · {format_bytes(job.size)}")
            path = job.path
            assert path is not None
            download_button(
                "Save", path.read_bytes, key=TRAY.of(job.number, "save"), file_name=job.file_name,
                media_type=job.exporter.media_type, type="primary",
            )  # fmt: skip
        elif job.state == "failed":
            st.caption(f"{name}: {plain_text(job.error)}")
        elif job.state == "waiting":
            st.caption(f"{name} waits")
        else:
            st.progress(job.share, f"{name} · {100 * job.share:.0f} %")
        label = "Cancel" if job.is_active else "Remove"
        st.button(
            label, key=TRAY.of(job.number, "remove"), help=f"{label} {job.file_name}",
            type="tertiary", on_click=export_jobs().remove, args=(job,),
        )  # fmt: skip
