"""The bar that says how far something slow is."""

from streamlit.testing.v1 import AppTest

from mariel.app.shell import progress
from mariel.app.shell.progress import progress_bar


class Place:
    """Stands in for a place on a page; keeps what was shown there."""

    def __init__(self):
        self.shown = []

    def progress(self, share, text):
        self.shown.append((share, text))

    def empty(self):
        self.shown.append(None)


def page_with_cached_function():
    import streamlit as st  # noqa: PLC0415

    from mariel.app.shell.progress import progress_bar  # noqa: PLC0415

    @st.cache_data(show_spinner=False)
    def count(_progress):
        for number in range(3):
            _progress(f"part {number}", number / 3)
        return 3

    with progress_bar("Counting") as report:
        st.session_state.count = count(report)


def test_a_bar_says_what_is_done_and_how_far_it_is_and_goes_at_the_end(monkeypatch):
    place = Place()
    monkeypatch.setattr(progress.st, "empty", lambda: place)
    monkeypatch.setattr(progress, "WAIT_SECONDS", 0)
    with progress_bar("Opening recordings") as report:
        report("slow_walk", 0.25)
        report("", 1.5)
    assert place.shown == [(0.25, "Opening recordings: 25 %, slow walk"), (1.0, "Opening recordings: 100 %"), None]


def test_what_is_fast_has_no_bar(monkeypatch):
    place = Place()
    monkeypatch.setattr(progress.st, "empty", lambda: place)
    with progress_bar("Opening recordings") as report:
        report("walk", 0.5)
    assert place.shown == [None]


def test_a_cached_function_moves_the_bar_and_is_taken_from_the_cache_without_it(monkeypatch):
    monkeypatch.setattr(progress, "WAIT_SECONDS", -1)
    app = AppTest.from_function(page_with_cached_function)
    for _ in range(2):
        app.run()
        assert not app.exception
        assert app.session_state["count"] == 3
        assert len(app.main) == 1  # the empty place
