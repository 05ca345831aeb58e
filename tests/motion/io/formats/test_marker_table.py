"""Tables of Qualisys, OptiTrack Motive and Vicon Nexus, and plain ones, written after the vendors' documentation."""

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.registry import open_recording_file
from tests.support.recording_files import (
    SUBJECT_LABELS,
    assert_seen_where,
    marker_positions,
    write_motive,
    write_nexus,
    write_qualisys,
    write_table,
    write_text,
)


def opened(path):
    (take,) = open_recording_file(path)
    return take


def with_gap() -> np.ndarray:
    positions = marker_positions()
    positions[3:15, 2] = np.nan
    return positions


def both() -> tuple[np.ndarray, list[str]]:
    """Two people beside each other, and the names of their markers."""
    positions = np.concatenate([marker_positions(), marker_positions(shift=1.0)], axis=1)
    return positions, [f"{who}:{label}" for who in ("Anna", "Ben") for label in SUBJECT_LABELS]


VENDORS = {
    "Qualisys": (write_qualisys, "a.tsv", 100),
    "Motive": (write_motive, "a.csv", 120),
    "Nexus": (write_nexus, "a.csv", 100),
    "plain": (write_table, "a.csv", 50),
}


@pytest.mark.parametrize(("write", "name", "fps"), VENDORS.values(), ids=VENDORS)
def test_names_rate_and_unseen_markers_of_a_table_are_read(tmp_path, write, name, fps):
    take = opened(write(tmp_path / name, with_gap()))
    assert (take.fps, take.unit, take.marker_set.labels) == (fps, "m", SUBJECT_LABELS)
    assert_seen_where(take, with_gap())


@pytest.mark.parametrize(("write", "name", "fps"), VENDORS.values(), ids=VENDORS)
def test_people_in_one_table_become_recordings(tmp_path, write, name, fps):
    positions, labels = both()
    takes = open_recording_file(write(tmp_path / name, positions, labels))
    assert [(take.name, take.marker_set.labels) for take in takes] == [
        ("a Anna", SUBJECT_LABELS), ("a Ben", SUBJECT_LABELS),
    ]  # fmt: skip
    np.testing.assert_allclose(takes[1].positions, positions[:, 8:], atol=1e-4)


@pytest.mark.parametrize(("write", "name", "fps"), VENDORS.values(), ids=VENDORS)
def test_a_formula_or_markup_in_a_name_stays_text(tmp_path, write, name, fps):
    labels = ["=1+1", "<b>C7</b>", *SUBJECT_LABELS[2:]]
    assert opened(write(tmp_path / name, marker_positions(), labels)).marker_set.labels == tuple(labels)


def test_a_table_of_qualisys_may_lack_frames_and_times(tmp_path):
    take = opened(write_qualisys(tmp_path / "a.tsv", marker_positions(), times=False))
    np.testing.assert_allclose(take.positions, marker_positions(), atol=1e-6)


def test_a_first_marker_that_begins_unseen_loses_no_frame(tmp_path):
    positions = marker_positions()
    positions[:12, 0] = np.nan
    take = opened(write_qualisys(tmp_path / "a.tsv", positions, times=False))
    assert [(gap.start, gap.stop, gap.column) for gap in take.gaps] == [(0, 12, 0)]


def test_zeros_of_qualisys_are_unseen(tmp_path):
    positions = marker_positions()
    positions[3:15, 2] = 0
    assert [(gap.start, gap.stop) for gap in opened(write_qualisys(tmp_path / "a.tsv", positions)).gaps] == [(3, 15)]


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"DATA_INCLUDED": "6D"}, "expected DATA_INCLUDED 3D, found 6D: the table holds rigid bodies"),
        ({"MARKER_NAMES": "A\tB\tC"}, "expected x, y and z of 3 MARKER_NAMES"),
        ({"FREQUENCY": "999999"}, "fps must be above 0 and at most 100,000"),
    ],
)
def test_another_table_of_qualisys_is_refused_in_words(tmp_path, replaced, message):
    with pytest.raises(RecordingError, match=message):
        opened(write_qualisys(tmp_path / "a.tsv", marker_positions(), replaced=replaced))


def test_an_external_time_base_of_qualisys_is_read_from_the_times(tmp_path):
    path = write_qualisys(tmp_path / "a.tsv", marker_positions(), rate=60, replaced={"FREQUENCY": "EXT"})
    assert opened(path).fps == 60


def test_bones_of_motive_are_read_where_there_are_no_markers(tmp_path):
    path = write_motive(tmp_path / "a.csv", marker_positions())
    path.write_text(path.read_text().replace("Marker,Marker", "Bone,Bone").replace("Bone,Marker", "Bone,Bone"))
    assert opened(path).marker_set.labels == SUBJECT_LABELS


def test_rigid_bodies_alone_are_refused_in_words(tmp_path):
    lines = write_motive(tmp_path / "a.csv", marker_positions(3)).read_text().split("\n")
    write_text(
        tmp_path / "a.csv", [",".join(line.split(",")[:10]) if line[:6] != "Format" else line for line in lines]
    )
    with pytest.raises(RecordingError, match="columns of Type Marker or Bone with Position, found rigid body"):
        opened(tmp_path / "a.csv")


