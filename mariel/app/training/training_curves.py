"""The learning curves of a run and of the runs it is compared with."""

import numpy as np
import streamlit as st

from mariel.app.components.chart import show_chart
from mariel.app.shell.messages import show_warning
from mariel.app.shell.query_params import (
    COMPARED_RUNS,
    CURVE,
    CURVE_HELP,
    CURVE_X_AXIS,
    LOG_SCALE,
    NOTEBOOK_CURVE,
    SMOOTHING,
)
from mariel.app.widgets import controls
from mariel.app.widgets.runs import curves_of, problems_of
from mariel.data.notebook_curve import notebook_curve
from mariel.evaluation.registry import LOWER, Metric, training_metrics
from mariel.stage.curves import CurveMetric, LearningCurve, learning_curves
from mariel.training.manager import RunManager
from mariel.training.runs import Run

SMOOTHING_EPOCHS = {"off": 0, "a little": 2, "more": 6, "a lot": 15}
"""Epochs on each side of an epoch that are averaged with it."""


def show_curves(manager: RunManager, run: Run, others: list[str]) -> None:
    """Loss, error and KL over the epochs, of this run and those it is compared with."""
    with st.container():
        compared = _choose_compared(others)
    known = {each.name: each for each in manager.runs()}
    runs = [run, *(known[name] for name in compared if name in known)]
    choices = _choose_axes(any(each.settings.model.kind == "notebook" for each in runs))
    for each in runs[1:]:  # what is damaged in the first one is shown above
        for problem in problems_of(each):
            show_warning(problem, icon=":material/broken_image:")
    shown = [curves_of(each) for each in runs]
    metrics = training_metrics()
    for column, metric in zip(st.columns(len(metrics)), metrics, strict=True):
        with column:
            show_chart(
                learning_curves(shown, curve_metric(metric), **choices),
                key=CURVE.of(metric.result_key),
                alt=f"{metric.label} over the epochs of {', '.join(each.name for each in shown)}",
            )
    with st.popover(
        "What the curves show", icon=":material/help:", key=CURVE_HELP, help="What is measured, and what is good."
    ):
        st.markdown("  \n".join(f"**{metric.label}**: {metric.full_help}" for metric in metrics))
    if len(shown) > 1:
        kinds = {each.settings.model.kind for each in runs}
        text = "Solid: validation phrases, which it never learns from. Dotted: training phrases."
        if len(kinds) > 1:
            text += " Losses of different models cannot be compared; errors in centimetres can."
        st.caption(text)


def curve_metric(metric: Metric) -> CurveMetric:
    """How a metric of the registry is drawn over a training."""
    digits = ",.4~g" if metric.digits is None else f",.{metric.digits}f"
    return CurveMetric(metric.result_key, metric.label, metric.unit, digits, metric.good == LOWER)


def _choose_compared(others: list[str]) -> tuple[str, ...]:
    if not others:
        return ()
    return controls.multiselect(
        COMPARED_RUNS,
        "Compare with",
        others,
        placeholder="other runs",
        help="Their curves are drawn over those of this run.",
    )


def _choose_axes(has_notebook: bool) -> dict:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        x_axis = controls.segmented_control(
            CURVE_X_AXIS, "Over", help="Rounds through the phrases (epochs), or the time that they took."
        )
        smoothing = controls.segmented_control(
            SMOOTHING,
            "Smoothing",
            help="Moving average over neighbouring epochs; the values themselves stay as a pale line.",
        )
        log = controls.toggle(
            LOG_SCALE, "Log scale", help="Logarithmic vertical axis: equal distances are equal ratios."
        )
        # Not offered where it would change nothing.
        with_notebook = (
            has_notebook
            and x_axis == "epochs"
            and controls.toggle(
                NOTEBOOK_CURVE,
                "Notebook's curve",
                help="The loss that the published notebook prints on Mariel's recordings, per phrase. It can be "
                "compared only with the notebook's model and recipe on those recordings.",
            )
        )
    return {
        "x_axis": x_axis,
        "smoothing": SMOOTHING_EPOCHS[smoothing],
        "log": log,
        "notebook": _notebook_curve() if with_notebook else None,
    }


@st.cache_resource(show_spinner=False)
def _notebook_curve() -> LearningCurve:
    curve = notebook_curve()
    train, validation = {"loss": curve.train}, {"loss": curve.validation}
    return LearningCurve("notebook", curve.epochs, np.full(len(curve.epochs), np.nan), train, validation)
