"""Figures on a page: the note below a value, and the table of several models."""

import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.widgets.metrics import comparison, figure_columns
from mariel.evaluation.registry import METRICS, Figure


@pytest.mark.parametrize(
    ("figure", "note"),
    [
        (Figure(METRICS["sample_speed"], 0.5, 0.48), "real: 0.48 m/s"),
        (Figure(METRICS["sample_speed"], 0.5, None), "real: not known here"),
        (Figure(METRICS["head_deformation"], 0.0, 0.0043), "real: 0.43 %"),
        (Figure(METRICS["head_deformation"], None, None, "no segment 'head'"), "no segment 'head'"),
        (Figure(METRICS["position_error"], 1.8, 0.0), "lower is better"),
        (Figure(METRICS["first_frames"], 1.2, 1.0), "near 1"),
    ],
)
def test_the_note_of_a_figure_is_real_motion_or_what_is_good_or_why_there_is_no_value(figure, note):
    assert comparison(figure) == note


def test_models_are_rows_above_real_motion():
    metrics = METRICS["position_error"], METRICS["reconstruction_speed"]
    rows = {
        name: [Figure(metric, value, real) for metric, value, real in zip(metrics, values, (0.0, 0.62), strict=True)]
        for name, values in {"waltz": (1.84, 0.6), "polka": (20.0, None)}.items()
    }
    assert figure_columns(rows, real="the original") == {
        "model": ["waltz", "polka", "the original"],
        "Error per marker, cm": ["1.8", "20.0", "0.0"],
        "Speed, m/s": ["0.60", "–", "0.62"],
    }


def page():
    from mariel.app.widgets.metrics import show_figures  # noqa: PLC0415 (AppTest runs this as a script of its own)
    from mariel.evaluation.registry import METRICS, Figure  # noqa: PLC0415

    note = "no segment 'head' in the set of markers that this recording has; it has none"
    show_figures([Figure(METRICS["sample_speed"], 0.5, 0.48), Figure(METRICS["head_deformation"], None, None, note)])


def test_a_figure_has_its_label_and_help_and_a_long_note_is_in_the_help():
    app = AppTest.from_function(page).run()
    assert not app.exception
    speed, head = app.metric
    assert (speed.label, speed.value, speed.delta) == ("Speed", "0.50 m/s", "real: 0.48 m/s")
    assert speed.help == METRICS["sample_speed"].full_help
    assert (head.value, head.delta) == ("–", "not measured")
    assert head.help.endswith(
        "Not measured: no segment 'head' in the set of markers that this recording has; it has none."
    )
