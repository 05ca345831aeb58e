"""Bodies with volume in a real browser: on both ways of drawing, in both styles, and in an exported page."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from mariel.export.html import render_html
from mariel.motion.mariel_markers import MARIEL_53
from mariel.stage.scene import Dancer, Scene
from tests.support.bodies import upright_pose
from tests.support.pictures import FIGURE_LEFT, FIGURE_RIGHT, difference, picture, places_of_hue, share_of_hue
from tests.support.playing import MOVED, drag, go_to, open_player, seek
from tests.support.serving import PLAYER, player_state, wait_ready


@pytest.fixture
def page(player_tab):
    return player_tab


def press_style(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()
    wait_ready(page)


def test_left_and_right_are_on_their_sides_and_the_mirror_swaps_them(page, player_app):
    open_player(page, player_app, "figure")
    seen = picture(page)
    half = seen.shape[1] // 2
    dancer = seen[:, half:]  # seen from the front the first one, whose left is at +y, stands on the right
    assert places_of_hue(FIGURE_LEFT, dancer)[:, 0].mean() > places_of_hue(FIGURE_RIGHT, dancer)[:, 0].mean() + 5
    page.get_by_role("button", name="Studio mirror").click()
    assert difference(seen[:, ::-1], picture(page)) < 0.02


def test_both_ways_of_drawing_show_the_same_figure(page, player_app):
    open_player(page, player_app, "figure")
    assert player_state(page)["path"] == "direct"
    seek(page, 30)
    direct = picture(page)
    page.get_by_text("Public path").click()
    page.wait_for_selector(f'{PLAYER}[data-path="public"][data-ready="true"]')
    seek(page, 31)
    seek(page, 30)
    public = picture(page)
    assert share_of_hue(FIGURE_LEFT, direct) == pytest.approx(share_of_hue(FIGURE_LEFT, public), rel=0.05)
    assert difference(direct, public) < 0.01
    seek(page, 50)
    assert difference(public, picture(page)) > MOVED


def test_a_part_with_missing_markers_is_not_drawn_until_they_are_there(page, player_app):
    open_player(page, player_app, "figure")
    during_gap = picture(page)
    seek(page, 25)
    half = during_gap.shape[1] // 2
    assert share_of_hue(FIGURE_LEFT, picture(page)[:, :half]) > 1.15 * share_of_hue(FIGURE_LEFT, during_gap[:, :half])


def test_the_viewer_switches_between_figure_and_markers_and_the_choice_stays(page, player_app):
    open_player(page, player_app, "figure")
    figure = picture(page)
    press_style(page, "Draw markers and lines")
    markers = picture(page)
    assert share_of_hue(FIGURE_LEFT, markers) < 0.6 * share_of_hue(FIGURE_LEFT, figure)
    go_to(page, "one")
    go_to(page, "figure")
    assert difference(markers, picture(page)) < MOVED
    press_style(page, "Draw the figure")
    assert difference(figure, picture(page)) < MOVED


def test_light_follows_the_camera_while_the_dance_is_paused(page, player_app):
    open_player(page, player_app, "figure")
    before = picture(page)
    drag(page, 260, 0)
    page.get_by_role("button", name="Front view, facing the dancer").click()
    assert difference(before, picture(page)) < MOVED


def test_a_resized_figure_keeps_the_light_of_its_frame(page, player_app):
    open_player(page, player_app, "figure")
    seek(page, 40)
    page.set_viewport_size({"width": 700, "height": 760})
    page.wait_for_timeout(400)
    resized = picture(page)
    seek(page, 39)
    seek(page, 40)
    assert difference(resized, picture(page)) < MOVED


def test_a_click_on_a_figure_chooses_the_dancer(page, player_app):
    open_player(page, player_app, "figure")
    box = page.locator(".mp-stage").bounding_box()
    seen = picture(page)
    half = seen.shape[1] // 2
    x, y = places_of_hue(FIGURE_LEFT, seen[:, half:]).mean(axis=0)
    page.mouse.click(box["x"] + half + x, box["y"] + 60 + y)
    page.get_by_text("chosen whole").wait_for()


def test_an_exported_page_shows_the_figure_and_can_show_markers(chromium, tmp_path):
    scene = Scene([Dancer(np.repeat(upright_pose()[None], 10, axis=0), MARIEL_53)])
    exported = tmp_path / "dance.html"
    exported.write_bytes(render_html(scene, camera="front"))
    page = chromium.new_page(viewport={"width": 700, "height": 700}, reduced_motion="reduce")
    page.goto(exported.as_uri())
    wait_ready(page)
    figure = picture(page)
    assert places_of_hue(FIGURE_LEFT, figure)[:, 0].mean() > places_of_hue(FIGURE_RIGHT, figure)[:, 0].mean() + 20
    press_style(page, "Draw markers and lines")
    assert share_of_hue(FIGURE_LEFT, picture(page)) < 0.6 * share_of_hue(FIGURE_LEFT, figure)
    page.close()


def coloured(seen: np.ndarray) -> np.ndarray:
    """Which pixels of a picture have a colour, not a grey, however pale."""
    return seen.max(axis=2) - seen.min(axis=2) > 30


def test_an_exported_page_shows_past_poses_paler_and_saves_what_it_shows(chromium, tmp_path):
    sideways = np.arange(40)[:, None, None] * np.float32([0, 0.04, 0])
    scene = Scene([Dancer(upright_pose() + sideways, MARIEL_53)], fps=20, title="A walk: left")
    exported = tmp_path / "dance.html"
    exported.write_bytes(render_html(scene, camera="front"))
    page = chromium.new_page(viewport={"width": 700, "height": 700}, reduced_motion="reduce")
    page.goto(exported.as_uri())
    wait_ready(page)
    page.locator(".mp-surface").focus()
    page.keyboard.press("End")
    alone = picture(page)
    page.keyboard.press("s")
    page.wait_for_selector('.mp-strobe[aria-pressed="true"]')
    wait_ready(page)
    with_poses = picture(page)
    added = coloured(with_poses) & ~coloured(alone)
    assert added.sum() > 2 * coloured(alone).sum()
    assert share_of_hue(FIGURE_LEFT, with_poses) == pytest.approx(share_of_hue(FIGURE_LEFT, alone), rel=0.4)
    saturation = np.ptp(with_poses, axis=2)
    assert saturation[added].mean() < 0.8 * saturation[coloured(alone)].mean()

    box = page.locator(".mp-stage").bounding_box()
    with page.expect_download() as download:
        page.keyboard.press("p")
    assert download.value.suggested_filename == "A-walk-left-0m01.95s.png"
    still = Image.open(download.value.path()).convert("RGB")
    assert still.width >= 2 * box["width"] - 2
    height, width = with_poses.shape[:2]
    still = np.asarray(still.resize((width, round(box["height"])))).astype(int)
    assert difference(still[60 : 60 + height], with_poses) < 0.06  # edges, which fall between pixels

    page.keyboard.press("s")  # by the key, so that the focus, which is visible, stays
    page.wait_for_selector('.mp-strobe[aria-pressed="false"]')
    wait_ready(page)
    assert difference(alone, picture(page)) < MOVED
    page.close()
