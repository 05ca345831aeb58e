"""How far something slow is, said while it runs and gone afterwards."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context

import streamlit as st

from mariel.app.shell.messages import plain_text
from mariel.progress import Progress

WAIT_SECONDS = 0.5
"""What takes less time has no bar."""


@contextmanager
def progress_bar(text: str) -> Iterator[Progress]:
    """A bar that a function moves by what is yielded: "Opening recordings: 33 %, adagio".

    The function may be cached by Streamlit. What a cached function shows is recorded and shown again at every hit,
    which is an error in a place that the function has not made. So the bar is drawn in the context in which this is
    called, where nothing is recorded.

    Args:
        text: what is done.
    """
    place, outside, begun = st.empty(), copy_context(), time.monotonic()

    def show(name: str, share: float) -> None:
        if time.monotonic() - begun > WAIT_SECONDS:
            share = min(max(share, 0.0), 1.0)
            parts = [f"{text}: {100 * share:.0f} %", name.replace("_", " ")]
            outside.run(place.progress, share, plain_text(", ".join(filter(None, parts))))

    try:
        yield show
    finally:
        place.empty()
