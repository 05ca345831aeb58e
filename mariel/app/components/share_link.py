"""The page's link as a Streamlit component: a button that copies it, and a QR code for a phone.

Streamlit tells a page its address without what only the browser has written there, such as the camera, and copies
texts that Python knows. So the browser gives the link, and Python the picture of its code.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
import streamlit.components.v2 as components

from mariel.app.components.assets import ignore_change
from mariel.stage.palette import PALETTE

_SCRIPT = Path(__file__).with_suffix(".js")
_STYLE = Path(__file__).with_suffix(".css")

_HTML = """
<div class="mariel-share" data-testid="share">
  <div>
    <input type="text" readonly aria-label="Link to what you see" data-part="link">
    <button type="button" data-part="copy">Copy</button>
  </div>
  <p role="status" data-part="status"></p>
  <img alt="QR code of the link" data-part="code" hidden>
  <p data-part="note"></p>
</div>
"""

QUIET_ZONE = 4
"""White modules around a code, as ISO/IEC 18004 asks for."""

POINT_A_CAMERA = "Point a phone's camera at the code to open the same dance there."

TOO_LONG = "The link is too long for a QR code."

THIS_COMPUTER_ALONE = (
    "A phone cannot open this link: it leads to the device that it is opened on. Start the app with "
    "“make app ADDRESS=0.0.0.0”, or “mariel app --address 0.0.0.0”: everybody in your network can use it then. "
    "Open it by the Network URL that the terminal shows, and share again."
)


def show_share_link(*, key: str) -> None:
    """Show the link of what is seen, with a button that copies it, and its QR code.

    Args:
        key: of the component.
    """
    link = (st.session_state.get(key) or {}).get("link")
    data = {"link": "", "code": "", "note": ""}
    if isinstance(link, str):
        code = qr_code(link)
        data = {
            "link": link,
            "code": code,
            "note": share_note(link) if code else TOO_LONG,
        }
    _component()(key=key, data=data, on_link_change=ignore_change)


def qr_code(link: str) -> str:
    """A QR code, dark on white, as the address of an SVG picture; empty if no code holds so long a link."""
    import segno  # noqa: PLC0415 - 45 ms that only those pay who share

    try:
        code = segno.make(link, error="m", micro=False)
    except segno.DataOverflowError:
        return ""
    return code.svg_data_uri(border=QUIET_ZONE, **PALETTE["qr_code"], omitsize=True)


def share_note(link: str) -> str:
    """What to know of a link's code: how to use it, or why a phone could not open the link."""
    return THIS_COMPUTER_ALONE if _is_loopback(link) else POINT_A_CAMERA


def _is_loopback(link: str) -> bool:
    """Whether a link leads to the computer that it is opened on."""
    try:
        host = urlsplit(link).hostname or ""
    except ValueError:  # no address at all
        return False
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


@cache
def _component() -> Callable[..., Any]:
    # Outside of a shadow root, where the style sheet can set the width of the popover around it.
    script, style = (path.read_text("utf-8") for path in (_SCRIPT, _STYLE))
    return components.component("mariel_share_link", html=_HTML, css=style, js=script, isolate_styles=False)
