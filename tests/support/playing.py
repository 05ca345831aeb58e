"""Actions on the player, for browser tests."""

import re

from playwright.sync_api import Page

from tests.support.serving import PLAYER, player_state, wait_ready

MOVED = 0.0005
"""Minimum share of differing pixels if a body has another pose or place."""


def open_player(page: Page, address: str, name: str = "", count: int = 1) -> None:
    """Open a page of the app for players as at the beginning of a visit, and wait until its players have drawn.

    Where the tab has the app open already, its session starts over: loading Streamlit and plotly.js takes a browser
    some seconds of a core.
    """
    if not page.url.startswith(address) or "?" in page.url + name:
        page.goto(f"{address}/{name}")
    else:
        rounds = page.get_by_text(re.compile(r"^round \d+$"))
        number = int(rounds.inner_text().split()[1])
        page.get_by_role("button", name="Start over").click(delay=200)  # a person's: the player reports meanwhile
        page.get_by_text(f"round {number + 1}", exact=True).wait_for()
        if page.title().lower() != (name or "one"):
            go_to(page, name or "one", count)
        page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")  # from the button back to the stage
    wait_ready(page, count)


def go_to(page: Page, name: str, count: int = 1) -> None:
    """Go to another page of the app by its link."""
    page.get_by_role("link", name=name, exact=True).click()
    if count:
        page.wait_for_function("name => document.title.toLowerCase() === name", arg=name)
        wait_ready(page, count)


def frame(page: Page, index: int = 0) -> int:
    """The frame that a player shows."""
    return int(player_state(page, index)["frame"])


def seek(page: Page, to: int) -> None:
    """Go to a frame by the first player's slider."""
    page.locator(f"{PLAYER} .mp-scrub").first.evaluate(
        "(element, to) => { element.value = to; element.dispatchEvent(new Event('input'));"
        " element.dispatchEvent(new Event('change')); }",
        to,
    )
    page.wait_for_function(f"to => document.querySelector('{PLAYER}').dataset.frame == to", arg=to)


def let_play(page: Page) -> None:
    """Let dances play by themselves on the pages that this tab opens next, as usual; tests ask for reduced motion."""
    page.emulate_media(reduced_motion="no-preference")


def drag(page: Page, dx: int, dy: int, index: int = 0) -> None:
    """Turn the camera of a player by a drag of so many pixels."""
    box = page.locator(f"{PLAYER} .mp-surface").nth(index).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.7
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] - 5)


def wait_for_script(page: Page) -> None:
    """Wait until the script run that an action started is over."""
    page.wait_for_timeout(400)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)


def wait_until_still(page: Page) -> None:
    """Wait until the script run is over and all players have drawn."""
    wait_for_script(page)
    page.wait_for_function("""() => {
      const players = [...document.querySelectorAll('[data-testid="skeleton-player"]')];
      return players.length && players.every((player) => player.dataset.ready === "true");
    }""")
