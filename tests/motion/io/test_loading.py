import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.loading import find_files, load_recordings
from mariel.motion.mariel_markers import RAW_LABELS
from tests.support.bodies import raw, walker, write_take


@pytest.fixture
def folder(tmp_path):
    for name in ("honey", "chunli"):
        write_take(tmp_path, name, walker(1100))
    return tmp_path


def test_a_folder_opens_its_takes_in_the_order_of_their_names(folder):
    recordings = load_recordings(folder)
    assert list(recordings) == ["chunli", "honey"]
    assert recordings.frames == 200
    assert recordings.problems == ()


def test_a_glob_or_one_file_opens_too(folder):
    assert list(load_recordings(folder / "mariel_h*.npy")) == ["honey"]
    assert list(load_recordings(folder / "mariel_honey.npy")) == ["honey"]


def test_published_names_come_alone_when_there_are_any(folder):
    np.save(folder / "notes.npy", np.zeros(3))
    assert [file.name for file in find_files(folder)] == ["mariel_chunli.npy", "mariel_honey.npy"]


def test_good_takes_stay_usable_beside_bad_ones(folder):
    np.save(folder / "mariel_bad.npy", np.zeros((3, 3)))
    recordings = load_recordings(folder)
    assert list(recordings) == ["chunli", "honey"]
    (problem,) = recordings.problems
    assert (problem.name, problem.severity) == ("mariel_bad.npy", "error")
    assert "expected shape (55, frames, 3), found (3, 3)" in problem.message


def test_an_unknown_take_names_those_there_are(folder):
    with pytest.raises(RecordingError, match=r"no recording 'hony'.* there are chunli, honey"):
        load_recordings(folder)["hony"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("nowhere", "no such folder or file: 'nowhere'"),
        ("nothing_*.npy", "no recordings match"),
        ("{empty}", "looked for mariel_.*the folder is empty"),
        ("{text}", "none of the 1 files there match"),
        ("{bad}", "can be used: mariel_bad.npy: expected shape"),
    ],
)
def test_nothing_to_open_says_what_was_looked_for(tmp_path, data, message):
    for name in ("empty", "text", "bad"):
        (tmp_path / name).mkdir()
    (tmp_path / "text" / "readme.txt").write_text("hello")
    np.save(tmp_path / "bad" / "mariel_bad.npy", np.zeros(3))
    with pytest.raises(RecordingError, match=message):
        load_recordings(data.format(**{name: tmp_path / name for name in ("empty", "text", "bad")}))


def test_a_negative_trim_is_refused(folder):
    with pytest.raises(RecordingError, match="trim must be 0 or more frames, found -1"):
        load_recordings(folder, trim=-1)


def test_progress_runs_from_nothing_to_all(folder):
    seen = []
    load_recordings(folder, progress=lambda name, share: seen.append((name, share)))
    assert seen == [("mariel_chunli.npy", 0), ("mariel_honey.npy", 0.5), ("", 1.0)]


class TestChecks:
    """What a take is warned of, or refused for, although it opens."""

    KNEE = RAW_LABELS.index("LKNE")

    @staticmethod
    def problems(folder, stored):
        np.save(folder / "mariel_odd.npy", stored)
        return [str(problem) for problem in load_recordings(folder).problems]

    def test_short_gaps_are_filled_and_said(self, folder):
        stored = raw(walker(1100))
        stored[self.KNEE, 520:525] = np.nan
        (problem,) = self.problems(folder, stored)
        assert problem == "odd: 1 short gap of missing markers filled by interpolation (LKNE)"

    def test_long_gaps_are_left_and_said(self, folder):
        stored = raw(walker(1100))
        stored[self.KNEE, 520:590] = np.nan
        (problem,) = self.problems(folder, stored)
        assert (
            "1 long gap of missing markers left empty (LKNE); the longest, LKNE, lasts 2.0 s from frame 20" in problem
        )

    def test_gaps_in_the_trimmed_ends_are_nobodys_concern(self, folder):
        stored = raw(walker(1100))
        stored[self.KNEE, :400] = np.nan
        assert self.problems(folder, stored) == []

    def test_a_frozen_marker_is_named(self, folder):
        stored = raw(walker(1100))
        stored[self.KNEE, 530:] = stored[self.KNEE, 530:531]
        (problem,) = self.problems(folder, stored)
        assert "odd: marker LKNE is frozen for 2.0 s from frame 30" in problem

    def test_a_body_that_rests_is_not_frozen(self, folder):
        assert self.problems(folder, raw(np.repeat(walker(1), 1100, axis=0))) == []

    @pytest.mark.parametrize(("factor", "hint"), [(1000, "looks like millimetres"), (100, "looks like centimetres")])
    def test_an_absurd_scale_is_refused_with_a_guess(self, folder, factor, hint):
        (problem,) = self.problems(folder, raw(walker(1100) * factor))
        assert "expected a body of about 1.7 m" in problem
        assert hint in problem

    def test_a_take_without_any_position_is_refused(self, folder):
        (problem,) = self.problems(folder, np.full((55, 1100, 3), np.nan, np.float32))
        assert problem == "odd: expected positions, found no marker in any frame"


def test_real_recordings_open_without_a_complaint(mocap):
    recordings = load_recordings(mocap / "mariel_layout")
    assert (len(recordings), recordings.frames) == (11, 28618)
    assert recordings.problems == ()


def test_real_bodies_stand_upright_with_left_on_the_left(mocap):
    for take in load_recordings(mocap / "mariel_layout").values():
        ahead = take["LTOE"] - take["LHEL"] + take["RTOE"] - take["RHEL"]
        left = take["LFWT"] - take["RFWT"]
        assert np.median(take["ARIEL"][:, 2] - take["LTOE"][:, 2]) > 1
        # the short clip of wild steps crosses its feet at times
        assert np.median(ahead[:, 0] * left[:, 1] - ahead[:, 1] * left[:, 0]) > 0
