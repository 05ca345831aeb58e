import json
import os

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.description import (
    MotionDescription,
    description_path,
    forget_description,
    parse_axes,
    parse_unit,
    parse_up,
    read_description,
    write_description,
)
from mariel.motion.io.loading import load_recordings, recording_version
from mariel.motion.io.registry import ReadOptions, open_recording_file
from tests.support.bodies import to_raw_layout, walking_positions
from tests.support.recording_files import BVH, JOINTS, joint_positions, write_npz


def test_what_is_kept_beside_a_file_is_read_with_it(tmp_path):
    path = write_npz(tmp_path / "walk.npz", fps=None, data=joint_positions(50) * 7)
    before = recording_version(path)
    said = MotionDescription(fps=24.0, unit="cm", up="+y", mirrored=True)
    assert write_description(path, said) == tmp_path / "walk.mariel.json"
    assert read_description(path) == said
    assert recording_version(path) != before
    (take,) = open_recording_file(path)
    assert (take.fps, take.unit) == (24, "m")
    x, y, z = np.moveaxis(joint_positions(50) * 7, -1, 0)
    np.testing.assert_allclose(take.positions, np.stack([x, z, y], axis=-1) / 100, atol=1e-6)
    assert not any(each.is_question for each in take.assumptions)
    forget_description(path)
    assert read_description(path).is_empty


def test_flags_count_before_what_is_kept(tmp_path):
    path = write_npz(tmp_path / "walk.npz", fps=None)
    write_description(path, MotionDescription(fps=24.0, unit="m"))
    (take,) = open_recording_file(path, ReadOptions(description=MotionDescription(fps=50.0)))
    assert (take.fps, take.unit) == (50, "m")


def test_a_folder_that_cannot_be_written_to_has_its_descriptions_in_the_users_own(tmp_path, monkeypatch):
    monkeypatch.setenv("MARIEL_HOME", str(tmp_path / "home"))
    (tmp_path / "data").mkdir()
    path = write_npz(tmp_path / "data" / "walk.npz", fps=None)
    monkeypatch.setattr(os, "access", lambda folder, mode: False)
    place = write_description(path, MotionDescription(fps=24.0))
    assert (tmp_path / "home") in place.parents
    assert not description_path(path).exists()
    assert open_recording_file(path)[0].fps == 24


def test_a_description_of_another_file_of_the_same_name_is_not_taken(tmp_path):
    write_npz(tmp_path / "walk.npz")
    (tmp_path / "walk.bvh").write_text(BVH)
    write_description(tmp_path / "walk.npz", MotionDescription(fps=24.0))
    assert read_description(tmp_path / "walk.bvh").is_empty


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "walk.mariel.json is not valid JSON"),
        ("[]", "walk.mariel.json is no description of motion"),
        ('{"format": "mariel motion description 1", "fps": -3}', "walk.mariel.json: fps"),
        ('{"format": "mariel motion description 1", "up": "sideways"}', "walk.mariel.json: up"),
        ('{"format": "mariel motion description 1", "unit": 1e999}', "walk.mariel.json: unit"),
    ],
)
def test_a_damaged_description_is_named_with_its_field(tmp_path, content, message):
    path = write_npz(tmp_path / "walk.npz")
    description_path(path).write_text(content)
    with pytest.raises(RecordingError, match=message):
        open_recording_file(path)


def test_other_points_of_a_file_are_left_out_where_the_bodys_markers_are_named(tmp_path):
    path = write_npz(tmp_path / "walk.npz", edges=None)
    (take,) = open_recording_file(path, ReadOptions(description=MotionDescription(markers=("Head", "Hips"))))
    assert take.marker_set.labels == ("Head", "Hips")
    np.testing.assert_allclose(take.positions, joint_positions()[:, [3, 0]], atol=1e-6)
    with pytest.raises(RecordingError, match="names a marker 'Tail' that the file does not have"):
        open_recording_file(path, ReadOptions(description=MotionDescription(markers=("Tail",))))


def test_markers_without_names_get_those_that_are_said(tmp_path):
    np.save(tmp_path / "walk.npy", joint_positions(50))
    (take,) = open_recording_file(tmp_path / "walk.npy", ReadOptions(description=MotionDescription(markers=JOINTS)))
    assert take.marker_set.labels == JOINTS


def test_the_axes_that_are_said_count_before_what_the_shape_looks_like(tmp_path):
    positions = walking_positions(53)  # 53 frames of 53 markers: either may come first
    np.save(tmp_path / "mariel_square.npy", positions)
    said = MotionDescription(axes=("frame", "marker", "xyz"), fps=35.0, up="+z", unit="m")
    (take,) = open_recording_file(tmp_path / "mariel_square.npy", ReadOptions(description=said))
    np.testing.assert_allclose(take.positions, positions, atol=1e-6)
    wrong = ReadOptions(description=MotionDescription(axes=("xyz", "frame", "marker")))
    with pytest.raises(RecordingError, match="do not fit: found an array of shape"):
        open_recording_file(tmp_path / "mariel_square.npy", wrong)


def test_a_rate_that_is_said_counts_for_raw_takes_too(tmp_path):
    np.save(tmp_path / "mariel_a.npy", to_raw_layout(walking_positions(1100)))
    take = load_recordings(tmp_path, description=MotionDescription(fps=120.0))["a"]
    assert (take.fps, len(take)) == (120, 100)
    np.testing.assert_allclose(take.positions, walking_positions(1100)[500:600], atol=1e-3)


@pytest.mark.parametrize(
    ("text", "up"), [("y", "+y"), ("Z up", "+z"), ("-x", "-x"), (" + Y ", "+y"), ("-y-up", "-y")]
)
def test_the_axis_that_points_up_is_read_as_people_write_it(text, up):
    assert parse_up(text) == up


@pytest.mark.parametrize(
    ("text", "unit"), [("MM", "mm"), ("Centimetres", "cm"), ("0.0254", 0.0254), ("inches", "in")]
)
def test_units_are_read_as_people_write_them(text, unit):
    assert parse_unit(text) == unit


@pytest.mark.parametrize("text", ["", "parsec", "-1", "nan", "1e99"])
def test_what_is_no_unit_is_refused(text):
    with pytest.raises(RecordingError, match="expected a unit of length"):
        parse_unit(text)


def test_axes_are_read_as_people_write_them():
    assert parse_axes("Time, joints xyz") == ("frame", "marker", "xyz")
    with pytest.raises(RecordingError, match="expected the axes of the array in order"):
        parse_axes("frame xyz")


def test_a_description_is_small_json_that_names_its_file(tmp_path):
    path = tmp_path / "walk.npz"
    write_description(path, MotionDescription(up="+y", repairs=("spikes",)))
    assert json.loads(description_path(path).read_text()) == {
        "format": "mariel motion description 1", "file": "walk.npz", "up": "+y", "repairs": ["spikes"],
    }  # fmt: skip
