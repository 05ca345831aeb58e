import numpy as np
import pytest

from mariel.errors import MarkerError, RecordingError
from mariel.motion.gaps import Gap, find_gaps, is_complete
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording, format_duration, require_fps
from tests.support.bodies import standing_pose, walking_positions, walking_recording

TWO = MarkerSet("two", ("A", "B"))


def counting_recording(frames: int = 10, **more) -> Recording:
    """Marker A at (frame, 0, 0), marker B at (frame, 1, 0)."""
    source = np.zeros((frames, 2, 3))
    source[..., 0] = np.arange(frames)[:, None]
    source[:, 1, 1] = 1
    return Recording("count", source, TWO, fps=2, **more)


def test_positions_are_float32_z_up_and_read_only():
    positions = walking_recording().positions
    assert positions.dtype == np.float32
    assert positions.shape == (100, 53, 3)
    with pytest.raises(ValueError, match="read-only"):
        positions[0] = 0


def test_signs_are_applied_to_the_source():
    positions = counting_recording(signs=(1, -1, -1)).positions
    assert positions[3].tolist() == [[3, 0, 0], [3, -1, 0]]


def test_a_window_of_a_window_has_the_frames_of_the_take():
    window = counting_recording().frames(2, 8).frames(1, 3)
    assert window["A"][:, 0].tolist() == [3, 4]


def test_negative_frames_count_from_the_end():
    assert counting_recording().frames(-3, -1)["A"][:, 0].tolist() == [7, 8]


def test_seconds_are_frames_divided_by_fps():
    assert counting_recording().seconds(1, 2.5)["A"][:, 0].tolist() == [2, 3, 4]


@pytest.mark.parametrize(("start", "stop"), [(5, 5), (0, 11), (-11, 3), (7, 2)])
def test_a_window_outside_the_take_is_rejected(start, stop):
    with pytest.raises(RecordingError, match=r"'count': frames .* it has frames 0 to 10"):
        counting_recording().frames(start, stop)


def test_markers_are_in_the_requested_order():
    assert counting_recording().markers(["B", "A"]).positions[0].tolist() == [[0, 1, 0], [0, 0, 0]]


def test_reduction_to_18_markers_selects_their_columns():
    reduced = walking_recording().markers(MARIEL_18)
    np.testing.assert_allclose(reduced.positions[0, 0], standing_pose()[MARIEL_53.index("ARIEL")], atol=1e-6)


def test_an_unknown_marker_is_named_in_the_error():
    with pytest.raises(MarkerError, match="no marker 'LKNEE'"):
        walking_recording()["LKNEE"]


def test_chunks_cover_every_frame_once():
    concatenated = np.concatenate([chunk.positions for chunk in counting_recording(11).chunks(4)])
    assert concatenated[:, 0, 0].tolist() == list(range(11))


def test_a_recording_never_changes():
    recording = counting_recording()
    recording.frames(0, 2), recording.markers(["A"])
    assert len(recording) == 10
    assert len(recording.marker_set) == 2


@pytest.mark.parametrize(
    ("source", "more", "message"),
    [
        (np.zeros((5, 3)), {}, r"expected positions \(frames, markers, 3\), found shape \(5, 3\)"),
        (np.zeros((5, 1, 3)), {}, "the two set needs 2 columns, found 1"),
        (np.zeros((5, 2, 3)), {"fps": 0}, "fps must be above 0"),
        (np.zeros((5, 2, 3)), {"start": 5}, "frames 5 to 5 requested, it has 5"),
    ],
)
def test_invalid_recordings_are_rejected(source, more, message):
    with pytest.raises(RecordingError, match=message):
        Recording("bad", source, TWO, **more)


def test_repr_has_frames_markers_fps_and_duration():
    assert repr(walking_recording("honey", 350)) == "Recording('honey', 350 frames × 53 markers, 35 fps, 10 s)"


@pytest.mark.parametrize(
    ("seconds", "text"), [(3.657, "3.7 s"), (48, "48 s"), (171, "2 min 51 s"), (3780, "1 h 03 min")]
)
def test_durations_are_formatted_with_units(seconds, text):
    assert format_duration(seconds) == text


class TestGaps:
    """Marker A of the counting recording loses frames; its path is its frame number."""

    @staticmethod
    def with_gap(start, stop, value=np.nan, frames=40):
        source = counting_recording(frames).source.copy()
        source[:, 0] += 1  # so that no known position is zero
        source[start:stop, 0] = value
        return Recording("gappy", source, TWO, gaps=find_gaps(source, max_filled_frames=12))

    def test_a_short_gap_is_found_and_filled_linearly(self):
        recording = self.with_gap(4, 9)
        assert recording.gaps == (Gap(0, 4, 9, True),)
        np.testing.assert_allclose(recording["A"][:, 0], np.arange(40) + 1)

    def test_zeros_count_as_missing(self):
        np.testing.assert_allclose(self.with_gap(4, 9, value=0)["A"][:, 0], np.arange(40) + 1)

    def test_a_window_that_begins_inside_a_gap_fills_it_as_the_whole_take_does(self):
        np.testing.assert_allclose(self.with_gap(4, 9).frames(6, 12)["A"][:, 0], np.arange(6, 12) + 1)

    def test_a_long_gap_stays_empty_and_is_in_the_missing_mask(self):
        recording = self.with_gap(4, 30)
        assert np.isnan(recording["A"][4:30]).all()
        assert recording.missing_mask()[:, 0].sum() == 26
        assert not recording.missing_mask()[:, 1].any()

    @pytest.mark.parametrize(("start", "stop"), [(0, 3), (38, 40)])
    def test_a_gap_at_either_end_is_not_filled(self, start, stop):
        assert np.isnan(self.with_gap(start, stop)["A"][start:stop]).all()

    def test_infinity_is_missing_too(self):
        np.testing.assert_allclose(self.with_gap(5, 6, value=np.inf)["A"][:, 0], np.arange(40) + 1)

    def test_gaps_across_chunks_are_found_as_one(self):
        source = self.with_gap(4, 9).source
        assert find_gaps(source, max_filled_frames=12, chunk=6) == find_gaps(source, max_filled_frames=12)


@pytest.mark.parametrize("value", [0, np.nan, np.inf, -1e31])
def test_one_number_that_can_be_no_position_is_seen_in_any_order_of_memory(value):
    for source in (np.ones((600, 53, 3), np.float32), np.ones((53, 600, 3), np.float32).transpose(1, 0, 2)):
        assert is_complete(source)
        source[599, 52, 1] = value
        assert not is_complete(source)
        assert is_complete(source, zeros_are_missing=False) == (value == 0)


def test_positions_are_the_same_from_a_memory_map(tmp_path):
    np.save(tmp_path / "walk.npy", walking_positions(50))
    mapped = Recording("walk", np.load(tmp_path / "walk.npy", mmap_mode="r"), MARIEL_53)
    np.testing.assert_array_equal(mapped.positions, walking_recording(frames=50).positions)


@pytest.mark.parametrize("fps", [0.0009, 100_001, 0, -35, float("inf"), float("nan")])
def test_a_frame_rate_out_of_range_is_refused(fps):
    with pytest.raises(RecordingError, match="fps must be above 0"):
        require_fps(fps)


@pytest.mark.parametrize("fps", [0.001, 35, 100_000])
def test_a_frame_rate_in_range_is_accepted(fps):
    require_fps(fps)
