"""The latent map as a plotly figure: phrases as points, coloured by take or by value, with a path and marks."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import plotly.graph_objects as go

from mariel.stage.charts import apply_chart_style
from mariel.stage.palette import ACCENT, CHART_COLOURS, PALETTES

TAKE_COLOURS = tuple(CHART_COLOURS["takes"])
"""Colours of takes, none similar to the accent colour of paths and marks; they repeat after the twelfth."""

COLOUR_SCALE = PALETTES["light"].colour_scale
"""From low to high, on a light page. On a dark one the page shows that of the dark stage, see `VALUES`."""

VALUES = "values"
"""The `meta` of points coloured by value: `web/chart/chart.js` gives them the scale of the page's theme."""

STAR_COLOUR = CHART_COLOURS["star"]
MAX_NUMBERED = 12
"""A path with at most this many waypoints shows their numbers; a drawn line has more, and shows only its ends."""

POINT_SIZE = 6
OUTLINE = CHART_COLOURS["outline"]


@dataclass(frozen=True, eq=False)
class TakeColours:
    """Colours by take: `names` are each phrase's take (phrases,)."""

    names: np.ndarray


@dataclass(frozen=True, eq=False)
class ValueColours:
    """Colours by value.

    Args:
        values: of each phrase (phrases,).
        title: of the colour bar.
        unit: of the values.
    """

    values: np.ndarray
    title: str
    unit: str


@dataclass(frozen=True, eq=False)
class Overlay:
    """What is drawn over the phrases.

    Args:
        selected: index of the phrase with a ring around it, if any.
        path: waypoints of a path (waypoints, 2); empty for none.
        star: a point (2,) that is marked with a star, and its label.
    """

    selected: int | None = None
    path: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    star: tuple[np.ndarray, str] | None = None


def latent_chart(
    points: np.ndarray,
    labels: Sequence[str],
    colours: TakeColours | ValueColours,
    overlay: Overlay,
    *,
    height: int = 520,
) -> go.Figure:
    """The map as a figure. The `customdata` of a phrase is its index, that of the star is "star".

    Args:
        points: coordinates of phrases (phrases, 2). Each axis has its own scale, as outliers may stretch one of them.
        labels: hover text of each phrase.
        colours: by take or by value.
        overlay: what is drawn over the phrases.
        height: in pixels.
    """
    figure = go.Figure()
    if isinstance(colours, TakeColours):
        _add_takes(figure, points, np.asarray(labels), colours)
    else:
        _add_values(figure, points, np.asarray(labels), colours)
    if overlay.selected is not None:
        _add_ring(figure, points[overlay.selected])
    if len(overlay.path):
        _add_path(figure, np.asarray(overlay.path))
    if overlay.star is not None:
        _add_star(figure, *overlay.star)
    apply_chart_style(figure, height)
    figure.update_layout(
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        legend={"y": -0.01, "yanchor": "top", "font": {"size": 11}},
        dragmode=False,
        uirevision="map",  # takes that the user has hidden in the legend stay hidden
    )
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.06 * np.maximum(high - low, 1e-6)
    for axis, update in enumerate((figure.update_xaxes, figure.update_yaxes)):
        update(range=[low[axis] - margin[axis], high[axis] + margin[axis]], fixedrange=True, showticklabels=False)
    return figure


def _add_phrases(figure: go.Figure, points: np.ndarray, labels: np.ndarray, numbers: np.ndarray, **style) -> None:
    """Draw the phrases of some indices as points."""
    marker = {"size": POINT_SIZE, "opacity": 0.85, **style.pop("marker")}
    figure.add_scatter(
        x=points[numbers, 0].astype(np.float32),
        y=points[numbers, 1].astype(np.float32),
        customdata=numbers,
        text=labels[numbers],
        mode="markers",
        marker=marker,
        hovertemplate="%{text}<extra></extra>",
        **style,
    )


def _add_takes(figure: go.Figure, points: np.ndarray, labels: np.ndarray, takes: TakeColours) -> None:
    names = list(dict.fromkeys(takes.names.tolist()))
    for i, name in enumerate(names):
        numbers = np.flatnonzero(takes.names == name)
        marker = {"color": TAKE_COLOURS[i % len(TAKE_COLOURS)]}
        _add_phrases(figure, points, labels, numbers, name=name.replace("_", " "), marker=marker)


def _add_values(figure: go.Figure, points: np.ndarray, labels: np.ndarray, measured: ValueColours) -> None:
    values = np.asarray(measured.values, np.float32)
    low, high = np.quantile(values, [0.02, 0.98])  # with an outlier in the range, all others would have one colour
    bar = {
        "title": {"text": f"{measured.title}, {measured.unit}", "side": "bottom", "font": {"size": 11}},
        "orientation": "h",
        "y": -0.01,
        "yanchor": "top",
        "x": 0,
        "xanchor": "left",
        "len": 0.6,
        "thickness": 8,
        "outlinewidth": 0,
        "ypad": 4,
        "tickfont": {"size": 11},
        "nticks": 5,
    }
    marker = {"color": values, "colorscale": COLOUR_SCALE, "cmin": float(low), "cmax": float(high), "colorbar": bar}
    _add_phrases(figure, points, labels, np.arange(len(points)), marker=marker, showlegend=False, meta=VALUES)


def _add_ring(figure: go.Figure, point: np.ndarray) -> None:
    """Draw a ring around a point (2,)."""
    for size, colour, width in ((19, OUTLINE, 6), (19, ACCENT, 3)):  # a white outline, visible on any colour
        figure.add_scatter(
            x=[point[0]],
            y=[point[1]],
            mode="markers",
            marker={"symbol": "circle-open", "size": size, "color": colour, "line": {"width": width}},
            hoverinfo="skip",
            showlegend=False,
            name="selected",
        )


def _add_path(figure: go.Figure, path: np.ndarray) -> None:
    """Draw a line through waypoints (waypoints, 2), with their numbers."""
    for colour, width in ((OUTLINE, 6), (ACCENT, 3)):
        figure.add_scatter(
            x=path[:, 0],
            y=path[:, 1],
            mode="lines",
            line={"color": colour, "width": width},
            hoverinfo="skip",
            showlegend=False,
            name="path",
        )
    many = len(path) > MAX_NUMBERED
    numbers = [0, len(path) - 1] if many else range(len(path))
    figure.add_scatter(
        x=path[numbers, 0],
        y=path[numbers, 1],
        text=["from", "to"] if many else [f"{number + 1}" for number in numbers],
        mode="markers+text",
        textfont={"size": 10 if many else 11, "color": CHART_COLOURS["text_on_marker"]},
        marker={"size": 30 if many else 20, "color": ACCENT, "line": {"width": 1.5, "color": OUTLINE}},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
        name="waypoints",
    )


def _add_star(figure: go.Figure, point: np.ndarray, label: str) -> None:
    figure.add_scatter(
        x=[point[0]],
        y=[point[1]],
        customdata=["star"],
        text=[label],
        mode="markers",
        marker={
            "symbol": "star",
            "size": 19,
            "color": STAR_COLOUR,
            "line": {"width": 1.5, "color": CHART_COLOURS["star_outline"]},
        },
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
        cliponaxis=False,
        name="star",
    )
