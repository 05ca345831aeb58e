"""A sweep as a Streamlit component: it sends what the player's dial blends, after the dances themselves."""

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit.components.v2 as components

from mariel.app.components.assets import module_loader, web_assets
from mariel.app.shell.streamlit_adapter import publish_file


def send_sweep(block: bytes, name: str, *, key: str) -> None:
    """Send a packed sweep to the players whose dial has its name; it shows nothing.

    Args:
        block: see `mariel.stage.sweep.pack_sweep`.
        name: of the sweep, see `mariel.stage.sweep.Dial`.
        key: unique on the page.
    """
    address = publish_file(block, "application/octet-stream", f"sweep-{key}")
    _component()(key=key, data={"sweep": name, "block": address, "sweeps": web_assets()["sweeps"]}, height=0)


@cache
def _component() -> Callable[..., Any]:
    return components.component("mariel_sweep", js=module_loader("sweeps"), html=" ", isolate_styles=False)
