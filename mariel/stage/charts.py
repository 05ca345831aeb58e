"""Flat figures of preprocessing and graphs, as plain `go.Figure`s: arrays in, pictures out."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from mariel.stage.timeline import ACCENT, CALM

AXIS_COLOURS = {"x": "#e0654f", "y": "#3fa37c", "z": "#5b8def"}

REFERENCE_COLOUR = "#a08cc8"
"""The published loader's numbers, wherever they stand beside this project's."""


def quiet(figure: go.Figure, height: int) -> go.Figure:
    """The look all flat figures share: no frame, little ink, the page's own colours behind."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        bargap=0,
    )
    figure.update_xaxes(showgrid=False, zeroline=False)
    figure.update_yaxes(showgrid=False, zeroline=False, showticklabels=False)
    return figure


def _add_histogram(
    figure: go.Figure, where: np.ndarray, shares: np.ndarray, *, name: str, colour: str, unit: str = ""
) -> None:
    figure.add_scatter(
        x=where,
        y=np.sqrt(shares),
        customdata=shares,
        name=name,
        mode="lines",
        line={"color": colour, "width": 1.7, "shape": "hvh"},
        fill="tozeroy",
        hovertemplate=f"{name} %{{x:.2f}} {unit}: %{{customdata:.2%}}<extra></extra>",
    )


def spread(
    values: np.ndarray, shares: np.ndarray, names: Sequence[str], *, title: str, unit: str, height: int = 210
) -> go.Figure:
    """Histograms of a few channels over one another; heights are square roots, so that rare values show.

    Args:
        values: middles of the bins, (bins,) or (channels, bins).
        shares: share of values in each bin (channels, bins).
        names: the channels, "x", "y" and "z" in their usual colours.
        title: what is counted.
        unit: of `values`.
    """
    figure = go.Figure()
    values = np.broadcast_to(values, shares.shape)
    for name, where, share in zip(names, values, shares, strict=True):
        colour = AXIS_COLOURS.get(name[-1], CALM)
        _add_histogram(figure, where, share, name=name, colour=colour, unit=unit)
    filled = shares.max(axis=0) > 1e-5
    span = values[:, filled]
    figure.update_layout(title={"text": title, "font": {"size": 14}, "x": 0, "y": 0.99})
    quiet(figure, height)
    figure.update_layout(legend={"x": 1, "xanchor": "right"})
    figure.update_xaxes(ticksuffix=f" {unit}" if unit else "", range=[span.min(), span.max()] if span.size else None)
    return figure


def side_by_side(
    centres: np.ndarray, reference: np.ndarray, ours: np.ndarray, *, title: str, height: int = 230
) -> go.Figure:
    """One prepared channel in reference and default mode, on the range -1 … 1 that both are meant to fill.

    Heights are square roots of the shares, so that rare values show.
    """
    figure = go.Figure()
    for name, shares, colour in (("reference", reference, REFERENCE_COLOUR), ("Mariel", ours, ACCENT)):
        _add_histogram(figure, centres, shares, name=name, colour=colour)
    quiet(figure, height)
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0, "y": 0.99}, legend={"x": 1, "xanchor": "right"}
    )
    figure.update_xaxes(range=[-1.05, 1.05], tickvals=[-1, 0, 1])
    return figure


def seam_speeds(
    names: Sequence[str],
    frames: Sequence[np.ndarray],
    joined: Sequence[np.ndarray],
    apart: Sequence[np.ndarray],
    *,
    height: int = 260,
) -> go.Figure:
    """Fastest marker around each seam, differences taken after and before joining takes, one panel a seam.

    Args:
        names: one title a seam.
        frames: frames around each seam, 0 at the seam.
        joined: speeds as the reference sees them, m/s.
        apart: speeds within each take, m/s.
    """
    figure = make_subplots(1, len(names), shared_yaxes=True, subplot_titles=list(names), horizontal_spacing=0.02)
    for column, (where, false, true) in enumerate(zip(frames, joined, apart, strict=True), start=1):
        for name, speeds, colour, width in (
            ("reference", false, REFERENCE_COLOUR, 2.4),
            ("Mariel", true, ACCENT, 1.6),
        ):
            figure.add_scatter(
                x=where,
                y=speeds,
                name=name,
                legendgroup=name,
                showlegend=column == 1,
                mode="lines",
                line={"color": colour, "width": width},
                hovertemplate=f"{name}<br>frame %{{x}}: %{{y:.1f}} m/s<extra></extra>",
                row=1,
                col=column,
            )
    quiet(figure, height)
    figure.update_annotations(font_size=10.5)
    figure.update_layout(legend={"y": -0.12, "yanchor": "top"}, margin={"b": 40, "t": 44})
    figure.update_yaxes(showticklabels=True, ticksuffix=" m/s", col=1)
    return figure


