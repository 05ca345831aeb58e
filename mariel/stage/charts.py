"""Charts of preprocessing, graphs and reconstruction errors, as plotly figures of arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from mariel.stage.palette import ACCENT, CHART_COLOURS, SECONDARY

AXIS_COLOURS = CHART_COLOURS["axes"]
AXIS_DASHES = {"x": "solid", "y": "dash", "z": "dot"}
"""Lines of x, y and z, which colour alone does not tell everybody apart."""

REFERENCE_COLOUR = CHART_COLOURS["reference"]
REFERENCE_DASH = "dash"
"""Colour and line of values from the reference loader or the notebook, beside this project's own."""


def apply_chart_style(figure: go.Figure, height: int) -> go.Figure:
    """Apply the style that all charts share: no frame, no grid, transparent background."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        bargap=0,
    )
    figure.update_xaxes(showgrid=False, zeroline=False, automargin=True)
    figure.update_yaxes(showgrid=False, zeroline=False, showticklabels=False)
    return figure


def _add_histogram(
    figure: go.Figure,
    bins: np.ndarray,
    shares: np.ndarray,
    *,
    name: str,
    line: dict[str, Any],
    unit: str = "",
    fill: str = "none",
) -> None:
    """Draw a histogram: `bins` are centres (bins,), heights are square roots of `shares` (bins,)."""
    figure.add_scatter(
        x=bins,
        y=np.sqrt(shares),
        customdata=shares,
        name=name,
        mode="lines",
        line={"width": 1.7, "shape": "hvh", **line},
        fill=fill,
        hovertemplate=f"{name} %{{x:.2f}} {unit}: %{{customdata:.2%}}<extra></extra>",
    )


def channel_histogram_chart(
    values: np.ndarray, shares: np.ndarray, names: Sequence[str], *, title: str, unit: str, height: int = 210
) -> go.Figure:
    """Histograms of several channels on one axis; heights are square roots, so that rare values are visible.

    Args:
        values: centres of the bins, (bins,) or (channels, bins).
        shares: share of values in each bin (channels, bins).
        names: of the channels, also written beside the lines; those that end in x, y or z have the axis' colour and
            dashes.
        title: of the chart.
        unit: of `values`.
        height: in pixels.
    """
    figure = go.Figure()
    values = np.broadcast_to(values, shares.shape)
    for name, bins, share in zip(names, values, shares, strict=True):
        colour, dash = AXIS_COLOURS.get(name[-1], SECONDARY), AXIS_DASHES.get(name[-1], "solid")
        _add_histogram(figure, bins, share, name=name, line={"color": colour, "dash": dash}, unit=unit)
    _name_histograms(figure, values, shares, names)
    filled = shares.max(axis=0) > 1e-5
    shown = values[:, filled]
    figure.update_layout(title={"text": title, "font": {"size": 14}, "x": 0, "y": 0.99})
    apply_chart_style(figure, height)
    figure.update_layout(legend={"x": 1, "xanchor": "right"})
    figure.update_xaxes(
        ticksuffix=f" {unit}" if unit else "", range=[shown.min(), shown.max()] if shown.size else None
    )
    return figure


def _name_histograms(figure: go.Figure, values: np.ndarray, shares: np.ndarray, names: Sequence[str]) -> None:
    """Write the name of each channel (channels, bins) on its line, where it is highest above all others."""
    heights = np.sqrt(shares)
    for channel, name in enumerate(names):
        others = np.delete(heights, channel, axis=0).max(axis=0, initial=0.0)
        at = int(np.argmax(heights[channel] - others))
        figure.add_annotation(
            x=values[channel, at],
            y=heights[channel, at],
            text=f"<b>{name}</b>",
            showarrow=False,
            yanchor="bottom",
            font={"size": 13, "color": AXIS_COLOURS.get(name[-1], SECONDARY)},
        )


def compare_histograms(
    centres: np.ndarray, reference: np.ndarray, ours: np.ndarray, *, title: str, height: int = 230
) -> go.Figure:
    """Histograms of one prepared channel in reference and default mode, on the target range -1 … 1 of both.

    Heights are square roots of shares, so that rare values are visible.

    Args:
        centres: of the bins (bins,).
        reference: share of values in each bin in reference mode (bins,).
        ours: the same in default mode (bins,).
        title: of the chart.
        height: in pixels.
    """
    figure = go.Figure()
    # The reference as an area, the other as a line: colour alone does not tell them apart for everybody.
    _add_histogram(figure, centres, reference, name="reference", line={"color": REFERENCE_COLOUR}, fill="tozeroy")
    _add_histogram(figure, centres, ours, name="Mariel", line={"color": ACCENT, "width": 2})
    apply_chart_style(figure, height)
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0, "y": 0.99}, legend={"x": 1, "xanchor": "right"}
    )
    figure.update_xaxes(range=[-1.05, 1.05], tickvals=[-1, 0, 1])
    return figure


def take_boundary_speeds(
    names: Sequence[str],
    frames: Sequence[np.ndarray],
    across_takes: Sequence[np.ndarray],
    within_takes: Sequence[np.ndarray],
    *,
    height: int = 260,
) -> go.Figure:
    """Speed of the fastest marker around each boundary between takes, one panel per boundary.

    Args:
        names: title of each panel.
        frames: frames around each boundary (frames,), 0 being the next take's first.
        across_takes: speeds computed across takes, as the reference does (frames,), m/s.
        within_takes: speeds computed within each take (frames,), m/s.
        height: in pixels.
    """
    figure = make_subplots(1, len(names), shared_yaxes=True, subplot_titles=list(names), horizontal_spacing=0.02)
    for column, (numbers, reference, ours) in enumerate(
        zip(frames, across_takes, within_takes, strict=True), start=1
    ):
        for name, speeds, line in (
            ("reference", reference, {"color": REFERENCE_COLOUR, "width": 2.4, "dash": REFERENCE_DASH}),
            ("Mariel", ours, {"color": ACCENT, "width": 1.6}),
        ):
            figure.add_scatter(
                x=numbers,
                y=speeds,
                name=name,
                legendgroup=name,
                showlegend=column == 1,
                mode="lines",
                line=line,
                hovertemplate=f"{name}<br>frame %{{x}}: %{{y:.1f}} m/s<extra></extra>",
                row=1,
                col=column,
            )
    apply_chart_style(figure, height)
    figure.update_annotations(font_size=10.5)
    figure.update_layout(legend={"y": -0.12, "yanchor": "top"}, margin={"b": 40, "t": 44})
    figure.update_yaxes(showticklabels=True, ticksuffix=" m/s", col=1)
    return figure


def node_features(channels: np.ndarray, fps: float, label: str, *, height: int = 260) -> go.Figure:
    """The features of one node of the graph: its marker's six channels over a phrase.

    Args:
        channels: (frames, 6), prepared positions and velocities.
        fps: frames per second.
        label: the marker.
        height: in pixels.
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
            line={"color": AXIS_COLOURS[axis], "dash": AXIS_DASHES[axis], "width": 1.8},
            row=1,
            col=1 + channel // 3,
            hovertemplate=f"{axis} %{{y:.3f}} at %{{x:.2f}} s<extra></extra>",
        )
    apply_chart_style(figure, height)
    figure.update_annotations(font_size=13)
    figure.update_xaxes(ticksuffix=" s")
    figure.update_yaxes(showticklabels=True)
    figure.update_layout(legend={"y": -0.12, "yanchor": "top"}, margin={"b": 40})
    return figure


