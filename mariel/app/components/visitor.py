"""The visitor as a Streamlit component: by which random text the browser is known to the app.

The browser keeps it, in its storage and in a cookie, for a year after the last visit. It is no login: whoever uses
the same browser is the same visitor, and the same person in another browser is another.
"""

import re
import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
import streamlit.components.v2 as components

from mariel.app.components.assets import ignore_change
from mariel.app.shell.query_params import VISITOR, VISITOR_COMPONENT, VISITOR_OF_TRAY

COOKIE = "mariel_visitor"

_SCRIPT = Path(__file__).with_suffix(".js")
_VISITOR = re.compile(r"[0-9a-f]{32}")


def visitor() -> str:
    """The random text by which this visitor's browser is known, 32 hexadecimal digits.

    It comes from the browser; a new one is made up for a browser that has none, which `show_visitor` tells it.
    """
    told = [(component.get() or {}).get("visitor") for component in (VISITOR_COMPONENT, VISITOR_OF_TRAY)]
    for known in (*told, VISITOR.get(), st.context.cookies.get(COOKIE)):
        if isinstance(known, str) and _VISITOR.fullmatch(known):
            VISITOR.set(known)
            return known
    VISITOR.set(secrets.token_hex(16))
    return VISITOR.get()


def is_known() -> bool:
    """Whether the browser knew at the beginning of this session who it is."""
    return COOKIE in st.context.cookies


def show_visitor(key: str = VISITOR_COMPONENT) -> None:
    """Have the browser keep who it is; it shows nothing.

    Args:
        key: of the component, one of two.
    """
    _component()(key=key, data={"visitor": visitor()}, on_visitor_change=ignore_change, height=0)


@cache
def _component() -> Callable[..., Any]:
    return components.component("mariel_visitor", js=_SCRIPT.read_text("utf-8"), html=" ", isolate_styles=False)
