import numpy as np
import pytest

from mariel.data.preprocessing import Preprocessing
from mariel.data.statistics import channel_histograms, take_boundaries
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from tests.support.bodies import walking_positions, walking_recording


def take(name, positions) -> Recording:
    return Recording.from_positions(name, positions, MARIEL_53)


@pytest.fixture
def pair() -> dict[str, Recording]:
    """Two walks along x at 1 m/s; the second begins 7 m to the side of where the first begins."""
    return {"one": walking_recording("one"), "two": take("two", walking_positions() + np.array([0, 7, 0]))}


def test_the_false_speed_is_the_distance_between_two_takes_per_frame(pair):
    (boundary,) = take_boundaries(pair, around=10)
    # from frame 99 back to frame 0 of the walk, 99/35 m, and 7 m aside, within one frame
    assert boundary.false_speed == pytest.approx(35 * np.hypot(99 / 35, 7), rel=1e-4)
    assert (boundary.before, boundary.after) == ("one", "two")
    assert boundary.frames.tolist() == list(range(-10, 10))


def test_within_takes_there_is_no_false_speed(pair):
    (boundary,) = take_boundaries(pair)
    np.testing.assert_allclose(boundary.speed_within_takes, 1.0, rtol=1e-3)


def test_one_take_has_no_boundary():
    assert take_boundaries({"one": walking_recording()}) == []


def test_histograms_count_every_value(pair):
    histograms = channel_histograms(Preprocessing.fit(pair), pair)
    np.testing.assert_allclose(histograms.shares.sum(axis=1), 1)


def test_a_steady_walk_has_one_velocity(pair):
    fit = Preprocessing.fit(pair)
    histograms = channel_histograms(fit, pair)
    speeds = fit.velocities.undo(histograms.centres) / fit.floor_scaling.factor
    half_a_bin = (speeds[1] - speeds[0]) / 2
    assert speeds[histograms.shares[3].argmax()] == pytest.approx(1.0, abs=half_a_bin * 1.01)  # vx
    assert speeds[histograms.shares[5].argmax()] == pytest.approx(0.0, abs=half_a_bin * 1.01)  # vz


def test_real_velocities_take_up_less_of_the_range_in_reference_mode(pair):
    rng = np.random.default_rng(0)
    shaken = {
        name: take(name, each.positions + rng.normal(0, 0.005, each.positions.shape)) for name, each in pair.items()
    }
    ours = channel_histograms(Preprocessing.fit(shaken), shaken).central_share[3:]
    theirs = channel_histograms(Preprocessing.fit(shaken, reference=True), shaken).central_share[3:]
    assert (theirs < ours / 10).all()


def test_missing_markers_are_ignored(pair):
    positions = walking_positions()
    positions[:50, 3] = np.nan
    gappy = {"one": take("one", positions), "two": pair["two"]}
    histograms = channel_histograms(Preprocessing.fit(gappy), gappy)
    assert np.isfinite(histograms.shares).all()
    np.testing.assert_allclose(histograms.shares.sum(axis=1), 1)
