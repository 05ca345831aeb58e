import numpy as np

from mariel.stage.timeline import thin_out, timeline


def test_thinning_keeps_every_peak_and_its_frame():
    values = np.zeros(10_000)
    values[7321] = 5
    frames, kept = thin_out(values, points=100)
    assert len(frames) == 100
    assert frames[kept.argmax()] == 7321


def test_a_short_take_is_drawn_whole():
    frames, kept = thin_out(np.arange(50.0))
    assert frames.tolist() == kept.tolist() == list(range(50))


def test_the_phrase_is_a_band_in_seconds():
    figure = timeline(np.ones(350), 35, (70, 105), label="speed", unit="m/s")
    band = figure.layout.shapes[0]
    assert (band.x0, band.x1) == (2, 3)


def test_missing_markers_are_marked_where_they_are():
    missing = np.zeros(350)
    missing[35] = 0.1
    assert timeline(np.ones(350), 35, (0, 10), label="s", unit="m/s", missing=missing).data[1].x.tolist() == [1.0]
