"""The Latent map as people use it: click a phrase and watch it, draw a path and follow it, open a link."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.pictures import FIGURE_LEFT, difference, picture, share_of_hue
from tests.support.playing import MOVED, let_play, seek, wait_until_still
from tests.support.serving import PLAYER, player_state, wait_ready
from tests.support.small_runs import LENGTH

CHART = '[data-testid="chart"]'

PIXELS = """(chart, number) => {
  const box = chart.getBoundingClientRect();
  const { xaxis, yaxis } = chart._fullLayout;
  for (const trace of chart._fullData) {
    const at = Array.from(trace.customdata ?? []).indexOf(number);
    if (at >= 0) return [
      box.left + xaxis._offset + xaxis.d2p(trace.x[at]), box.top + yaxis._offset + yaxis.d2p(trace.y[at]),
    ];
  }
}"""
"""Position of a phrase or the star on the screen, pixels."""

TRACK_MARKER = """() => {
  const [dot, chart] = ["track-marker", "chart"].map((name) => document.querySelector(`[data-testid="${name}"]`));
  const { xaxis, yaxis } = chart._fullLayout;
  const [box, area] = [dot.getBoundingClientRect(), chart.getBoundingClientRect()];
  return [
    xaxis.p2d(box.x + box.width / 2 - area.x - xaxis._offset),
    yaxis.p2d(box.y + box.height / 2 - area.y - yaxis._offset),
  ];
}"""
"""Where the dot that shows the playing dance is, in the map's unit."""

WAYPOINTS = """chart => (chart._fullData.find((trace) => trace.name === "waypoints")?.x ?? []).length"""


@pytest.fixture
def app(small_app):
    """The Latent map with a small trained model."""
    return f"{small_app}/latent_map"


def opened(page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(f'{CHART}[data-ready="true"]', timeout=60_000)
    wait_ready(page)
    wait_until_still(page)


def at(page, number) -> list[float]:
    page.locator(CHART).scroll_into_view_if_needed()
    return page.locator(CHART).evaluate(PIXELS, number)


def query_param(page, name: str) -> str | None:
    return page.evaluate("name => new URL(location).searchParams.get(name)", name)


def wait_for_query_param(page, name: str, wrong: str | None) -> str:
    """The value of a query parameter, once it differs from a wrong one."""
    page.wait_for_function("([name, wrong]) => new URL(location).searchParams.get(name) !== wrong", arg=[name, wrong])
    wait_until_still(page)
    return query_param(page, name)


def first_frame(page):
    """The dancer's first frame from the front, as pixels."""
    if page.get_by_role("button", name="Pause", exact=True).count():
        page.get_by_role("button", name="Pause", exact=True).first.click()
    page.locator(".mp-stage").scroll_into_view_if_needed()
    seek(page, 0)
    page.get_by_role("button", name="Front").click()
    page.wait_for_timeout(300)
    return picture(page)


def test_a_dancer_moves_at_once_and_a_click_on_the_map_shows_a_phrase(page, app):
    let_play(page)
    opened(page, app)
    page.wait_for_function(f"+document.querySelector('{PLAYER}').dataset.frame > 3")
    before, phrase = first_frame(page), query_param(page, "phrase")
    assert share_of_hue(FIGURE_LEFT, before) > MOVED
    page.mouse.click(*at(page, 0))
    other = wait_for_query_param(page, "phrase", phrase)
    assert re.fullmatch(r"one:\d+", other)
    assert difference(before, first_frame(page)) > MOVED


def test_a_link_shows_the_phrase_it_names(page, app):
    shown = []
    for phrase in ("one:3", "two:60", "one:3"):
        opened(page, f"{app}?phrase={phrase}")
        shown.append(first_frame(page))
    assert difference(shown[0], shown[2]) < MOVED
    assert difference(shown[0], shown[1]) > MOVED


def test_clicks_add_points_and_undo_removes_them(page, app):
    opened(page, f"{app}?map_shows=Dance+a+path")
    offered = query_param(page, "path")
    box = page.locator(CHART).bounding_box()
    page.mouse.click(box["x"] + 8, box["y"] + 8)
    longer = wait_for_query_param(page, "path", offered)
    assert longer.startswith(offered)
    assert page.locator(CHART).evaluate(WAYPOINTS) == 5
    page.get_by_role("button", name="Undo").click()
    assert wait_for_query_param(page, "path", longer) == offered


def test_a_drawn_line_becomes_a_dance_and_its_link_opens_it(page, app):
    let_play(page)
    opened(page, f"{app}?map_shows=Dance+a+path&hand=draw+a+line&path_seconds=10+s")
    offered = query_param(page, "path")
    page.locator(CHART).scroll_into_view_if_needed()
    box = page.locator(CHART).bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 100, steps=12)
    page.mouse.move(box["x"] + 340, box["y"] + 260, steps=12)
    page.mouse.up()
    assert wait_for_query_param(page, "path", offered).count(";") == 15
    assert player_state(page)["frames"] == "350"
    page.wait_for_function(f"+document.querySelector('{PLAYER}').dataset.frame > {LENGTH}", timeout=60_000)
    generated = first_frame(page)
    waypoints = [[float(number) for number in each.split(",")] for each in query_param(page, "path").split(";")]
    assert page.evaluate(TRACK_MARKER) == pytest.approx(waypoints[0], abs=0.2)
    seek(page, 349)
    assert page.evaluate(TRACK_MARKER) == pytest.approx(waypoints[-1], abs=0.2)
    link = page.url
    page.goto("about:blank")
    opened(page, link)
    assert player_state(page)["frames"] == "350"
    assert difference(generated, first_frame(page)) < MOVED


