"""The start strip: what a newcomer reads and may try, and that it stays away once it has been closed."""

import pytest

from tests.support.serving import PLAYER, player_state, wait_ready

STRIP = '[data-testid="start-strip"]'
LAPTOP, PHONE = (1366, 768), (390, 844)


@pytest.fixture
def visit(chromium, small_app):
    """Opens Browse in a browser that has never been here."""
    contexts = []

    def open_browse(size=LAPTOP):
        width, height = size
        window = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        contexts.append(window)
        page = window.new_page()
        page.goto(f"{small_app}/?trim=0&take=one")
        wait_ready(page)
        page.locator(STRIP).wait_for()
        return page

    yield open_browse
    for each in contexts:
        each.close()


def assert_on_first_screen(page, size):
    page.locator('[data-testid="chart"][data-ready="true"]').wait_for(timeout=60_000)
    for name in (STRIP, PLAYER, '[data-testid="chart"]'):
        box = page.locator(name).bounding_box()
        assert 0 <= box["y"] <= box["y"] + box["height"] <= size[1]


def assert_asks_for_recordings(page):
    page.get_by_role("button", name="Bring your own").click()
    page.get_by_text("per file").wait_for()  # of the field for files
    page.wait_for_function("""() => {
      const { left, right } = document.querySelector('[data-testid="stFileUploader"]').getBoundingClientRect();
      return left >= 0 && right <= innerWidth;  // the sidebar has come in
    }""")


def test_a_newcomer_reads_whose_dance_it_is_turns_the_dancer_around_and_brings_recordings(visit):
    page = visit()
    assert "You see the take “one” of your recordings." in page.locator(STRIP).inner_text()
    assert_on_first_screen(page, LAPTOP)
    assert player_state(page)["playing"] == "false"
    usual = page.get_by_role("button", name="Three-quarter view")
    assert usual.get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Turn the dancer around").click()
    pressed = """value => document.querySelector('.mp-views button[aria-label^="Three"]').ariaPressed === value"""
    page.wait_for_function(pressed, arg="false")
    assert player_state(page)["playing"] == "true"
    page.wait_for_function(pressed, arg="true", timeout=20_000)
    assert_asks_for_recordings(page)


def test_on_a_phone_the_strip_leaves_room_for_stage_and_timeline_and_opens_the_sidebar(visit):
    page = visit(PHONE)
    assert_on_first_screen(page, PHONE)
    assert_asks_for_recordings(page)


def test_a_wilder_dance_is_one_click_away(visit):
    page = visit()
    page.get_by_role("button", name="Make a new dance wilder").click()
    page.wait_for_function("location.pathname.endsWith('/sampling')", timeout=60_000)
    page.wait_for_function("new URL(location).searchParams.get('temperature') === '1.6'")


def test_once_closed_it_stays_away_in_this_browser_and_the_stage_gets_its_room(visit):
    page = visit()  # in which other tests have not closed it: another browser is another visitor
    height = page.locator(".mp-stage").bounding_box()["height"]
    page.get_by_role("button", name="Close for good").click()
    page.wait_for_function("height => document.querySelector('.mp-stage').offsetHeight > height + 50", arg=height)
    page.reload()
    wait_ready(page)
    assert not page.locator(STRIP).is_visible()
