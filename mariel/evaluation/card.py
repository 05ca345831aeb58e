"""A model's figures as a Markdown table, for the card beside its weights."""

from collections.abc import Sequence

from mariel.evaluation.registry import GROUP_LABELS, Figure, Interval, Metric

PROFILE_LABEL = "from start to end"
"""Label of a figure's profile, its values in equal parts of a phrase."""


def figures_table(figures: Sequence[Figure]) -> str:
    """A Markdown table of a model's figures beside those of real motion, a heading per group."""
    rows, group = ["| | model | real | good |", "|---|---|---|---|"], ""
    for figure in figures:
        metric = figure.metric
        if metric.of != group:
            group = metric.of
            rows.append(f"| **{GROUP_LABELS[group]}** | | | |")
        value = _with_interval(metric, figure.value, figure.interval)
        value = f"{value} ({figure.note})" if figure.note else value
        real = _with_interval(metric, figure.real, figure.real_interval)
        rows.append(_row(metric.row_label, value, real, metric.good))
        if figure.profile:
            parts = " ".join(metric.format(part, unit=False) for part in figure.profile)
            rows.append(_row(f"… {PROFILE_LABEL}, {metric.shown_unit}", parts, "", ""))
    return "\n".join(rows)


def _with_interval(metric: Metric, value: float | None, interval: Interval | None) -> str:
    """A value without its unit, its confidence interval in brackets: "0.12 (0.10 to 0.15)"."""
    text = metric.format(value, unit=False)
    return f"{text} ({metric.format_interval(interval)})" if interval else text


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