def test_a_click_on_the_star_shows_the_new_dance_and_it_moves_with_the_seed(page, app):
    opened(page, app)
    place = at(page, "star")
    page.mouse.click(*place)
    wait_for_query_param(page, "map_shows", None)
    page.get_by_text("Seed 0 at temperature 1").wait_for()
    page.get_by_role("spinbutton", name="Seed").fill("5")
    page.keyboard.press("Enter")
    wait_for_query_param(page, "seed", None)
    assert at(page, "star") != place


def test_arrow_keys_focus_a_phrase_and_enter_chooses_it(page, app):
    opened(page, app)
    phrase = query_param(page, "phrase")
    page.locator(CHART).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    expect(page.locator(f"{CHART} .hoverlayer .hovertext")).to_have_count(1)
    page.keyboard.press("Enter")
    wait_for_query_param(page, "phrase", phrase)


def test_the_map_and_its_path_stay_after_a_visit_to_another_page(page, app):
    page.set_viewport_size({"width": 1400, "height": 800})  # room for the links to all pages
    opened(page, f"{app}?map_shows=Dance+a+path&path=0.5,0.5;-0.5,0.2")
    page.get_by_role("link", name="Sampling").first.click()
    page.wait_for_function("document.querySelector('h1')?.innerText === 'Sampling'")
    assert query_param(page, "path") is None
    page.get_by_role("link", name="Latent map").first.click()
    page.wait_for_function("document.querySelector('h1')?.innerText === 'Latent map'")
    assert wait_for_query_param(page, "path", None) == "0.5,0.5;-0.5,0.2"


def test_on_a_phone_the_dancer_comes_first_a_tap_chooses_and_a_swipe_scrolls(chromium, app):
    phone = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = phone.new_page()
    try:
        opened(page, app)
        stage, chart = page.locator(".mp-stage").bounding_box(), page.locator(CHART).bounding_box()
        assert stage["y"] + stage["height"] < chart["y"] < 844
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        phrase = query_param(page, "phrase")
        swipe(page, 200, chart["y"] + 100, -150)
        assert page.locator(CHART).bounding_box()["y"] < chart["y"] - 50
        assert query_param(page, "phrase") == phrase
        page.touchscreen.tap(*at(page, 0))
        wait_for_query_param(page, "phrase", phrase)
    finally:
        phone.close()


def test_on_a_phone_a_finger_draws_a_path(chromium, app):
    phone = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = phone.new_page()
    try:
        opened(page, f"{app}?map_shows=Dance+a+path&hand=draw+a+line")
        offered = query_param(page, "path")
        page.locator(CHART).scroll_into_view_if_needed()
        chart = page.locator(CHART).bounding_box()
        swipe(page, 200, chart["y"] + 40, 200)
        drawn = wait_for_query_param(page, "path", offered)
        assert len({waypoint.split(",")[0] for waypoint in drawn.split(";")}) == 1  # straight down
        assert page.locator(CHART).bounding_box()["y"] == chart["y"]
    finally:
        phone.close()


def swipe(page, x: float, y: float, down: float) -> None:
    """Touch the screen, move up or down by some pixels, and lift the finger."""
    browser = page.context.new_cdp_session(page)
    steps = [{"x": x, "y": y + down * step / 10} for step in range(11)]
    for kind, points in [("touchStart", steps[:1]), *(("touchMove", [each]) for each in steps[1:]), ("touchEnd", [])]:
        browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.wait_for_timeout(300)
