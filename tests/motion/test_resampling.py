import numpy as np

from mariel.motion.resampling import resampled


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
