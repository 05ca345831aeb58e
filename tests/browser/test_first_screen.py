"""What is visible when a page opens: the stage and the control that the page is for; and what axe-core says of it."""

import pytest

from tests.support.accessibility import show_theme, violations
from tests.support.playing import wait_until_still
from tests.support.serving import PLAYER, wait_ready

PAGES = {
    "browse": ("?trim=0&take=one", 1, '[data-testid="chart"]'),
    "orientation": ("preprocessing?trim=0&step=Upright", 2, ".st-key-step"),
    "outliers": ("preprocessing?trim=0&step=Outliers", 1, ".st-key-outliers-list"),
    "graph": ("preprocessing?trim=0&step=Graph&trails=LTOE", 1, ".st-key-all-edges"),
    "training": ("training?trim=0", 1, ".st-key-run"),
    "reconstructions": ("reconstructions?trim=0&take=one", 2, '[data-testid="chart"]'),
    "sampling": ("sampling", 1, ".mp-dial"),
    "latent map": ("latent_map", 1, '[data-testid="chart"]'),
}
"""Address, players, and the main control of each page that shows a dancer."""

SIZES = {"laptop": (1366, 768), "phone": (390, 844)}
DARK_WIDTH = 390
"""axe-core looks at the phone's pages in the dark theme and at the laptop's in the light one."""


@pytest.fixture(scope="module", params=SIZES)
def screen(request, chromium):
    """A browser window of one size, in which no dance plays by itself."""
    width, height = SIZES[request.param]
    touch = request.param == "phone"
    window = chromium.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", has_touch=touch
    )
    yield window
    window.close()


@pytest.mark.parametrize("name", PAGES)
def test_stage_and_main_control_are_on_the_first_screen_and_axe_finds_no_fault(screen, small_app, name):
    address, players, control = PAGES[name]
    title = address.partition("?")[0].replace("_", " ").capitalize() or "Browse"
    page = screen.new_page()
    try:
        page.goto(f"{small_app}/{address}")
        wait_ready(page, players)
        page.locator(control).first.wait_for(timeout=60_000)
        assert page.title() == f"{title} · Mariel"
        heading = page.get_by_role("heading", level=1).bounding_box()
        assert heading["height"] < page.locator(".mp-stage").first.bounding_box()["height"] / 4
        size = page.viewport_size
        # Beside the dancers stands a smaller body with the errors of each marker; on a phone it is below them.
        stages = 1 if name == "reconstructions" and size["width"] < 640 else players
        seen = [page.locator(PLAYER).nth(number) for number in range(stages)] + [page.locator(control).first]
        for box in [each.bounding_box() for each in seen]:
            assert 0 <= box["y"] <= box["y"] + box["height"] <= size["height"]
        assert page.locator(".mp-stage").first.bounding_box()["height"] >= 165
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        wait_until_still(page)
        show_theme(page, "dark" if size["width"] == DARK_WIDTH else "light")
        assert violations(page) == []
    finally:
        page.close()
