import numpy as np
import pytest

from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording
from mariel.motion.resampling import at_one_rate, describe_resampled, resampled


def ramp(frames: int) -> np.ndarray:
    """(frames, 1, 3): one marker that is at its frame's number."""
    return np.repeat(np.arange(frames, dtype=np.float32), 3).reshape(frames, 1, 3)


def test_twice_the_frame_rate_adds_a_pose_halfway_between_two():
    # The last pose is half a frame from the end and is held there.
    np.testing.assert_allclose(resampled(ramp(3), 30, 60)[:, 0, 0], [0, 0.5, 1, 1.5, 2, 2])


def test_half_the_frame_rate_keeps_every_second_pose():
    np.testing.assert_allclose(resampled(ramp(6), 60, 30)[:, 0, 0], [0, 2, 4])


def test_the_same_frame_rate_changes_nothing():
    positions = ramp(4)
    assert resampled(positions, 35, 35) is positions


def test_another_frame_rate_keeps_the_length_in_seconds():
    assert len(resampled(ramp(120), 120, 35)) == 35


def test_a_pose_on_a_frame_is_not_lost_to_a_gap_beside_it():
    positions = ramp(4)
    positions[1] = np.nan
    np.testing.assert_array_equal(resampled(positions, 30, 60)[:, 0, 0], [0, np.nan, np.nan, np.nan, 2, 2.5, 3, 3])


def test_one_frame_stays_a_pose():
    np.testing.assert_array_equal(resampled(ramp(1) + 7, 30, 60)[:, 0, 0], [7, 7])


def sine(hertz: float, fps: float, seconds: float = 4.0) -> np.ndarray:
    """(frames, 1, 3): one marker that sways 0.3 m, three times as far up as to the side."""
    sway = 0.3 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * fps)) / fps)
    return (sway[:, None, None] * [1 / 3, 0, 1]).astype(np.float32)


@pytest.mark.parametrize(("fps", "to"), [(60, 35), (35, 60), (120, 35), (30, 35), (119.88, 30), (59.94, 24)])
@pytest.mark.parametrize("hertz", [0.5, 2])
def test_a_sine_is_that_sine_at_another_rate(fps, to, hertz):
    expected = sine(hertz, to)[5:-5]
    found = resampled(sine(hertz, fps), fps, to)[5:][: len(expected)]
    np.testing.assert_allclose(found, expected[: len(found)], atol=5e-4)  # half a millimetre of 300
    velocity, expected_velocity = (np.diff(each, axis=0) * to for each in (found, expected[: len(found)]))
    np.testing.assert_allclose(velocity, expected_velocity, atol=0.04)  # m/s, of up to 3.8


def test_what_is_too_fast_for_a_lower_rate_is_removed_rather_than_seen_as_slow():
    """25 Hz at 35 frames per second would look like 10 Hz."""
    shaking = resampled(sine(1, 60) + 0.1 * sine(25, 60), 60, 35)
    np.testing.assert_allclose(shaking[10:-10], resampled(sine(1, 60), 60, 35)[10:-10], atol=2e-4)


@pytest.mark.parametrize("to", [35, 60, 120, 240])
def test_a_body_that_jumps_and_stops_stays_between_where_it_was(to):
    positions = np.zeros((60, 1, 3), np.float32)
    positions[20:40] = 1.0
    moving = resampled(positions, 50, to)
    assert (moving.min(), moving.max()) == (0, 1)
    positions[20:40, 0] = np.linspace(0, 1, 20)[:, None]  # at a steady speed, and then still
    positions[40:] = 1.0
    assert resampled(positions, 50, to).max() == 1


@pytest.mark.parametrize("to", [30, 90])
def test_gaps_stay_gaps_of_the_same_length_and_do_not_spread(to):
    positions = np.repeat(sine(1, 60), 2, axis=1)
    positions[60:120, 0] = np.nan
    positions[-30:, 0] = np.nan
    found, whole = resampled(positions, 60, to), resampled(sine(1, 60), 60, to)
    missing = np.isnan(found[:, 0]).any(axis=1)
    seconds = np.arange(len(found)) / to
    np.testing.assert_array_equal(missing, ((seconds > 59 / 60) & (seconds < 2)) | (seconds > 209 / 60))
    np.testing.assert_allclose(found[~missing, 0], whole[~missing, 0], atol=0.01)
    np.testing.assert_array_equal(found[:, 1], whole[:, 0])


class TestOneRate:
    def takes(self, **rates) -> dict[str, Recording]:
        markers = MarkerSet("one", ("M",))
        return {
            name: Recording.from_positions(name, sine(1, fps, seconds), markers, fps=fps, credit="a dancer")
            for name, (fps, seconds) in rates.items()
        }

    def test_recordings_get_the_rate_of_most_of_the_motion_and_it_is_said(self):
        takes = self.takes(honey=(120, 3), salt=(35, 4), pepper=(60, 2), oil=(35, 1))
        one_rate = at_one_rate(takes)
        assert one_rate.fps == 35
        assert {name: (take.fps, len(take)) for name, take in one_rate.takes.items()} == {
            "honey": (35, 105), "salt": (35, 140), "pepper": (35, 70), "oil": (35, 35),
        }  # fmt: skip
        assert one_rate.takes["salt"] is takes["salt"]
        assert one_rate.takes["honey"].credit == "a dancer"
        np.testing.assert_allclose(one_rate.takes["honey"].positions[5:-5], sine(1, 35, 3)[5:-5], atol=2e-4)
        (problem,) = one_rate.problems
        assert str(problem) == "frame rates: resampled to 35 frames per second: honey from 120, pepper from 60"
        assert problem.severity == "note"

    def test_a_model_says_another_rate(self):
        assert at_one_rate(self.takes(a=(35, 4)), 60).recorded == {"a": 35}

    @pytest.mark.parametrize(("fps", "other"), [(120, 119.88), (30, 29.97), (120, 120.0048), (24, 23.976)])
    def test_rates_that_differ_by_rounding_stay_as_they_are(self, fps, other):
        takes = self.takes(a=(fps, 2), b=(other, 2))
        one_rate = at_one_rate(takes)
        assert (one_rate.takes, one_rate.recorded, one_rate.problems) == (takes, {}, ())

    def test_many_recordings_are_counted(self):
        recorded = dict.fromkeys("abcdef", 60.0)
        assert describe_resampled(recorded, 30) == "resampled to 30 frames per second: a, b, c and 3 more from 60"

    def test_a_long_gap_is_not_filled_at_the_new_rate(self):
        positions = sine(1, 60)
        positions[60:82] = np.nan  # one frame longer than what is filled
        take = Recording.from_positions("a", positions, MarkerSet("one", ("M",)), fps=60)
        for fps in (24, 30, 35, 50, 61, 90, 120):
            assert np.isnan(at_one_rate({"a": take}, fps).takes["a"].positions).any(), fps
