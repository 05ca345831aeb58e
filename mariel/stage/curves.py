"""How a model learns, as plain plotly figures: a loss or an error over epochs or minutes, of one run or several."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from mariel.stage.charts import REFERENCE_COLOUR
from mariel.stage.timeline import ACCENT, CALM

RUN_COLOURS = (ACCENT, CALM, "#3fa37c", "#c99a2e", "#b565c9", "#4bb3c4", "#d9608c", "#8a8f3c")
"""One colour a run where several are compared; they come round again after the eighth."""

MOST_POINTS = 600
"""Points sent for one line: about one a pixel."""

FEW_POINTS = 25
"""Up to so many points each is drawn as a dot, so that the first epochs show at all."""

FEW_EPOCHS = 8
"""Up to so many epochs each has its number along the axis."""

Against = Literal["epochs", "minutes"]
Side = Literal["train", "validation"]
SPOKEN = {"train": "training", "validation": "validation"}


@dataclass(frozen=True)
class Measure:
    """What a figure shows.

    Args:
        name: under which a run's values are kept.
        title: for people.
        unit: short, after values.
        digits: d3-format of a value.
        judged: whether lower is better, so that the best epoch's value is written beside it.
    """

    name: str
    title: str
    unit: str = ""
    digits: str = ",.1f"
    judged: bool = True


LOSS = Measure("loss", "Loss of a phrase", digits=",.4~g")
ERROR = Measure("error_cm", "Error of a marker", "cm", ".1f")
KL = Measure("kl", "KL divergence of a phrase", "nats", judged=False)


@dataclass(frozen=True, eq=False)
class Learning:
    """One run's values over its epochs.

    Args:
        name: of the run.
        epochs: epochs that are over at each point (points,), rising.
        minutes: training time at each point (points,).
        train: values by the measure's name, each (points,).
        validation: the same, NaN where validation phrases were not looked at.
        best: the epoch of the best validation, None before the first.
    """

    name: str
    epochs: np.ndarray
    minutes: np.ndarray
    train: Mapping[str, np.ndarray] = field(default_factory=dict)
    validation: Mapping[str, np.ndarray] = field(default_factory=dict)
    best: int | None = None

    def line(self, side: Side, measure: str, against: Against) -> "Line":
        """One side's values where there are any."""
        values = np.asarray(getattr(self, side).get(measure, np.full(len(self.epochs), np.nan)), float)
        known = np.isfinite(values)
        where = self.epochs if against == "epochs" else self.minutes
        return Line(np.asarray(self.epochs)[known], np.asarray(where, float)[known], values[known])


@dataclass(frozen=True, eq=False)
class Line:
    """Points of one line: epochs, where they stand along the axis, values; each (points,)."""

    epochs: np.ndarray
    where: np.ndarray
    values: np.ndarray

    def smoothed(self, reach: int) -> "Line":
        """Every value the mean of those up to `reach` epochs before and after it; 0 leaves them as they are.

        As many epochs are taken on either side, fewer near the ends: a falling curve is not held up by its past,
        and the first and last values stay what they are.
        """
        if reach <= 0 or len(self.values) < 3:
            return self
        sums = np.concatenate([[0.0], np.cumsum(self.values)])
        reach_of_each = np.minimum(reach, np.minimum(self.epochs - self.epochs[0], self.epochs[-1] - self.epochs))
        first = np.searchsorted(self.epochs, self.epochs - reach_of_each, "left")
        after = np.searchsorted(self.epochs, self.epochs + reach_of_each, "right")
        return Line(self.epochs, self.where, (sums[after] - sums[first]) / (after - first))

    def thinned(self, most: int = MOST_POINTS) -> "Line":
        """At most about so many points, evenly taken, the last among them."""
        if len(self.values) <= most:
            return self
        kept = np.unique(np.linspace(0, len(self.values) - 1, most).round().astype(int))
        return Line(self.epochs[kept], self.where[kept], self.values[kept])


