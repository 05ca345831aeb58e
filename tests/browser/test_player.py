"""The player in a real browser: its controls, and what stays across reruns and pages."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.pictures import GHOST, LEFT, RIGHT, VALUES, difference, middle_of, picture, share_of
from tests.support.playing import MOVED, drag, frame, go_to, open_player, seek, wait_for_script
from tests.support.serving import PLAYER, player_state

FPS = 35


@pytest.fixture
def page(player_tab):
    return player_tab


def press(page: Page, *keys: str) -> None:
    page.locator(f"{PLAYER} .mp-surface").first.focus()
    for key in keys:
        page.keyboard.press(key)


def play(page: Page) -> None:
    page.get_by_role("button", name="Play", exact=True).first.click()


def pause(page: Page) -> None:
    page.get_by_role("button", name="Pause", exact=True).first.click()


def test_a_body_is_drawn_with_its_left_and_right(page, player_app):
    open_player(page, player_app)
    state = player_state(page)
    assert (state["frame"], state["frames"], state["playing"], state["path"]) == ("0", "128", "false", "direct")
    seen = picture(page)
    assert share_of(LEFT, seen) > MOVED
    assert share_of(RIGHT, seen) > MOVED


def test_playing_moves_the_body_and_pausing_holds_it(page, player_app):
    open_player(page, player_app)
    before = picture(page)
    play(page)
    page.wait_for_function(f"+document.querySelector('{PLAYER}').dataset.frame > 20")
    assert int(player_state(page)["fps"]) > 0
    pause(page)
    held = frame(page)
    there = picture(page)
    assert difference(before, there) > MOVED
    page.wait_for_timeout(300)
    assert frame(page) == held
    assert difference(there, picture(page)) < MOVED


@pytest.mark.parametrize("path", ["direct", "public"])
def test_a_phrase_lasts_its_recorded_time_however_few_frames_are_drawn(page, player_app, path):
    open_player(page, player_app)
    if path == "public":
        page.get_by_text("Public path").click()
        page.wait_for_selector(f'{PLAYER}[data-path="public"]')
    page.locator(".mp-loop").click()
    before = picture(page)
    lasted = page.evaluate(
        f"""async () => {{
          const player = document.querySelector('{PLAYER}');
          document.querySelector(".mp-play").click();
          const begun = performance.now();
          while (player.dataset.playing === "true") await new Promise(requestAnimationFrame);
          return (performance.now() - begun) / 1000;
        }}"""
    )
    assert lasted == pytest.approx(128 / FPS, abs=0.6)  # at most one drawing late
    assert (frame(page), player_state(page)["path"]) == (127, path)
    assert difference(before, picture(page)) > MOVED


def test_keys_step_jump_and_play(page, player_app):
    open_player(page, player_app)
    press(page, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft")
    assert frame(page) == 2
    press(page, "Shift+ArrowRight")
    assert frame(page) == 2 + FPS
    press(page, "End")
    assert frame(page) == 127
    press(page, "ArrowRight")
    assert frame(page) == 127
    press(page, "Home")
    assert frame(page) == 0
    press(page, " ")
    assert player_state(page)["playing"] == "true"
    press(page, " ")
    assert player_state(page)["playing"] == "false"


DRAWN_WIDE = """([width, isFull]) =>
  document.querySelector('.mp-plot canvas').offsetWidth === width && Boolean(document.fullscreenElement) === isFull"""


def test_a_key_shows_the_player_on_the_whole_screen_and_takes_it_back(page, player_app):
    open_player(page, player_app)
    stage, screen = page.locator(".mp-stage").bounding_box(), page.viewport_size
    press(page, "f")
    page.wait_for_function(DRAWN_WIDE, arg=[screen["width"], True])
    assert page.locator(".mp-stage").bounding_box()["height"] > screen["height"] - 60
    press(page, "f")
    page.wait_for_function(DRAWN_WIDE, arg=[stage["width"], False])
    assert page.locator(".mp-stage").bounding_box() == stage


def test_scrubbing_shows_that_frame(page, player_app):
    open_player(page, player_app)
    before = picture(page)
    seek(page, 100)
    assert difference(before, picture(page)) > MOVED
    assert page.locator(".mp-count").inner_text() == "101 / 128"
    assert page.locator(".mp-time").inner_text() == "0:02.85"


def test_a_section_repeats(page, player_app):
    open_player(page, player_app)
    seek(page, 40)
    press(page, "[")
    seek(page, 55)
    press(page, "]", "Home")
    play(page)
    seen = page.evaluate(
        f"""async () => {{
          const seen = new Set();
          const begun = performance.now();
          while (performance.now() - begun < 1500) {{
            seen.add(+document.querySelector('{PLAYER}').dataset.frame);
            await new Promise(requestAnimationFrame);
          }}
          return [...seen];
        }}"""
    )
    assert 39 <= min(seen) <= max(seen) <= 56
    assert len(seen) > 3


def test_front_view_shows_the_left_hand_on_the_right_and_the_mirror_swaps_them(page, player_app):
    open_player(page, player_app)
    page.get_by_role("button", name="Front view, facing the dancer").click()
    seen = picture(page)
    assert middle_of(LEFT, seen)[0] > middle_of(RIGHT, seen)[0] + 10
    page.get_by_role("button", name="Studio mirror").click()
    mirrored = picture(page)
    assert middle_of(LEFT, mirrored)[0] < middle_of(RIGHT, mirrored)[0] - 10
    assert difference(seen[:, ::-1], mirrored) < 0.01


def test_views_differ_and_following_keeps_the_dancer_in_the_middle(page, player_app):
    open_player(page, player_app)
    views = []
    for name in ("Three-quarter view", "Front view, facing the dancer", "View from above", "Side view"):
        page.get_by_role("button", name=name).click()
        views.append(picture(page))
    assert all(difference(a, b) > MOVED for i, a in enumerate(views) for b in views[:i])
    seek(page, 127)
    assert abs(middle_of(LEFT, picture(page))[0] - middle_of(LEFT, views[-1])[0]) > 40
    page.get_by_role("button", name="Follow the dancer").click()
    there = middle_of(LEFT, picture(page))[0]
    seek(page, 0)
    assert abs(middle_of(LEFT, picture(page))[0] - there) < 25


def rerun(page: Page) -> None:
    """Have the script run once more, after the run of what the player has reported: two at once would be one."""
    wait_for_script(page)
    runs = page.get_by_text(re.compile(r"^runs \d+"))
    before = runs.inner_text().split()[1]
    page.get_by_role("button", name="Rerun").click()
    expect(runs).not_to_have_text(re.compile(f"^runs {before} "))
    wait_for_script(page)


def test_camera_frame_and_speed_stay_after_reruns_new_data_and_page_changes(page, player_app):
    open_player(page, player_app)
    drag(page, 120, 30)
    page.get_by_label("Speed").select_option("0.5")
    seek(page, 40)
    there = picture(page)
    rerun(page)
    assert frame(page) == 40
    assert difference(there, picture(page)) < MOVED
    go_to(page, "ghost")
    go_to(page, "one")
    assert (frame(page), page.get_by_label("Speed").input_value()) == (40, "0.5")
    assert difference(there, picture(page)) < MOVED
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="64").click()
    page.wait_for_selector(f'{PLAYER}[data-frames="64"][data-ready="true"]')
    assert (frame(page), page.get_by_label("Speed").input_value()) == (40, "0.5")
    assert page.locator(".mp-preset[aria-pressed='true']").count() == 0


@pytest.mark.parametrize("frames", [64, 1000], ids=["in the same picture", "in a picture built anew"])
def test_a_second_scene_looks_the_same_as_if_it_were_the_first(page, player_app, frames):
    open_player(page, player_app)
    page.get_by_label("Frames").click()
    page.get_by_role("option", name=str(frames), exact=True).click()
    page.wait_for_function(f"frames => document.querySelector('{PLAYER}').dataset.frames == frames", arg=frames)
    seek(page, 30)
    after_another = picture(page)
    open_player(page, player_app, f"?frames={frames}")
    seek(page, 30)
    assert difference(after_another, picture(page)) < MOVED
    seek(page, 40)
    assert difference(after_another, picture(page)) > MOVED


def test_a_requested_frame_is_shown_once(page, player_app):
    open_player(page, player_app)
    before = picture(page)
    page.get_by_text("Ask for frame 77").click()
    page.wait_for_selector(f'{PLAYER}[data-frame="77"]')
    assert difference(before, picture(page)) > MOVED
    seek(page, 20)
    rerun(page)
    assert frame(page) == 20


def test_playing_continues_over_a_rerun(page, player_app):
    open_player(page, player_app)
    play(page)
    rerun(page)
    assert player_state(page)["playing"] == "true"
    before = picture(page)
    page.wait_for_timeout(400)
    assert difference(before, picture(page)) > MOVED


def test_pauses_are_sent_to_python_and_frames_are_not(page, player_app):
    sent: list[int] = []
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(len(data))))
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data))))
    open_player(page, player_app, "?frames=128")  # loaded anew, so that its socket is seen
    play(page)
    page.wait_for_timeout(500)
    sent.clear()
    page.wait_for_timeout(1000)
    assert sent == []
    pause(page)
    page.get_by_text(f"runs 2 frame {frame(page)} selected None playing False").wait_for()
    assert len(sent) == 1
    received.clear()
    rerun(page)
    page.wait_for_timeout(500)
    assert sum(received) < 5_000


def test_hovering_names_a_marker_and_clicking_sends_it_to_python(page, player_app):
    open_player(page, player_app)
    seek(page, 64)
    box = page.locator(".mp-stage").bounding_box()
    x, y = middle_of(LEFT, picture(page))
    tip = page.locator(".mp-tip.mp-shown")
    for step in range(60):
        page.mouse.move(box["x"] + x, box["y"] + 60 + y - 60 + 4 * step)
        if tip.count():
            break
    name = tip.inner_text()
    assert name[0] == "L"
    before = picture(page)
    page.mouse.down()
    page.mouse.up()
    page.get_by_text(f"selected {name}").wait_for()
    assert difference(before, picture(page)) > 0


def test_linked_players_share_clock_and_camera(page, player_app):
    open_player(page, player_app, "linked", count=2)
    before = picture(page, 1)
    play(page)
    page.wait_for_timeout(700)
    pause(page)
    assert frame(page, 0) == frame(page, 1) > 5
    moved = picture(page, 1)
    assert difference(before, moved) > MOVED
    drag(page, 150, 0, index=0)
    assert difference(moved, picture(page, 1)) > MOVED


def test_a_ghost_is_grey_beside_a_dancer_in_colour(page, player_app):
    open_player(page, player_app, "ghost")
    assert share_of(GHOST, picture(page)) > MOVED
    assert share_of(LEFT, picture(page)) > MOVED


def test_values_colour_the_dots_frame_by_frame(page, player_app):
    open_player(page, player_app, "ghost")
    low, high = VALUES[0], VALUES[-1]
    before = picture(page)
    seek(page, 100)
    after = picture(page)
    assert share_of(low, before) > share_of(low, after)
    assert share_of(high, before) < share_of(high, after)


def test_a_gallery_shows_twelve_named_dancers(page, player_app):
    open_player(page, player_app, "gallery")
    assert page.locator(".mp-label").all_inner_texts() == [f"phrase {i}" for i in range(1, 13)]
    before = picture(page)
    seek(page, 30)
    assert difference(before, picture(page)) > MOVED


def test_the_stage_follows_the_theme(page, player_app):
    open_player(page, player_app)
    assert player_state(page)["theme"] == "light"
    day = picture(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector(f'{PLAYER}[data-theme="dark"]')
    night = picture(page)
    assert day.mean() > 200
    assert night.mean() < 60
    assert share_of(LEFT, night) < MOVED


def test_a_phone_gets_all_controls_and_room_to_touch_them(chromium: Browser, player_app):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_player(page, player_app)
    boxes = [control.bounding_box() for control in page.locator(f"{PLAYER} :is(button, select):visible").all()]
    assert all(box["width"] >= 40 and box["height"] >= 40 for box in boxes)
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    assert share_of(LEFT, picture(page)) > MOVED
    context.close()


def test_every_control_has_a_name_and_can_be_focused(page, player_app):
    open_player(page, player_app)
    player = page.locator(PLAYER)
    assert player.get_attribute("aria-label") == "A walker"
    for role, name in (
        ("slider", "Frame"),
        ("combobox", "Speed"),
        ("button", "One frame forward"),
        ("button", "Repeat"),
        ("button", "Studio mirror"),
        ("application", "A walker"),
    ):
        found = player.get_by_role(role, name=name).first
        found.focus()
        assert found.evaluate("element => element === document.activeElement"), name
