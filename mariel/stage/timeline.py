"""A take at a glance as a Plotly strip, from which a phrase is picked."""

import numpy as np
import plotly.graph_objects as go

POINTS = 900
"""Points drawn for a whole take: one a pixel or two on a wide screen, and little to send."""

ACCENT = "#e0654f"
CALM = "#5b8def"


def thin_out(values: np.ndarray, points: int = POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Frames and values of at most `points` samples that keep every peak: the maximum of each stretch.

    Args:
        values: one a frame, (frames,).
        points: how many to keep at most.

    Returns:
        (frame numbers, values).
    """
    stretch = int(np.ceil(len(values) / points))
    if stretch <= 1:
        return np.arange(len(values)), values
    whole = len(values) // stretch
    blocks = values[: whole * stretch].reshape(whole, stretch)
    frames = np.arange(whole) * stretch + blocks.argmax(axis=1)
    return frames, values[frames]


def timeline(
    values: np.ndarray,
    fps: float,
    phrase: tuple[int, int],
    *,
    label: str,
    unit: str,
    marks: list[tuple[int, str]] | None = None,
    missing: np.ndarray | None = None,
) -> go.Figure:
    """One value of a take over time with the chosen phrase as a band; a click on the line picks a frame.

    Args:
        values: one a frame, (frames,).
        fps: frames a second.
        phrase: first frame and the one after the last of the chosen phrase.
        label: what the values are, e.g. "speed".
        unit: their unit, shown on hover.
        marks: (first frame, name) of parts of the take, written above the line.
        missing: share of markers missing a frame (frames,); frames with any are underlined.
    """
    frames, shown = thin_out(np.asarray(values, np.float32))
    figure = go.Figure(
        go.Scatter(
            x=frames / fps,
            y=shown,
            customdata=frames,
            mode="lines+markers",
            line={"color": CALM, "width": 1.4},
            marker={"size": 7, "color": "rgba(0,0,0,0)"},
            fill="tozeroy",
            fillcolor="rgba(91,141,239,0.16)",
            hovertemplate=f"%{{x:.1f}} s · frame %{{customdata:,}}<br>{label} %{{y:.2f}} {unit}<extra></extra>",
        )
    )
    # A selected point would fade the others; here every point keeps its look.
    figure.update_traces(selected={"marker": {"color": ACCENT}}, unselected={"marker": {"opacity": 1}})
    top = float(shown.max()) * 1.12 or 1.0
    figure.add_vrect(
        x0=phrase[0] / fps, x1=phrase[1] / fps, fillcolor=ACCENT, opacity=0.28, line_width=0, layer="below"
    )
    for start, name in marks or ():
        figure.add_annotation(
            x=start / fps,
            y=1,
            yref="paper",
            text=name,
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            font={"size": 10},
            opacity=0.75,
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
        height=130,
        margin={"l": 8, "r": 8, "t": 18 if marks else 4, "b": 22},
        showlegend=False,
        hovermode="x",  # wherever one clicks, the frame above or below counts
        clickmode="event+select",
        dragmode=False,
        xaxis={"ticksuffix": " s", "showgrid": False, "fixedrange": True, "range": [0, len(values) / fps]},
        yaxis={"visible": False, "range": [0, top], "fixedrange": True},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure
