"""Where the viewer stands, in the address bar, so that a link shows a dance from the same side."""

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from mariel.app.player import PlayerState

_NUMBERS = ("azimuth", "elevation", "distance")
_SWITCHES = ("follow", "mirror")


def linked_camera(key: str = "camera") -> Mapping[str, Any] | None:
    """The camera that the address named when the page was first opened, for `show_player`; None if it named none."""
    memory = f"{key} linked"
    if memory not in st.session_state:
        st.session_state[memory] = _unpacked(st.query_params.get(key, ""))
    return st.session_state[memory]


def write_camera(state: PlayerState, key: str = "camera") -> None:
    """Put the camera of a player into the address, as it was when the player was last paused."""
    text = _packed(state.camera) if state.camera else None
    if text and st.query_params.get(key) != text:
        st.query_params[key] = text


def _packed(camera: Mapping[str, Any]) -> str | None:
    numbers = [camera.get(name) for name in _NUMBERS]
    if numbers[0] is None:
        return None
    texts = ["" if number is None else f"{number:.2f}" for number in [*numbers, *camera.get("pan", (0, 0, 0))]]
    return "_".join([*texts, *(name for name in _SWITCHES if camera.get(name))])


def _unpacked(text: str) -> Mapping[str, Any] | None:
    parts = text.split("_")
    try:
        numbers = [float(part) if part else None for part in parts[:6]]
    except ValueError:
        return None
    known = [number for index, number in enumerate(numbers) if index != 2 or number is not None]
    if len(numbers) < 6 or any(number is None or not math.isfinite(number) for number in known):
        return None
    camera = dict(zip(_NUMBERS, numbers, strict=False))
    return {"preset": None, **camera, "pan": numbers[3:], **{name: name in parts[6:] for name in _SWITCHES}}
