import numpy as np

from mariel.stage.timeline import downsample, timeline


def test_downsampling_keeps_peaks_and_their_frames():
    values = np.zeros(10_000)
    values[7321] = 5
    frames, kept = downsample(values, max_points=100)
    assert len(frames) == 100
    assert frames[kept.argmax()] == 7321


def test_a_short_take_is_not_downsampled():
    frames, kept = downsample(np.arange(50.0))
    assert frames.tolist() == kept.tolist() == list(range(50))


def test_the_phrase_is_a_band_in_seconds():
    figure = timeline(np.ones(350), 35, (70, 105), label="speed", unit="m/s")
    band = figure.layout.shapes[0]
    assert (band.x0, band.x1) == (2, 3)


def test_frames_with_missing_markers_are_marked():
    missing = np.zeros(350)
    missing[35] = 0.1
    assert timeline(np.ones(350), 35, (0, 10), label="s", unit="m/s", missing=missing).data[1].x.tolist() == [1.0]
