import pytest

from mariel.motion.marker_sets.joint_rigs import JOINT_RIGS, SMPL_24, SMPL_H_52, SMPL_X_55
from mariel.motion.marker_sets.optical_rigs import CMU_41, MARKER_RIGS, OPTICAL_28, PLUG_IN_GAIT
from mariel.motion.marker_sets.rig import JointRig, MarkerRig, plain_label


@pytest.mark.parametrize(
    ("label", "plain"),
    [
        ("mixamorig:LeftUpLeg", "leftupleg"),
        ("Subject:LFHD", "lfhd"),
        ("left_hip", "lefthip"),
        ("Left Hip", "lefthip"),
        ("x:", "x"),
    ],
)
def test_labels_are_compared_without_prefix_capitals_and_separators(label, plain):
    assert plain_label(label) == plain


def test_a_line_with_a_star_stands_for_both_sides():
    rig = MarkerRig("r", "trunk: A B\n*_arm < trunk @ *SHO: *ELB ?*WRI", "A-*ELB")
    assert [segment.name for segment in rig.segments] == ["trunk", "left_arm", "right_arm"]
    assert (rig.segments[1].parent, rig.segments[1].joint, rig.segments[1].labels) == (
        "trunk", ("LSHO",), ("LELB", "LWRI"),
    )  # fmt: skip
    assert rig.required == {"A", "B", "LELB", "RELB"}
    assert rig.bones == ((("A",), ("LELB",)), (("A",), ("RELB",)))


def test_a_line_that_is_no_segment_is_named():
    with pytest.raises(ValueError, match="expected 'name < parent @ joint: markers', found 'trunk A B'"):
        _ = MarkerRig("r", "trunk A B", "").segments


def test_joints_hang_from_joints_of_the_same_rig():
    assert JointRig("r", "a *b<a").parent_of == {"a": None, "leftb": "a", "rightb": "a"}
    for rig in JOINT_RIGS:
        assert {parent for parent in rig.parent_of.values() if parent} <= set(rig.parent_of)
        assert rig.required <= set(rig.parent_of)
        assert list(rig.parent_of.values()).count(None) == 1


def test_rigs_have_the_number_of_markers_that_their_names_say():
    assert [len(rig.required) for rig in (PLUG_IN_GAIT, CMU_41, OPTICAL_28)] == [39, 41, 28]
    assert [len(rig.parent_of) for rig in (SMPL_24, SMPL_H_52, SMPL_X_55)] == [24, 52, 55]


def test_every_bone_of_a_rig_is_between_its_markers():
    for rig in MARKER_RIGS:
        assert {label for bone in rig.bones for group in bone for label in group} <= set(rig.labels)
