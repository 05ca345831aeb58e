"""A model's card: its table is made by code, and the shipped model's card has the same rows."""

import re
from pathlib import Path

from mariel.evaluation.card import PROFILE_LABEL, figures_table
from mariel.evaluation.registry import GROUP_LABELS, METRICS, RECONSTRUCTIONS, SAMPLES, Figure, metrics_of
from tests.support.toys import toy_metric

CARD = Path(__file__).resolve().parents[2] / "checkpoints" / "demo-dancer" / "README.md"


def expected_rows() -> list[tuple[str, str]]:
    """Label and goal of every row of a card."""
    rows = []
    for group in (RECONSTRUCTIONS, SAMPLES):
        rows.append((f"**{GROUP_LABELS[group]}**", ""))
        for metric in metrics_of(group):
            rows.append((metric.row_label, metric.good))
            if metric.profile:
                rows.append((f"… {PROFILE_LABEL}, {metric.shown_unit}", ""))
    return rows


def cells(table: str) -> list[list[str]]:
    """The cells of a Markdown table below its heading."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def figures() -> list[Figure]:
    made = []
    for metric in [*metrics_of(RECONSTRUCTIONS), *metrics_of(SAMPLES)]:
        profile = (0.1, 2.25) if metric.profile else ()
        made.append(Figure(metric, 0.05, 0.055, profile=profile))
    return made


def test_a_card_has_a_row_per_figure_with_value_and_real_value():
    rows = cells(figures_table(figures()))
    assert [(row[0], row[3]) for row in rows] == expected_rows()
    by_label = {row[0]: row for row in rows}
    assert by_label["Foot skating, % of frames"][1:3] == ["5.0", "5.5"]
    assert by_label["… from start to end, cm"][1] == "0.1 2.2"


def test_a_figure_without_a_value_says_why():
    table = figures_table([Figure(METRICS["foot_skating"], None, None, "a set | without feet")])
    assert "| Foot skating, % of frames | – (a set / without feet) | – | at most as real motion |" in table


def test_an_interval_is_in_brackets_behind_its_value():
    figure = Figure(METRICS["frechet_distance"], 7.13, 9.2, interval=(5.84, 8.6), real_interval=(8.0, 1234.5))
    row = "| Fréchet distance, kinetic | 7.1 (5.8 to 8.6) | 9.2 (8.0 to 1,234.5) | at most as real motion |"
    assert row in figures_table([figure])


def test_the_shipped_models_card_has_the_rows_of_the_registry():
    table = re.search(r"\| \| model \| real \| good \|\n(.+\n)+", CARD.read_text("utf-8"))[0]
    assert [(row[0], row[3]) for row in cells(table)] == expected_rows()


def test_a_toy_metric_is_on_the_card():
    with toy_metric():
        assert "| Toy count, dances | 0 | 0 | higher is better |" in figures_table(figures())
