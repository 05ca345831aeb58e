"""The app as people use it: with the demo dancer and with real motion, by links, on a phone."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.support.accessibility import focused, tab_to, violations
from tests.support.bodies import walking_positions, write_raw_take
from tests.support.pictures import FIGURE_LEFT, FIGURE_RIGHT, difference, picture, share_of_hue
from tests.support.playing import MOVED, drag, frame, let_play, seek, wait_for_script
from tests.support.serving import PLAYER, ROOT, app_server, player_state, wait_ready

VIEWS = ("Three-quarter view", "Front view, facing the dancer", "View from above", "Draw markers and lines")
"""Some of the player's view buttons, in their order."""

LATE_MILLISECONDS = 500
MESSAGES_ARRIVE_LATE = f"""
const listen = WebSocket.prototype.addEventListener;
WebSocket.prototype.addEventListener = function (type, listener, options) {{
  const late = (event) => setTimeout(() => listener(event), {LATE_MILLISECONDS});
  listen.call(this, type, type === "message" ? late : listener, options);
}};
"""
"""A script of the page that delays all that the server sends."""


@pytest.fixture
def app(demo_app):
    """The app itself, opened on the demo dancer."""
    return demo_app


def hold_still(page):
    """Go to the first frame of the first player, which does not play."""
    assert player_state(page)["playing"] == "false"
    seek(page, 0)


def stage(page):
    """The stage as pixels, scrolled to the middle of the window, so that two pictures can be compared."""
    page.locator(".mp-stage").first.evaluate("element => element.scrollIntoView({block: 'center'})")
    return picture(page)


def open_page(page, app, path="", count=1):
    page.goto(f"{app}/{path}")
    wait_ready(page, count)


def go_to(page, name):
    page.get_by_role("link", name=name).first.click()
    page.wait_for_function("name => document.querySelector('h1')?.innerText === name", arg=name)


def test_where_reduced_motion_is_asked_for_the_dancer_waits_and_is_played_and_stepped_by_keys(page, app):
    open_page(page, app)
    page.wait_for_timeout(500)
    assert (frame(page), player_state(page)["playing"]) == (0, "false")
    page.locator(".mp-surface").focus()
    passed = tab_to(page, "Play")
    assert [name for name in passed if name in VIEWS] == list(VIEWS)
    page.keyboard.press("Space")
    page.wait_for_function(f"+document.querySelector('{PLAYER}').dataset.frame > 5")
    assert focused(page) == "Pause"
    page.keyboard.press("Space")
    wait_for_script(page)  # a pause is reported to the page, which runs again
    assert focused(page) == "Play"
    assert tab_to(page, "Frame") == ["One frame back", "One frame forward", "Frame"]
    before = frame(page)
    page.keyboard.press("ArrowRight")
    assert page.locator(".mp-scrub").get_attribute("aria-valuetext").endswith(f"frame {before + 2} of 128")
    wait_for_script(page)
    assert focused(page) == "Frame"


def test_the_first_visit_shows_a_moving_dancer(page, app):
    let_play(page)
    open_page(page, app)
    page.wait_for_function(f"+document.querySelector('{PLAYER}').dataset.frame > 5")
    one = picture(page)
    page.wait_for_timeout(400)
    assert difference(one, picture(page)) > MOVED
    assert share_of_hue(FIGURE_LEFT, one) > MOVED
    assert share_of_hue(FIGURE_RIGHT, one) > MOVED
    expect(page.locator(".st-key-page-heading").get_by_text("Synthetic demo dancer")).to_have_count(1)


def test_another_marker_set_keeps_frame_and_camera(page, app):
    open_page(page, app)
    hold_still(page)
    seek(page, 60)
    drag(page, 150, 0)
    turned = stage(page)
    page.get_by_text("18", exact=True).click()
    wait_for_script(page)
    assert frame(page) == 60
    page.get_by_text("53", exact=True).click()
    wait_for_script(page)
    assert frame(page) == 60
    assert difference(turned, stage(page)) < MOVED
    assert "markers" not in page.url


def test_frame_and_camera_are_there_again_after_going_back_from_other_pages(page, app):
    page.set_viewport_size({"width": 1366, "height": 768})  # where the navigation has room for all pages
    open_page(page, app)
    hold_still(page)
    seek(page, 77)
    drag(page, 120, 30)
    before = stage(page)
    go_to(page, "Preprocessing")
    go_to(page, "About")
    wait_for_script(page)
    assert violations(page) == []
    page.go_back()
    page.wait_for_function("document.querySelector('h1')?.innerText === 'Preprocessing'")
    page.go_back()
    wait_ready(page)
    assert frame(page) == 77
    assert player_state(page)["playing"] == "false"
    assert difference(before, stage(page)) < MOVED


def test_on_a_slow_network_a_click_on_a_page_right_after_turning_the_camera_goes_there(page, app):
    page.set_viewport_size({"width": 1366, "height": 768})
    page.add_init_script(MESSAGES_ARRIVE_LATE)
    open_page(page, app)
    drag(page, 120, 30)
    page.get_by_role("link", name="Preprocessing").first.click()
    page.wait_for_function("document.querySelector('h1')?.innerText === 'Preprocessing'")
    wait_for_script(page)
    page.wait_for_timeout(2 * LATE_MILLISECONDS)
    assert page.locator("h1").inner_text() == "Preprocessing"


