"""What every page has: the style, warnings about the link, and messages instead of tracebacks."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from typing import Any, NoReturn

import streamlit as st

from mariel.app.shell import streamlit_adapter
from mariel.app.shell.garbage_collection import exclude_loaded_modules
from mariel.app.shell.messages import show_error
from mariel.app.shell.query_params import QUERY_PARAMS, begin_page, show_link_warnings
from mariel.errors import MarielError

log = logging.getLogger("mariel")

# Streamlit, which requires pandas, imports it for the first table; plotly takes it from sys.modules for every figure,
# also while another visitor's page is in the middle of importing it. Before all pages there is no such moment.
import_module("pandas")

PAGE_FAILED = "a page failed"
"""What the log says about an unexpected exception; tests fail if they find it."""

_STYLE = """
<style>
  .block-container { padding-top: 4rem; padding-bottom: 3rem; max-width: 1500px; }
  .st-key-page-heading { align-items: baseline; gap: 0 .9rem; }
  .st-key-page-heading [data-testid="stVerticalBlock"] { align-items: flex-end; }
  .st-key-share-open { position: relative; z-index: 1; }
  .st-key-share-open button { min-height: 1.8rem; padding: 0; }
  .st-key-page-heading h1 { font-size: 1.4rem; font-weight: 650; letter-spacing: -0.01em; padding: 0; }
  .block-container h2 { font-size: 1.2rem; font-weight: 600; padding: .5rem 0 .75rem; }
  .block-container [data-testid="stColumn"] h2 { font-size: 1rem; padding-top: 0; }
  div > [data-testid="stCaptionContainer"] { opacity: .72; }
  /* Black on the dark theme's light accent, white on the other: whatever the text around it is not. */
  [data-testid^="stBaseButton-primary"], .stMultiSelect [data-tag] {
    color: color(
      from currentcolor srgb clamp(0, (.5 - r) * 9, 1) clamp(0, (.5 - g) * 9, 1) clamp(0, (.5 - b) * 9, 1)
    );
  }
  .st-key-figures { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem .8rem; align-items: start; }
  .st-key-figures > * { width: 100%; }
  .st-key-figures [data-testid="stMetricValue"] { font-size: 1.15rem; }
  .st-key-figures [data-testid="stMetricValue"] * { white-space: normal; }
  .st-key-figures [data-testid="stMetricLabel"] p { font-size: .8rem; }
  [data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; font-size: 1.35rem; }
  [data-testid="stMetricLabel"] p { opacity: .72; white-space: normal; }
  @media (max-width: 640px) {
    .block-container { padding: 3.9rem .8rem 3rem; }
    .block-container [data-testid="stVerticalBlock"] { gap: .6rem; }
    .st-key-page-heading h1 { font-size: 1.2rem; }
    .st-key-page-heading [data-testid="stCaptionContainer"] p { font-size: .78rem; }
    [data-testid="stHorizontalBlock"]:has(> * > [data-testid="stMetric"]) {
      display: grid; grid-template-columns: 1fr 1fr; gap: .3rem .8rem; align-items: start;
    }
    [data-testid="stMetricValue"] { font-size: 1.15rem; }
    [data-testid="stButtonGroup"] [role="radiogroup"] { flex-wrap: nowrap; overflow-x: auto; scrollbar-width: none; }
    [data-testid="stButtonGroup"] [role="radiogroup"] > * { flex: none; }
  }
</style>
"""
"""Titles are small, so that the dance is not; captions can be read; on a phone, figures are in two columns."""


@contextmanager
def page_layout(name: str) -> Iterator[None]:
    """Run a page in this context: it gets the shared style, and an exception becomes a message on the page.

    Args:
        name: of the page, see `mariel.app.shell.navigation`.
    """
    st.html(_STYLE)
    begin_page(name, QUERY_PARAMS)
    try:
        with exceptions_as_messages():
            yield
        show_link_warnings()
    finally:
        exclude_loaded_modules()


def stop_page() -> NoReturn:
    """End a page here: like `st.stop`, after which nothing can be shown, but warnings about the link are."""
    show_link_warnings()
    st.stop()


@contextmanager
def exceptions_as_messages() -> Iterator[None]:
    """Show an exception as a message where it happens; nobody sees a traceback on a page.

    An exception that is no `MarielError` is a fault of the program. It is logged with its traceback.
    """
    try:
        yield
    except MarielError as error:
        show_error(str(error))
    except Exception:
        log.exception(PAGE_FAILED)
        st.error(
            "Something went wrong inside Mariel; this is a fault of the program, not yours. The details are in the "
            "terminal that runs it. Reloading the page often helps.",
            icon=":material/bug_report:",
        )


def fragment(function: Callable[..., None], *, run_every: float | None = None) -> Callable[..., None]:
    """A part of a page that runs again by itself, like `st.fragment`; its exceptions become messages.

    Streamlit runs a fragment again outside of the page, and so outside of `page_layout`.

    Args:
        function: makes the part.
        run_every: seconds between two runs; None to run again only when one of its widgets is used.
    """

    @wraps(function)
    def run(*arguments: Any, **options: Any) -> None:
        with exceptions_as_messages():
            function(*arguments, **options)

    return st.fragment(run, run_every=run_every)


def open_page() -> None:
    """The first call of every page: start over through the router if Streamlit ran the page without it.

    Beside a folder called pages, Streamlit runs that folder's scripts by its older rule until `st.navigation` has
    been called once, so the first link that a new server opens would show a page without the navigation around it.
    """
    if streamlit_adapter.leave_pages_directory():
        st.rerun()
