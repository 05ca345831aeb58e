"""The registry of metrics: each is defined once and shown alike by pages, the command `evaluate` and a model's card.

A metric is a function of phrases, registered with its label, unit and what is good. The model's value and that of
real motion beside it come from the same function:

    @register_metric("height", of=SAMPLES, label="Height", unit="m", good=AS_REAL, help="Height of the top marker.")
    def _height(phrases: np.ndarray, context: EvaluationContext) -> float: ...

All metrics are defined in `mariel.evaluation.definitions`. This module does not import torch.
"""

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import numpy as np

from mariel.errors import MarielError, PhraseError
from mariel.evaluation.metrics import NearestNeighbours
from mariel.motion.marker_set import MarkerSet
from mariel.registry import Registry

Group = Literal["training", "reconstructions", "samples"]
TRAINING, RECONSTRUCTIONS, SAMPLES = "training", "reconstructions", "samples"
GROUP_LABELS: dict[Group, str] = {TRAINING: "Training", RECONSTRUCTIONS: "Reconstructions", SAMPLES: "New dances"}
"""What is measured, and its heading: a training, reconstructions of recorded phrases, or samples from the prior."""

LOWER, AS_REAL, AT_MOST_REAL, NEAR_ONE = "lower is better", "as real motion", "at most as real motion", "near 1"
"""What is good, for people."""

Interval = tuple[float, float]
"""Lowest and highest value of a confidence interval of 95 %."""

Value = TypeVar("Value")

TOO_FEW = "too few phrases"
"""Note of a figure whose metric needs more phrases."""

MAX_WITH_DIGITS = 10_000
"""A value from which on digits behind the point tell nothing."""


