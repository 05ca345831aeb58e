import numpy as np
import pytest

from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.quality import find_outliers, marker_speeds, most_active_start, phrase_quality, take_profile
from mariel.motion.recording import Recording
from tests.support.bodies import walking_positions, walking_recording


def modified_recording(change) -> Recording:
    positions = walking_positions(100)
    change(positions)
    return Recording.from_positions("modified", positions, MARIEL_53)


def test_a_steady_walk_has_its_speed_in_every_frame():
    np.testing.assert_allclose(take_profile(walking_recording()).speed, 1.0, rtol=1e-4)


def test_a_profile_does_not_depend_on_the_chunk_size():
    whole, pieces = take_profile(walking_recording()), take_profile(walking_recording(), chunk=7)
    for name in ("speed", "fastest_speed", "height", "missing_share"):
        np.testing.assert_allclose(getattr(pieces, name), getattr(whole, name), rtol=1e-6)


def test_height_is_measured_from_the_floor_of_the_take():
    profile = take_profile(walking_recording())
    assert profile.floor_height == pytest.approx(0.05)
    np.testing.assert_allclose(profile.height, 1.65, atol=1e-5)


def test_one_frame_has_no_speed():
    assert marker_speeds(walking_positions(1), 35).tolist() == [[0.0] * 53]


def test_a_good_phrase_has_no_flags():
    quality = phrase_quality(walking_recording())
    assert quality.flags == ()
    assert quality.mean_speed == pytest.approx(1.0, rel=1e-4)
    assert quality.segment_spread == pytest.approx(0, abs=1e-3)


def test_the_fastest_marker_is_named_with_its_frame():
    def jump(positions):
        positions[50:, MARIEL_53.index("RIWR"), 2] += 1  # 1 m in one frame: 35 m/s upwards, 1 m/s forward

    quality = phrase_quality(modified_recording(jump))
    assert (quality.fastest_marker, quality.fastest_frame) == ("RIWR", 50)
    assert quality.fastest_speed == pytest.approx(np.hypot(35, 1), rel=1e-4)
    assert "RIWR reaches 35.0 m/s" in quality.flags


def test_a_still_phrase_is_flagged():
    still = Recording.from_positions("still", np.repeat(walking_positions(1), 50, axis=0), MARIEL_53)
    assert phrase_quality(still).still_share == 1
    assert phrase_quality(still).flags == ("hardly moves",)


def test_a_segment_that_is_not_rigid_is_named():
    def loosen(positions):
        positions[::2, MARIEL_53.index("LFHD"), 1] += 0.2

    quality = phrase_quality(modified_recording(loosen))
    assert quality.least_rigid_segment == "head"
    assert any(flag.startswith("head varies by") for flag in quality.flags)


def test_missing_markers_are_counted_and_left_out_of_speeds():
    def lose(positions):
        positions[:50, 0] = np.nan

    quality = phrase_quality(modified_recording(lose))
    assert quality.missing_share == pytest.approx(50 / 5300)
    assert np.isfinite(quality.mean_speed)


def test_outliers_are_the_fastest_frames_at_a_distance_from_each_other():
    def jumps(positions):
        positions[30:, 5, 2] += 0.5
        positions[80:, 7, 2] += 1.0

    recording = modified_recording(jumps)
    first, second = find_outliers(recording, take_profile(recording), 2)
    assert (first.frame, first.marker) == (80, MARIEL_53.labels[7])
    assert (second.frame, second.marker) == (30, MARIEL_53.labels[5])


@pytest.mark.parametrize(("scale", "unit"), [(1.0, "m"), (100.0, "source units")])
def test_the_most_active_window_is_found_whatever_the_unit(scale, unit):
    positions = np.zeros((60, 53, 3), np.float32)
    positions[40:, :, 0] = np.arange(20)[:, None] * scale / 35  # still, then 1 m/s (or 100 of an unknown unit)
    recording = Recording.from_positions("late", positions, MARIEL_53, unit=unit)
    assert most_active_start(take_profile(recording), 20) == 40


def test_a_phrase_of_unknown_unit_is_not_said_to_hardly_move():
    small = Recording.from_positions("small", walking_positions(100) / 1000, MARIEL_53, unit="source units")
    assert "hardly moves" not in phrase_quality(small).flags


def test_an_unknown_unit_is_judged_by_the_size_of_the_body():
    def flags(factor: float, speed: float, unit: str) -> tuple[str, ...]:
        positions = walking_positions(100, speed=speed) * factor
        return phrase_quality(Recording.from_positions("a", positions, MARIEL_53, unit=unit)).flags

    assert flags(7, 0.5, "source units") == flags(1, 0.5, "m") == ()
    (flag,) = flags(7, 15, "source units")
    assert "source units/s" in flag
    assert "body heights per second" in flag
    assert flags(7, 0.01, "source units") == flags(1, 0.01, "m") == ("hardly moves",)
