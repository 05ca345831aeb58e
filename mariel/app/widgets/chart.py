"""A flat figure whose data may change while one looks at it: it keeps its zoom, and does not flicker.

`st.plotly_chart` builds a chart anew whenever its data changes; this one takes the data in place, and tells of clicks
beside its points and of lines drawn on it. For figures that stay as they are Streamlit's own is as good.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from mariel.app.widgets.player import web_assets

LOADER = """
export default async function (component) {
  const chart = await import(new URL(component.data.chart, document.baseURI).href);
  return chart.default(component);
}
"""


@dataclass(frozen=True)
class Click:
    """Where a figure was clicked.

    Args:
        x: along the axis, of the point if one was hit.
        y: likewise.
        point: the `customdata` of the point that was hit, None beside all points.
    """

    x: float
    y: float
    point: Any = None


def show_chart(
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    on_click: Callable[[Click], None] | None = None,
    on_draw: Callable[[np.ndarray], None] | None = None,
) -> None:
    """Show a figure, as high as its layout says and as wide as there is room.

    Args:
        figure: a layout with a `uirevision` keeps the zoom for as long as that stays the same.
        key: names the chart; the same chart takes the next figure under this key.
        alt: what it shows, for those who cannot see it.
        on_click: called before the rerun when the plot is clicked, or a point is chosen by arrow keys and Enter. Only
            points with `customdata` can be hit.
        on_draw: called likewise with the line (points, 2) that was drawn by a drag; given this, a drag draws.
    """
    figure.update_layout(template="none")
    assets = web_assets()
    data = {
        "figure": figure.to_json(),
        "height": figure.layout.height or 300,
        "alt": alt,
        "picks": bool(on_click or on_draw),
        "draws": bool(on_draw),
        "plotly": assets["plotly"],
        "chart": assets["chart"],
    }

    def clicked() -> None:
        click = _click(st.session_state[key].get("clicked"))
        if click and on_click:
            on_click(click)

    def drawn() -> None:
        line = _line(st.session_state[key].get("drawn"))
        if line is not None and on_draw:
            on_draw(line)

    _component()(key=key, data=data, on_clicked_change=clicked, on_drawn_change=drawn)


def _click(told: Any) -> Click | None:
    """What the browser told as a click; None if it is none."""
    match told:
        case {"x": int() | float() as x, "y": int() | float() as y} if math.isfinite(x) and math.isfinite(y):
            return Click(float(x), float(y), told.get("point"))
    return None


def _line(told: Any) -> np.ndarray | None:
    """What the browser told as a line (points, 2); None if it is none."""
    try:
        line = np.asarray(told, np.float64)
    except (TypeError, ValueError):
        return None
    fits = line.ndim == 2 and line.shape[1] == 2 and len(line) > 1 and np.isfinite(line).all()
    return line if fits else None


@cache
def _component() -> Callable[..., Any]:
    # Plotly writes its styles into the document, so a shadow root would draw it unstyled.
    return st.components.v2.component("mariel_chart", js=LOADER, html=" ", isolate_styles=False)
