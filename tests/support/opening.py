"""Open pages in AppTest as the app does: through the router, with a link's query parameters."""

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

from mariel.app.shell.navigation import PAGES, pages_in_order

ROUTER = str(Path(__file__).resolve().parents[2] / "streamlit_app.py")


def new_app(page: str) -> AppTest:
    """The app in a new session, about to open a page; `run()` opens it."""
    app = AppTest.from_file(ROUTER, default_timeout=120)
    if page != next(iter(pages_in_order())):  # the first page has no name in the address
        app.switch_page(str(PAGES[page].script))
    return app


def open_page(page: str, **query_params: str | list[str]) -> AppTest:
    """A page of the app, such as "sampling", opened by a link with these query parameters."""
    app = new_app(page)
    for name, value in query_params.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def query_param(app: AppTest, name: str) -> str | None:
    """A query parameter in the address; None without it."""
    value = app.query_params.get(name)
    return value[-1] if isinstance(value, list) else value  # a list as long as no script has set it


def page_text(app: AppTest) -> str:
    """All text on a page."""
    kinds = (app.title, app.header, app.markdown, app.caption, app.error, app.warning, app.info, app.success)
    return " ".join(str(element.value) for kind in kinds for element in kind)


def players(app: AppTest) -> list[dict]:
    """What the page sends to each player, in order."""
    sent = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    return [data for data in sent if "player" in data]
