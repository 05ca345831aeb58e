import os

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion import gaps
from mariel.motion.io.loading import find_files, load_recordings, recording_version
from mariel.motion.mariel_markers import RAW_LABELS
from tests.support.bodies import to_raw_layout, walking_positions, write_raw_take
from tests.support.recording_files import JOINTS, joint_positions, write_described


@pytest.fixture
def folder(tmp_path):
    for name in ("honey", "chunli"):
        write_raw_take(tmp_path, name, walking_positions(1100))
    return tmp_path


def test_takes_of_a_folder_are_in_the_order_of_their_names(folder):
    recordings = load_recordings(folder)
    assert list(recordings) == ["chunli", "honey"]
    assert recordings.frames == 200
    assert recordings.problems == ()


def test_a_glob_or_one_file_opens(folder):
    assert list(load_recordings(folder / "mariel_h*.npy")) == ["honey"]
    assert list(load_recordings(folder / "mariel_honey.npy")) == ["honey"]


def test_a_folder_with_raw_file_names_opens_only_those(folder):
    np.save(folder / "notes.npy", np.zeros(3))
    assert [file.name for file in find_files(folder)] == ["mariel_chunli.npy", "mariel_honey.npy"]


def test_valid_takes_open_beside_invalid_ones(folder):
    np.save(folder / "mariel_bad.npy", np.zeros((3, 3)))
    recordings = load_recordings(folder)
    assert list(recordings) == ["chunli", "honey"]
    (problem,) = recordings.problems
    assert (problem.name, problem.severity) == ("mariel_bad.npy", "error")
    assert "expected positions (frames, markers, 3)" in problem.message


def test_an_unknown_take_is_rejected_with_the_known_names(folder):
    with pytest.raises(RecordingError, match=r"no recording 'hony'.* there are chunli, honey"):
        load_recordings(folder)["hony"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("nowhere", "no such folder or file: 'nowhere'"),
        ("nothing_*.npy", "no recordings match"),
        ("{empty}", "looked for mariel_.*the folder is empty"),
        ("{text}", "none of its 1 files match"),
        ("{bad}", "can be used: mariel_bad.npy: expected positions"),
    ],
)
def test_no_recording_is_rejected_with_what_was_looked_for(tmp_path, data, message):
    for name in ("empty", "text", "bad"):
        (tmp_path / name).mkdir()
    (tmp_path / "text" / "readme.txt").write_text("hello")
    np.save(tmp_path / "bad" / "mariel_bad.npy", np.zeros(3))
    with pytest.raises(RecordingError, match=message):
        load_recordings(data.format(**{name: tmp_path / name for name in ("empty", "text", "bad")}))


def test_a_negative_trim_is_rejected(folder):
    with pytest.raises(RecordingError, match="trim must be 0 or more frames, found -1"):
        load_recordings(folder, trim=-1)


def test_progress_goes_from_0_to_1(folder):
    seen = []
    load_recordings(folder, progress=lambda name, share: seen.append((name, share)))
    assert seen == [("mariel_chunli.npy", 0), ("mariel_honey.npy", 0.5), ("", 1.0)]


