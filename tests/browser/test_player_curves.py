"""Curves below the stage, bodies coloured by values, dancers that can be chosen, and the camera in the address."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.support.pictures import difference, picture
from tests.support.playing import MOVED, drag, frame, open_player, seek, wait_for_script
from tests.support.serving import wait_ready


@pytest.fixture
def page(player_tab):
    return player_tab


def curve_labels(page) -> list[str]:
    return page.locator(".mp-strip-values span").all_inner_texts()


def warmth(seen: np.ndarray) -> float:
    """Mean difference of red and blue over the coloured pixels of a picture."""
    coloured = np.ptp(seen, axis=2) > 60
    return float((seen[..., 0] - seen[..., 2])[coloured].mean())


def test_a_click_on_a_curve_seeks_there_and_the_labels_follow(page, player_app):
    open_player(page, player_app, "curves")
    strip = page.get_by_test_id("strip").bounding_box()
    for share, expected in ((0.25, 32), (0.75, 95)):
        page.mouse.click(strip["x"] + share * strip["width"], strip["y"] + 40)
        page.wait_for_timeout(400)
        assert abs(frame(page) - expected) <= 1
        value = 10 * frame(page) / 127
        assert curve_labels(page) == [f"far off {value:.1f} cm", f"near {5 - value / 2:.1f} cm"]
        mark = page.locator(".mp-strip-cursor").bounding_box()
        assert abs(mark["x"] + 1 - strip["x"] - share * strip["width"]) < 4
    wait_for_script(page)
    expect(page.get_by_text(f"frame {frame(page)}")).to_have_count(1)  # the page got the state


def test_a_coloured_body_goes_from_cold_to_warm(page, player_app):
    open_player(page, player_app, "curves")
    seek(page, 2)
    cold = picture(page)
    seek(page, 125)
    assert warmth(picture(page)) > warmth(cold) + 40
    assert page.locator(".mp-scale").inner_text().split() == ["0", "10", "cm"]


def test_a_clicked_dancer_is_chosen(page, player_app):
    open_player(page, player_app, "curves")
    seek(page, 64)  # at this frame the body stands above its label
    assert page.locator(".mp-chosen").inner_text() == "coloured"
    name = page.locator(".mp-label", has_text="still").bounding_box()
    page.mouse.click(name["x"] + name["width"] / 2, name["y"] - 110)
    page.get_by_text("chosen still").wait_for()
    page.wait_for_function("document.querySelector('.mp-chosen').innerText === 'still'")
    seek(page, 20)
    wait_for_script(page)
    expect(page.get_by_text("chosen still")).to_have_count(1)  # a later message does not choose another dancer


def test_a_link_restores_the_camera(page, player_app):
    open_player(page, player_app, "curves")
    assert "camera" not in page.url
    seek(page, 10)
    before = picture(page)
    drag(page, 160, 20)
    page.wait_for_function("location.search.includes('camera=')")
    turned = picture(page)
    page.goto(page.url)
    wait_ready(page)
    seek(page, 10)
    # The same view drawn again differs only at the edges of lines; another view differs everywhere.
    assert difference(turned, picture(page)) < difference(turned, before) / 5
    assert difference(turned, before) > MOVED


def test_the_camera_stays_in_the_address_when_a_widget_writes_there(page, player_app):
    open_player(page, player_app, "curves?camera=top")
    page.locator('[data-testid="stSlider"] input').first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("location.search.includes('bound=1')")
    wait_for_script(page)
    assert "camera=top" in page.url
    assert page.get_by_role("button", name="View from above").get_attribute("aria-pressed") == "true"


def test_an_invalid_camera_is_ignored(page, player_app):
    for text in ("1,2,1e9,0,0,0", "<script>"):
        open_player(page, player_app, f"curves?camera={text}")
        assert page.get_by_role("button", name="Three-quarter view").get_attribute("aria-pressed") == "true"