def learning_curves(
    runs: Sequence[Learning],
    measure: Measure = LOSS,
    *,
    against: Against = "epochs",
    log: bool = False,
    smooth: int = 0,
    published: Learning | None = None,
    height: int = 310,
) -> go.Figure:
    """Training and validation of one measure on one axis, the best epoch marked.

    One run has a colour for training and one for validation. Several have a colour each: solid is validation, dotted
    is training. A zoom outlives an update of the data: `uirevision` changes only with the axes.

    Args:
        runs: who learned.
        measure: what to show.
        against: what runs along the bottom.
        log: a logarithmic scale.
        smooth: means over that many epochs before and after each; the bare values stay behind as a pale line.
        published: the published notebook's curve, drawn behind; left out where it has nothing on this axis.
        height: in pixels.
    """
    figure = go.Figure()
    view = _View(measure, against, smooth, alone=len(runs) == 1)
    if published is not None and against == "epochs":
        _add_published(figure, published, measure)
    for i, run in enumerate(runs):
        own = RUN_COLOURS[i % len(RUN_COLOURS)]
        _add_side(figure, run, view, side="train", colour=CALM if view.alone else own)
        _add_side(figure, run, view, side="validation", colour=ACCENT if view.alone else own)
        _add_best(figure, run, view, colour=ACCENT if view.alone else own)
    _lay_out(figure, measure, against, log=log, height=height)
    if not any(len(trace.x) for trace in figure.data if trace.meta != "published"):
        figure.update_xaxes(visible=False)
        figure.update_yaxes(visible=False)
        figure.add_annotation(
            text="The curve begins<br>when the first epoch is over",
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
class _View:
    """How runs are drawn; `alone` is one run with a colour a side."""

    measure: Measure
    against: Against
    smooth: int
    alone: bool


def _add_side(figure: go.Figure, run: Learning, view: _View, *, side: Side, colour: str) -> None:
    """A side of a run; smoothed with its bare values pale behind."""
    bare = run.line(side, view.measure.name, view.against)
    line = bare.smoothed(view.smooth)
    training = side == "train"
    spoken = SPOKEN[side]
    name, whose = (spoken, spoken) if view.alone else (run.name, f"{run.name}, {spoken}")
    style = {"color": colour, "width": 1.8 if view.alone or not training else 1.3}
    if training and not view.alone:
        style["dash"] = "dot"
    if line is not bare:
        pale = bare.thinned()
        figure.add_scatter(
            x=pale.where,
            y=pale.values,
            mode="lines",
            line=style | {"width": 1},
            opacity=0.28,
            showlegend=False,
            hoverinfo="skip",
            legendgroup=name,
        )
    shown = line.thinned()
    epoch = "" if view.against == "epochs" else " · epoch %{customdata}"
    figure.add_scatter(
        x=shown.where,
        y=shown.values,
        customdata=shown.epochs,
        name=name,
        legendgroup=name,
        showlegend=view.alone or not training,
        mode="lines+markers" if len(shown.values) <= FEW_POINTS else "lines",
        line=style,
        marker={"size": 4 if training else 5, "color": colour},
        hovertemplate=f"{whose}: %{{y:{view.measure.digits}}} {view.measure.unit}{epoch}<extra></extra>",
    )


def _add_best(figure: go.Figure, run: Learning, view: _View, *, colour: str) -> None:
    """A ring around the validation that the kept weights come from."""
    bare = run.line("validation", view.measure.name, view.against)
    line = bare.smoothed(view.smooth)
    at = np.flatnonzero(line.epochs == run.best) if run.best is not None else []
    if not len(at):
        return
    late = line.where[at][0] > 0.6 * line.where.max()
    figure.add_scatter(
        x=line.where[at],
        y=line.values[at],
        mode="markers+text" if view.alone and view.measure.judged else "markers",
        text=[f"best {bare.values[at][0]:.3g}"],
        textposition="top left" if late else "top right",
        textfont={"size": 11, "color": colour},
        cliponaxis=False,
        marker={"size": 12, "symbol": "circle-open", "color": colour, "line": {"width": 2.2}},
        name=f"best, epoch {run.best}",
        hoverinfo="skip",
        showlegend=False,
        legendgroup=run.name,
    )


def _add_published(figure: go.Figure, published: Learning, measure: Measure) -> None:
    for side, dash, width in (("train", "dot", 1.3), ("validation", "solid", 1.5)):
        line = published.line(side, measure.name, "epochs")
        if not len(line.values):
            continue
        figure.add_scatter(
            x=line.where,
            y=line.values,
            name=published.name,
            legendgroup="published",
            showlegend=side == "validation",
            mode="lines",
            line={"color": REFERENCE_COLOUR, "width": width, "dash": dash},
            hovertemplate=f"{published.name}, {SPOKEN[side]}: %{{y:{measure.digits}}}<extra></extra>",
            meta="published",
        )


def _lay_out(figure: go.Figure, measure: Measure, against: Against, *, log: bool, height: int) -> None:
    unit = f", {measure.unit}" if measure.unit else ""
    grid = {"showgrid": True, "gridcolor": "rgba(128,128,140,0.16)", "zeroline": False, "automargin": True}
    figure.update_layout(
        title={"text": f"<b>{measure.title}{unit}</b>", "font": {"size": 14}, "x": 0, "y": 0.985, "yanchor": "top"},
        height=height,
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0, "font": {"size": 11}},
        hovermode="x unified",
        uirevision=f"{measure.name} {against} {log}",
    )
    figure.update_xaxes(
        title={"text": "epoch" if against == "epochs" else "minutes of training", "standoff": 6}, **grid
    )
    if against == "epochs" and max((max(trace.x, default=0) for trace in figure.data), default=0) <= FEW_EPOCHS:
        figure.update_xaxes(dtick=1)
    if log:
        values = [np.asarray(trace.y, float) for trace in figure.data]
        figure.update_yaxes(type="log", tickvals=_log_ticks(np.concatenate([[], *values])), **grid)
    else:
        figure.update_yaxes(rangemode="tozero", **grid)


def _log_ticks(values: np.ndarray) -> list[float] | None:
    """Round numbers for a logarithmic axis; plotly's own would be single digits such as 2 for 200."""
    values = values[values > 0]
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    steps = (1, 2, 5) if high > 10 * low else (1, 1.5, 2, 3, 5, 7)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [float(f"{step * 10.0**decade:.3g}") for decade in decades for step in steps]
