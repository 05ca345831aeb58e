import numpy as np
import pytest

from mariel.duets.pairing import Duet, find_offset, pair_recordings
from mariel.errors import RecordingError
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from mariel.motion.resampling import resample_recording


@pytest.fixture(scope="module")
def dance() -> Recording:
    return load_recordings("demo")["allegro"].frames(800, 1500)


def beside(take: Recording, metres: float = 1.5) -> Recording:
    """The same dance by somebody else, to the left of the first."""
    positions = take.positions + np.array([0, metres, 0], np.float32)
    return Recording.from_positions("beside", positions, take.marker_set, fps=take.fps, unit=take.unit)


def test_dancers_stay_where_they_are_and_keep_their_distance(dance):
    duet = pair_recordings(dance, beside(dance))
    first, second = (dancer.positions for dancer in duet.dancers)
    np.testing.assert_allclose(second - first, np.broadcast_to([0, 1.5, 0], first.shape), atol=1e-6)
    assert (len(duet), duet.fps, duet.name, duet.notes) == (700, 35, "allegro and beside", ())
    assert len(duet.frames(100, 228)) == 128


@pytest.mark.parametrize("lag", [-140, 0, 70])
def test_the_offset_of_recordings_that_began_at_different_times_is_found(dance, lag):
    second = beside(dance).frames(max(lag, 0), len(dance) + min(lag, 0))
    first = dance.frames(max(-lag, 0), len(dance) + min(-lag, 0))
    duet = pair_recordings(first, second, offset=None)
    assert find_offset(first, second).seconds == pytest.approx(lag / 35)
    np.testing.assert_allclose(
        duet.dancers[1].positions - duet.dancers[0].positions,
        np.broadcast_to([0, 1.5, 0], (len(duet), 53, 3)),
        atol=1e-5,
    )
    assert any("as their speeds say" in note for note in duet.notes)


def test_what_only_one_has_is_left_out_with_a_note(dance):
    duet = pair_recordings(dance, beside(dance).frames(0, 350), offset=2.0)
    assert len(duet) == 350
    np.testing.assert_array_equal(duet.dancers[0].positions, dance.positions[70:420])
    assert duet.notes == ("10.00 s of allegro are left out, in which the other was not recorded.",)


def test_another_frame_rate_is_resampled_with_a_note(dance):
    duet = pair_recordings(dance, resample_recording(beside(dance), 60))
    assert duet.notes[0] == "beside is shown with 35 instead of 60 frames per second."
    away = duet.dancers[1].positions - duet.dancers[0].positions - [0, 1.5, 0]
    assert np.abs(away).mean() < 0.002


def test_what_cannot_be_a_duet_is_refused_with_the_way_on(dance):
    with pytest.raises(RecordingError, match=r"allegro \(.*\) and beside \(.*\) have 0.0 s in common, expected 1 s"):
        pair_recordings(dance, beside(dance), offset=60)
    unknown = Recording.from_positions("pixels", dance.positions, MARIEL_53, unit="units")
    with pytest.raises(RecordingError, match=r"pixels: the unit of its positions is not known.*--unit"):
        pair_recordings(dance, unknown)
    with pytest.raises(RecordingError, match="expected equal lengths and rates, found 700 and 100 frames"):
        Duet((dance, beside(dance).frames(0, 100)))
    still = Recording.from_positions("still", np.repeat(dance.positions[:1], 700, axis=0), MARIEL_53)
    with pytest.raises(RecordingError, match=r"no offset stands out.*say the offset in seconds"):
        pair_recordings(dance, still, offset=None)


def test_two_real_dancers_of_one_file_are_a_duet(mocap):
    duet = pair_recordings(*load_recordings(mocap / "duet.npy").values())
    assert (len(duet), duet.name) == (1200, "duet 1 and duet 2")
