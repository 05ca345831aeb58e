import numpy as np
import pytest

from mariel.stage.charts import (
    adjacency_matrix,
    channel_histogram_chart,
    compare_histograms,
    error_scale,
    node_features,
    take_boundary_speeds,
)

BINS = np.linspace(-1, 1, 5)


def test_heights_are_square_roots_of_the_shares_shown_on_hover():
    shares = np.array([[0, 0.25, 0.5, 0.25, 0]] * 3)
    figure = channel_histogram_chart(BINS, shares, "xyz", title="t", unit="m")
    assert [trace.name for trace in figure.data] == ["x", "y", "z"]
    np.testing.assert_allclose(figure.data[0].y, np.sqrt(shares[0]))
    np.testing.assert_allclose(figure.data[0].customdata, shares[0])


def test_the_axes_of_a_histogram_differ_in_dashes_and_are_named_where_they_are_alone():
    shares = np.array([[0, 0.5, 0.5, 0, 0], [0, 0.5, 0, 0, 0.5], [0, 0, 0.5, 0.5, 0]])
    figure = channel_histogram_chart(BINS, shares, ("vx", "vy", "vz"), title="t", unit="m/s")
    assert [trace.line.dash for trace in figure.data] == ["solid", "dash", "dot"]
    names = {note.text: note.x for note in figure.layout.annotations}
    assert (names["<b>vy</b>"], names["<b>vz</b>"]) == (1.0, 0.5)


def test_reference_and_default_differ_in_form():
    figure = compare_histograms(BINS, np.ones(5) / 5, np.ones(5) / 5, title="x")
    assert [trace.fill for trace in figure.data] == ["tozeroy", "none"]
    speeds = take_boundary_speeds(["a → b"], [np.arange(4)], [np.ones(4)], [np.ones(4)])
    assert [trace.line.dash for trace in speeds.data] == ["dash", None]
    assert [trace.line.dash for trace in node_features(np.zeros((70, 6)), 35, "LKNE").data[:3]] == [
        "solid",
        "dash",
        "dot",
    ]


def test_both_modes_are_plotted_on_their_target_range():
    figure = compare_histograms(BINS, np.ones(5) / 5, np.ones(5) / 5, title="x")
    assert [trace.name for trace in figure.data] == ["reference", "Mariel"]
    assert tuple(figure.layout.xaxis.range) == (-1.05, 1.05)


def test_every_take_boundary_has_a_panel_with_both_speeds():
    frames, across_takes, within_takes = np.arange(-2, 2), np.array([1, 1, 90, 1]), np.ones(4)
    figure = take_boundary_speeds(["a → b", "b → c"], [frames] * 2, [across_takes] * 2, [within_takes] * 2)
    assert len(figure.data) == 4
    assert figure.data[0].y[2] == 90
    assert [trace.showlegend for trace in figure.data] == [True, True, False, False]


def test_the_channels_of_a_node_are_plotted_over_seconds():
    figure = node_features(np.zeros((70, 6)), 35, "LKNE")
    assert len(figure.data) == 6
    assert figure.data[0].x[35] == 1.0


@pytest.mark.parametrize(("nearest", "at_zero"), [(30.0, "a copy"), (10.0, "")])
def test_labels_of_the_error_scale_do_not_meet_on_a_phone(nearest, at_zero):
    figure = error_scale([("waltz", 2.5)], prior=60, nearest=nearest)
    labels = {trace.x[0]: trace.text[0] for trace in figure.data if trace.text}
    assert labels == {
        0: at_zero, 2.5: "waltz<br>2.5 cm", 60: "a random sample<br>60.0 cm",
        nearest: f"the nearest<br>training phrase<br>{nearest} cm",
    }  # fmt: skip


def test_edges_of_the_matrix_go_from_row_to_column():
    bones = np.zeros((3, 3))
    bones[0, 2] = 1
    heatmap = adjacency_matrix(bones, ["A", "B", "C"]).data[0]
    assert heatmap.z[list(heatmap.y).index("A")][list(heatmap.x).index("C")] == 1
