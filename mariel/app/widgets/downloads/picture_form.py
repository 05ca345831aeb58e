"""How films and pictures of a dance are drawn: a few choices, remembered for the session."""

from collections.abc import Sequence
from typing import Any, get_args

import streamlit as st

from mariel.app.components.player import PlayerState
from mariel.app.shell.query_params import PICTURE_CHOICE, PICTURE_OPTION
from mariel.export.picture_options import SPEEDS, PictureOptions, Shape
from mariel.stage.scene import Scene, Style

SHORTEST_PART = 0.5
"""Seconds; of a dance that is not longer no part can be chosen."""

SHAPES: dict[str, str] = dict(zip(get_args(Shape), ("16:9", "1:1", "9:16"), strict=True))
STYLES: dict[str, str] = dict(zip(get_args(Style), ("Body", "Markers"), strict=True))
THEMES = {"light": "Light", "dark": "Dark"}


def choose_picture(scenes: Sequence[Scene], key: str, state: PlayerState) -> PictureOptions:
    """Show the choices for films and pictures.

    Args:
        scenes: that are drawn.
        key: of their stage.
        state: of its player.
    """
    page_theme = getattr(st.context.theme, "type", None) or "light"
    duration = max(scene.duration for scene in scenes)
    st.caption("Films and pictures")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        shape = _segments("shape", key, SHAPES, "landscape", label="Shape", help="Wide, square, or tall as a phone.")
        theme = _segments("theme", key, THEMES, page_theme, label="Theme", help="The colours of the stage.")
        style = _segments(
            "style",
            key,
            STYLES,
            state.style if state.style in STYLES else scenes[0].style,
            label="Drawn as",
            help="Bodies with volume, or markers and lines.",
        )
    with st.container(horizontal=True, gap="small"):
        caption = _toggle("caption", key, "Title and credit", default=True, help="Written below the dancers.")
        follow = _toggle("follow", key, "Follow the dancer", default=False, help="The camera goes with the dancer.")
    start, stop = 0.0, None
    if duration > SHORTEST_PART:
        end = round(duration, 2)
        start, stop = st.slider(
            "Part, seconds",
            0.0,
            end,
            (0.0, end),
            step=0.05,
            format="%.2f",
            key=PICTURE_OPTION.of(key, "part", end),
            help="Camera and speed are those of the player.",
        )
        if stop - start < 0.05:
            start, stop = 0.0, None
    return PictureOptions(
        shape=shape, theme=theme, style=style, caption=caption, follow=follow, start=start, stop=stop,
        speed=min(max(state.speed, SPEEDS[0]), SPEEDS[1]),
    )  # fmt: skip


def _remembered(name: str, key: str, default: Any) -> str:
    """The key of a widget, which has got the session's last choice of this name."""
    widget = PICTURE_OPTION.of(key, name)
    widget.set(PICTURE_CHOICE.of(name).get(default))
    return widget


def _remember(name: str, widget: str, default: Any) -> None:
    chosen = st.session_state[widget]
    PICTURE_CHOICE.of(name).set(default if chosen is None else chosen)


def _segments(name: str, key: str, labels: dict[str, str], default: str, *, label: str, help: str) -> Any:
    """One of a few choices; a click on the chosen one leaves it chosen."""
    widget = _remembered(name, key, default)
    st.segmented_control(
        label, list(labels), format_func=lambda choice: labels[choice], key=widget, on_change=_remember,
        args=(name, widget, PICTURE_CHOICE.of(name).get(default)), help=help,
    )  # fmt: skip
    return PICTURE_CHOICE.of(name).get(default)


def _toggle(name: str, key: str, label: str, *, default: bool, help: str) -> bool:
    widget = _remembered(name, key, default)
    return st.toggle(label, key=widget, on_change=_remember, args=(name, widget, default), help=help)
