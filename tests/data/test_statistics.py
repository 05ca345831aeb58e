import numpy as np
import pytest

from mariel.data.preprocessing import Preprocessing
from mariel.data.statistics import channel_histograms, seams
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from tests.support.bodies import walker, walking


def take(name, positions) -> Recording:
    return Recording.from_positions(name, positions, MARIEL_53)


@pytest.fixture
def pair() -> dict[str, Recording]:
    """Two walks along x at 1 m/s; the second begins 7 m to the side of where the first begins."""
    return {"one": walking("one"), "two": take("two", walker() + np.array([0, 7, 0]))}


def test_a_seam_leaps_by_the_way_between_two_takes(pair):
    (seam,) = seams(pair, around=10)
    # back from frame 99 to frame 0 of the walk, 99/35 m, and 7 m aside, within one frame
    assert seam.leap == pytest.approx(35 * np.hypot(99 / 35, 7), rel=1e-4)
    assert (seam.before, seam.after) == ("one", "two")
    assert seam.frames.tolist() == list(range(-10, 10))


def test_within_takes_nothing_leaps(pair):
    (seam,) = seams(pair)
    np.testing.assert_allclose(seam.apart, 1.0, rtol=1e-3)


def test_one_take_has_no_seam():
    assert seams({"one": walking()}) == []


def test_histograms_share_out_every_value(pair):
    histograms = channel_histograms(Preprocessing.fit(pair), pair)
    np.testing.assert_allclose(histograms.shares.sum(axis=1), 1)


def test_a_steady_walk_has_one_velocity(pair):
    fit = Preprocessing.fit(pair)
    histograms = channel_histograms(fit, pair)
    speeds = fit.velocities.undo(histograms.centres) / fit.stage.factor
    half_a_bin = (speeds[1] - speeds[0]) / 2
    assert speeds[histograms.shares[3].argmax()] == pytest.approx(1.0, abs=half_a_bin * 1.01)  # vx
    assert speeds[histograms.shares[5].argmax()] == pytest.approx(0.0, abs=half_a_bin * 1.01)  # vz


def test_the_reference_leaves_real_velocities_less_room(pair):
    rng = np.random.default_rng(0)
    shaken = {
        name: take(name, each.positions + rng.normal(0, 0.005, each.positions.shape)) for name, each in pair.items()
    }
    ours = channel_histograms(Preprocessing.fit(shaken), shaken).used[3:]
    theirs = channel_histograms(Preprocessing.fit(shaken, reference=True), shaken).used[3:]
    assert (theirs < ours / 10).all()


def test_missing_markers_do_not_count(pair):
    positions = walker()
    positions[:50, 3] = np.nan
    gappy = {"one": take("one", positions), "two": pair["two"]}
    histograms = channel_histograms(Preprocessing.fit(gappy), gappy)
    assert np.isfinite(histograms.shares).all()
    np.testing.assert_allclose(histograms.shares.sum(axis=1), 1)
