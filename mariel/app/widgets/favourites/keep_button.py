"""The button that keeps a dance among the visitor's favourites."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from mariel.app.components.visitor import visitor
from mariel.app.shell.messages import quoted
from mariel.app.shell.query_params import KEEP_NAME, KEEP_NOW, KEEP_OPEN, KEPT_NAME, QueryParam
from mariel.app.widgets.runs import call_and_report, show_action_error
from mariel.errors import RecordingError
from mariel.generation.favourites import owner_of, save_favourite
from mariel.motion.marker_set import MarkerSet


def show_keep_button(positions: np.ndarray, marker_set: MarkerSet, fps: float, recipe: Mapping) -> None:
    """Ask for a name and keep a dance under it; one such button per page.

    Args:
        positions: (frames, markers, 3), metres, z up.
        marker_set: its markers.
        fps: frames per second.
        recipe: how it was made, see `save_favourite`; and where it can be seen again, see `origin`.
    """
    with st.popover(
        "Keep this dance", icon=":material/favorite:", key=KEEP_OPEN, help="Save this dance among your favourites."
    ):
        st.text_input(
            "Its name",
            placeholder="such as slow turn",
            key=KEEP_NAME,
            help="A name of your choice; the dance is saved under it, with what made it.",
        )
        st.button(
            "Keep",
            type="primary",
            icon=":material/favorite:",
            on_click=call_and_report,
            args=(_keep, positions, marker_set, fps, recipe),
            key=KEEP_NOW,
            help="Save the dance among your favourites.",
        )
    if name := KEPT_NAME.pop():
        st.toast(f"{quoted(name)} is among your favourites.", icon=":material/favorite:")
    show_action_error()


def origin(page: str, values: Mapping[QueryParam, object]) -> dict:
    """Where a dance can be seen again, as a part of its recipe.

    Args:
        page: its name.
        values: of all query parameters that the page needs for this dance, those with their defaults too.
    """
    return {"page": page, "link": {str(param.key): value for param, value in values.items()}}


def _keep(positions: np.ndarray, marker_set: MarkerSet, fps: float, recipe: Mapping) -> None:
    if not np.isfinite(positions).all():
        raise RecordingError("this phrase has missing markers and cannot be kept; choose one without gaps")
    name = KEEP_NAME.get("")
    kept = save_favourite(name, positions, marker_set, fps, recipe, owner=owner_of(visitor()))
    KEPT_NAME.set(kept.name)
    KEEP_NAME.set("")
