"""Arrays whose .json names their markers and axes, in the spellings that people use."""

import json

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.registry import open_recording_file
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_53
from tests.support.bodies import walking_positions
from tests.support.recording_files import JOINTS, joint_positions, write_described


def opened(path):
    (take,) = open_recording_file(path)
    return take


def test_dancers_are_recordings_and_stand_upright(tmp_path):
    joints = np.zeros((2, 4, 2, 3))
    joints[1, :, 1, 1] = -1.7  # up is -y: this joint stands at 1.7 m
    path = write_described(
        tmp_path / "pair.npy", joints, joints=["a", "b"], edges=[[0, 1]], axes="dancer, frame, joint, xyz", up="-y"
    )
    first, second = open_recording_file(path)
    assert (first.name, second.name, second.fps, second.marker_set.labels) == ("pair 1", "pair 2", 30, ("a", "b"))
    assert second.positions[0, 1].tolist() == [0, 0, pytest.approx(1.7)]


@pytest.mark.parametrize("first", [53, 55])
def test_the_description_decides_also_where_the_shape_is_mariels(tmp_path, first):
    positions = joint_positions(240, first).transpose(1, 0, 2)
    names = [f"joint{i}" for i in range(first)]
    path = write_described(
        tmp_path / "other.npy", positions, joints=names, edges=[], axes="joint, frame, xyz", fps=60
    )
    take = opened(path)
    assert (len(take), take.fps, take.marker_set.labels, take.raw_layout) == (240, 60, tuple(names), False)
    np.testing.assert_allclose(take.positions, positions.transpose(1, 0, 2), atol=1e-6)


@pytest.mark.parametrize(
    "axes",
    ["frames, joints, xyz", ["frame", "joint", "xyz"], "Time , MARKERS,coordinates", "frame,keypoint,xyz", None],
    ids=str,
)
def test_axes_are_read_in_any_spelling_and_found_from_the_names_where_not_given(tmp_path, axes):
    take = opened(write_described(tmp_path / "a.npy", joint_positions(), axes=axes))
    np.testing.assert_allclose(take.positions, joint_positions(), atol=1e-6)


def test_without_axes_markers_come_first_if_both_would_fit(tmp_path):
    positions = joint_positions(4, 4)
    take = opened(write_described(tmp_path / "a.npy", positions.transpose(1, 0, 2), axes=None))
    np.testing.assert_allclose(take.positions, positions, atol=1e-6)


@pytest.mark.parametrize("up", ["y", "+y", "Y", " +Y "])
def test_up_is_read_in_any_spelling(tmp_path, up):
    stored = joint_positions()[..., [0, 2, 1]] * [1, 1, -1]
    take = opened(write_described(tmp_path / "a.npy", stored.astype(np.float32), up=up))
    np.testing.assert_allclose(take.positions, joint_positions(), atol=1e-6)


@pytest.mark.parametrize(
    ("up", "to_file"),
    [
        ("+z", lambda p: p),
        ("-z", lambda p: p * [1, -1, -1]),
        ("+y", lambda p: p[..., [0, 2, 1]] * [1, 1, -1]),
        ("-y", lambda p: p[..., [0, 2, 1]] * [1, -1, 1]),
        ("+x", lambda p: p[..., [2, 0, 1]]),
        ("-x", lambda p: p[..., [2, 1, 0]] * [-1, 1, 1]),
    ],
)
def test_every_axis_can_be_up_and_none_mirrors_the_body(tmp_path, up, to_file):
    # each `to_file` is a rotation of a body that stands along z, worked out by hand
    take = opened(write_described(tmp_path / "a.npy", to_file(joint_positions()), up=up))
    np.testing.assert_allclose(take.positions, joint_positions(), atol=1e-6)


def test_edges_by_name_and_by_index_are_the_same_lines(tmp_path):
    by_name = opened(write_described(tmp_path / "a.npy", joint_positions(), edges=[["Hips", "Head"]]))
    by_index = opened(write_described(tmp_path / "b.npy", joint_positions(), edges=[[0, 3]]))
    assert by_name.marker_set.bones() == by_index.marker_set.bones() == ((("Hips",), ("Head",)),)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_description_in_another_encoding_is_read(tmp_path, encoding):
    path = write_described(tmp_path / "a.npy", joint_positions())
    text = path.with_suffix(".json").read_text()
    path.with_suffix(".json").write_bytes(text.encode(encoding))
    assert opened(path).marker_set.labels == JOINTS


def test_an_excerpt_described_as_mirrored_is_mariels_unmirrored(tmp_path):
    positions = walking_positions(9)[:, MARIEL_53.indices(MARIEL_15.labels)]
    about = {"joints": list(MARIEL_15.labels), "edges": None, "left_right": "mirrored: with z up"}
    take = opened(write_described(tmp_path / "a.npy", positions * [1, -1, 1], **about))
    assert take.marker_set == MARIEL_15
    np.testing.assert_allclose(take.positions, positions, atol=1e-6)


