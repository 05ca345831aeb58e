"""Phrases as points of a map, as a plain plotly figure: by take or by a measure, with a path and marks on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import plotly.graph_objects as go

from mariel.stage.charts import quiet
from mariel.stage.timeline import ACCENT

TAKE_COLOURS = (
    "#5b8def", "#3fa37c", "#c99a2e", "#b565c9", "#4bb3c4", "#8a8f3c",
    "#7d6be0", "#a0785a", "#d9608c", "#6f87a8", "#5f9e4a", "#c98a74",
)  # fmt: skip
"""One colour a take, none near the accent, which paths and marks have; they come round again after the twelfth."""

SCALE = [[0, "#3d4fa3"], [0.35, "#4bb3c4"], [0.7, "#e3b23c"], [1, "#d9433b"]]
"""From little to much; both ends can be told from a light and from a dark page."""

STAR = "#f2b705"
MOST_NUMBERED = 12
"""Stations of a path up to which each has its number; a drawn line has more, and shows its ends."""

POINT_SIZE = 6
RIM = "rgba(255,255,255,0.9)"


@dataclass(frozen=True, eq=False)
class Takes:
    """Phrases coloured by their takes: `names` of each (phrases,)."""

    names: np.ndarray


@dataclass(frozen=True, eq=False)
class Measured:
    """Phrases coloured by a measure.

    Args:
        values: of each phrase (phrases,).
        title: what is measured.
        unit: of the values.
    """

    values: np.ndarray
    title: str
    unit: str


@dataclass(frozen=True, eq=False)
class Marks:
    """What is drawn over the phrases.

    Args:
        chosen: the phrase that is ringed, if any.
        path: stations of a path (stations, 2); empty for none.
        star: a place (2,) that is marked by a star, and what it is.
    """

    chosen: int | None = None
    path: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    star: tuple[np.ndarray, str] | None = None


def latent_chart(
    points: np.ndarray, labels: Sequence[str], colours: Takes | Measured, marks: Marks, *, height: int = 520
) -> go.Figure:
    """The map; every phrase's `customdata` is its number, the star's is "star".

    Args:
        points: where phrases lie (phrases, 2); either axis fills the figure, for a few far phrases may stretch one.
        labels: what hovering tells of each phrase.
        colours: what the points' colours mean.
        marks: what is drawn over them.
        height: in pixels.
    """
    figure = go.Figure()
    labels = np.asarray(labels)
    if isinstance(colours, Takes):
        _add_takes(figure, points, labels, colours)
    else:
        _add_measured(figure, points, labels, colours)
    if marks.chosen is not None:
        _add_ring(figure, points[marks.chosen])
    if len(marks.path):
        _add_path(figure, np.asarray(marks.path))
    if marks.star is not None:
        _add_star(figure, *marks.star)
    quiet(figure, height)
    figure.update_layout(
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        legend={"y": -0.01, "yanchor": "top", "font": {"size": 11}},
        dragmode=False,
        uirevision="map",  # takes that were hidden by the legend stay hidden
    )
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.06 * np.maximum(high - low, 1e-6)
    for axis, update in enumerate((figure.update_xaxes, figure.update_yaxes)):
        update(range=[low[axis] - margin[axis], high[axis] + margin[axis]], fixedrange=True, showticklabels=False)
    return figure


def _add_phrases(figure: go.Figure, points: np.ndarray, labels: np.ndarray, numbers: np.ndarray, **style) -> None:
    marker = {"size": POINT_SIZE, "opacity": 0.7, **style.pop("marker")}
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


def _add_takes(figure: go.Figure, points: np.ndarray, labels: np.ndarray, takes: Takes) -> None:
    names = list(dict.fromkeys(takes.names.tolist()))
    for i, name in enumerate(names):
        numbers = np.flatnonzero(takes.names == name)
        marker = {"color": TAKE_COLOURS[i % len(TAKE_COLOURS)]}
        _add_phrases(figure, points, labels, numbers, name=name.replace("_", " "), marker=marker)


def _add_measured(figure: go.Figure, points: np.ndarray, labels: np.ndarray, measured: Measured) -> None:
    values = np.asarray(measured.values, np.float32)
    low, high = np.quantile(values, [0.02, 0.98])  # one wild phrase would leave all others in one colour
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
    marker = {"color": values, "colorscale": SCALE, "cmin": float(low), "cmax": float(high), "colorbar": bar}
    _add_phrases(figure, points, labels, np.arange(len(points)), marker=marker, showlegend=False)


def _add_ring(figure: go.Figure, point: np.ndarray) -> None:
    for size, colour, width in ((19, RIM, 6), (19, ACCENT, 3)):  # a rim, to be seen on any colour
        figure.add_scatter(
            x=[point[0]],
            y=[point[1]],
            mode="markers",
            marker={"symbol": "circle-open", "size": size, "color": colour, "line": {"width": width}},
            hoverinfo="skip",
            showlegend=False,
            name="chosen",
        )


def _add_path(figure: go.Figure, path: np.ndarray) -> None:
    for colour, width in ((RIM, 6), (ACCENT, 3)):
        figure.add_scatter(
            x=path[:, 0],
            y=path[:, 1],
            mode="lines",
            line={"color": colour, "width": width},
            hoverinfo="skip",
            showlegend=False,
            name="way",
        )
    many = len(path) > MOST_NUMBERED
    numbers = [0, len(path) - 1] if many else range(len(path))
    figure.add_scatter(
        x=path[numbers, 0],
        y=path[numbers, 1],
        text=["from", "to"] if many else [f"{number + 1}" for number in numbers],
        mode="markers+text",
        textfont={"size": 10 if many else 11, "color": "#ffffff"},
        marker={"size": 30 if many else 20, "color": ACCENT, "line": {"width": 1.5, "color": RIM}},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
        name="stations",
    )


def _add_star(figure: go.Figure, place: np.ndarray, label: str) -> None:
    figure.add_scatter(
        x=[place[0]],
        y=[place[1]],
        customdata=["star"],
        text=[label],
        mode="markers",
        marker={"symbol": "star", "size": 19, "color": STAR, "line": {"width": 1.5, "color": "#3a2c00"}},
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
        cliponaxis=False,
        name="star",
    )
