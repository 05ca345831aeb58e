"""Actions on the player, for browser tests."""

from playwright.sync_api import Page

from tests.support.serving import PLAYER, player_state, wait_ready

MOVED = 0.0005
"""Minimum share of differing pixels if a body has another pose or place."""


def open_player(page: Page, address: str, name: str = "", count: int = 1) -> None:
    page.goto(f"{address}/{name}")
    wait_ready(page, count)


def go_to(page: Page, name: str, count: int = 1) -> None:
    """Go to another page of the app by its link."""
    page.get_by_role("link", name=name, exact=True).click()
    if count:
        page.wait_for_function("name => document.title.toLowerCase() === name", arg=name)
        wait_ready(page, count)


def frame(page: Page, index: int = 0) -> int:
    return int(player_state(page, index)["frame"])


def seek(page: Page, to: int) -> None:
    page.locator(f"{PLAYER} .mp-scrub").first.evaluate(
        "(element, to) => { element.value = to; element.dispatchEvent(new Event('input'));"
        " element.dispatchEvent(new Event('change')); }",
        to,
    )
    page.wait_for_function(f"to => document.querySelector('{PLAYER}').dataset.frame == to", arg=to)