def node_features(channels: np.ndarray, fps: float, label: str, *, height: int = 260) -> go.Figure:
    """What one node of the graph knows: its six channels over a phrase.

    Args:
        channels: (frames, 6), prepared.
        fps: frames a second.
        label: the marker.
    """
    figure = make_subplots(1, 2, subplot_titles=[f"{label}, position", f"{label}, velocity"], horizontal_spacing=0.08)
    seconds = np.arange(len(channels)) / fps
    for channel in range(6):
        axis = "xyz"[channel % 3]
        figure.add_scatter(
            x=seconds,
            y=channels[:, channel],
            name=axis,
            legendgroup=axis,
            showlegend=channel < 3,
            mode="lines",
            line={"color": AXIS_COLOURS[axis], "width": 1.8},
            row=1,
            col=1 + channel // 3,
            hovertemplate=f"{axis} %{{y:.3f}} at %{{x:.2f}} s<extra></extra>",
        )
    quiet(figure, height)
    figure.update_annotations(font_size=13)
    figure.update_xaxes(ticksuffix=" s")
    figure.update_yaxes(showticklabels=True)
    figure.update_layout(legend={"y": -0.12, "yanchor": "top"}, margin={"b": 40})
    return figure


def adjacency(bones: np.ndarray, labels: Sequence[str], *, height: int = 420) -> go.Figure:
    """Which of all ordered pairs of markers are bones, as a matrix: row to column.

    Args:
        bones: (markers, markers) of 0 and 1, row the edge's first marker.
        labels: the markers.
    """
    figure = go.Figure(
        go.Heatmap(
            z=bones,
            x=list(labels),
            y=list(labels),
            xgap=1,
            ygap=1,
            showscale=False,
            colorscale=[[0, "rgba(128,128,140,0.14)"], [1, ACCENT]],
            hovertemplate="%{y} → %{x}: %{z}<extra></extra>",
        )
    )
    quiet(figure, height)
    figure.update_layout(margin={"t": 8})
    figure.update_yaxes(autorange="reversed", scaleanchor="x", showticklabels=len(labels) <= 20, constrain="domain")
    figure.update_xaxes(showticklabels=len(labels) <= 20, constrain="domain")
    return figure


def error_marks(
    models: Sequence[tuple[str, float]], *, prior: float, nearest: float | None = None, height: int = 118
) -> go.Figure:
    """Errors of one phrase's reconstructions on a scale from a copy to a dance drawn at random.

    Args:
        models: name and error of each model, centimetres.
        prior: error of dances that know nothing of the phrase.
        nearest: error of the nearest phrase a model has learned from, None where that is not known.
        height: in pixels.
    """
    marks = [("a copy", 0.0), ("drawn at random", prior)]
    if nearest is not None:
        marks.insert(1, ("the nearest it learned from", nearest))
    figure = go.Figure()
    most = max(error for _, error in [*marks, *models])
    line = {"color": REFERENCE_COLOUR, "width": 2}
    figure.add_scatter(x=[0, most], y=[0, 0], mode="lines", line=line, hoverinfo="skip")
    for (name, error), colour, side in [
        *((mark, REFERENCE_COLOUR, "bottom") for mark in marks),
        *((model, colour, "top") for model, colour in zip(models, (ACCENT, CALM, "#3fa37c"), strict=False)),
    ]:
        figure.add_scatter(
            x=[error],
            y=[0],
            mode="markers+text",
            text=[f"{name}<br>{error:.1f} cm" if error else name],
            textposition=f"{side} {_towards_the_middle(error / most)}",
            textfont={"size": 11, "color": colour},
            cliponaxis=False,
            marker={"size": 11 if side == "top" else 7, "color": colour},
            hovertemplate=f"{name}: {error:.2f} cm<extra></extra>",
        )
    quiet(figure, height)
    figure.update_layout(showlegend=False, margin={"l": 12, "r": 12, "t": 4, "b": 4})
    figure.update_xaxes(range=[-0.02 * most, 1.02 * most], showticklabels=False, fixedrange=True)
    figure.update_yaxes(range=[-1, 1], fixedrange=True)
    return figure


def _towards_the_middle(share: float) -> str:
    """Where a text stands beside a point at a share of the width, so that the frame does not cut it."""
    return "right" if share < 0.15 else "left" if share > 0.85 else "center"
