"""The start strip as a Streamlit component: what this is, whose dance is seen, and three things to try.

It can be closed for good. That is remembered in the visitor's browser, which alone knows who opens the page again.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit.components.v2 as components

from mariel.app.components.assets import ignore_change, web_assets

_SCRIPT = Path(__file__).with_suffix(".js")
_STYLE = Path(__file__).with_suffix(".css")

_HTML = """
<section class="mariel-start" aria-label="Start" data-testid="start-strip" hidden>
  <p data-part="text"></p>
  <div>
    <button type="button" data-part="turn" title="Plays, and leads the camera once around"></button>
    <button type="button" data-part="wilder" title="New dances by a model, wilder than real ones">
      Make a new dance wilder</button>
    <button type="button" data-part="own" title="Opens the place in the sidebar where files are uploaded">
      Bring your own</button>
    <button type="button" data-part="close" title="Close for good" aria-label="Close for good">✕</button>
  </div>
</section>
"""


def show_start_strip(text: str, *, turn: str, key: str, player: str) -> bool:
    """Show the strip, unless it was closed in this browser.

    Args:
        text: what this is and whose dance is seen.
        turn: label of the button that turns the dancer around.
        key: of the component.
        player: key of the player whose dancer is turned around.

    Returns:
        Whether a wilder new dance was just asked for.
    """
    data = {"text": text, "turn": turn, "player": player, "memory": web_assets()["memory"]}
    return bool(_component()(key=key, data=data, on_wilder_change=ignore_change).wilder)


@cache
def _component() -> Callable[..., Any]:
    # Outside of a shadow root, where the page's style sheet can hide the room of a strip that was closed.
    script, style = (path.read_text("utf-8") for path in (_SCRIPT, _STYLE))
    return components.component("mariel_start_strip", html=_HTML, css=style, js=script, isolate_styles=False)
