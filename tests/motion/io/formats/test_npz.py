"""Archives of named markers, and the files this program writes itself."""

import io
import json
import zipfile

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.registry import FORMATS, ReadOptions, open_recording_file
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording
from tests.support.bodies import walking_positions, walking_recording
from tests.support.recording_files import EDGES, JOINTS, joint_positions, npy_bytes, npy_with_header, write_npz


def opened(path):
    (take,) = open_recording_file(path)
    return take


def lines(take):
    return [(start[0], end[0]) for start, end in take.marker_set.bones()]


def test_named_markers_in_millimetres_open_in_metres(tmp_path):
    take = opened(write_npz(tmp_path / "opt.npz", data=joint_positions() * 1000))
    assert (take.name, take.fps, take.unit, take.marker_set.labels) == ("opt", 60, "m", JOINTS)
    np.testing.assert_allclose(take.positions, joint_positions(), atol=1e-6)


def test_a_rate_and_edges_may_be_missing(tmp_path):
    take = opened(write_npz(tmp_path / "opt.npz", fps=None, edges=None))
    assert (take.fps, take.marker_set.bones()) == (30, ())
    (rate,) = [each for each in take.assumptions if each.field == "fps"]
    assert rate.is_question


@pytest.mark.parametrize("fps", [60, np.array([60.0]), np.array([[60]])], ids=["number", "array", "matrix"])
def test_a_rate_as_matlab_saves_it_is_read(tmp_path, fps):
    assert opened(write_npz(tmp_path / "opt.npz", fps=fps)).fps == 60


MATLAB_EDGES = {
    "from 0": [[0, 1], [0, 2], [0, 3]],
    "from 1": [[1, 2], [1, 3], [1, 4]],
    "from 1 as floats": [[1.0, 2.0], [1.0, 3.0], [1.0, 4.0]],
    "with none as -1": [[0, 1], [-1, 2], [0, 2], [0, 3], [3, -1]],
    "with none as NaN": [[0, 1], [np.nan, 2], [0, 2], [0, 3]],
    "from 1 with none as 0": [[1, 2], [1, 3], [0, 2], [1, 4]],
    "from 1 with none as -1": [[1, 2], [1, 3], [-1, 4], [1, 4]],
    "twice and to itself": [[0, 1], [0, 1], [2, 2], [0, 2], [0, 3]],
}


@pytest.mark.parametrize("edges", MATLAB_EDGES.values(), ids=MATLAB_EDGES)
def test_edges_as_matlab_saves_them_are_the_same_lines(tmp_path, edges):
    take = opened(write_npz(tmp_path / "opt.npz", edges=np.array(edges)))
    assert lines(take) == [(JOINTS[a], JOINTS[b]) for a, b in EDGES]


NAMES = {
    "bytes": np.array(JOINTS, "S12"),
    "padded": np.array([name.ljust(32) for name in JOINTS]),
    "padded with zeros": np.array([name + "\0\0 " for name in JOINTS]),
    "a column": np.array(JOINTS)[:, None],
    "characters in rows": np.array([list(name.ljust(10)) for name in JOINTS]),
    "bytes in rows": np.array([list(name.ljust(10)) for name in JOINTS], "S1"),
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_names_are_read_without_padding(tmp_path, names):
    assert opened(write_npz(tmp_path / "opt.npz", names=names)).marker_set.labels == JOINTS


def test_repeated_and_empty_names_are_numbered(tmp_path):
    take = opened(write_npz(tmp_path / "opt.npz", names=np.array(["Toe", "Toe", "", ""])))
    assert take.marker_set.labels == ("Toe", "Toe 2", "marker 3", "marker 4")


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0), (2, 0, 1)])
def test_axes_in_another_order_are_told_by_the_number_of_names(tmp_path, order):
    take = opened(write_npz(tmp_path / "opt.npz", data=joint_positions().transpose(order)))
    np.testing.assert_allclose(take.positions, joint_positions(), atol=1e-6)


def test_as_many_frames_as_markers_are_told_apart_by_how_markers_move(tmp_path):
    for number, data in enumerate((joint_positions(4), joint_positions(4).transpose(1, 0, 2))):
        take = opened(write_npz(tmp_path / f"{number}.npz", data=data))
        np.testing.assert_allclose(take.positions, joint_positions(4), atol=1e-6)


def test_coordinates_in_a_row_are_read(tmp_path):
    take = opened(write_npz(tmp_path / "opt.npz", data=joint_positions().reshape(20, 12)))
    np.testing.assert_allclose(take.positions, joint_positions(), atol=1e-6)


def test_several_dancers_open_as_several_recordings(tmp_path):
    takes = open_recording_file(write_npz(tmp_path / "duet.npz", data=np.stack([joint_positions()] * 2)))
    assert [take.name for take in takes] == ["duet 1", "duet 2"]


@pytest.mark.parametrize("count", [1, 3])
def test_what_is_written_opens_with_skeletons_segments_and_rate(tmp_path, count):
    takes = [
        Recording.from_positions(f"{i}", walking_positions(20, speed=i), MARIEL_53, fps=50) for i in range(count)
    ]
    (tmp_path / "dance.npz").write_bytes(FORMATS["npz"].write(takes))
    found = open_recording_file(tmp_path / "dance.npz")
    assert [take.fps for take in found] == [50] * count
    for take, written in zip(found, takes, strict=True):
        assert take.marker_set == MARIEL_53
        np.testing.assert_array_equal(take.positions, written.positions)


def test_a_foreign_marker_set_is_written_with_its_lines(tmp_path):
    written = Recording.from_positions("a", joint_positions(), MarkerSet.from_edges("b", JOINTS, EDGES), fps=120)
    (tmp_path / "a.npz").write_bytes(FORMATS["npz"].write([written]))
    assert opened(tmp_path / "a.npz").marker_set == written.marker_set


@pytest.mark.parametrize(("unit", "factor"), [("m", 1), ("cm", 100), ("mm", 1000), ("in", 1 / 0.0254)])
def test_a_lying_body_is_converted_from_the_unit_that_the_file_names(tmp_path, unit, factor):
    lying = joint_positions()[..., [2, 0, 1]] * np.float32([1, 1, 0.5])
    take = opened(write_npz(tmp_path / "a.npz", data=lying * np.float32(factor), unit=np.array(unit)))
    assert take.unit == "m"
    np.testing.assert_allclose(take.positions, lying, atol=1e-5)
    assert [each.field for each in take.assumptions if each.is_question] == ["up"]


def test_recordings_of_several_kinds_do_not_go_into_one_file():
    with pytest.raises(RecordingError, match="one length, marker set and frame rate, found 2"):
        FORMATS["npz"].write([walking_recording(frames=20), walking_recording(frames=21)])


def test_samples_of_a_model_open_as_recordings(tmp_path):
    from mariel.generation.sample_files import Samples, write_samples  # noqa: PLC0415

    positions = np.stack([walking_positions(20, speed) for speed in (0, 1)]).astype(np.float32)
    write_samples(tmp_path / "new.npz", Samples(positions, MARIEL_53, 30.0, "made by a test"))
    takes = open_recording_file(tmp_path / "new.npz", ReadOptions(trim=2))
    assert [(take.name, take.fps, len(take), take.marker_set) for take in takes] == [
        ("new 1", 30, 16, MARIEL_53), ("new 2", 30, 16, MARIEL_53),
    ]  # fmt: skip


def test_a_favourite_opens_as_a_recording(tmp_path):
    from mariel.generation.favourites import save_favourite  # noqa: PLC0415 - it loads torch

    kept = save_favourite("slow", walking_positions(20), MARIEL_53, 25.0, {}, root=tmp_path)
    take = opened(kept.path)
    assert (take.name, take.fps, take.marker_set) == ("slow", 25, MARIEL_53)
    np.testing.assert_allclose(take.positions, walking_positions(20), atol=1e-6)


INVALID = {
    "no names": ({"names": None}, "names missing: save numpy.savez"),
    "no markers axis": ({"data": np.zeros((2, 3))}, r"expected data \(frames, 4, 3\) of floats"),
    "integers": ({"data": np.zeros((9, 4, 3), int)}, r"of floats, .* found \(9, 4, 3\) int64"),
    "objects": ({"data": np.array([{}], object)}, "array data: it holds Python objects"),
    "names as objects": ({"names": np.array([*JOINTS], object)}, "array names: it holds .* names with dtype=str"),
    "names as floats": ({"names": np.zeros(4)}, "expected names, one per marker"),
    "no frames": ({"data": np.zeros((0, 4, 3))}, "expected frames, found none"),
    "rate of infinity": ({"fps": np.inf}, "fps must be above 0 and at most 100,000, found infinity"),
    "rate of NaN": ({"fps": np.nan}, "fps must be above 0"),
    "rate of 0": ({"fps": 0}, "fps must be above 0"),
    "rate in words": ({"fps": "fast"}, "expected fps, frames per second, as one number"),
    "two rates": ({"fps": [30, 60]}, "expected fps, frames per second, as one number"),
    "half an edge": ({"edges": [[0.5, 1.5]]}, "edges between whole numbers or names of markers, found 0.5"),
    "edge outside": ({"edges": [[0, 9]]}, "an edge names marker 9, there are 4"),
    "edges flat": ({"edges": [0, 1]}, "expected edges as pairs"),
    "edges of three": ({"edges": [[0, 1, 2]]}, "expected edges as pairs"),
    "a surface": (
        {"data": np.zeros((1, 6890, 3), np.float32), "names": np.arange(6890), "edges": None},
        r"found 6,890 markers, .* a body's surface",
    ),
}


@pytest.mark.parametrize(("arrays", "message"), INVALID.values(), ids=INVALID)
def test_an_invalid_archive_is_rejected(tmp_path, arrays, message):
    with pytest.raises(RecordingError, match=message):
        open_recording_file(write_npz(tmp_path / "opt.npz", **arrays))


def with_member(path, name, content, compression=zipfile.ZIP_STORED):
    """An archive of joints with one of its members replaced."""
    write_npz(path, **{name: None})
    with zipfile.ZipFile(path, "a", compression) as archive:
        archive.writestr(f"{name}.npy", content)
    return path


def test_an_array_that_claims_more_than_its_file_holds_is_rejected_before_it_is_read(tmp_path):
    huge = npy_with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 4, 3)}", bytes(400))
    with pytest.raises(RecordingError, match=r"array data: found 43\.7 TB of numbers, more than the 2 GB"):
        open_recording_file(with_member(tmp_path / "a.npz", "data", huge))


def test_an_array_that_claims_a_little_more_is_called_cut_short(tmp_path):
    short = npy_with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (100, 4, 3)}", bytes(400))
    with pytest.raises(RecordingError, match="array data: the array is cut short or damaged"):
        open_recording_file(with_member(tmp_path / "a.npz", "data", short))


def test_a_zip_bomb_in_the_names_is_not_unpacked(tmp_path):
    bomb = npy_bytes(np.zeros((1, 20 * 2**20), "S1"))
    path = with_member(tmp_path / "a.npz", "names", bomb, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000
    with pytest.raises(RecordingError, match="array names: found 20 MB of numbers, more than the 16 MB"):
        open_recording_file(path)


def test_gigabytes_of_zeros_in_a_small_file_are_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("mariel.motion.arrays.MAX_EMPTY_BYTES", 2**20)
    zeros = npy_bytes(np.zeros((200_000, 4, 3), np.float32))
    path = with_member(tmp_path / "a.npz", "data", zeros, zipfile.ZIP_DEFLATED)
    with pytest.raises(RecordingError, match=r"array data: expected motion, found 9.16 MB of one value, packed"):
        open_recording_file(path)


def test_an_archive_cut_short_anywhere_is_rejected(tmp_path):
    content = write_npz(tmp_path / "whole.npz").read_bytes()
    for size in range(4, len(content) - 1, 97):
        (tmp_path / "cut.npz").write_bytes(content[:size])
        with pytest.raises(
            RecordingError, match=r"cut short or damaged: its end is missing; copy or download it again"
        ):
            open_recording_file(tmp_path / "cut.npz")


def test_a_changed_number_is_found_by_the_checksum(tmp_path):
    path = write_npz(tmp_path / "a.npz", data=joint_positions(500))
    content = bytearray(path.read_bytes())
    content[2000] ^= 1
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="array data is cut short or damaged: Bad CRC-32"):
        open_recording_file(path)


def test_text_of_characters_that_do_not_exist_is_refused(tmp_path):
    names = bytearray(npy_bytes(np.array(JOINTS)))
    names[-1] = 0xFF  # the last byte of a character of four bytes
    with pytest.raises(RecordingError, match="array names is damaged: its text has characters that"):
        open_recording_file(with_member(tmp_path / "a.npz", "names", bytes(names)))


def test_an_encrypted_archive_is_named(tmp_path):
    content = bytearray(write_npz(tmp_path / "a.npz").read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := content.find(signature, start)) >= 0:
            content[start + flags] |= 1
            start += 4
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(RecordingError, match="it is encrypted"):
        open_recording_file(tmp_path / "a.npz")


def test_an_archive_under_another_suffix_opens(tmp_path):
    write_npz(tmp_path / "a.npz").rename(tmp_path / "a.npy")
    assert opened(tmp_path / "a.npy").marker_set.labels == JOINTS


def test_a_damaged_marker_set_beside_valid_names_is_ignored(tmp_path):
    take = opened(write_npz(tmp_path / "a.npz", marker_set=np.array(json.dumps({"name": 3, "labels": "abc"}))))
    assert lines(take) == [(JOINTS[a], JOINTS[b]) for a, b in EDGES]


def test_prepared_data_is_named(tmp_path):
    buffer = io.BytesIO()
    np.savez(
        buffer, positions=np.zeros((9, 4, 6), np.float32), labels=np.array(JOINTS), training=np.ones(9, bool),
        preprocessing=np.array("{}"),
    )  # fmt: skip
    (tmp_path / "a.npz").write_bytes(buffer.getvalue())
    with pytest.raises(RecordingError, match="prepared data for training"):
        open_recording_file(tmp_path / "a.npz")
