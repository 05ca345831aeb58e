"""An app and a Chromium, started once for all browser tests; a new page for each test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.support.serving import ROOT, app_server, launch_chromium
from tests.support.small_runs import trained_run

VIEWPORT = {"width": 800, "height": 760}
APPS = Path(__file__).parent / "apps"

expect.set_options(timeout=30_000)  # as all other waiting; by default 5 s, too short where other tests take the cores


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch_chromium(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def player_app() -> Iterator[str]:
    """The address of the app with one page per feature of the player."""
    with app_server(APPS / "player_app.py") as address:
        yield address


@pytest.fixture(scope="session")
def demo_app() -> Iterator[str]:
    """The address of the app on the demo dancer, with the shipped model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MARIEL_CHECKPOINTS", raising=False)
        with app_server(ROOT / "streamlit_app.py") as address:
            yield address


@pytest.fixture(scope="session")
def small_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app on two small takes, with one small trained model, "waltz"."""
    folder = tmp_path_factory.mktemp("small")
    trained_run(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MARIEL_CHECKPOINTS", str(folder / "runs"))
        with app_server(ROOT / "streamlit_app.py", str(folder / "data")) as address:
            yield address


@pytest.fixture(scope="session")
def context(chromium: Browser) -> BrowserContext:
    """One browser context for all pages, so that plotly.js is fetched once.

    With reduced motion no dance plays by itself: in software graphics each keeps a core busy.
    """
    return chromium.new_context(viewport=VIEWPORT, reduced_motion="reduce")


@pytest.fixture(scope="module")
def _player_tab(context: BrowserContext) -> Iterator[Page]:
    tab = context.new_page()
    yield tab
    tab.close()


@pytest.fixture
def player_tab(_player_tab: Page) -> Iterator[Page]:
    """A tab that a module's tests share: `open_player` starts its session over. A test fails if a script throws."""
    with no_errors(_player_tab):
        yield _player_tab
    _player_tab.emulate_media(color_scheme="light", reduced_motion="reduce")
    _player_tab.set_viewport_size(VIEWPORT)
    _player_tab.mouse.move(0, 0)


@contextmanager
def no_errors(page: Page) -> Iterator[None]:
    """Fail if a script in the page throws meanwhile."""
    thrown: list[str] = []

    def note(error: Exception) -> None:
        thrown.append(str(error))

    page.on("pageerror", note)
    yield
    page.remove_listener("pageerror", note)
    assert not thrown, thrown


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A new tab; the test fails if a script in it throws."""
    page = context.new_page()
    with no_errors(page):
        yield page
        page.close()
