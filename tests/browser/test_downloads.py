"""A downloaded dance: opened from disk in a browser without a network, where it plays."""

from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mariel.export.html import render_html, take_credit
from mariel.generation.sampling_requests import SamplingRequest, generate_sample
from mariel.generation.sweeps import generate_sweep, request_dial
from mariel.motion.io.loading import load_recordings
from mariel.stage.comparison import comparison_scene
from mariel.stage.scene import Dancer, Scene
from mariel.stage.sweep import pack_sweep
from mariel.training.checkpoints import load_checkpoint
from tests.support.accessibility import show_theme, violations
from tests.support.pictures import FIGURE_LEFT, FIGURE_RIGHT, difference, picture, share_of, share_of_hue
from tests.support.playing import MOVED, frame, seek
from tests.support.serving import PLAYER, app_server, launch_chromium, player_state, wait_ready

APPS = Path(__file__).parent / "apps"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
DARK_BACKDROP = (0x14, 0x15, 0x1C)


@contextmanager
def opened_offline(chromium: Browser, path, viewport=DESKTOP, before="", **options):
    """Open a file by its path, after an initial script; fail if it requests anything else or throws."""
    context = chromium.new_context(viewport=viewport, offline=True, **options)
    context.add_init_script(before)
    page = context.new_page()
    requests, thrown = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: thrown.append(str(error)))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert not thrown
    assert [url for url in requests if not url.startswith(("data:", "blob:"))] == [path.as_uri()]


def assert_plays(page: Page, index: int = 0) -> None:
    """Assert that the player plays without a click and that the picture changes."""
    before, first = picture(page, index), frame(page, index)
    page.wait_for_function(
        "([player, index, first]) => Math.abs(document.querySelectorAll(player)[index].dataset.frame - first) > 10",
        arg=[PLAYER, index, first],
    )
    assert player_state(page, index)["playing"] == "true"
    assert difference(before, picture(page, index)) > MOVED


@pytest.fixture(scope="module")
def take():
    return load_recordings("demo")["waltz_for_one"]


@pytest.fixture(scope="module")
def one(take, tmp_path_factory):
    """A phrase of the demo dancer, as a file."""
    phrase = take.frames(700, 828)
    path = tmp_path_factory.mktemp("download") / "one.html"
    path.write_bytes(
        render_html(Scene.from_recording(phrase), title="waltz <for> one", credit=take_credit(take, phrase))
    )
    return path


def test_a_dancer_plays_offline(chromium, one):
    with opened_offline(chromium, one) as page:
        wait_ready(page)
        seen = picture(page)
        assert share_of_hue(FIGURE_LEFT, seen) > MOVED
        assert share_of_hue(FIGURE_RIGHT, seen) > MOVED
        assert_plays(page)
        assert page.title() == "waltz <for> one"
        assert page.get_by_role("heading").inner_text() == "waltz <for> one"
        expect(page.get_by_text("synthetic demo dancer")).to_be_visible()
        page.get_by_role("button", name="Pause", exact=True).click()
        held = frame(page)
        page.locator(".mp-surface").focus()
        page.keyboard.press("ArrowRight")
        assert frame(page) == min(held + 1, 127)


