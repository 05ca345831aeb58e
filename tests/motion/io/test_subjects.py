"""People told apart by the names of their markers."""

import numpy as np

from mariel.motion.io.motion_file import one_dancer
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions
from mariel.motion.io.subjects import by_subject, split_subjects, subjects_with_common_names
from tests.support.recording_files import SUBJECT_LABELS, marker_positions


def recordings(path, labels):
    positions = np.concatenate([marker_positions()] * 2, axis=1)[:, : len(labels)]
    content = one_dancer(positions, labels, path, fps=50.0, unit="m")
    return recordings_of_file(path, by_subject(path, content, labels), ReadOptions())


def test_people_are_in_the_order_of_their_first_markers():
    subjects = split_subjects(["B:x", "A:x", "B:y", "free"])
    assert [(each.name, each.columns, each.labels) for each in subjects] == [
        ("B", (0, 2), ("x", "y")), ("A", (1,), ("x",)), ("", (3,), ("free",)),
    ]  # fmt: skip


def test_one_person_has_names_without_the_prefix(tmp_path):
    (take,) = recordings(tmp_path / "a.x", [f"Anna:{label}" for label in SUBJECT_LABELS])
    assert (take.name, take.marker_set.labels) == ("a", SUBJECT_LABELS)


def test_a_prop_with_few_markers_is_left_out(tmp_path):
    (take,) = recordings(tmp_path / "a.x", [*(f"Anna:{label}" for label in SUBJECT_LABELS), "Wand:tip"])
    assert take.marker_set.labels == SUBJECT_LABELS


def test_parts_of_a_body_are_no_people(tmp_path):
    labels = [f"{part}:Marker{number}" for part in ("Foot", "Hand") for number in (1, 2, 3, 4)]
    (take,) = recordings(tmp_path / "a.x", labels)
    assert take.marker_set.labels == tuple(label.replace(":", " ") for label in labels)


def test_names_that_only_look_like_a_prefix_stay_whole():
    assert [each.labels for each in split_subjects([":a", "b:", "c"])] == [(":a", "b:", "c")]


def test_prefixes_of_any_file_are_people_where_their_names_agree():
    for mark in ":|":
        people = subjects_with_common_names([f"{name}{mark}{label}" for label in ("LHEL", "RHEL") for name in "AB"])
        assert [(each.name, each.columns) for each in people] == [("A", (0, 2)), ("B", (1, 3))]
    assert not subjects_with_common_names(["mixamorig:Hips", "mixamorig:Head"])
    assert not subjects_with_common_names(["A:LHEL", "sword:tip", "A:RHEL", "sword:hilt"])
    assert not subjects_with_common_names(["LHEL", "RHEL"])


def test_people_with_other_markers_stand_on_one_stage(tmp_path):
    labels = [f"Anna:{label}" for label in SUBJECT_LABELS] + [f"Ben:point {number}" for number in range(8)]
    one, other = recordings(tmp_path / "duo.x", labels)
    assert (one.name, other.name) == ("duo Anna", "duo Ben")
    assert (one.marker_set.labels, other.marker_set.labels[0]) == (SUBJECT_LABELS, "point 0")
    assert one.assumptions == other.assumptions
