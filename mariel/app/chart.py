"""A flat figure whose data may change while one looks at it: it keeps its zoom, and does not flicker.

`st.plotly_chart` builds a chart anew whenever its data changes; this one takes the data in place. For figures that
stay as they are Streamlit's own is as good.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from mariel.app.player import web_assets

LOADER = """
export default async function (component) {
  const chart = await import(new URL(component.data.chart, document.baseURI).href);
  return chart.default(component);
}
"""


def show_chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """Show a figure, as high as its layout says and as wide as there is room.

    Args:
        figure: a layout with a `uirevision` keeps the zoom for as long as that stays the same.
        key: names the chart; the same chart takes the next figure under this key.
        alt: what it shows, for those who cannot see it.
    """
    figure.update_layout(template="none")
    assets = web_assets()
    data = {
        "figure": figure.to_json(),
        "height": figure.layout.height or 300,
        "alt": alt,
        "plotly": assets["plotly"],
        "chart": assets["chart"],
    }
    _component()(key=key, data=data)


@cache
def _component() -> Callable[..., Any]:
    # Plotly writes its styles into the document, so a shadow root would draw it unstyled.
    return st.components.v2.component("mariel_chart", js=LOADER, html=" ", isolate_styles=False)
