"""An app and a Chromium, started once for all browser tests; a new page for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.support.serving import ROOT, app_server, launch_chromium
from tests.support.small_runs import trained_run

APPS = Path(__file__).parent / "apps"


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
    return chromium.new_context(viewport={"width": 800, "height": 760}, reduced_motion="reduce")


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A new tab; the test fails if a script in it throws."""
    page = context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    page.close()
    assert not thrown, thrown