def test_two_dancers_play_side_by_side(chromium, take, tmp_path):
    path = tmp_path / "two.html"
    phrases = [take.frames(start, start + 128) for start in (700, 1400)]
    dancers = [Dancer(phrase.positions, take.marker_set, label=f"{phrase.start}") for phrase in phrases]
    path.write_bytes(
        render_html(comparison_scene(dancers[0], dancers[1:], fps=take.fps, travel=False), camera="front")
    )
    with opened_offline(chromium, path) as page:
        wait_ready(page)
        seen = picture(page)
        halves = seen[:, : seen.shape[1] // 2], seen[:, seen.shape[1] // 2 :]
        assert all(share_of_hue(FIGURE_LEFT, half) > MOVED for half in halves)
        expect(page.locator(".mp-label")).to_have_count(2)
        assert_plays(page)


def test_two_stages_share_one_clock(chromium, take, tmp_path):
    path = tmp_path / "stages.html"
    path.write_bytes(render_html([Scene.from_recording(take.frames(start, start + 128)) for start in (700, 1400)]))
    with opened_offline(chromium, path) as page:
        wait_ready(page, 2)
        assert_plays(page, 1)
        page.get_by_role("button", name="Pause", exact=True).first.click()
        assert frame(page, 0) == frame(page, 1)


def test_on_a_phone_in_the_dark_it_fits_and_is_dark(chromium, one):
    with opened_offline(chromium, one, PHONE, color_scheme="dark") as page:
        wait_ready(page)
        assert player_state(page)["theme"] == "dark"
        assert share_of(DARK_BACKDROP, picture(page)) > 0.5
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        assert page.locator(".mp-play").bounding_box()["y"] < PHONE["height"]
        assert_plays(page)
        page.evaluate("Object.defineProperty(document, 'fullscreenEnabled', { value: false })")  # as on an iPhone
        page.get_by_role("button", name="Full screen").click()
        assert page.locator(PLAYER).bounding_box() == {"x": 0, "y": 0, **PHONE}
        page.keyboard.press("Escape")
        assert page.locator(PLAYER).bounding_box()["y"] > 0
        page.emulate_media(color_scheme="light")
        page.wait_for_selector(f'{PLAYER}[data-theme="light"]')


def test_without_javascript_a_message_is_shown(chromium, one):
    with opened_offline(chromium, one, java_script_enabled=False) as page:
        expect(page.get_by_text("It needs JavaScript")).to_be_visible()
        assert page.get_by_role("heading").inner_text() == "waltz <for> one"


def test_in_a_browser_that_is_too_old_a_message_is_shown(chromium, one):
    with opened_offline(chromium, one, before="delete window.DecompressionStream") as page:
        expect(page.get_by_role("status")).to_contain_text("too old for this page")


def test_without_3d_graphics_a_message_is_shown(playwright, one):
    browser = launch_chromium(playwright, webgl=False)
    with opened_offline(browser, one) as page:
        expect(page.get_by_role("alert")).to_contain_text("no 3-D graphics")
    browser.close()


def test_a_page_downloads_the_dance_that_it_shows_as_a_page(chromium, page, demo_app, tmp_path):
    page.set_viewport_size(DESKTOP)
    page.goto(f"{demo_app}/?take=waltz_for_one&start=700&length=64")
    wait_ready(page)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Web page (.html)").click()
    assert download.value.suggested_filename == "waltz for one from frame 700.html"
    path = tmp_path / "dance.html"
    download.value.save_as(path)
    with opened_offline(chromium, path) as offline:
        wait_ready(offline)
        assert player_state(offline)["frames"] == "64"
        assert_plays(offline)


def test_a_download_succeeds_while_its_page_runs_again(chromium):
    with app_server(APPS / "slow_download_app.py") as address:
        page = chromium.new_page(viewport=DESKTOP)
        page.goto(address)
        expect(page.get_by_text("run 1 is over")).to_be_visible()
        for run in (2, 3):  # the second click stops the run that the first one started, before its button
            page.get_by_role("button", name="Again").click()
            expect(page.get_by_text(f"run {run} has begun")).to_be_visible()
        expect(page.get_by_text("run 3 is over")).to_be_hidden()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()
        assert download.value.path().read_bytes() in (b"run 1", b"run 3")
        expect(page.get_by_text("run 3 is over")).to_be_visible()
        page.close()


def test_an_exported_dance_offline_on_a_phone_has_its_dial_and_waits_for_play_where_motion_is_unwanted(
    chromium, tmp_path
):
    checkpoint = load_checkpoint("checkpoints/demo-dancer")
    request = SamplingRequest(count=1, seed=3)
    dance = generate_sample(checkpoint.model, request)
    path = tmp_path / "dial.html"
    path.write_bytes(
        render_html(
            Scene([Dancer(dance, checkpoint.marker_set)], fps=checkpoint.fps),
            dial=request_dial(checkpoint.model, request, sweep="temperature of seed 3"),
            sweep=pack_sweep(generate_sweep(checkpoint.model, request)),
        )
    )
    with opened_offline(chromium, path, PHONE, has_touch=True, reduced_motion="reduce") as page:
        wait_ready(page)
        page.wait_for_selector(f"{PLAYER}[data-sweep]")
        assert player_state(page)["playing"] == "false"
        seek(page, 60)
        before = picture(page)
        box = page.locator(".mp-dial-input").bounding_box()
        assert box["y"] + box["height"] < PHONE["height"], "it is on the screen"
        page.touchscreen.tap(box["x"] + box["width"] * 0.97, box["y"] + box["height"] / 2)
        page.wait_for_function(f"() => Number(document.querySelector('{PLAYER}').dataset.dial) > 1.7")
        assert difference(before, picture(page)) > MOVED
        assert frame(page) == 60
        for theme in ("light", "dark"):
            show_theme(page, theme)
            assert violations(page) == []
