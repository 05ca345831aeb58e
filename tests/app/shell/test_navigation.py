"""The pages: what is registered arrives in the navigation and opens, under its title."""

import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.shell.navigation import PAGE_STATUS, PAGES, Page, pages_in_order
from tests.support.opening import ROUTER, new_app, page_text
from tests.support.serving import ROOT

TOY = '''"""Toy: a page that a test has added."""

from mariel.app.shell.layout import open_page
from mariel.app.widgets.heading import page_title

open_page()
page_title("A toy", "It shows nothing.")
'''


@pytest.fixture
def toy(tmp_path):
    script = tmp_path / "toy.py"
    script.write_text(TOY)
    yield PAGES.add("toy", Page(str(script), "Toy page", ":material/toys:", 5.5, url_path="a-toy"))
    PAGES.remove("toy")


def navigation(app: AppTest) -> dict[str, str]:
    """Title and path of every page in the navigation, in its order; the path of the first is empty."""
    pages = app._registered_pages.values()
    return {page["page_name"]: page["url_pathname"] for page in pages}


def test_a_page_that_is_registered_arrives_in_the_navigation_and_opens(toy):
    app = AppTest.from_file(ROUTER, default_timeout=120).run()
    assert page_text(app).startswith("A toy")  # it comes first by its order, so it is what opens
    assert list(navigation(app)) == ["Toy page", "Browse", "Preprocessing", "Training", "Reconstructions", "Sampling",
                                     "Latent map", "About"]  # fmt: skip


def test_a_page_opens_by_its_own_address(toy):
    PAGES.remove("toy")
    PAGES.add("toy", Page(toy.script, toy.title, toy.icon, 99, toy.url_path))
    app = new_app("preprocessing").run()
    assert navigation(app)["Toy page"] == "a-toy"
    app.switch_page(toy.script).run()
    assert "A toy" in page_text(app)


def test_every_script_is_a_page_and_every_page_a_script():
    assert {ROOT / str(page.script) for page in PAGES.values()} == set((ROOT / "pages").glob("*.py"))


def test_addresses_are_those_of_older_links():
    assert [page.path for page in pages_in_order().values()] == [
        "browse", "preprocessing", "training", "reconstructions", "sampling", "latent_map", "about",
    ]  # fmt: skip


def test_two_pages_cannot_have_one_name():
    with pytest.raises(ValueError, match="already"):
        PAGES.add("browse", PAGES["browse"])


def test_what_goes_on_at_a_page_is_said_in_the_navigation_of_others(monkeypatch):
    monkeypatch.setitem(PAGE_STATUS, "training", lambda: "epoch 12")
    assert "Training: epoch 12" in navigation(new_app("about").run())


def test_a_page_that_is_idle_has_its_title_alone(monkeypatch):
    monkeypatch.setitem(PAGE_STATUS, "training", str)
    assert "Training" in navigation(new_app("about").run())
