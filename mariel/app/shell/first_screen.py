"""The first screen: a stage is as high as the window leaves room for beside what must be seen with it."""

import re

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.shell.session_state import SessionKey

LOWEST, LOWEST_ON_PHONE = 260, 170
"""A stage is never lower than this, however small the window, pixels."""

ABOVE = "--start-strip-height"
"""The CSS variable for the height of what is above all stages for a time, see `components/start_strip.js`."""

HIGHEST = 1100
"""Nor is it higher than this, pixels."""


_CONTROL_ROW_STYLE = """
<style>
  .st-key-NAME { align-items: center; gap: .5rem 1.2rem; }
  .st-key-NAME :is(.stButtonGroup, .stSelectbox, .stMultiSelect, .stNumberInput) {
    display: flex; flex-direction: row; align-items: center; gap: .6rem;
  }
  .st-key-NAME :is(.stButtonGroup, .stSelectbox, .stMultiSelect, .stNumberInput) > label {
    margin: 0; flex: none; gap: .4rem;
  }
  .st-key-NAME :is(.stSelectbox, .stMultiSelect, .stNumberInput) > div { flex: 1; min-width: 0; }
  .st-key-NAME > :has(> .stNumberInput) { width: auto !important; flex: none; }
  .st-key-NAME .stNumberInput > div { min-width: 8.5rem; }
  @media (max-width: 640px) {
    .st-key-NAME .stButtonGroup > label {
      position: absolute; width: 1px; height: 1px; min-height: 0; overflow: hidden; clip-path: inset(50%);
    }
  }
</style>
"""


def control_row(key: SessionKey) -> DeltaGenerator:
    """A row of controls with their labels beside them instead of above; it wraps where there is no room.

    On a phone the labels of buttons are left to screen readers.

    Args:
        key: of the row, unique on the page.
    """
    st.html(_CONTROL_ROW_STYLE.replace("NAME", _css_name(key)))
    return st.container(horizontal=True, key=key)


def _css_name(key: SessionKey) -> str:
    """How Streamlit writes a key in the class of a container."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", key)


def stage_area(key: SessionKey, *, beside: int, beside_on_phone: int, players: int = 1) -> DeltaGenerator:
    """A container whose players share the height of the window that other things on the first screen leave.

    The player's own `height` is what it has where a browser knows no such style.

    Args:
        key: of the container, unique on the page.
        beside: height of everything else that must be seen with the stage, the player's controls included, pixels.
        beside_on_phone: the same in a window as narrow as a phone, where columns are below each other.
        players: how many stages are below each other on a phone.
    """
    on_phone = f"(100svh - {beside_on_phone}px - var({ABOVE}, 0px)) / {players}"
    st.html(
        f"""<style>
        .st-key-{_css_name(key)} .mariel-player {{
          --stage-height: clamp({LOWEST}px, 100vh - {beside}px - var({ABOVE}, 0px), {HIGHEST}px) !important;
        }}
        @media (max-width: 640px) {{
          .st-key-{_css_name(key)} .mariel-player {{
            --stage-height: clamp({LOWEST_ON_PHONE}px, {on_phone}, {HIGHEST}px) !important;
          }}
        }}
        </style>"""
    )
    return st.container(key=key)
