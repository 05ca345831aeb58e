"""A model's figures as a Markdown table, for the card beside its weights."""

from collections.abc import Sequence

from mariel.evaluation.registry import GROUP_LABELS, Figure

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
        value = metric.format(figure.value, unit=False)
        value = f"{value} ({figure.note})" if figure.note else value
        rows.append(_row(metric.row_label, value, metric.format(figure.real, unit=False), metric.good))
        if figure.profile:
            parts = " ".join(metric.format(part, unit=False) for part in figure.profile)
            rows.append(_row(f"… {PROFILE_LABEL}, {metric.shown_unit}", parts, "", ""))
    return "\n".join(rows)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
