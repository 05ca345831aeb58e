"""Mariel's raw layout, the published excerpt, and coordinates as this program saves them."""

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.loading import load_recordings
from mariel.motion.io.registry import ReadOptions, open_recording_file
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_18, MARIEL_53, MARIEL_55
from tests.support.bodies import standing_pose, to_raw_layout, walking_positions, write_raw_take

WHOLE = ReadOptions(trim=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, ">f8"])
def test_a_raw_take_opens_upright_with_left_on_the_left(tmp_path, dtype):
    (take,) = open_recording_file(write_raw_take(tmp_path, "walk", walking_positions(1010), dtype))
    assert (take.name, len(take), take.positions.dtype, take.raw_layout) == ("walk", 10, np.float32, True)
    np.testing.assert_allclose(take.positions, walking_positions(1010)[500:510], atol=1e-5)


def test_raw_takes_are_memory_mapped(tmp_path):
    (take,) = open_recording_file(write_raw_take(tmp_path, "walk", walking_positions(1010)))
    base = take.source
    while base.base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)


@pytest.mark.parametrize("order", ["C", "F"])
def test_both_orders_in_memory_open(tmp_path, order):
    np.save(tmp_path / "mariel_walk.npy", np.asarray(to_raw_layout(walking_positions(60)), order=order))
    (take,) = open_recording_file(tmp_path / "mariel_walk.npy", WHOLE)
    np.testing.assert_allclose(take.positions, walking_positions(60), atol=1e-5)


def test_reference_mode_negates_z_alone_and_mirrors(tmp_path):
    path = write_raw_take(tmp_path, "walk", walking_positions(1010))
    (take,) = open_recording_file(path, ReadOptions(reference=True))
    np.testing.assert_allclose(take.positions, walking_positions(1010)[500:510] * [1, -1, 1], atol=1e-5)


@pytest.mark.parametrize(("trim", "frames"), [(0, 1010), (100, 810), (504, 2)])
def test_trim_sets_the_number_of_frames_left_out(tmp_path, trim, frames):
    path = write_raw_take(tmp_path, "walk", walking_positions(1010))
    (take,) = open_recording_file(path, ReadOptions(trim=trim))
    assert len(take) == frames


def test_a_take_no_longer_than_its_padding_is_rejected(tmp_path):
    path = write_raw_take(tmp_path, "short", walking_positions(1000))
    with pytest.raises(RecordingError, match=r"expected more than 1,000 .* found 1,000"):
        open_recording_file(path)


def test_53_markers_without_helper_points_open(tmp_path):
    stored = walking_positions(1010).transpose(1, 0, 2) * [1, -1, -1]
    np.save(tmp_path / "mariel_bare.npy", stored.astype(np.float32))
    (take,) = open_recording_file(tmp_path / "mariel_bare.npy")
    np.testing.assert_allclose(take.positions, walking_positions(1010)[500:510], atol=1e-5)


@pytest.mark.parametrize("signs", [(1, 1, 1), (1, -1, -1), (1, -1, 1), (1, 1, -1)])
def test_orientation_and_mirroring_are_detected_from_the_body(tmp_path, signs):
    np.save(tmp_path / "mariel_odd.npy", (walking_positions(20).transpose(1, 0, 2) * signs).astype(np.float32))
    (take,) = open_recording_file(tmp_path / "mariel_odd.npy", WHOLE)
    np.testing.assert_allclose(take.positions, walking_positions(20), atol=1e-6)


def test_the_published_excerpt_is_unmirrored(tmp_path):
    pose = standing_pose()[MARIEL_53.indices(MARIEL_15.labels)]
    np.save(tmp_path / "mariel15.npy", np.repeat((pose * [1, -1, 1])[:, None], 5, axis=1))
    (take,) = open_recording_file(tmp_path / "mariel15.npy")
    assert (take.marker_set, take.raw_layout) == (MARIEL_15, False)
    np.testing.assert_allclose(take.positions[0], pose, atol=1e-6)


class TestCoordinates:
    """A page's Coordinates download: (frames, markers, 3), z up, metres; several dancers on a first axis."""

    @pytest.mark.parametrize("marker_set", [MARIEL_53, MARIEL_18, MARIEL_15], ids=str)
    @pytest.mark.parametrize("frames", [4, 15, 53, 55, 128])
    def test_a_download_opens_as_it_was_saved(self, tmp_path, marker_set, frames):
        positions = walking_positions(frames)[:, MARIEL_53.indices(marker_set.labels)].astype(np.float32)
        np.save(tmp_path / "honey from frame 20.npy", positions)
        (take,) = open_recording_file(tmp_path / "honey from frame 20.npy")
        assert (take.marker_set, take.fps, take.unit, take.raw_layout) == (marker_set, 35, "m", False)
        np.testing.assert_array_equal(take.positions, positions)

    def test_a_download_of_a_lying_or_crouching_dancer_stays_in_metres(self, tmp_path):
        lying = walking_positions(20)[..., [2, 1, 0]].astype(np.float32)
        np.save(tmp_path / "lying.npy", lying)
        np.save(tmp_path / "crouching.npy", (walking_positions(20) * [1, 1, 0.5]).astype(np.float32))
        recordings = load_recordings(tmp_path)
        assert [take.unit for take in recordings.values()] == ["m", "m"]
        np.testing.assert_array_equal(recordings["lying"].positions, lying)
        (problem,) = recordings.problems
        assert problem.severity == "question"
        assert "+z is assumed, since the file says so, but along +x the head is above the feet in 100%" in str(
            problem
        )

    def test_two_dancers_open_as_two_recordings(self, tmp_path):
        one, two = walking_positions(20), walking_positions(20, speed=0.5)
        np.save(tmp_path / "pair.npy", np.stack([one, two]).astype(np.float32))
        takes = open_recording_file(tmp_path / "pair.npy")
        assert [take.name for take in takes] == ["pair 1", "pair 2"]
        np.testing.assert_allclose(takes[1].positions, two, atol=1e-6)

    def test_no_frames_are_trimmed_but_those_asked_for(self, tmp_path):
        np.save(tmp_path / "dance.npy", walking_positions(20).astype(np.float32))
        (take,) = open_recording_file(tmp_path / "dance.npy", ReadOptions(trim=3))
        np.testing.assert_allclose(take.positions, walking_positions(20)[3:17], atol=1e-6)

    @pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1)], ids=["z up", "y up"])
    def test_raw_columns_with_frames_first_stand_upright(self, tmp_path, order):
        positions = to_raw_layout(walking_positions(30)).transpose(1, 0, 2) * [1, -1, -1]  # z up, 55 columns
        stored = positions if order == (0, 1, 2) else positions[..., [0, 2, 1]] * [1, 1, -1]
        np.save(tmp_path / "sample.npy", stored.astype(np.float32))
        (take,) = open_recording_file(tmp_path / "sample.npy")
        np.testing.assert_allclose(take.positions, walking_positions(30), atol=1e-6)

    def test_real_frames_of_all_55_columns_are_rotated_upright_and_not_mirrored(self, mocap):
        (take,) = open_recording_file(mocap / "mariel55_y_up.npy")
        x, y, z = np.moveaxis(np.load(mocap / "mariel55_y_up.npy"), 2, 0)
        expected = np.stack([x, -z, y], axis=2)[:, MARIEL_55.indices(MARIEL_53.labels)]
        assert (len(take), take.unit) == (50, "m")
        np.testing.assert_allclose(take.positions, expected, atol=1e-6)
        assert np.ptp(take.positions[..., 2]) == pytest.approx(1.58, abs=0.02)
