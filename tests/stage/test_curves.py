"""Learning curves, on values that can be checked by hand."""

import numpy as np
import pytest

from mariel.stage import curves
from mariel.stage.curves import MAX_POINTS, CurveMetric, LearningCurve, Line

NAN = np.nan
LOSS = CurveMetric("loss", "Loss per phrase", digits=",.4~g")
ERROR = CurveMetric("error_cm", "Error per marker", "cm", ".1f")
KL = CurveMetric("kl", "KL divergence per phrase", "nats", lower_is_better=False)


def learning_curves(runs, metric=LOSS, **choices):
    return curves.learning_curves(runs, metric, **choices)


def run(name: str = "waltz", losses=(8.0, 6.0, 4.0, 3.0), validation=(NAN, 7.0, NAN, 5.0), best=4) -> LearningCurve:
    epochs = np.arange(1, len(losses) + 1)
    return LearningCurve(
        name,
        epochs,
        epochs * 0.5,
        {"loss": np.array(losses), "error_cm": 2 * np.array(losses)},
        {"loss": np.array(validation), "error_cm": 2 * np.array(validation)},
        best,
    )


def line_of(values, epochs=None) -> Line:
    epochs = np.arange(1, len(values) + 1) if epochs is None else np.array(epochs)
    return Line(epochs, epochs.astype(float), np.array(values, float))


def named(figure, name: str):
    (trace,) = [trace for trace in figure.data if trace.name == name]
    return trace


def test_training_and_validation_of_one_run_share_an_axis():
    figure = learning_curves([run()])
    assert named(figure, "training").y.tolist() == [8, 6, 4, 3]
    assert named(figure, "validation").x.tolist() == [2, 4]
    assert named(figure, "validation").y.tolist() == [7, 5]
    assert {trace.yaxis for trace in figure.data} == {None}


def test_the_best_epoch_has_a_ring():
    ring = named(learning_curves([run(best=2)]), "best, epoch 2")
    assert (ring.x.tolist(), ring.y.tolist()) == ([2], [7])
    assert not [trace for trace in learning_curves([run(best=None)]).data if "best" in (trace.name or "")]


def test_the_error_is_in_centimetres():
    figure = learning_curves([run()], ERROR)
    assert named(figure, "validation").y.tolist() == [14, 10]
    assert "cm" in figure.layout.title.text


def test_curves_can_be_plotted_over_minutes():
    figure = learning_curves([run()], x_axis="minutes")
    assert named(figure, "training").x.tolist() == [0.5, 1, 1.5, 2]
    assert named(figure, "training").customdata.tolist() == [1, 2, 3, 4]


def test_several_runs_have_one_colour_each_and_dotted_lines_for_training():
    figure = learning_curves([run("waltz"), run("tango")])
    lines = [trace for trace in figure.data if trace.mode != "markers"]
    assert [trace.name for trace in lines if trace.showlegend] == ["waltz", "tango"]
    assert [trace.line.dash for trace in lines] == ["dot", None, "dot", None]
    assert len({trace.line.color for trace in lines}) == 2


def test_a_zoom_is_kept_for_new_epochs_but_not_for_another_axis():
    def state(**choices) -> str:
        return learning_curves([run(**choices.pop("run", {}))], **choices).layout.uirevision

    assert state() == state(run={"losses": (8.0, 6.0), "validation": (NAN, 7.0)}) == state(smoothing=3)
    assert len({state(), state(log=True), state(x_axis="minutes")}) == 3


def test_log_scale_and_linear_scale_from_zero():
    assert learning_curves([run()], log=True).layout.yaxis.type == "log"
    assert learning_curves([run()]).layout.yaxis.rangemode == "tozero"


def test_a_log_scale_has_round_numbers():
    # From 150 to 700: within a decade; from 1 to 700: over several.
    narrow = learning_curves([run(losses=(700.0, 200.0), validation=(NAN, 150.0), best=2)], log=True)
    assert {150, 200, 300, 500, 700} <= set(narrow.layout.yaxis.tickvals)
    wide = learning_curves([run(losses=(700.0, 1.0), validation=(NAN, 9.0), best=2)], log=True)
    assert wide.layout.yaxis.tickvals[:6] == (1, 2, 5, 10, 20, 50)


def test_smoothing_over_no_epochs_changes_nothing():
    line = line_of([3, 1, 2])
    assert line.smoothed(0) is line


def test_smoothing_is_a_mean_over_a_symmetric_window():
    assert line_of([0, 9, 0, 3, 6]).smoothed(1).values.tolist() == [0, 3, 4, 3, 6]
    # A straight line is not changed, up to its ends.
    assert line_of([9, 7, 5, 3, 1]).smoothed(2).values.tolist() == [9, 7, 5, 3, 1]


def test_the_window_of_smoothing_is_in_epochs_not_points():
    sparse = line_of([0, 9, 3], epochs=[5, 10, 15])
    assert sparse.smoothed(4).values.tolist() == [0, 9, 3]
    assert sparse.smoothed(5).values.tolist() == [0, 4, 3]


def test_unsmoothed_values_are_drawn_behind_a_smoothed_line():
    figure = learning_curves([run(losses=(0.0, 9.0, 0.0, 3.0))], smoothing=1)
    raw = [trace for trace in figure.data if trace.opacity]
    assert raw[0].y.tolist() == [0, 9, 0, 3]
    assert named(figure, "training").y.tolist() == [0, 3, 4, 3]


def test_long_runs_are_downsampled_with_both_ends():
    line = line_of(range(10_000)).downsampled()
    assert len(line.values) == MAX_POINTS
    assert (line.epochs[0], line.epochs[-1]) == (1, 10_000)


def test_the_notebooks_curve_is_drawn_behind_where_it_has_values():
    notebook = LearningCurve("notebook", np.array([1, 2]), np.array([NAN, NAN]), {"loss": np.array([9.0, 8.0])}, {})
    figure = learning_curves([run()], notebook=notebook)
    assert figure.data[0].meta == "notebook"
    assert figure.data[0].y.tolist() == [9, 8]
    for choices in ({"metric": KL}, {"x_axis": "minutes"}):
        figure = learning_curves([run()], notebook=notebook, **choices)
        assert not [trace for trace in figure.data if trace.meta == "notebook"]


@pytest.mark.parametrize("runs", [[], [LearningCurve("new", np.array([]), np.array([]))]])
def test_before_the_first_epoch_the_figure_says_so(runs):
    (note,) = learning_curves(runs, LOSS).layout.annotations
    assert "first epoch" in note.text
