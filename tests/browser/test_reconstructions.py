"""The Reconstructions page as people use it: watch both, seek by the error curve, overlay them, share a link."""

import pytest

from tests.support.pictures import difference, picture
from tests.support.playing import MOVED, frame, seek, wait_for_script
from tests.support.serving import wait_ready


@pytest.fixture
def app(small_app):
    """The page with a small trained model, on its own recordings."""
    return f"{small_app}/reconstructions"


def test_both_dancers_share_one_clock_and_the_curve_seeks(page, app):
    page.goto(f"{app}?trim=0&take=one&start=20")
    wait_ready(page, 2)
    assert page.locator(".mp-label").all_inner_texts()[:2] == ["Original", "waltz"]
    strip = page.get_by_test_id("strip").first.bounding_box()
    page.mouse.click(strip["x"] + 0.5 * strip["width"], strip["y"] + 40)
    wait_for_script(page)
    assert frame(page, 0) == frame(page, 1) == 8  # of 16
    assert page.locator(".mp-strip-values").first.inner_text().endswith("cm")


def test_the_overlay_has_one_place_and_a_link_opens_it(page, app):
    page.goto(f"{app}?trim=0&take=one&start=20")
    wait_ready(page, 2)
    seek(page, 0)
    side_by_side = picture(page)
    page.get_by_text("Overlay", exact=True).click()
    page.wait_for_function("new URL(location).searchParams.get('place') === 'on top'")
    wait_for_script(page)
    wait_ready(page, 2)
    seek(page, 0)
    overlay = picture(page)
    assert difference(side_by_side, overlay) > MOVED
    page.goto(page.url)
    wait_ready(page, 2)
    seek(page, 0)
    wait_for_script(page)
    assert difference(picture(page), overlay) < difference(side_by_side, overlay) / 5
