"""The downloads tray: what is made in the background is shown, can be cancelled, saved and removed."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.shell.query_params import VISITOR
from mariel.app.widgets.downloads import tray
from mariel.errors import MarielError
from mariel.export.jobs import ExportJobs
from mariel.export.registry import EXPORTERS, ExportRequest, register_exporter
from tests.app.widgets.test_downloads import page


def app_with_tray():
    from mariel.app.widgets.downloads.tray import show_tray  # noqa: PLC0415
    from tests.app.widgets.test_downloads import page  # noqa: PLC0415

    show_tray()
    page()


@pytest.fixture
def jobs(monkeypatch):
    """Jobs of this test alone: AppTest gives all sessions one name."""
    jobs = ExportJobs()
    monkeypatch.setattr(tray, "export_jobs", lambda: jobs)
    return jobs


@pytest.fixture
def slow_exporter():
    """An exporter that waits until it may go on; what it is told by then."""
    go_on = threading.Event()

    @register_exporter(
        "slow", label="Slow (.slow)", suffixes=(".slow",), media_type="text/plain", help=".", slow=True
    )
    def export_slow(request: ExportRequest) -> bytes:
        go_on.wait(10)
        request.report(0.5)
        if request.picture.shape == "portrait":
            raise MarielError("it is too tall")
        return b"slow"

    yield go_on
    go_on.set()
    EXPORTERS.remove("slow")


def test_a_film_is_made_in_the_background_and_saved_from_the_tray(jobs, slow_exporter):
    app = AppTest.from_function(app_with_tray).run()
    assert not app.get("progress")
    app.button(key="download stage slow").click().run()
    (job,) = jobs.of(jobs._jobs[0].owner)
    assert (job.file_name, job.is_active) == ("my dance.slow", True)
    slow_exporter.set()
    assert jobs.wait(job).state == "done"
    app.run()
    assert "my dance.slow · 4 B" in [caption.value for caption in app.caption]
    assert any(button.proto.label == "Save" for button in app.get("download_button"))
    app.button(key=f"downloads-tray {job.number} remove").click().run()
    assert jobs.of(job.owner) == []
    assert not any(button.proto.label == "Save" for button in app.get("download_button"))


def test_a_page_that_is_loaded_again_has_its_visitors_films_and_nobody_elses(jobs, slow_exporter):
    app = AppTest.from_function(app_with_tray).run()
    app.button(key="download stage slow").click().run()
    (job,) = jobs._jobs
    cancel = f"downloads-tray {job.number} remove"
    again, other = (AppTest.from_function(app_with_tray) for _ in range(2))
    again.session_state[VISITOR] = app.session_state[VISITOR]
    assert [each.key for each in again.run().button if each.label == "Cancel"] == [cancel]
    assert not [each for each in other.run().button if each.label == "Cancel"]
    again.button(key=cancel).click().run()
    assert jobs._jobs == []


def test_a_visitor_is_present_until_the_last_session_ends(monkeypatch):
    going_on = {"before a reload", "tab"}
    monkeypatch.setattr(tray, "is_active_session", going_on.__contains__)
    sessions = tray.VisitorSessions()
    sessions.join("stranger", "tab")
    assert not sessions.is_present("stranger")
    sessions.add("anna", "before a reload")
    sessions.join("anna", "tab")
    going_on.remove("before a reload")
    assert sessions.is_present("anna")
    going_on.remove("tab")
    assert not sessions.is_present("anna")


def test_a_film_that_is_cancelled_leaves_the_tray(jobs, slow_exporter):
    app = AppTest.from_function(app_with_tray).run()
    app.button(key="download stage slow").click().run()
    (job,) = jobs._jobs
    app.button(key=f"downloads-tray {job.number} remove").click().run()
    assert jobs._jobs == []
    slow_exporter.set()
    assert jobs.wait(job).state == "cancelled"
    assert not app.exception


def test_why_a_film_could_not_be_made_is_said_in_words(jobs, slow_exporter):
    app = AppTest.from_function(app_with_tray).run()
    app.button_group(key="picture option stage shape").set_value("portrait").run()
    slow_exporter.set()
    app.button(key="download stage slow").click().run()
    jobs.wait(jobs._jobs[0])
    app.run()
    assert "my dance.slow: it is too tall" in [caption.value for caption in app.caption]


assert page  # what the app runs