def adjacency_matrix(bones: np.ndarray, labels: Sequence[str], *, height: int = 420) -> go.Figure:
    """The adjacency matrix of a graph, edges from row to column.

    Args:
        bones: (markers, markers) of 0 and 1, 1 where the edge is a bone.
        labels: of the markers.
        height: in pixels.
    """
    figure = go.Figure(
        go.Heatmap(
            z=bones,
            x=list(labels),
            y=list(labels),
            xgap=1,
            ygap=1,
            showscale=False,
            colorscale=[[0, CHART_COLOURS["empty"]], [1, ACCENT]],
            hovertemplate="%{y} → %{x}: %{z}<extra></extra>",
        )
    )
    apply_chart_style(figure, height)
    figure.update_layout(margin={"t": 8})
    figure.update_yaxes(autorange="reversed", scaleanchor="x", showticklabels=len(labels) <= 20, constrain="domain")
    figure.update_xaxes(showticklabels=len(labels) <= 20, constrain="domain")
    return figure


NEAR_A_COPY = 0.25
"""Share of the error scale within which the nearest training phrase leaves a phone no room for the label at 0."""


def error_scale(
    models: Sequence[tuple[str, float]], *, prior: float, nearest: float | None = None, height: int = 118
) -> go.Figure:
    """Errors of one phrase's reconstructions on a scale, between baselines from a copy to a random sample.

    Args:
        models: name and error of each model, centimetres.
        prior: error of samples from the prior, centimetres.
        nearest: error of the nearest training phrase, centimetres; None if unknown.
        height: in pixels.
    """
    most = max([prior, nearest or 0, *(error for _, error in models)])
    is_crowded = nearest is not None and nearest < NEAR_A_COPY * most
    baselines = [("a copy", 0.0, "" if is_crowded else "a copy"), ("a random sample", prior, "a random sample")]
    if nearest is not None:
        baselines.append(("the nearest training phrase", nearest, "the nearest<br>training phrase"))
    figure = go.Figure()
    line = {"color": REFERENCE_COLOUR, "width": 2}
    figure.add_scatter(x=[0, most], y=[0, 0], mode="lines", line=line, hoverinfo="skip")
    for (name, error, label), colour, side in [
        *((baseline, REFERENCE_COLOUR, "bottom") for baseline in baselines),
        *(
            ((*model, model[0]), colour, "top")
            for model, colour in zip(models, CHART_COLOURS["runs"][:3], strict=False)
        ),
    ]:
        figure.add_scatter(
            x=[error],
            y=[0],
            mode="markers+text",
            text=[f"{label}<br>{error:.1f} cm" if error else label],
            textposition=f"{side} {_text_side(error / most)}",
            textfont={"size": 11, "color": colour},
            cliponaxis=False,
            marker={"size": 11 if side == "top" else 7, "color": colour},
            hovertemplate=f"{name}: {error:.2f} cm<extra></extra>",
        )
    apply_chart_style(figure, height)
    figure.update_layout(showlegend=False, margin={"l": 12, "r": 12, "t": 4, "b": 4})
    figure.update_xaxes(range=[-0.02 * most, 1.02 * most], showticklabels=False, fixedrange=True)
    figure.update_yaxes(range=[-1, 1], fixedrange=True)
    return figure


def _text_side(share: float) -> str:
    """Side of a point, at a share of the width, on which a label fits into the chart."""
    return "right" if share < 0.15 else "left" if share > 0.85 else "center"
