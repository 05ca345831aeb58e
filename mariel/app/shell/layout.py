"""What surrounds every page: its look, and the promise that nobody ever meets a traceback."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from mariel.errors import MarielError

log = logging.getLogger("mariel")

_STYLE = """
<style>
  .block-container { padding-top: 4.2rem; padding-bottom: 3rem; max-width: 1500px; }
  h1 { font-weight: 650; letter-spacing: -0.02em; padding: 0 0 .1rem 0; }
  [data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; font-size: 1.35rem; }
  [data-testid="stMetricLabel"] p { opacity: .72; }
  @media (max-width: 640px) { .block-container { padding-left: .8rem; padding-right: .8rem; } }
</style>
"""


@contextmanager
def page_frame() -> Iterator[None]:
    """Run a page inside this: the shared style, and any error said in words instead of a traceback."""
    st.html(_STYLE)
    try:
        yield
    except MarielError as error:
        st.error(str(error), icon=":material/error:")
    except Exception:
        log.exception("a page failed")
        st.error(
            "Something went wrong inside Mariel; this is a fault of the program, not yours. The details are in the "
            "terminal that runs it. Reloading the page often helps.",
            icon=":material/bug_report:",
        )


def open_page() -> None:
    """The first call of every page: start over through the router if Streamlit ran the page without it.

    Beside a folder called pages, Streamlit runs that folder's scripts by its older rule until `st.navigation` has
    been called once, so a link to a page that a fresh server gets first would show it without the app around it.
    """
    if getattr(PagesManager, "uses_pages_directory", False):
        PagesManager.uses_pages_directory = False
        st.rerun()


def page_title(title: str, about: str) -> None:
    """A page's heading and the one sentence that says what it is for."""
    st.title(title, anchor=False)
    st.caption(about)
