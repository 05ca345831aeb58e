"""Dances on disk: what is written comes back, and what is something else is refused in words."""

import json
import pickle
import zipfile

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.generation.credits import with_source
from mariel.generation.dance_files import Dances, holds_dances, read_dances, write_dances
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from tests.support.small_runs import swaying

PAIR = MarkerSet.from_edges("pair", ("LHAND", "RHAND"), [(0, 1)])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "dances.npz"


def written(path, **changes):
    """An archive as another program might write it, with some arrays changed or, where None, left out."""
    arrays = {"positions": np.zeros((2, 5, 2, 3), np.float32), "labels": np.array(PAIR.labels), "fps": np.array(30.0)}
    np.savez(path, **{name: array for name, array in {**arrays, **changes}.items() if array is not None})
    return path


def test_dances_come_back_with_all_that_is_known_of_them(path):
    positions = np.stack([swaying(5, seed) for seed in range(2)]).astype(np.float32)
    dances = Dances(
        positions,
        MARIEL_53,
        35.0,
        "Danced by nobody.",
        original=positions[::-1],
        takes=np.array(["one", "two"]),
        starts=np.array([0, 7]),
    )
    write_dances(path, dances)
    back = read_dances(path)
    assert (back.marker_set, back.fps, back.about) == (MARIEL_53, 35.0, "Danced by nobody.")
    for name in ("positions", "original", "takes", "starts"):
        np.testing.assert_array_equal(getattr(back, name), getattr(dances, name))


def test_a_body_that_is_not_mariels_keeps_its_bones(path):
    write_dances(path, Dances(np.zeros((1, 5, 2, 3), np.float32), PAIR, 30.0))
    back = read_dances(path)
    assert back.marker_set == PAIR
    assert back.original is None


def test_without_a_marker_set_mariels_markers_are_known_by_their_names(path):
    written(path, positions=np.zeros((1, 4, 53, 3)), labels=np.array(MARIEL_53.labels))
    assert read_dances(path).marker_set == MARIEL_53
    assert read_dances(written(path)).marker_set.bones() == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fps": None}, "fps missing"),
        (
            {"positions": np.zeros((5, 2, 6))},
            r"expected positions \(dances, frames, 2, 3\) of floats, found \(5",
        ),
        ({"positions": np.zeros((2, 5, 2, 3), int)}, "of floats, found"),
        ({"positions": np.zeros((0, 5, 2, 3))}, r"found none: \(0, 5, 2, 3\)"),
        ({"fps": np.array(-3.0)}, "frame rate, -3, are damaged"),
        ({"fps": np.array("fast")}, "could not convert"),
        ({"labels": np.array(3)}, "expected dances"),
        ({"labels": np.array(["LHAND", "LHAND"])}, "labels must be unique"),
        ({"marker_set": np.array("{")}, "expected dances"),
        ({"marker_set": np.array(json.dumps(MARIEL_53.to_dict()))}, "markers' names"),
        ({"original": np.zeros((2, 4, 2, 3))}, r"originals like the positions, found \(2, 4, 2, 3\)"),
        ({"takes": np.array(["one"])}, "a take and a first frame for each of 2 dances"),
        ({"positions": np.array([{}], object)}, "expected dances"),
    ],
)
def test_what_does_not_fit_is_said(path, changes, message):
    with pytest.raises(RecordingError, match=message):
        read_dances(written(path, **changes))


@pytest.mark.parametrize("content", [b"", b"dance", pickle.dumps({"positions": 1})])
def test_other_files_hold_no_dances(path, content):
    path.write_bytes(content)
    assert not holds_dances(path)
    with pytest.raises(RecordingError, match=r"dances\.npz"):
        read_dances(path)


def test_a_file_that_is_cut_short_is_refused(path):
    write_dances(path, Dances(np.zeros((2, 50, 2, 3), np.float32), PAIR, 30.0))
    assert holds_dances(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(RecordingError):
        read_dances(path)


def test_an_archive_that_claims_more_than_memory_holds_is_refused(path):
    written(path, positions=None)
    with zipfile.ZipFile(path, "a") as archive, archive.open("positions.npy", "w") as file:
        claimed = {"descr": "<f4", "fortran_order": False, "shape": (2**20, 2**20, 2, 3)}
        np.lib.format.write_array_header_1_0(file, claimed)
    with pytest.raises(RecordingError, match=r"dances\.npz"):
        read_dances(path)


def test_a_recording_holds_no_dances(path):
    np.savez(path, data=np.zeros((5, 2, 3)), names=np.array(PAIR.labels))
    assert not holds_dances(path)
    assert not holds_dances("demo")


def test_what_learned_from_the_demo_dancer_is_credited_to_it():
    assert with_source("A dance.", "demo") == "A dance. The model learned from the synthetic demo dancer."
    assert with_source("A dance.", "takes") == "A dance."