def test_a_click_on_the_timeline_starts_the_phrase_there_and_changes_the_link(page, app):
    open_page(page, app, "?data=demo&start=0")
    strip = page.locator('[data-testid="chart"][data-ready="true"]').first
    box = strip.bounding_box()
    strip.click(position={"x": box["width"] * 0.6, "y": box["height"] * 0.4})
    page.wait_for_function("new URL(location).searchParams.get('start') > 1000")
    start = int(page.evaluate("new URL(location).searchParams.get('start')"))
    wait_for_script(page)
    assert f"frame {start:,}" in page.get_by_text("Phrase of").inner_text()


def test_a_link_opens_the_phrase_it_names_also_if_it_names_the_first_page(page, app):
    open_page(page, app, "browse?take=undertow&start=1234&length=64&markers=18&skeleton=paper")
    assert page.locator("h1").inner_text() == "undertow"
    assert player_state(page)["frames"] == "64"
    assert "frame 1,234" in page.get_by_text("Phrase of").inner_text()
    assert page.get_by_role("dialog").count() == 0  # Streamlit's, that there is no such page


def test_a_shared_link_has_what_only_the_browser_knows(page, app):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=app)
    open_page(page, app, "?take=undertow&start=1234")
    page.get_by_role("button", name="Front view").click()
    page.wait_for_function("new URL(location).searchParams.get('camera') === 'front'")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("img", name="QR code of the link").wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("status").get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"{app}/?take=undertow&start=1234&camera=front"
    page.evaluate("delete Navigator.prototype.clipboard; document.execCommand = () => false")  # as without https
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("status").get_by_text("The link is selected").wait_for()
    assert page.evaluate("getSelection().toString()").endswith("camera=front")


def test_real_motion_opens_from_its_folder(page, app, mocap):
    folder = mocap / "mariel_layout"
    open_page(page, app, f"?data={folder}&take=bandai_dance")
    assert page.locator("h1").inner_text() == "bandai dance"
    assert page.get_by_text("synthetic").count() == 0
    hold_still(page)
    before = picture(page)
    seek(page, 90)
    assert difference(before, picture(page)) > MOVED


def test_phrases_in_a_row_are_shown_together_and_another_take_beside_the_phrase(page, app):
    open_page(page, app, "?row=8", count=2)
    names = page.locator(".mp-labels")
    expect(names.nth(1).locator(".mp-label")).to_have_count(8)
    # Another take, chosen in the sidebar, dances beside the phrase; the address has it.
    page.get_by_role("combobox", name="Beside it").click()
    page.keyboard.type("waltz")
    page.get_by_role("option", name="waltz_for_one").click()
    names.first.get_by_text("waltz for one").wait_for()
    page.wait_for_function("location.search.includes('compared=waltz_for_one')")
    wait_for_script(page)
    wait_ready(page, 2)
    seen = stage(page)
    for half in (seen[:, : seen.shape[1] // 2], seen[:, seen.shape[1] // 2 :]):
        assert share_of_hue(FIGURE_LEFT, half) > MOVED / 4
        assert share_of_hue(FIGURE_RIGHT, half) > MOVED / 4


def test_two_bodies_side_by_side_share_one_clock(page, app):
    open_page(page, app, "preprocessing?step=Upright", count=2)
    seek(page, 64)
    page.wait_for_function(f"document.querySelectorAll('{PLAYER}')[1].dataset.frame == 64")
    # One body is the mirror image of the other, so the pictures differ, and each has both colours.
    mirrored, corrected = picture(page, 0), picture(page, 1)
    assert difference(mirrored, corrected) > MOVED
    for seen in (mirrored, corrected):
        assert share_of_hue(FIGURE_LEFT, seen) > MOVED / 2
        assert share_of_hue(FIGURE_RIGHT, seen) > MOVED / 2


def test_an_outlier_opens_at_its_frame(page, app):
    open_page(page, app, "preprocessing?step=Outliers")
    assert 0 < frame(page) < 70
    page.get_by_role("link", name="in Browse").click()
    wait_ready(page)
    assert player_state(page)["frames"] == "70"


def test_the_first_link_that_a_new_server_opens_shows_the_whole_app(page):
    with app_server(ROOT / "streamlit_app.py") as address:
        page.goto(f"{address}/preprocessing?step=Numbers")
        page.get_by_text("What the reference prints for these takes").wait_for(timeout=60_000)
        expect(page.get_by_role("link", name="Browse")).to_have_count(1)
        assert page.get_by_text("streamlit app").count() == 0


def test_a_folder_named_on_the_command_line_is_opened(page, tmp_path):
    write_raw_take(tmp_path, "honey", walking_positions(1300))
    with app_server(ROOT / "streamlit_app.py", str(tmp_path)) as address:
        open_page(page, address)
        assert page.locator("h1").inner_text() == "honey"


def test_without_recordings_the_demo_is_one_click_away(page, app, tmp_path):
    page.goto(f"{app}/?data={tmp_path}")
    page.get_by_text("the folder is empty").wait_for(timeout=60_000)
    page.get_by_role("button", name="Watch the demo dancer instead").click()
    wait_ready(page)
    expect(page.locator(".st-key-page-heading").get_by_text("Synthetic demo dancer")).to_have_count(1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_the_dancer_without_scrolling_sideways(chromium, app, theme):
    phone = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme=theme, has_touch=True)
    page = phone.new_page()
    try:
        open_page(page, app)
        box = page.locator(".mp-stage").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] * 0.6 < 844  # the body is visible at once
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        backdrop = np.median(picture(page))
        assert backdrop > 200 if theme == "light" else backdrop < 60
    finally:
        phone.close()
