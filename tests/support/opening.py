"""Pages opened as the app opens them: through the router, by the choices a link makes."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROUTER = str(Path(__file__).resolve().parents[2] / "streamlit_app.py")


def opened(page: str, **choices: str) -> AppTest:
    """A page of the app, such as "sampling", as a link with these query parameters opens it."""
    app = AppTest.from_file(ROUTER, default_timeout=120)
    for name, value in choices.items():
        app.query_params[name] = value
    app.run()
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    """All that is written on it."""
    kinds = (app.markdown, app.caption, app.error, app.warning, app.info)
    return " ".join(str(element.value) for kind in kinds for element in kind)