@dataclass(eq=False)
class EvaluationContext:
    """What a model's phrases are compared with; what is expensive is computed when it is first needed, and kept.

    Phrases are (phrases, frames, markers, 3), metres; training and held-out phrases in the model's canonical frame.

    Args:
        marker_set: the markers.
        fps: frames per second.
        originals: the recorded phrases of reconstructions, in their order.
        training: training phrases; None if the recordings are missing.
        training_takes: name of the take of each recorded training phrase, (recorded phrases,); their mirror images,
            which follow them in `training`, have none. None if it is not known.
        held_out: phrases that the model has not learned from.
        real_count: about how many training phrases samples are compared with, evenly spaced; None for all.
        known_real: values of real motion that are known already, by the metric's key.
        real_notes: why there is no value of real motion, by the metric's key.
        known_neighbours: the search among training phrases, if there is one already.
    """

    marker_set: MarkerSet
    fps: float
    originals: np.ndarray | None = None
    training: np.ndarray | None = None
    training_takes: np.ndarray | None = None
    held_out: np.ndarray | None = None
    real_count: int | None = None
    known_real: dict[str, float | None] = field(default_factory=dict)
    real_notes: dict[str, str] = field(default_factory=dict)
    known_neighbours: NearestNeighbours | None = None
    _kept: dict[Hashable, object] = field(default_factory=dict, init=False, repr=False)

    @property
    def neighbours(self) -> NearestNeighbours:
        """The search among training phrases.

        Raises:
            PhraseError: there are no training phrases.
        """
        if self.known_neighbours is None:
            self.known_neighbours = NearestNeighbours(self.require_training())
        return self.known_neighbours

    def require_originals(self) -> np.ndarray:
        """The recorded phrases of reconstructions.

        Raises:
            PhraseError: there are none.
        """
        if self.originals is None:
            raise PhraseError("there are no originals to compare with")
        return self.originals

    def require_training(self) -> np.ndarray:
        """The training phrases.

        Raises:
            PhraseError: there are none.
        """
        if self.training is None:
            raise PhraseError("the phrases that the model has learned from are not here")
        return self.training

    def require_training_takes(self) -> tuple[np.ndarray, np.ndarray]:
        """The recorded training phrases, and the name of each one's take (phrases,).

        Raises:
            PhraseError: one of both is not known.
        """
        training = self.require_training()
        if self.training_takes is None:
            raise PhraseError("takes are not known")
        return training[: len(self.training_takes)], self.training_takes

    def compute_once(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """What several metrics need, computed when it is first needed, and kept under a key."""
        if key not in self._kept:
            self._kept[key] = compute()
        return self._kept[key]  # pyright: ignore[reportReturnType] - what compute returned

    def real_phrases(self, metric: "Metric") -> np.ndarray | None:
        """The real motion that a metric's value is compared with; None if it is not here."""
        if metric.of == RECONSTRUCTIONS:
            return self.originals
        if metric.compared_with == "held-out":
            return self.held_out
        if self.training is None or self.real_count is None:
            return self.training
        return self.training[:: max(1, len(self.training) // self.real_count)]

    def real_value(self, metric: "Metric") -> float | None:
        """A metric's value of real motion; None where it cannot be measured."""
        if metric.key not in self.known_real:
            phrases = self.real_phrases(metric)
            measure = metric.measure_real or metric.measure
            value, note = (None, "") if phrases is None else _measure(measure, phrases, self)
            self.known_real[metric.key], self.real_notes[metric.key] = value, note
        return self.known_real[metric.key]


Measure = Callable[[np.ndarray, EvaluationContext], float | None]
"""A metric's value of phrases; None if there are too few. A `MarielError` says why there is none, such as no feet."""


@dataclass(frozen=True)
class Metric:
    """A metric, as people see it and as it is computed.

    Args:
        key: its key in `METRICS` and in JSON.
        of: what is measured, see `GROUP_LABELS`.
        label: a short name that a dancer understands.
        unit: of the value; empty for ratios.
        digits: after the decimal point; None for four significant digits.
        good: what is good, such as "lower is better"; empty if no direction is better.
        help: one sentence that says what it is, with the field's term.
        measure: computes it; None for what only training measures.
        measure_real: computes the value of real motion, where that takes another function.
        interval: a confidence interval of its value, see `Interval`.
        profile: its values in equal parts of a phrase, from start to end.
        compared_with: which real phrases those of samples are compared with.
        percent: whether the value is a share, shown in per cent.
        on_pages: whether a page shows it, for one phrase or a few; otherwise it needs many phrases.
        name: in the JSON of `evaluate` since its first version; the label if empty.
        result_key: attribute of a training's results that holds it, see `mariel.training.run_folder.results`.
    """

    key: str
    of: Group
    label: str
    help: str
    unit: str = ""
    digits: int | None = 2
    good: str = ""
    measure: Measure | None = None
    measure_real: Measure | None = None
    interval: Callable[[np.ndarray, EvaluationContext], Interval] | None = None
    profile: Callable[[np.ndarray, EvaluationContext], np.ndarray] | None = None
    compared_with: Literal["training", "held-out"] = "training"
    percent: bool = False
    on_pages: bool = True
    name: str = ""
    result_key: str = ""

    @property
    def shown_unit(self) -> str:
        """The unit of a value as `format` shows it."""
        return " ".join(part for part in ("%" if self.percent else "", self.unit) if part)

    @property
    def row_label(self) -> str:
        """Label and unit, for a table."""
        return f"{self.label}, {self.shown_unit}" if self.shown_unit else self.label

    @property
    def full_help(self) -> str:
        """The help sentence, and what is good."""
        return f"{self.help} Good: {self.good}." if self.good else self.help

    def format(self, value: float | None, *, unit: bool = True) -> str:
        """A value as text; "–" if there is none."""
        if value is None or not np.isfinite(value):
            return "–"
        text = self._number(value)
        return f"{text} {self.shown_unit}" if unit and self.shown_unit else text

    def format_interval(self, interval: Interval) -> str:
        """An interval as text without its unit, such as "0.10 to 0.15"."""
        return " to ".join(map(self._number, interval))

    def _number(self, value: float) -> str:
        value = 100 * value if self.percent else value
        digits = self.digits if abs(value) < MAX_WITH_DIGITS else 0
        return f"{value:.4g}" if digits is None else f"{value:,.{digits}f}"


@dataclass(frozen=True)
class Figure:
    """The value of a metric for one model.

    Args:
        metric: what is measured.
        value: the model's; None where it cannot be measured.
        real: the value of real motion; None where there is none.
        note: why there is no value, or no value of real motion.
        profile: the value in equal parts of the phrase, from its start to its end, where it is computed.
        interval: confidence interval of the model's value, where it is computed.
        real_interval: the same of real motion.
        seconds: that it took to compute, real motion included.
    """

    metric: Metric
    value: float | None
    real: float | None = None
    note: str = ""
    profile: tuple[float, ...] = ()
    interval: Interval | None = None
    real_interval: Interval | None = None
    seconds: float = 0.0

    @property
    def key(self) -> str:
        """The metric's key."""
        return self.metric.key

    @property
    def name(self) -> str:
        """The metric's name in JSON."""
        return self.metric.name or self.metric.label

    @property
    def unit(self) -> str:
        """The unit of both values as they are; shares are shown in per cent."""
        return self.metric.unit

    @property
    def text(self) -> str:
        """The model's value with its unit."""
        return self.metric.format(self.value)

    @property
    def real_text(self) -> str:
        """The value of real motion with its unit."""
        return self.metric.format(self.real)

    @property
    def ratio(self) -> float:
        """The model's value divided by that of real motion; NaN where one of them is missing."""
        return self.value / self.real if self.value is not None and self.real else float("nan")

    def to_dict(self) -> dict:
        """Numbers and strings, for JSON."""
        return {
            "key": self.key,
            "name": self.name,
            "label": self.metric.label,
            "value": self.value,
            "real": self.real,
            "unit": self.unit,
            "good": self.metric.good,
            "note": self.note,
            "profile": self.profile,
            "interval": self.interval,
            "real_interval": self.real_interval,
            "seconds": round(self.seconds, 3),
        }


METRICS: Registry[Metric] = Registry("metric")
"""Every metric by key, in the order in which tables show them."""


def register_metric(key: str, *, of: Group, label: str, help: str, **options) -> Callable[[Measure], Measure]:
    """A decorator that registers the function it is put on as a metric; see `Metric` for the options."""

    def register(measure: Measure) -> Measure:
        METRICS.add(key, Metric(key, of, label, help, measure=measure, **options))
        return measure

    return register


def metrics_of(group: Group, *, on_pages: bool | None = None) -> list[Metric]:
    """The metrics of reconstructions or of samples that can be measured.

    Args:
        group: of what.
        on_pages: only those that pages show (True) or do not show (False).
    """
    found = [metric for metric in METRICS.values() if metric.of == group and metric.measure]
    return [metric for metric in found if on_pages is None or metric.on_pages == on_pages]


def training_metrics() -> list[Metric]:
    """The metrics that training measures after every epoch."""
    return [metric for metric in METRICS.values() if metric.result_key]


def measure_figures(metrics: Iterable[Metric], phrases: np.ndarray, context: EvaluationContext) -> list[Figure]:
    """Figures of a model's phrases, each with the value of real motion, or with a note that says why there is none.

    Args:
        metrics: to measure, all of reconstructions or all of samples.
        phrases: the model's (phrases, frames, markers, 3), metres: reconstructions of the context's originals at
            their position and heading, or samples in the canonical frame.
        context: what they are compared with.
    """
    return [_figure(metric, phrases, context) for metric in metrics]


def _figure(metric: Metric, phrases: np.ndarray, context: EvaluationContext) -> Figure:
    begun = time.perf_counter()
    value, note = _measure(metric.measure, phrases, context)
    profile = metric.profile(phrases, context) if metric.profile and value is not None else ()
    real, real_phrases = context.real_value(metric), context.real_phrases(metric)
    interval = real_interval = None
    if metric.interval and value is not None:
        interval = metric.interval(phrases, context)
    if metric.interval and real is not None and real_phrases is not None:
        real_interval = metric.interval(real_phrases, context)
    return Figure(
        metric,
        value,
        real,
        note or context.real_notes.get(metric.key, ""),
        tuple(map(float, profile)),
        interval,
        real_interval,
        time.perf_counter() - begun,
    )


def _measure(measure: Measure | None, phrases: np.ndarray, context: EvaluationContext) -> tuple[float | None, str]:
    """A metric's value of phrases; or None, and why."""
    try:
        value = measure(phrases, context) if measure else None
    except MarielError as error:
        return None, str(error)
    if value is not None and not np.isfinite(value):
        return None, "the phrases are too short"
    return value, TOO_FEW if value is None else ""
