"""The timeline of a take as a plotly figure, from which a phrase is picked."""

import numpy as np
import plotly.graph_objects as go

from mariel.stage.palette import ACCENT, CHART_COLOURS, SECONDARY

HEIGHT = 100
"""Pixels."""

MAX_POINTS = 900
"""Points drawn for a whole take: one for every pixel or two on a wide screen, and little data to send."""


def downsample(values: np.ndarray, max_points: int = MAX_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Frames and values of at most `max_points` samples, the maximum of each interval, so that peaks are kept.

    Args:
        values: one per frame, (frames,).
        max_points: how many to keep at most.

    Returns:
        (frame numbers, values).
    """
    interval = int(np.ceil(len(values) / max_points))
    if interval <= 1:
        return np.arange(len(values)), values
    count = len(values) // interval
    intervals = values[: count * interval].reshape(count, interval)
    frames = np.arange(count) * interval + intervals.argmax(axis=1)
    return frames, values[frames]


def timeline(
    values: np.ndarray,
    fps: float,
    phrase: tuple[int, int],
    *,
    label: str,
    unit: str,
    missing: np.ndarray | None = None,
) -> go.Figure:
    """One quantity of a take over time, with the selected phrase as a band; a click on the line selects a frame.

    Args:
        values: one per frame, (frames,).
        fps: frames per second.
        phrase: first frame of the selected phrase, and the frame after its last one.
        label: name of the quantity, e.g. "speed".
        unit: of the values, shown on hover.
        missing: share of missing markers per frame (frames,); frames with any are marked below the line.
    """
    frames, shown = downsample(np.asarray(values, np.float32))
    figure = go.Figure(
        go.Scatter(
            x=frames / fps,
            y=shown,
            customdata=frames,
            mode="lines+markers",
            line={"color": SECONDARY, "width": 1.4},
            marker={"size": 7, "color": "rgba(0,0,0,0)"},
            fill="tozeroy",
            fillcolor=CHART_COLOURS["fill"],
            hovertemplate=f"%{{x:.1f}} s · frame %{{customdata:,}}<br>{label} %{{y:.2f}} {unit}<extra></extra>",
        )
    )
    top = float(shown.max()) * 1.12 or 1.0
    figure.add_vrect(
        x0=phrase[0] / fps, x1=phrase[1] / fps, fillcolor=ACCENT, opacity=0.28, line_width=0, layer="below"
    )
    if missing is not None and missing.any():
        gaps = np.flatnonzero(missing > 0)
        figure.add_scatter(
            x=gaps / fps,
            y=np.zeros(len(gaps)),
            mode="markers",
            marker={"symbol": "line-ns-open", "color": ACCENT},
            name="missing markers",
            hovertemplate="markers missing<extra></extra>",
        )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 4, "b": 22},
        showlegend=False,
        hovermode="x",
        dragmode=False,
        xaxis={"ticksuffix": " s", "showgrid": False, "fixedrange": True, "range": [0, len(values) / fps]},
        yaxis={"visible": False, "range": [0, top], "fixedrange": True},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure
