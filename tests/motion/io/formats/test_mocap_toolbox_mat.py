"""MATLAB files of the MoCap Toolbox and of Qualisys."""

import zlib

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from mariel.errors import RecordingError
from mariel.motion.io.registry import open_recording_file
from tests.support.recording_files import SUBJECT_LABELS, assert_seen_where, marker_positions, write_mocap_toolbox


def opened(path):
    (take,) = open_recording_file(path)
    return take


def with_gap() -> np.ndarray:
    positions = marker_positions()
    positions[3:15, 2] = np.nan
    return positions


def test_names_rate_and_gaps_of_the_mocap_toolbox_are_read(tmp_path):
    take = opened(write_mocap_toolbox(tmp_path / "a.mat", with_gap()))
    assert (take.name, take.fps, take.unit, take.marker_set.labels) == ("a", 60, "m", SUBJECT_LABELS)
    assert_seen_where(take, with_gap(), atol=1e-6)


def test_every_variable_becomes_a_recording(tmp_path):
    takes = open_recording_file(write_mocap_toolbox(tmp_path / "a.mat", marker_positions(20), marker_positions(10)))
    assert [(take.name, len(take)) for take in takes] == [("a d1", 20), ("a d2", 10)]


def test_a_variable_that_is_no_motion_leaves_the_others(tmp_path):
    write_mocap_toolbox(tmp_path / "a.mat", marker_positions())
    variables = {name: each for name, each in loadmat(tmp_path / "a.mat").items() if not name.startswith("__")}
    velocities = {
        "type": "MoCap data",
        "timederOrder": 2.0,
        "data": np.ones((9, 3)),
        "markerName": "wii",
        "freq": 9.0,
    }
    lines = {"type": "animpar", "conn": np.array([[1, 2], [4, 8]])}
    savemat(tmp_path / "b.mat", variables | {"wii": velocities, "par": lines})
    take = opened(tmp_path / "b.mat")
    assert take.name == "b d1"
    assert take.notes[0].startswith("variable wii: expected positions, timederOrder 0, found 2")
    assert [(start[0], end[0]) for start, end in take.marker_set.bones()] == [("LFHD", "RFHD"), ("LHEL", "LKNE")]


def test_a_struct_of_qualisys_is_read(tmp_path):
    data = np.ones((8, 4, 20))
    data[:, :3] = marker_positions().transpose(1, 2, 0) * 1000
    labelled = {"Count": 8.0, "Labels": np.array(SUBJECT_LABELS, object)[None], "Data": data}
    struct = {"File": "a.qtm", "Frames": 20.0, "FrameRate": 180.0, "Trajectories": {"Labeled": labelled}}
    savemat(tmp_path / "a.mat", {"walk": struct})
    take = opened(tmp_path / "a.mat")
    assert (take.fps, take.marker_set.labels) == (180, SUBJECT_LABELS)
    np.testing.assert_allclose(take.positions, marker_positions(), atol=1e-6)


def test_a_rate_that_is_not_known_is_no_fault(tmp_path):
    assert len(opened(write_mocap_toolbox(tmp_path / "a.mat", marker_positions(), rate=np.nan))) == 20


INVALID = {
    "velocities": ({"timederOrder": 1.0}, "variable d1: expected positions, timederOrder 0, found 1"),
    "segments": ({"type": "segm data"}, "expected type 'MoCap data', found 'segm data'"),
    "names missing": ({"markerName": np.array(["A"] * 7, object)}, "expected 8 names of markers, .* found 7"),
    "data of text": ({"data": "none"}, "expected data as numbers, found str"),
    "a column too many": ({"data": np.ones((20, 25))}, r"expected data \(frames, 3 × markers\), found \(20, 25\)"),
    "a rate of infinity": ({"freq": -1.0}, "fps must be above 0"),
}


@pytest.mark.parametrize(("fields", "message"), INVALID.values(), ids=INVALID)
def test_an_invalid_struct_is_refused_with_its_name(tmp_path, fields, message):
    with pytest.raises(RecordingError, match=message):
        opened(write_mocap_toolbox(tmp_path / "a.mat", marker_positions(), **fields))


def test_other_variables_are_listed(tmp_path):
    savemat(tmp_path / "a.mat", {"x": np.zeros(3), "speed": 2.0})
    with pytest.raises(RecordingError, match="found the variables x, speed; save positions"):
        opened(tmp_path / "a.mat")


def test_version_7_3_is_refused_in_words(tmp_path):
    (tmp_path / "a.mat").write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512) + b"\x89HDF\r\n\x1a\n")
    with pytest.raises(RecordingError, match=r"version 7.3 \(HDF5\), which is not read: save it with save"):
        opened(tmp_path / "a.mat")


def variable(*elements: tuple[int, bytes]) -> bytes:
    """An unpacked file with one variable of some elements."""
    body = b"".join(
        kind.to_bytes(4, "little") + len(data).to_bytes(4, "little") + data + bytes(-len(data) % 8)
        for kind, data in elements
    )
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    return head + (14).to_bytes(4, "little") + len(body).to_bytes(4, "little") + body


def test_a_claim_of_a_billion_cells_is_refused_before_memory_is_taken(tmp_path):
    size = np.array([1, 10**9], "<i4").tobytes()
    (tmp_path / "a.mat").write_bytes(variable((6, b"\x01" + bytes(7)), (5, size), (1, b"cells")))
    with pytest.raises(RecordingError, match=r"damaged: it claims a variable of \(1, 1000000000\)"):
        opened(tmp_path / "a.mat")


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("mariel.motion.io.mat_layout.MAX_MAT_BYTES", 2**20)
    bomb = zlib.compress(bytes(2**22))
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    (tmp_path / "a.mat").write_bytes(head + (15).to_bytes(4, "little") + len(bomb).to_bytes(4, "little") + bomb)
    with pytest.raises(RecordingError, match="more than the 1 MB that are read, after unpacking"):
        opened(tmp_path / "a.mat")
