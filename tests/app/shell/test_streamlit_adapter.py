"""What the app uses of Streamlit's private parts: the tests fail when a new version of Streamlit changes one."""

from pathlib import Path

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from mariel.app.shell import streamlit_adapter


class Session:
    """A browser session of a server without a browser: its page is one download button."""

    def __init__(self, monkeypatch) -> None:
        self.manager = MediaFileManager(MemoryMediaFileStorage("/media"))
        self.now = 0.0
        monkeypatch.setattr("streamlit.runtime.media_file_manager._get_session_id", lambda: "browser")
        monkeypatch.setattr(streamlit_adapter, "exists", lambda: True)
        monkeypatch.setattr(streamlit_adapter, "get_instance", lambda: self)
        monkeypatch.setattr(streamlit_adapter.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(streamlit_adapter.st, "download_button", self._register)

    @property
    def media_file_mgr(self) -> MediaFileManager:
        return self.manager

    def _register(self, label, make, file_name, media_type, **options) -> None:
        self.link = self.manager.add_deferred(make, media_type, "the button's place", file_name)

    def begin_run(self) -> None:
        self.manager.clear_session_refs("browser")

    def show_button(self, content: bytes) -> str:
        """Run the page as far as its button; return the ID that a browser then asks for."""
        streamlit_adapter.download_button(
            "Download", lambda: content, key="key", file_name="dance.html", media_type="text/html"
        )
        return self.link

    def end_run(self) -> None:
        self.manager.remove_orphaned_files()

    def press(self, link: str) -> str:
        return self.manager.execute_deferred(link)

    def fetch(self, url: str) -> bytes:
        return self.manager._storage.get_file(url.rpartition("/")[2]).content


@pytest.fixture
def session(monkeypatch) -> Session:
    return Session(monkeypatch)


def run(session: Session, content: bytes) -> str:
    session.begin_run()
    link = session.show_button(content)
    session.end_run()
    return link


def test_a_button_pressed_while_its_page_runs_again_gives_the_dance_that_is_shown(session):
    link = run(session, b"first")
    session.begin_run()
    session.end_run()  # interrupted before the button, as by the next move of a slider
    assert session.fetch(session.press(link)) == b"first"
    run(session, b"second")
    assert session.fetch(session.press(link)) == b"first"


def test_a_file_can_be_fetched_after_two_more_runs(session):
    url = session.press(run(session, b"first"))
    for content in (b"second", b"third", b"fourth"):
        run(session, content)
    assert session.fetch(url) == b"first"


def test_files_and_links_that_nobody_can_press_any_more_are_removed(session):
    old = run(session, b"first")
    url = session.press(old)
    shown = run(session, b"second")
    session.now += streamlit_adapter.KEEP_SECONDS + 1
    shown = run(session, b"third")
    run(session, b"fourth")
    run(session, b"fifth")
    with pytest.raises(MediaFileStorageError):
        session.press(old)
    with pytest.raises(MediaFileStorageError):
        session.fetch(url)
    assert session.fetch(session.press(shown)) == b"third"


def test_a_page_that_stays_open_keeps_its_link(session):
    link = run(session, b"first")
    session.now += 100 * streamlit_adapter.KEEP_SECONDS
    assert session.fetch(session.press(link)) == b"first"
    session.begin_run()
    session.end_run()
    assert session.fetch(session.press(link)) == b"first"


def test_a_published_file_can_be_fetched_while_its_page_runs_again_and_is_removed_later(session):
    address = streamlit_adapter.publish_file(b"a scene", "application/octet-stream", "the stage")
    session.begin_run()
    session.end_run()  # interrupted before the stage
    assert session.fetch(address) == b"a scene"
    session.now += streamlit_adapter.KEEP_SECONDS + 1
    for _ in range(2):
        run(session, b"another page")
    session.now += streamlit_adapter.KEEP_SECONDS + 1
    run(session, b"another page")
    with pytest.raises(MediaFileStorageError):
        session.fetch(address)


def test_the_app_has_no_other_download_buttons():
    root = Path(__file__).resolve().parents[3]
    sources = [path for folder in ("mariel/app", "pages") for path in (root / folder).rglob("*.py")]
    users = [path.name for path in sources if "st.download_button(" in path.read_text("utf-8")]
    assert users == ["streamlit_adapter.py"]