def test_a_table_of_motive_before_version_1_22_has_no_titles(tmp_path):
    path = write_motive(tmp_path / "a.csv", marker_positions())
    text = path.read_text()
    for title in ("Type", "Name", "ID"):
        text = text.replace(f",{title},", ",,", 1)
    path.write_text(text)
    assert opened(path).marker_set.labels == SUBJECT_LABELS


def test_the_unit_of_motive_is_that_of_its_header(tmp_path):
    take = opened(write_motive(tmp_path / "a.csv", marker_positions() * 1000, Length_Units="Millimeters"))
    np.testing.assert_allclose(take.positions, marker_positions(), atol=1e-6)


def test_a_rate_of_zero_is_refused_in_words(tmp_path):
    with pytest.raises(RecordingError, match="fps must be above 0"):
        opened(write_nexus(tmp_path / "a.csv", marker_positions(), rate=0))


def test_unlabelled_trajectories_of_nexus_are_left_out(tmp_path):
    take = opened(write_nexus(tmp_path / "a.csv", marker_positions(), [*SUBJECT_LABELS[:6], "*101", "*102"]))
    assert take.marker_set.labels == SUBJECT_LABELS[:6]


def test_what_follows_the_trajectories_of_nexus_is_not_read(tmp_path):
    path = write_nexus(tmp_path / "a.csv", marker_positions())
    with path.open("a") as file:
        file.write("\r\nModel Outputs\r\n100\r\n,,Angle\r\nFrame,Sub Frame,X\r\n,,deg\r\n1,0,5\r\n")
    np.testing.assert_allclose(opened(path).positions, marker_positions(), atol=1e-6)


def test_a_table_of_nexus_without_trajectories_is_refused_in_words(tmp_path):
    write_text(tmp_path / "a.csv", ["Devices", "1000", ",,Plate", "Frame,Sub Frame,Fx", ",,N", "1,0,0.5"])
    with pytest.raises(RecordingError, match=r"expected the part Trajectories .* found 'Devices' without it"):
        opened(tmp_path / "a.csv")


SPELLINGS = [
    "{label}_{axis}",
    "{label} {axis}",
    "{label}.{axis}",
    '"{label}:{axis}"',
    "{label}-{axis} (m)",
    "{axis}_{label}",
]


@pytest.mark.parametrize("name", SPELLINGS)
def test_columns_may_be_named_in_many_ways(tmp_path, name):
    take = opened(write_table(tmp_path / "a.csv", marker_positions(), name=name))
    assert take.marker_set.labels == SUBJECT_LABELS
    np.testing.assert_allclose(take.positions, marker_positions(), atol=1e-4)


WRITINGS = {
    "semicolons and decimal commas": {"mark": ";", "decimal": ","},
    "tabs and decimal commas": {"mark": "\t", "decimal": ","},
    "UTF-16": {"encoding": "utf-16"},
    "a byte-order mark": {"encoding": "utf-8-sig"},
    "lines of an old Mac": {"newline": "\r"},
    "comments": {"comments": ("# made by hand", "# unit: m")},
}


@pytest.mark.parametrize("options", WRITINGS.values(), ids=WRITINGS)
def test_a_table_may_be_written_in_many_ways(tmp_path, options):
    take = opened(write_table(tmp_path / "a.csv", with_gap(), **options))
    assert (take.fps, take.marker_set.labels) == (50, SUBJECT_LABELS)
    assert_seen_where(take, with_gap())


def test_comments_say_the_rate_the_unit_and_what_is_up(tmp_path):
    comments = ("# unit: cm", "# up: +y", "# fps: 25")
    y_up = marker_positions()[..., [0, 2, 1]] * [100, 100, -100]
    take = opened(write_table(tmp_path / "a.csv", y_up, comments=comments))
    assert take.fps == 25
    np.testing.assert_allclose(take.positions, marker_positions(), atol=1e-4)


def test_names_in_one_row_and_axes_in_the_next_are_read(tmp_path):
    lines = ["frame," + ",".join(f"{label},," for label in SUBJECT_LABELS), "," + ",".join("xyz" * 8)]
    lines += [
        f"{i}," + ",".join(f"{value:.4f}" for value in row)
        for i, row in enumerate(marker_positions().reshape(20, -1))
    ]
    take = opened(write_text(tmp_path / "a.csv", lines))
    assert take.marker_set.labels == SUBJECT_LABELS
    np.testing.assert_allclose(take.positions, marker_positions(), atol=1e-4)


def test_markers_without_an_axis_are_left_out(tmp_path):
    path = write_table(tmp_path / "a.csv", marker_positions())
    path.write_text(path.read_text().replace("C7_z", "C7_error"))
    assert opened(path).marker_set.labels == tuple(label for label in SUBJECT_LABELS if label != "C7")


def test_a_table_of_sensors_is_no_motion(tmp_path):
    labels = ["Foot/Acceleration", "Foot/Angular Velocity", "Gyroscope"]
    path = write_table(tmp_path / "a.csv", marker_positions()[:, :3], labels, name="{label}/{axis}")
    with pytest.raises(RecordingError, match="without columns of a marker"):
        opened(path)


def test_a_table_opens_under_the_ending_txt_by_name(tmp_path):
    assert opened(write_table(tmp_path / "a.txt", marker_positions())).marker_set.labels == SUBJECT_LABELS
