import numpy as np
import pytest

from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.quality import find_outliers, marker_speeds, phrase_quality, take_profile
from mariel.motion.recording import Recording
from tests.support.bodies import walker, walking


def changed(change) -> Recording:
    positions = walker(100)
    change(positions)
    return Recording.from_positions("changed", positions, MARIEL_53)


def test_a_steady_walk_has_its_speed_in_every_frame():
    np.testing.assert_allclose(take_profile(walking()).speed, 1.0, rtol=1e-4)


def test_profiles_do_not_depend_on_the_size_of_chunks():
    whole, pieces = take_profile(walking()), take_profile(walking(), chunk=7)
    for name in ("speed", "fastest", "height", "missing"):
        np.testing.assert_allclose(getattr(pieces, name), getattr(whole, name), rtol=1e-6)


def test_height_is_measured_from_the_takes_own_floor():
    profile = take_profile(walking())
    assert profile.floor == pytest.approx(0.05)
    np.testing.assert_allclose(profile.height, 1.65, atol=1e-5)


def test_one_frame_has_no_speed():
    assert marker_speeds(walker(1), 35).tolist() == [[0.0] * 53]


def test_a_good_phrase_has_no_flags():
    quality = phrase_quality(walking())
    assert quality.flags == ()
    assert quality.mean_speed == pytest.approx(1.0, rel=1e-4)
    assert quality.bone_jitter == pytest.approx(0, abs=1e-3)


def test_the_fastest_marker_is_named_with_its_frame():
    def jump(positions):
        positions[50:, MARIEL_53.index("RIWR"), 2] += 1  # 1 m in a frame: 35 m/s upwards, 1 m/s ahead

    quality = phrase_quality(changed(jump))
    assert (quality.fastest_marker, quality.fastest_frame) == ("RIWR", 50)
    assert quality.fastest_speed == pytest.approx(np.hypot(35, 1), rel=1e-4)
    assert "RIWR reaches 35.0 m/s" in quality.flags


def test_a_still_phrase_is_told():
    still = Recording.from_positions("still", np.repeat(walker(1), 50, axis=0), MARIEL_53)
    assert phrase_quality(still).stillness == 1
    assert phrase_quality(still).flags == ("hardly moves",)


def test_a_loose_segment_is_named():
    def loosen(positions):
        positions[::2, MARIEL_53.index("LFHD"), 1] += 0.2

    quality = phrase_quality(changed(loosen))
    assert quality.loosest == "head"
    assert any(flag.startswith("head varies by") for flag in quality.flags)


def test_missing_markers_are_counted_not_passed_on():
    def lose(positions):
        positions[:50, 0] = np.nan

    quality = phrase_quality(changed(lose))
    assert quality.missing == pytest.approx(50 / 5300)
    assert np.isfinite(quality.mean_speed)


def test_outliers_are_the_fastest_moments_apart_from_each_other():
    def jumps(positions):
        positions[30:, 5, 2] += 0.5
        positions[80:, 7, 2] += 1.0

    recording = changed(jumps)
    first, second = find_outliers(recording, take_profile(recording), 2)
    assert (first.frame, first.marker) == (80, MARIEL_53.labels[7])
    assert (second.frame, second.marker) == (30, MARIEL_53.labels[5])
