"""The Sampling page as people use it: watch new dances, ask for others, open a link, keep a favourite."""

import pytest

from tests.support.accessibility import focused, tab_to, violations
from tests.support.pictures import FIGURE_LEFT, FIGURE_RIGHT, difference, picture, places_of_hue, share_of_hue
from tests.support.playing import MOVED, seek, wait_for_script, wait_until_still
from tests.support.serving import PLAYER, wait_ready


@pytest.fixture
def app(small_app):
    """The Sampling page with a small trained model."""
    return f"{small_app}/sampling"


def wait_for_sweep(page) -> None:
    """Wait until the dial can change the dance that plays."""
    page.wait_for_selector(f"{PLAYER}[data-sweep]", timeout=60_000)


def turn_dial(page, share: float) -> None:
    """Hold the dial at a share of its range, without letting it go."""
    page.locator(".mp-bar").scroll_into_view_if_needed()
    box = page.locator(".mp-dial-input").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2, steps=5)
    page.wait_for_function("() => Number(document.querySelector('.mp-dial-input').value) > 1.5")


def let_dial_go(page) -> str:
    """Let the dial go, and wait for the dances of its value, which is returned."""
    value = page.locator(".mp-dial-input").input_value()
    page.mouse.up()
    page.wait_for_function("value => new URL(location).searchParams.get('temperature') === value", arg=value)
    wait_until_still(page)
    return value


def assert_the_dance_changes_while_the_dial_is_held(page) -> None:
    """And that the dance that the page generates when it is let go is the one that the player has blended."""
    wait_for_sweep(page)
    wait_until_still(page)
    seek(page, 8)
    before, address = picture(page), page.url
    turn_dial(page, 0.9)
    held = picture(page)
    assert difference(before, held) > MOVED
    assert page.url == address
    let_dial_go(page)
    assert page.locator(PLAYER).get_attribute("data-frame") == "8"
    after = picture(page)
    for side in (FIGURE_LEFT, FIGURE_RIGHT):
        places = [places_of_hue(side, each).mean(axis=0) for each in (held, after)]
        assert places[1] == pytest.approx(places[0], abs=1.5)


def test_four_dances_follow_the_dial_one_can_be_shown_alone_and_the_next_seeds_follow(page, app):
    page.goto(app)
    wait_ready(page)
    assert_the_dance_changes_while_the_dial_is_held(page)
    assert page.locator(".mp-label").all_inner_texts() == ["seed 0", "seed 1", "seed 2", "seed 3"]
    page.locator(".mp-stage").scroll_into_view_if_needed()
    feet = page.locator(".mp-label").nth(2).bounding_box()
    page.mouse.click(feet["x"] + feet["width"] / 2, feet["y"] - 60)
    page.get_by_role("button", name="Show all dancers").wait_for()
    page.wait_for_function("() => document.location.search.includes('large=seed+2')")
    wait_until_still(page)
    assert page.locator(PLAYER).get_attribute("data-frame") == "8"
    visible = page.locator(".mp-label").evaluate_all(
        "all => all.filter(one => one.style.visibility !== 'hidden').map(one => one.textContent)"
    )
    assert visible == ["seed 2"]
    page.get_by_role("button", name="Show all dancers").click()
    page.wait_for_function("() => !document.location.search.includes('large')")
    button = page.get_by_role("button", name="new dance")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text("seed 7").first.wait_for()
    assert "seed=4" in page.url
    wait_until_still(page)
    assert button.evaluate("button => button === document.activeElement")


def test_one_dance_follows_the_dial_by_mouse_key_and_slider(page, app):
    page.goto(f"{app}?count=1&seed=3")
    assert_the_dance_changes_while_the_dial_is_held(page)
    dial = page.locator(".mp-dial-input")
    assert dial.input_value() == "1.9"
    dial.focus()
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => document.location.search.includes('temperature=1.8')")
    wait_until_still(page)
    assert focused(page) == "Temperature"
    assert dial.get_attribute("aria-valuetext") == "1.80"
    assert tab_to(page, "Frame") == ["Play", "One frame back", "One frame forward", "Frame"]
    slider = page.locator('[data-testid="stSlider"] input').first
    assert slider.input_value() == "1.8"
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => document.querySelector('.mp-dial-input').value === '1.75'")


def test_every_mode_is_a_click_away_keeps_its_old_name_in_the_link_and_has_its_dial(page, app):
    page.goto(app)
    wait_ready(page)
    modes = [
        ("Vary a phrase", "Vary a phrase"),
        ("Between two phrases", "Between two"),
        ("Chain phrases", "Walk"),
        ("From a pose", "From a pose"),
    ]
    for label, value in modes:
        page.get_by_role("radio", name=label, exact=True).click()
        page.wait_for_function("mode => new URL(location).searchParams.get('mode') === mode", arg=value)
        wait_until_still(page)
        assert share_of_hue(FIGURE_LEFT, picture(page)) > MOVED
    # A pose leaves nothing to change in the small model's four latent dimensions: here the dial only has to move.
    wait_for_sweep(page)
    turn_dial(page, 0.9)
    let_dial_go(page)
    page.get_by_role("radio", name="New dances", exact=True).click()
    page.wait_for_function("() => !document.location.search.includes('pose')")


def test_after_a_reload_the_link_shows_the_same_dance_and_a_favourite_is_there(page, app):
    page.set_viewport_size({"width": 1000, "height": 1800})  # so that the favourites are visible
    page.goto(f"{app}?count=1&seed=5&temperature=0.5")
    wait_ready(page, 1)
    wait_until_still(page)
    shown = picture(page)
    page.get_by_role("button", name="Keep this dance").click()
    page.get_by_role("textbox", name="Its name").fill("slow turn")
    assert violations(page) == []
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_text("Favourites: 1").wait_for()
    page.reload()
    wait_ready(page, 1)
    wait_until_still(page)
    assert difference(shown, picture(page)) < MOVED
    page.get_by_text("Favourites: 1").click()
    wait_ready(page, 2)
    wait_until_still(page)
    assert share_of_hue(FIGURE_LEFT, picture(page, 1)) > MOVED
    for name in ("Rename", "Delete"):
        page.get_by_role("button", name=name).click()
        page.get_by_test_id("stPopoverBody").wait_for()
        wait_for_script(page)
        assert violations(page) == []
        page.keyboard.press("Escape")
    page.get_by_role("button", name="new dance").click()
    page.wait_for_function("() => document.location.search.includes('seed=6')")
    page.get_by_role("button", name="Open where it was made").click()
    page.wait_for_function("() => document.location.search.includes('seed=5')")
    assert "temperature=0.5" in page.url