INVALID_DESCRIPTIONS = {
    "not JSON": ("{", "pair.json is not valid JSON"),
    "nothing": ("", "pair.json is not valid JSON"),
    "no object": ("[1, 2]", "expected an object with markers or joints"),
    "null": ("null", "expected an object with markers or joints"),
    "no names": ("{}", 'no list of names, "markers" or "joints"'),
    "a name for names": ('{"joints": "ab"}', 'no list of names, "markers" or "joints"'),
    "names as objects": ('{"joints": [{}, []]}', "expected names of markers as text"),
    "too few": ('{"joints": ["a"]}', r"expected 1 markers as in pair.json .* found shape \(2, 4, 3\)"),
    "up": (
        '{"markers": ["a", "b"], "up": "sideways"}',
        r"the axis that points up, one of \+z, -z, .* found 'sideways'",
    ),
    "up as a number": ('{"markers": ["a", "b"], "up": 3}', r"expected up to be \+z, -z, .* found 3"),
    "axes": ('{"markers": ["a", "b"], "axes": "dancer, frame, marker, xyz"}', "expected the axes"),
    "unknown axis": ('{"markers": ["a", "b"], "axes": "limb, frame, xyz"}', "there is no axis 'limb'"),
    "axis twice": ('{"markers": ["a", "b"], "axes": "frame, frame, xyz"}', "expected the axes"),
    "axes as numbers": ('{"markers": ["a", "b"], "axes": [0, 1, 2]}', "expected axes as text"),
    "fps": ('{"markers": ["a", "b"], "fps": Infinity}', "fps must be above 0 and at most 100,000, found infinity"),
    "fps of NaN": ('{"markers": ["a", "b"], "fps": NaN}', "fps must be above 0"),
    "fps in words": ('{"markers": ["a", "b"], "fps": "fast"}', "expected fps, frames per second, as a number"),
    "fps of 400 digits": (f'{{"markers": ["a", "b"], "fps": 1{"0" * 400}}}', "fps must be above 0 and at most"),
    "fps of 5,000 digits": (f'{{"markers": ["a", "b"], "fps": 1{"0" * 5000}}}', "pair.json is not valid JSON"),
    "edge to infinity": ('{"markers": ["a", "b"], "edges": [[Infinity, 0]]}', "edges between whole numbers"),
    "edge of 400 digits": (f'{{"markers": ["a", "b"], "edges": [[1{"0" * 400}, 0]]}}', "an edge names marker 1000"),
    "edge outside": ('{"markers": ["a", "b"], "edges": [[0, 7]]}', "an edge names marker 7, there are 2"),
    "edge to a stranger": ('{"markers": ["a", "b"], "edges": [["a", "c"]]}', "an edge names a marker 'c'"),
    "edges flat": ('{"markers": ["a", "b"], "edges": [0, 1]}', "expected edges as pairs"),
    "deep": ("[" * 50_000, "brackets are nested too deep"),
    "deep edges": (f'{{"markers": ["a", "b"], "edges": {"[" * 500}{"]" * 500}}}', "expected edges as pairs"),
}


@pytest.mark.parametrize(("text", "message"), INVALID_DESCRIPTIONS.values(), ids=INVALID_DESCRIPTIONS)
def test_a_description_that_does_not_fit_is_rejected(tmp_path, text, message):
    np.save(tmp_path / "pair.npy", np.zeros((2, 4, 3)))
    (tmp_path / "pair.json").write_text(text)
    with pytest.raises(RecordingError, match=message):
        open_recording_file(tmp_path / "pair.npy")


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((4, 3), "expected three axes"),
        ((2, 20, 4, 3, 1), "expected three axes"),
        ((0, 4, 3), "expected frames, found none"),
        ((20, 4, 2), "expected 4 markers"),
    ],
)
def test_an_array_that_the_description_does_not_fit_is_rejected(tmp_path, shape, message):
    path = write_described(tmp_path / "a.npy", np.zeros(shape, np.float32))
    with pytest.raises(RecordingError, match=message):
        open_recording_file(path)


def test_a_description_longer_than_16_megabytes_is_rejected_unread(tmp_path):
    path = write_described(tmp_path / "a.npy", joint_positions())
    with path.with_suffix(".json").open("ab") as file:
        file.truncate(17 * 2**20)
    with pytest.raises(RecordingError, match="longer than the 16 MB of text"):
        open_recording_file(path)


def test_names_are_numbered_where_they_repeat(tmp_path):
    path = write_described(tmp_path / "a.npy", joint_positions(), joints=["Toe", "Toe", "", "Toe"], edges=None)
    assert opened(path).marker_set.labels == ("Toe", "Toe 2", "marker 3", "Toe 3")
    assert json.loads(path.with_suffix(".json").read_text())["joints"][2] == ""