class TestChecks:
    """Warnings and errors of takes whose files are valid."""

    KNEE = RAW_LABELS.index("LKNE")

    @staticmethod
    def problems(folder, stored):
        np.save(folder / "mariel_odd.npy", stored)
        return [str(problem) for problem in load_recordings(folder).problems]

    def test_short_gaps_are_filled_with_a_warning(self, folder):
        stored = to_raw_layout(walking_positions(1100))
        stored[self.KNEE, 520:525] = np.nan
        (problem,) = self.problems(folder, stored)
        assert problem == "odd: 1 short gap of missing markers filled by interpolation (LKNE)"

    def test_long_gaps_are_left_empty_with_a_warning(self, folder):
        stored = to_raw_layout(walking_positions(1100))
        stored[self.KNEE, 520:590] = np.nan
        (problem,) = self.problems(folder, stored)
        assert (
            "1 long gap of missing markers left empty (LKNE); the longest, LKNE, lasts 2.0 s from frame 20" in problem
        )

    def test_gaps_in_the_trimmed_ends_give_no_warning(self, folder):
        stored = to_raw_layout(walking_positions(1100))
        stored[self.KNEE, :400] = np.nan
        assert self.problems(folder, stored) == []

    def test_a_frozen_marker_is_named(self, folder):
        stored = to_raw_layout(walking_positions(1100))
        stored[self.KNEE, 530:] = stored[self.KNEE, 530:531]
        (problem,) = self.problems(folder, stored)
        assert "odd: marker LKNE is frozen for 2.0 s from frame 30" in problem

    def test_a_still_body_has_no_frozen_marker(self, folder):
        assert self.problems(folder, to_raw_layout(np.repeat(walking_positions(1), 1100, axis=0))) == []

    @pytest.mark.parametrize("factor", [1000, 100])
    def test_a_raw_take_in_another_unit_opens_in_metres(self, folder, factor):
        assert self.problems(folder, to_raw_layout(walking_positions(1100) * factor)) == []
        take = load_recordings(folder)["odd"]
        assert (take.unit, len(take)) == ("m", 100)
        np.testing.assert_allclose(take.positions, walking_positions(1100)[500:600], atol=1e-3)

    def test_a_body_of_no_human_size_asks_for_the_unit(self, folder):
        (problem,) = self.problems(folder, to_raw_layout(walking_positions(1100) * 7))
        assert problem.startswith(
            "mariel_odd.npy: the unit of length is not known: sizes stay in the unit of the file"
        )
        assert "--unit" in problem

    def test_a_take_without_any_position_is_rejected(self, folder):
        (problem,) = self.problems(folder, np.full((55, 1100, 3), np.nan, np.float32))
        assert problem == "odd: expected positions, found no marker in any frame"


def test_real_recordings_open_without_problems(mocap):
    recordings = load_recordings(mocap / "mariel_layout")
    assert (len(recordings), recordings.frames) == (11, 28618)
    assert recordings.problems == ()


def test_real_bodies_are_upright_with_left_on_the_left(mocap):
    for take in load_recordings(mocap / "mariel_layout").values():
        forward = take["LTOE"] - take["LHEL"] + take["RTOE"] - take["RHEL"]
        left = take["LFWT"] - take["RFWT"]
        assert np.median(take["ARIEL"][:, 2] - take["LTOE"][:, 2]) > 1
        # in the short clip with fast steps the feet cross in some frames
        assert np.median(forward[:, 0] * left[:, 1] - forward[:, 1] * left[:, 0]) > 0


class TestFindingFiles:
    def test_a_link_to_nothing_is_named_and_the_others_open(self, folder):
        (folder / "mariel_x.npy").symlink_to("/nonexistent")
        recordings = load_recordings(folder)
        assert list(recordings) == ["chunli", "honey"]
        (problem,) = recordings.problems
        assert str(problem) == "mariel_x.npy: a link to '/nonexistent', which does not exist"

    def test_a_pipe_under_a_raw_name_does_not_hide_the_other_files(self, tmp_path):
        os.mkfifo(tmp_path / "mariel_x.npy")
        np.save(tmp_path / "good.npy", walking_positions(20).astype(np.float32))
        recordings = load_recordings(tmp_path)
        assert list(recordings) == ["good"]
        assert [str(problem) for problem in recordings.problems] == ["mariel_x.npy: expected a file, found a pipe"]

    @pytest.mark.parametrize("data", ["a" * 5000, "~nosuchuser/x", "a\0b", "/dev/null/x", "//a*b/**/?\0"])
    def test_a_name_that_no_system_has_is_rejected(self, data):
        with pytest.raises(RecordingError, match=r"no such|cannot look for|no recordings match"):
            load_recordings(data)

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
    def test_a_folder_without_permission_is_named(self, folder):
        folder.chmod(0)
        try:
            with pytest.raises(RecordingError, match=r"cannot look for recordings in .*: permission denied"):
                load_recordings(folder)
        finally:
            folder.chmod(0o755)

    def test_a_folder_of_folders_says_to_open_one(self, folder):
        (folder / "notes").mkdir()
        (folder / "mariel_honey.npy").rename(folder / "notes" / "mariel_honey.npy")
        (folder / "mariel_chunli.npy").unlink()
        with pytest.raises(RecordingError, match="it has only folders, such as 'notes': open one of them"):
            load_recordings(folder)

    def test_a_folder_with_a_damaged_demo_description_is_not_synthetic(self, folder):
        (folder / "demo.json").write_text("[" * 100_000)
        recordings = load_recordings(folder)
        assert (list(recordings), recordings.synthetic) == (["chunli", "honey"], False)

    def test_a_file_has_a_new_version_when_it_or_its_description_changes(self, tmp_path):
        path = write_described(tmp_path / "a.npy", joint_positions())
        first = recording_version(path)
        assert recording_version(path) == first
        path.with_suffix(".json").write_text("{}")
        second = recording_version(path)
        path.unlink()
        assert len({first, second, recording_version(path)}) == 3


