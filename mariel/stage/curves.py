"""Learning curves as plotly figures: a loss or an error over epochs or minutes, of one run or several."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from mariel.stage.charts import REFERENCE_COLOUR
from mariel.stage.palette import ACCENT, CHART_COLOURS, SECONDARY

RUN_COLOURS = tuple(CHART_COLOURS["runs"])
"""Colours of runs that are compared; they repeat after the eighth."""

MAX_POINTS = 600
"""Points per line: about one per pixel."""

MAX_DOTS = 25
"""A line with at most this many points has a dot at each, so that the first epochs are visible."""

MAX_EPOCH_TICKS = 8
"""Up to this many epochs, each has a tick."""

XAxis = Literal["epochs", "minutes"]
Split = Literal["train", "validation"]
SPLIT_NAMES = {"train": "training", "validation": "validation"}


@dataclass(frozen=True)
class CurveMetric:
    """A metric that is plotted over training.

    Args:
        name: key of a run's values.
        title: of the figure.
        unit: short, shown after values.
        digits: format of a value, in d3-format's syntax.
        lower_is_better: then the best epoch's value is written beside it.
    """

    name: str
    title: str
    unit: str = ""
    digits: str = ",.1f"
    lower_is_better: bool = True


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """One run's metrics over its epochs.

    Args:
        name: of the run.
        epochs: finished epochs at each point (points,), rising.
        minutes: training time at each point (points,).
        train: values by the metric's name, each (points,).
        validation: the same, NaN at epochs without validation.
        best_epoch: the epoch with the best validation; None before the first one.
    """

    name: str
    epochs: np.ndarray
    minutes: np.ndarray
    train: Mapping[str, np.ndarray] = field(default_factory=dict)
    validation: Mapping[str, np.ndarray] = field(default_factory=dict)
    best_epoch: int | None = None

    def line(self, split: Split, metric: str, x_axis: XAxis) -> "Line":
        """The finite values of one metric in one split."""
        values = np.asarray(getattr(self, split).get(metric, np.full(len(self.epochs), np.nan)), float)
        finite = np.isfinite(values)
        x = self.epochs if x_axis == "epochs" else self.minutes
        return Line(np.asarray(self.epochs)[finite], np.asarray(x, float)[finite], values[finite])


@dataclass(frozen=True, eq=False)
class Line:
    """Points of one line: epochs, x coordinates and values; each (points,)."""

    epochs: np.ndarray
    x: np.ndarray
    values: np.ndarray

    def smoothed(self, radius: int) -> "Line":
        """A moving average over up to `radius` epochs before and after each point; 0 changes nothing.

        The window is symmetric, and narrower near the ends: a falling curve is not shifted, and the first and the
        last value do not change.
        """
        if radius <= 0 or len(self.values) < 3:
            return self
        sums = np.concatenate([[0.0], np.cumsum(self.values)])
        radii = np.minimum(radius, np.minimum(self.epochs - self.epochs[0], self.epochs[-1] - self.epochs))
        starts = np.searchsorted(self.epochs, self.epochs - radii, "left")
        stops = np.searchsorted(self.epochs, self.epochs + radii, "right")
        return Line(self.epochs, self.x, (sums[stops] - sums[starts]) / (stops - starts))

    def downsampled(self, max_points: int = MAX_POINTS) -> "Line":
        """At most about this many points, evenly spaced, with the first and the last one."""
        if len(self.values) <= max_points:
            return self
        kept = np.unique(np.linspace(0, len(self.values) - 1, max_points).round().astype(int))
        return Line(self.epochs[kept], self.x[kept], self.values[kept])


def learning_curves(
    runs: Sequence[LearningCurve],
    metric: CurveMetric,
    *,
    x_axis: XAxis = "epochs",
    log: bool = False,
    smoothing: int = 0,
    notebook: LearningCurve | None = None,
    height: int = 310,
) -> go.Figure:
    """Training and validation curves of one metric, with the best epoch marked.

    A single run has one colour for training and one for validation. Several runs have one colour each. The solid
    line is validation, the dotted one training. The user's zoom is kept when data are added: `uirevision` changes
    only with the axes.

    Args:
        runs: to show.
        metric: to show.
        x_axis: epochs or minutes.
        log: whether the y axis is logarithmic.
        smoothing: epochs before and after each point to average over; unsmoothed values are drawn as a pale line.
        notebook: the notebook's curve, drawn behind; left out over minutes, for which it has no values.
        height: in pixels.
    """
    figure = go.Figure()
    options = _PlotOptions(metric, x_axis, smoothing, single_run=len(runs) == 1)
    if notebook is not None and x_axis == "epochs":
        _add_notebook_curve(figure, notebook, metric)
    for i, run in enumerate(runs):
        colour = RUN_COLOURS[i % len(RUN_COLOURS)]
        _add_split(figure, run, options, split="train", colour=SECONDARY if options.single_run else colour)
        _add_split(figure, run, options, split="validation", colour=ACCENT if options.single_run else colour)
        _add_best(figure, run, options, colour=ACCENT if options.single_run else colour)
    _apply_layout(figure, metric, x_axis, log=log, height=height)
    if not any(len(trace["x"]) for trace in _traces_of(figure) if trace["meta"] != "notebook"):
        figure.update_xaxes(visible=False)
        figure.update_yaxes(visible=False)
        figure.add_annotation(
            text="The curve starts<br>after the first epoch",
            showarrow=False,
            xref="paper",
            yref="paper",
            x=0.5,
            y=0.5,
            font={"size": 13},
            opacity=0.6,
        )
    return figure


@dataclass(frozen=True)
class _PlotOptions:
    """How runs are drawn; a single run has one colour per split."""

    metric: CurveMetric
    x_axis: XAxis
    smoothing: int
    single_run: bool


def _add_split(figure: go.Figure, run: LearningCurve, options: _PlotOptions, *, split: Split, colour: str) -> None:
    """Draw one split of a run; if smoothed, with the unsmoothed values as a pale line behind."""
    raw = run.line(split, options.metric.name, options.x_axis)
    line = raw.smoothed(options.smoothing)
    training = split == "train"
    split_name = SPLIT_NAMES[split]
    name, hover = (split_name, split_name) if options.single_run else (run.name, f"{run.name}, {split_name}")
    style = {"color": colour, "width": 1.8 if options.single_run or not training else 1.3}
    if training:
        style["dash"] = "dot"
    if line is not raw:
        pale = raw.downsampled()
        figure.add_scatter(
            x=pale.x,
            y=pale.values,
            mode="lines",
            line=style | {"width": 1},
            opacity=0.28,
            showlegend=False,
            hoverinfo="skip",
            legendgroup=name,
        )
    shown = line.downsampled()
    epoch = "" if options.x_axis == "epochs" else " · epoch %{customdata}"
    figure.add_scatter(
        x=shown.x,
        y=shown.values,
        customdata=shown.epochs,
        name=name,
        legendgroup=name,
        showlegend=options.single_run or not training,
        mode="lines+markers" if len(shown.values) <= MAX_DOTS else "lines",
        line=style,
        marker={"size": 4 if training else 5, "color": colour},
        hovertemplate=f"{hover}: %{{y:{options.metric.digits}}} {options.metric.unit}{epoch}<extra></extra>",
    )


def _add_best(figure: go.Figure, run: LearningCurve, options: _PlotOptions, *, colour: str) -> None:
    """Draw a ring around the validation of the best epoch, whose weights are kept."""
    raw = run.line("validation", options.metric.name, options.x_axis)
    line = raw.smoothed(options.smoothing)
    index = np.flatnonzero(line.epochs == run.best_epoch) if run.best_epoch is not None else []
    if not len(index):
        return
    late = line.x[index][0] > 0.6 * line.x.max()
    figure.add_scatter(
        x=line.x[index],
        y=line.values[index],
        mode="markers+text" if options.single_run and options.metric.lower_is_better else "markers",
        text=[f"best {raw.values[index][0]:.3g}"],
        textposition="top left" if late else "top right",
        textfont={"size": 11, "color": colour},
        cliponaxis=False,
        marker={"size": 12, "symbol": "circle-open", "color": colour, "line": {"width": 2.2}},
        name=f"best, epoch {run.best_epoch}",
        hoverinfo="skip",
        showlegend=False,
        legendgroup=run.name,
    )


def _add_notebook_curve(figure: go.Figure, notebook: LearningCurve, metric: CurveMetric) -> None:
    """Draw the notebook's training and validation curve behind the runs."""
    styles: tuple[tuple[Split, str, float], ...] = (("train", "dot", 1.3), ("validation", "solid", 1.5))
    for split, dash, width in styles:
        line = notebook.line(split, metric.name, "epochs")
        if not len(line.values):
            continue
        figure.add_scatter(
            x=line.x,
            y=line.values,
            name=notebook.name,
            legendgroup="notebook",
            showlegend=split == "validation",
            mode="lines",
            line={"color": REFERENCE_COLOUR, "width": width, "dash": dash},
            hovertemplate=f"{notebook.name}, {SPLIT_NAMES[split]}: %{{y:{metric.digits}}}<extra></extra>",
            meta="notebook",
        )


