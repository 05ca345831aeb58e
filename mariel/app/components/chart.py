"""A two-dimensional plotly chart that takes new data in place: it keeps its zoom and does not flicker.

`st.plotly_chart` builds a chart anew whenever its data changes, and loads the whole of plotly.js, which takes a
browser longer than the rest of the page. This one also reports clicks beside its points, and lines drawn on it.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
import streamlit.components.v2 as components

from mariel.app.components.assets import module_loader, web_assets


@dataclass(frozen=True)
class Click:
    """Where a figure was clicked.

    Args:
        x: position on the x axis; the point's own if a point was clicked.
        y: likewise on the y axis.
        point: the `customdata` of the point that was clicked, None for a click beside all points.
    """

    x: float
    y: float
    point: Any = None


@dataclass(frozen=True, eq=False)
class ChartTrack:
    """Where the dance of a player is on a chart: a dot moves there while it plays, without messages from the browser.

    Args:
        player: the player's key.
        points: positions in the chart's data (steps, 2) at equal steps of time, from the first frame to the last.
        seconds: how long the dance lasts.
        linked: the name that links the player with others, if any.
    """

    player: str
    points: np.ndarray
    seconds: float
    linked: str | None = None


def show_chart(
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    on_click: Callable[[Click], None] | None = None,
    on_draw: Callable[[np.ndarray], None] | None = None,
    track: ChartTrack | None = None,
) -> None:
    """Show a figure in the height of its layout and the width of its container.

    Args:
        figure: the zoom is kept for as long as the layout's `uirevision` stays the same.
        key: of the chart; the next figure under the same key replaces the data of this one.
        alt: a description for people who cannot see the chart.
        on_click: called before the rerun when the plot is clicked, or a point is chosen by arrow keys and Enter. Only
            points with `customdata` can be clicked.
        on_draw: called before the rerun with the line (points, 2) that was drawn by a drag. Without it a drag zooms.
        track: where a player's dance is on the chart while it plays.
    """
    figure.update_layout(template="none")
    assets = web_assets()
    data = {
        "figure": figure.to_json(),
        "height": figure.layout.height or 300,
        "alt": alt,
        "picks": bool(on_click or on_draw),
        "draws": bool(on_draw),
        "track": track and asdict(track) | {"points": np.round(track.points, 3).tolist()},
        "plotly": assets["plotly_2d"],
        "chart": assets["chart"],
    }

    def handle_click() -> None:
        click = _parse_click(st.session_state[key].get("clicked"))
        if click and on_click:
            on_click(click)

    def handle_line() -> None:
        line = _parse_line(st.session_state[key].get("drawn"))
        if line is not None and on_draw:
            on_draw(line)

    _component()(key=key, data=data, on_clicked_change=handle_click, on_drawn_change=handle_line)


def _parse_click(message: Any) -> Click | None:
    """The click that the browser reports; None if the message is not one."""
    match message:
        case {"x": int() | float() as x, "y": int() | float() as y} if math.isfinite(x) and math.isfinite(y):
            return Click(float(x), float(y), message.get("point"))
    return None


def _parse_line(message: Any) -> np.ndarray | None:
    """The line (points, 2) that the browser reports; None if the message is not one."""
    try:
        line = np.asarray(message, np.float64)
    except (TypeError, ValueError):
        return None
    valid = line.ndim == 2 and line.shape[1] == 2 and len(line) > 1 and np.isfinite(line).all()
    return line if valid else None


@cache
def _component() -> Callable[..., Any]:
    # Plotly writes its styles into the document; inside a shadow root they would not apply.
    return components.component("mariel_chart", js=module_loader("chart"), html=" ", isolate_styles=False)
