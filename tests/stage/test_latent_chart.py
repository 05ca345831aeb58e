import numpy as np

from mariel.stage.latent_chart import MAX_NUMBERED, Overlay, TakeColours, ValueColours, latent_chart
from mariel.stage.palette import PALETTE

POINTS = np.array([[0.0, 0], [1, 2], [4, 1]])
LABELS = ["waltz for one, 0:00, 0.42 m/s", "waltz for one, 0:03, 0.50 m/s", "undertow, 0:00, 0.10 m/s"]
TAKES = TakeColours(np.array(["waltz_for_one", "waltz_for_one", "undertow"]))


def named(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def test_every_take_has_a_colour_and_a_name_in_the_legend():
    figure = latent_chart(POINTS, LABELS, TAKES, Overlay())
    assert [trace.name for trace in figure.data] == ["waltz for one", "undertow"]
    assert figure.data[0].marker.color != figure.data[1].marker.color


def test_a_point_has_the_index_of_its_phrase_and_a_hover_text():
    (undertow,) = named(latent_chart(POINTS, LABELS, TAKES, Overlay()), "undertow")
    assert list(undertow.customdata) == [2]
    assert (undertow.x[0], undertow.y[0]) == (4, 1)
    assert undertow.text[0] == LABELS[2]


def test_values_have_a_colour_bar_that_an_outlier_does_not_stretch():
    values = np.append(np.linspace(1, 2, 99), 100.0)
    points = np.random.default_rng(0).normal(size=(100, 2))
    (trace,) = latent_chart(points, ["a"] * 100, ValueColours(values, "speed", "m/s"), Overlay()).data
    assert trace.marker.colorbar.title.text == "speed, m/s"
    assert trace.marker.cmax < 3
    assert [colour for _, colour in trace.marker.colorscale] == PALETTE["stage"]["light"]["scale"]
    assert trace.meta == "values"  # the page gives it the scale of its theme
    assert list(trace.customdata) == list(range(100))


def test_the_selected_phrase_has_a_ring_and_the_star_can_be_clicked():
    overlay = Overlay(selected=1, star=(np.array([0.5, 0.5]), "the sample"))
    figure = latent_chart(POINTS, LABELS, TAKES, overlay)
    assert all((ring.x[0], ring.y[0]) == (1, 2) for ring in named(figure, "selected"))
    (star,) = named(figure, "star")
    assert (star.x[0], star.y[0], star.customdata[0]) == (0.5, 0.5, "star")


def test_waypoints_are_numbered_in_order_and_cannot_be_clicked():
    figure = latent_chart(POINTS, LABELS, TAKES, Overlay(path=POINTS[::-1]))
    (waypoints,) = named(figure, "waypoints")
    assert list(waypoints.text) == ["1", "2", "3"]
    np.testing.assert_array_equal(waypoints.x, [4, 1, 0])
    assert waypoints.customdata is None


def test_a_drawn_line_shows_only_its_ends():
    path = np.stack([np.arange(MAX_NUMBERED + 1)] * 2, axis=1)
    (waypoints,) = named(latent_chart(POINTS, LABELS, TAKES, Overlay(path=path)), "waypoints")
    assert list(waypoints.text) == ["from", "to"]
    np.testing.assert_array_equal(waypoints.x, [0, MAX_NUMBERED])


def test_all_phrases_are_visible_and_the_axes_are_fixed():
    figure = latent_chart(POINTS, LABELS, TAKES, Overlay())
    for axis, column in ((figure.layout.xaxis, 0), (figure.layout.yaxis, 1)):
        assert axis.range[0] < POINTS[:, column].min()
        assert axis.range[1] > POINTS[:, column].max()
        assert axis.fixedrange
