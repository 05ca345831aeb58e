import numpy as np

from mariel.stage.latent_chart import MOST_NUMBERED, Marks, Measured, Takes, latent_chart

POINTS = np.array([[0.0, 0], [1, 2], [4, 1]])
LABELS = ["waltz for one, 0:00, 0.42 m/s", "waltz for one, 0:03, 0.50 m/s", "undertow, 0:00, 0.10 m/s"]
TAKES = Takes(np.array(["waltz_for_one", "waltz_for_one", "undertow"]))


def named(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def test_every_take_has_a_colour_and_its_name_in_the_legend():
    figure = latent_chart(POINTS, LABELS, TAKES, Marks())
    assert [trace.name for trace in figure.data] == ["waltz for one", "undertow"]
    assert figure.data[0].marker.color != figure.data[1].marker.color


def test_a_point_says_which_phrase_it_is_and_hovering_names_it():
    (undertow,) = named(latent_chart(POINTS, LABELS, TAKES, Marks()), "undertow")
    assert list(undertow.customdata) == [2]
    assert (undertow.x[0], undertow.y[0]) == (4, 1)
    assert undertow.text[0] == LABELS[2]


def test_a_measure_is_a_colour_bar_that_one_wild_phrase_does_not_stretch():
    values = np.append(np.linspace(1, 2, 99), 100.0)
    points = np.random.default_rng(0).normal(size=(100, 2))
    (trace,) = latent_chart(points, ["a"] * 100, Measured(values, "speed", "m/s"), Marks()).data
    assert trace.marker.colorbar.title.text == "speed, m/s"
    assert trace.marker.cmax < 3
    assert list(trace.customdata) == list(range(100))


def test_the_chosen_phrase_is_ringed_and_the_star_can_be_clicked():
    marks = Marks(chosen=1, star=(np.array([0.5, 0.5]), "the sample"))
    figure = latent_chart(POINTS, LABELS, TAKES, marks)
    assert all((ring.x[0], ring.y[0]) == (1, 2) for ring in named(figure, "chosen"))
    (star,) = named(figure, "star")
    assert (star.x[0], star.y[0], star.customdata[0]) == (0.5, 0.5, "star")


def test_stations_are_numbered_in_their_order_and_cannot_be_hit():
    figure = latent_chart(POINTS, LABELS, TAKES, Marks(path=POINTS[::-1]))
    (stations,) = named(figure, "stations")
    assert list(stations.text) == ["1", "2", "3"]
    np.testing.assert_array_equal(stations.x, [4, 1, 0])
    assert stations.customdata is None


def test_a_drawn_line_shows_its_ends_alone():
    path = np.stack([np.arange(MOST_NUMBERED + 1)] * 2, axis=1)
    (stations,) = named(latent_chart(POINTS, LABELS, TAKES, Marks(path=path)), "stations")
    assert list(stations.text) == ["from", "to"]
    np.testing.assert_array_equal(stations.x, [0, MOST_NUMBERED])


def test_all_phrases_are_in_the_picture_and_stay_there():
    figure = latent_chart(POINTS, LABELS, TAKES, Marks())
    for axis, column in ((figure.layout.xaxis, 0), (figure.layout.yaxis, 1)):
        assert axis.range[0] < POINTS[:, column].min()
        assert axis.range[1] > POINTS[:, column].max()
        assert axis.fixedrange