def _traces_of(figure: go.Figure) -> list[Any]:
    """The figure's traces."""
    return list(figure.select_traces())


def _apply_layout(figure: go.Figure, metric: CurveMetric, x_axis: XAxis, *, log: bool, height: int) -> None:
    """Set title, axes and size; `uirevision` keeps the user's zoom until metric or axes change."""
    unit = f", {metric.unit}" if metric.unit else ""
    grid = {"showgrid": True, "gridcolor": CHART_COLOURS["grid"], "zeroline": False, "automargin": True}
    figure.update_layout(
        title={"text": f"<b>{metric.title}{unit}</b>", "font": {"size": 14}, "x": 0, "y": 0.985, "yanchor": "top"},
        height=height,
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0, "font": {"size": 11}},
        hovermode="x unified",
        uirevision=f"{metric.name} {x_axis} {log}",
    )
    figure.update_xaxes(
        title={"text": "epoch" if x_axis == "epochs" else "minutes of training", "standoff": 6}, **grid
    )
    if (
        x_axis == "epochs"
        and max((max(trace["x"], default=0) for trace in _traces_of(figure)), default=0) <= MAX_EPOCH_TICKS
    ):
        figure.update_xaxes(dtick=1)
    if log:
        values = [np.asarray(trace["y"], float) for trace in _traces_of(figure)]
        figure.update_yaxes(type="log", tickvals=_log_ticks(np.concatenate([[], *values])), **grid)
    else:
        figure.update_yaxes(rangemode="tozero", **grid)


def _log_ticks(values: np.ndarray) -> list[float] | None:
    """Round numbers for a logarithmic axis; plotly's own ticks are single digits such as 2 for 200."""
    values = values[values > 0]
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    steps = (1, 2, 5) if high > 10 * low else (1, 1.5, 2, 3, 5, 7)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [float(f"{step * 10.0**decade:.3g}") for decade in decades for step in steps]
