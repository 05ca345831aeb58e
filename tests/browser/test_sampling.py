"""The Sampling page as people use it: watch new dances, ask for others, open a link, keep a favourite."""

import pytest

from tests.support.pictures import FIGURE_LEFT, difference, picture, share_of_hue
from tests.support.playing import MOVED, wait_until_still
from tests.support.serving import wait_ready


@pytest.fixture
def app(small_app):
    """The Sampling page with a small trained model."""
    return f"{small_app}/sampling"


def test_new_dances_are_shown_and_the_next_seeds_follow(page, app):
    page.goto(app)
    wait_ready(page, 2)
    wait_until_still(page)
    assert page.locator(".mp-label").all_inner_texts() == ["seed 0", "seed 1", "seed 2", "seed 3"]
    assert share_of_hue(FIGURE_LEFT, picture(page, 1)) > MOVED
    page.get_by_role("button", name="new dance").click()
    page.get_by_text("seed 7").first.wait_for()
    assert "seed=4" in page.url


def test_a_link_shows_the_dance_it_names(page, app):
    shown = []
    for seed in (3, 5, 3):
        page.goto(f"{app}?seed={seed}&count=1")
        wait_ready(page, 1)
        wait_until_still(page)
        page.locator('[data-testid="skeleton-player"] .mp-surface').first.focus()
        page.keyboard.press("Home")
        page.wait_for_timeout(500)
        shown.append(picture(page))
    assert difference(shown[0], shown[2]) < MOVED
    assert difference(shown[0], shown[1]) > MOVED


def test_every_mode_is_a_click_away_and_keeps_its_old_name_in_the_link(page, app):
    page.goto(app)
    wait_ready(page, 2)
    modes = [
        ("Vary a phrase", "Vary a phrase", 2),
        ("Between two phrases", "Between two", 2),
        ("Chain phrases", "Walk", 1),
        ("From a pose", "From a pose", 2),
    ]
    for label, value, players in modes:
        page.get_by_role("radio", name=label, exact=True).click()
        page.wait_for_function("mode => new URL(location).searchParams.get('mode') === mode", arg=value)
        wait_ready(page, players)
        wait_until_still(page)
        assert share_of_hue(FIGURE_LEFT, picture(page, players - 1)) > MOVED
    page.get_by_role("radio", name="New dances", exact=True).click()
    page.wait_for_function("() => !document.location.search.includes('pose')")


def test_a_favourite_is_there_after_a_reload(page, app):
    page.set_viewport_size({"width": 1000, "height": 1800})  # so that the favourites are visible
    page.goto(f"{app}?count=1&seed=5&temperature=0.5")
    wait_ready(page, 1)
    wait_until_still(page)
    page.get_by_role("button", name="Keep this dance").click()
    page.get_by_label("Its name").fill("slow turn")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_text("Favourites: 1").wait_for()
    page.reload()
    wait_ready(page, 1)
    page.get_by_text("Favourites: 1").click()
    wait_ready(page, 2)
    wait_until_still(page)
    assert share_of_hue(FIGURE_LEFT, picture(page, 1)) > MOVED
    page.get_by_role("button", name="new dance").click()
    page.wait_for_function("() => document.location.search.includes('seed=6')")
    page.get_by_role("button", name="Open where it was made").click()
    page.wait_for_function("() => document.location.search.includes('seed=5')")
    assert "temperature=0.5" in page.url
