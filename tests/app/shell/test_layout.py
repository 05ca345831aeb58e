"""What every page has: exceptions as messages, and a log entry that fails tests."""

import os
import subprocess
import sys

from streamlit.testing.v1 import AppTest

from mariel.app.shell.layout import PAGE_FAILED
from tests.support.opening import open_page
from tests.support.serving import ROOT


def failing_page():
    import streamlit as st  # noqa: PLC0415 (AppTest runs this function as a script of its own)

    from mariel.app.shell.layout import page_layout  # noqa: PLC0415
    from mariel.errors import RecordingError  # noqa: PLC0415

    with page_layout("toy"):
        if st.session_state.get("known"):
            raise RecordingError("no recordings in '/x/[a](http://b)'")
        raise ZeroDivisionError("a fault")


def failing_fragment():
    from mariel.app.shell.layout import fragment  # noqa: PLC0415

    def part():
        raise ZeroDivisionError("a fault")

    fragment(part)()


def failing_callback():
    import streamlit as st  # noqa: PLC0415

    from mariel.app.shell.layout import page_layout  # noqa: PLC0415

    with page_layout("toy"):
        st.button("Press", key="press", on_click=lambda: 1 / 0)


def stopped_page():
    from mariel.app.shell.layout import page_layout, stop_page  # noqa: PLC0415
    from mariel.app.shell.query_params import SEED  # noqa: PLC0415
    from mariel.app.widgets import controls  # noqa: PLC0415

    with page_layout("toy"):
        controls.number_input(SEED, "Seed")
        stop_page()


def test_an_unexpected_exception_is_shown_in_words_and_found_by_tests(page_failures):
    app = AppTest.from_function(failing_page).run()
    assert "Something went wrong inside Mariel" in app.error[0].value
    assert not app.exception
    assert page_failures == ["ZeroDivisionError: a fault"]
    page_failures.clear()


def test_a_known_error_is_shown_as_it_is_written_and_fails_no_test():
    app = AppTest.from_function(failing_page)
    app.session_state["known"] = True
    assert app.run().error[0].value == "no recordings in `'/x/[a](http://b)'`"


def test_an_exception_of_a_part_that_runs_by_itself_is_shown_in_words(page_failures):
    app = AppTest.from_function(failing_fragment).run()
    assert "Something went wrong inside Mariel" in app.error[0].value
    assert len(page_failures) == 1
    page_failures.clear()


def test_an_exception_of_a_button_is_found_by_tests_and_people_see_no_traceback(page_failures):
    app = AppTest.from_function(failing_callback).run()
    app.button(key="press").click().run()
    assert page_failures == ["ZeroDivisionError: division by zero"]
    page_failures.clear()
    assert 'showErrorDetails = "none"' in (ROOT / ".streamlit" / "config.toml").read_text("utf-8")


def test_a_page_that_stops_early_warns_about_its_link():
    app = AppTest.from_function(stopped_page)
    app.query_params["seed"] = "-1"
    assert "the seed “-1”" in app.run().warning[0].value


def test_tests_look_for_what_the_log_says():
    assert PAGE_FAILED == "a page failed"


def test_waiting_threads_sleep_once_a_page_has_been_opened(monkeypatch):
    for name in ("OMP_WAIT_POLICY", "KMP_BLOCKTIME"):
        monkeypatch.setenv(name, "of the user")  # so that the value is restored after the test
        monkeypatch.delenv(name)
    open_page("browse")
    assert (os.environ["OMP_WAIT_POLICY"], os.environ["KMP_BLOCKTIME"]) == ("PASSIVE", "0")


def test_the_main_script_does_not_import_torch_before_a_page_does():
    """Torch reads the environment when it is imported; see `limit_spinning`."""
    script = (ROOT / "streamlit_app.py").read_text("utf-8").partition("limit_spinning()")[0]
    program = f"{script}\nimport sys\nassert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
