import json

import pytest

from mariel.motion.mariel_markers import (
    HELPER_LABELS,
    MARIEL_15,
    MARIEL_18,
    MARIEL_53,
    NOTEBOOK_BONES,
    PAPER_BONES,
    RAW_LABELS,
    SEGMENTS,
)


def test_helper_points_are_columns_26_and_53():
    assert [RAW_LABELS.index(label) for label in HELPER_LABELS] == [26, 53]
    assert len(RAW_LABELS) == 55


def test_the_53_are_the_raw_columns_without_helpers():
    assert MARIEL_53.labels == tuple(label for label in RAW_LABELS if label not in HELPER_LABELS)
    assert list(RAW_LABELS) == sorted(RAW_LABELS)  # as the recordings list them


def test_notebook_and_paper_skeletons_have_58_and_22_bones():
    assert (len(NOTEBOOK_BONES), len(PAPER_BONES)) == (58, 22)
    assert all(len(start) == len(end) == 1 for start, end in NOTEBOOK_BONES)
    assert (("LKNE", "LKNI"), ("LHEL",)) in PAPER_BONES  # mid-knee to heel


def test_every_body_marker_is_on_exactly_one_segment():
    on_segments = [label for _, labels in SEGMENTS for label in labels]
    assert sorted(on_segments) == sorted(MARIEL_53.labels)


def test_mirror_pairs_contain_every_left_and_right_marker():
    sided = {label for label in MARIEL_53.labels if label[0] in "LR"}
    assert {label for pair in MARIEL_53.mirror_pairs for label in pair} == sided


def test_reduced_set_keeps_the_references_order():
    assert MARIEL_18.labels[:4] == ("ARIEL", "CLAV", "RFSH", "LFSH")
    assert len(MARIEL_18) == 18


@pytest.mark.parametrize("style", ["body", "paper", "notebook"])
def test_each_skeleton_is_the_same_on_both_sides(style):
    swap = {a: b for pair in MARIEL_53.mirror_pairs for a, b in (pair, pair[::-1])}
    lines = {frozenset((frozenset(start), frozenset(end))) for start, end in MARIEL_53.bones(style)}
    mirrored = {frozenset(frozenset(swap.get(m, m) for m in end) for end in line) for line in lines}
    assert mirrored == lines


def test_excerpt_agrees_with_its_published_description(mocap):
    about = json.loads((mocap / "mariel15.json").read_text())
    assert list(MARIEL_15.labels) == about["markers"]
    published = {frozenset(about["markers"][i] for i in edge) for edge in about["edges"]}
    assert {frozenset((start[0], end[0])) for start, end in MARIEL_15.bones()} == published


@pytest.mark.parametrize("name", ["duet", "optical28"])
def test_other_layouts_open_with_their_marker_sets(mocap, name):
    from mariel.motion.io.registry import open_recording_file  # noqa: PLC0415

    ending = {"duet": ".npy", "optical28": ".npz"}[name]
    take = open_recording_file(mocap / f"{name}{ending}")[0]
    assert len(take.marker_set.bones()) == {"duet": 28, "optical28": 43}[name]
    assert take.positions.shape == {"duet": (1200, 29, 3), "optical28": (1500, 28, 3)}[name]
