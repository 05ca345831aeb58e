"""Figures on a page, as the registry of metrics defines them: value, help, and real motion or what is good."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from mariel.evaluation.registry import AS_REAL, AT_MOST_REAL, Figure, Metric

PLAIN_METRIC: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off", "width": "content"}
"""Options of `st.metric` whose note below the value is no change: no colour and no arrow."""

MAX_NOTE = 40
"""Characters of a note below a value; a longer one is in the help."""


def show_figures(figures: Sequence[Figure]) -> None:
    """Show figures side by side, each with the value of real motion, or with what is good."""
    with st.container(horizontal=True, gap="medium"):
        for figure in figures:
            note = comparison(figure)
            short = note if len(note) <= MAX_NOTE else "not measured"
            show_metric(
                figure.metric, figure.text, help="" if short == note else f"Not measured: {note}.", delta=short
            )


def show_metric(metric: Metric, text: str, *, label: str = "", help: str = "", **options) -> None:
    """Show one value of a metric, with the metric's label and help.

    Args:
        metric: what is measured.
        text: the value.
        label: what is added to the metric's label, such as of which phrases it is.
        help: sentences that are added to its help.
        **options: of `st.metric`.
    """
    title = f"{metric.label}, {label}" if label else metric.label
    st.metric(title, text, help=f"{metric.full_help} {help}".strip(), **{**PLAIN_METRIC, **options})


def comparison(figure: Figure) -> str:
    """The note below a figure: the value of real motion, else what is good, or why there is no value."""
    if figure.value is None:
        return figure.note
    if figure.metric.good not in (AS_REAL, AT_MOST_REAL):
        return figure.metric.good
    return "real: not known here" if figure.real is None else f"real: {figure.real_text}"


def figure_columns(rows: Mapping[str, Sequence[Figure]], *, real: str) -> dict[str, list]:
    """Figures of several models as columns of a table, whose last row is real motion.

    Args:
        rows: each model's figures, by its name, of the same metrics.
        real: name of the last row.
    """
    columns: dict[str, list] = {"model": [*rows, real]}
    for number, first in enumerate(next(iter(rows.values()))):
        metric = first.metric
        values = [figures[number].value for figures in rows.values()]
        columns[metric.row_label] = [metric.format(value, unit=False) for value in [*values, first.real]]
    return columns