class TestMarkersNeverSeen:
    """Files hold the points of a whole session, also those that are not on the body in this take."""

    @staticmethod
    def write(path, positions, names):
        np.savez(path, data=positions, names=np.array(names), fps=100)

    def test_a_marker_never_seen_is_reported_and_left_out_and_does_not_hide_the_unit(self, tmp_path):
        positions = joint_positions(50) * 1000
        positions[:, 1] = np.nan
        self.write(tmp_path / "mm.npz", positions, JOINTS)
        recordings = load_recordings(tmp_path)
        take = recordings["mm"]
        assert (take.unit, take.marker_set.labels) == ("m", ("Hips", "RightKnee", "Head"))
        np.testing.assert_allclose(take.positions, joint_positions(50)[:, [0, 2, 3]], atol=1e-6)
        assert "mm: 1 marker is never seen and left out (LeftKnee)" in map(str, recordings.problems)

    def test_points_seen_for_a_moment_are_left_out(self, tmp_path):
        positions = np.concatenate([joint_positions(50), np.full((50, 6, 3), np.nan, np.float32)], axis=1)
        positions[10:14, 4:] = 0.5
        self.write(tmp_path / "a.npz", positions, [*JOINTS, *(f"*{i}" for i in range(6))])
        recordings = load_recordings(tmp_path)
        assert recordings["a"].marker_set.labels == JOINTS
        (problem,) = recordings.problems
        assert "6 markers are seen in less than 10% of the frames and left out (*0, *1, *2, *3 and 2 more)" in str(
            problem
        )

    def test_a_marker_seen_in_another_take_of_the_same_markers_is_kept(self, tmp_path):
        positions = joint_positions(50)
        self.write(tmp_path / "a.npz", positions, JOINTS)
        positions[:, 1] = np.nan
        self.write(tmp_path / "b.npz", positions, JOINTS)
        recordings = load_recordings(tmp_path)
        assert [take.marker_set.labels for take in recordings.values()] == [JOINTS, JOINTS]
        assert {problem.name for problem in recordings.problems if problem.severity == "warning"} == {"b"}

    def test_noise_with_more_gaps_than_can_be_described_is_rejected(self, tmp_path, monkeypatch):
        monkeypatch.setattr(gaps, "MAX_GAPS", 10)
        positions = joint_positions(60)
        positions[::2, 0] = np.nan
        self.write(tmp_path / "a.npz", positions, JOINTS)
        with pytest.raises(RecordingError, match="markers are missing in 30 places"):
            load_recordings(tmp_path)


def test_a_body_that_lies_where_files_usually_have_it_standing_is_asked_about(tmp_path):
    lying = (joint_positions(50)[..., [2, 0, 1]] * [1, 1, 0.5]).astype(np.float32)
    np.savez(tmp_path / "a.npz", data=lying * 100, names=np.array(JOINTS), fps=100)
    (problem,) = load_recordings(tmp_path).problems
    assert problem.severity == "question"
    assert "+z is assumed, since the dancer lies then, or stands along +x; say it with --up" in problem.message
