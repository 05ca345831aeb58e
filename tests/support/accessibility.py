"""What axe-core (https://github.com/dequelabs/axe-core) finds on a page, and where the Tab key leads.

A test requirement contains axe's script, so that no network is needed.
"""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

EXEMPT = {
    # Streamlit draws tables on a canvas and lists their cells for screen readers; the head of its column of row
    # names, which has none, is empty.
    ("empty-table-header", 'th[role="columnheader"][aria-colindex="1"]'),
    # The help of the control that the mouse is over lies outside all landmarks.
    ("region", "[data-floating-ui-portal]"),
}
"""Rules that Streamlit's own markup breaks, each for the elements of one selector."""

_AXE = Axe()

_SETTLE = """() => {
  for (const animation of document.getAnimations()) {
    if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
  }
}"""
"""Ends what fades in: half-way through, a text has less contrast than it will have."""

_IS_FRESH = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  return app === null || (app.dataset.testScriptState === 'notRunning' && !app.querySelector('[data-stale="true"]'));
}"""
"""Whether the page's script is over: until it is, Streamlit fades what the script has not shown again yet."""

_HAS_THEME = """theme => {
  const app = document.querySelector('[data-testid="stApp"]');
  const players = [...document.querySelectorAll('[data-testid="skeleton-player"]')];
  return (app === null || getComputedStyle(app).colorScheme === theme)
    && players.every((player) => player.dataset.theme === theme);
}"""

_FOCUS = """() => {
  const element = document.activeElement;
  const marked = element.matches('.mp-scrub') ? element.parentElement.querySelector('.mp-thumb') : element;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(marked);
  const isSeen = (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  return [element.getAttribute('aria-label') ?? element.innerText, isSeen];
}"""
"""Name of the control that has the focus, and whether it can be seen; the thumb shows it for the timeline."""

_IS_EXEMPT = "([target, exempt]) => document.querySelector(target)?.matches(exempt) ?? false"


def show_theme(page: Page, theme: Literal["light", "dark"]) -> None:
    """Show an open page as in a system with the light or the dark theme."""
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(_HAS_THEME, arg=theme)


def violations(page: Page) -> list[str]:
    """What is wrong on a page: impact, rule, element and explanation; without what Streamlit alone can change."""
    page.wait_for_function(_IS_FRESH)
    page.evaluate(_SETTLE)
    found = _AXE.run(page).response["violations"]
    return [
        f"{each['impact']} {each['id']}: {' '.join(map(str, node['target']))}\n{node['html'][:300]}\n"
        f"{node['failureSummary']}"
        for each in found
        for node in each["nodes"]
        if not _is_exempt(page, each["id"], node["target"])
    ]


def _is_exempt(page: Page, rule: str, target: list[str]) -> bool:
    return any(
        page.evaluate(_IS_EXEMPT, [target[0], selector]) for exempt, selector in EXEMPT if exempt == rule
    )  # fmt: skip


def focused(page: Page) -> str:
    """The name of the control that has the focus."""
    return page.evaluate(_FOCUS)[0]


def tab_to(page: Page, last: str) -> list[str]:
    """Press Tab until the control of this name has the focus; give the names on the way, each seen to have it."""
    names = []
    while not names or names[-1] != last:
        page.keyboard.press("Tab")
        name, is_seen = page.evaluate(_FOCUS)
        assert is_seen, f"nothing shows that {name!r} has the focus"
        names.append(name)
        assert len(names) < 40, f"Tab does not lead to {last!r} but to {names}"
    return names
