import time

import numpy as np
import pytest

from mariel.kinematics.skeleton import has_body
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.marker_sets.joint_rigs import JOINT_RIGS
from mariel.motion.marker_sets.known import find_marker_set, with_segments
from mariel.motion.marker_sets.optical_rigs import CMU_41, MARKER_RIGS, PLUG_IN_GAIT
from tests.support.marker_sets import SKELETON, SKELETON_EDGES

BODY_PARTS = {"pelvis", "chest", "head"} | {
    f"{side}_{part}" for side in ("left", "right") for part in ("upper_arm", "forearm", "thigh", "shank", "foot")
}

RIGS = {rig.name: rig for rig in (*MARKER_RIGS, *JOINT_RIGS)}


def labels_of(rig) -> list[str]:
    return list(rig.parent_of) if hasattr(rig, "parent_of") else [name for name in rig.labels if name in rig.required]


@pytest.mark.parametrize("name", RIGS)
def test_a_rig_is_known_in_any_order_and_spelling_and_has_a_body(name):
    labels = [f"dancer:{label.upper()}" for label in reversed(labels_of(RIGS[name]))]
    found = find_marker_set("file", labels)
    assert found.labels == tuple(labels)
    assert found.name.startswith(name)
    assert has_body(found)
    assert {segment for segment, _ in found.segments} >= BODY_PARTS
    assert len(found.feet()) == 2
    assert all(found.feet())
    assert found.bones()
    left_right = {label for pair in found.mirror_pairs for label in pair}
    assert 2 * len(found.mirror_pairs) == len(left_right) >= len(labels) // 2


@pytest.mark.parametrize("labels", [MARIEL_53.labels, MARIEL_18.labels])
def test_mariels_markers_are_her_own_set(labels):
    assert find_marker_set("file", labels) in (MARIEL_53, MARIEL_18)


def test_plug_in_gait_and_cmu_are_told_apart_by_the_pelvis():
    assert find_marker_set("f", sorted(PLUG_IN_GAIT.required)).name == "Plug-in Gait (39 markers)"
    assert find_marker_set("f", sorted(CMU_41.required)).name == "CMU (41 markers)"


def test_missing_markers_leave_the_rest_of_the_body_joined():
    labels = sorted(PLUG_IN_GAIT.required - {"LFIN", "RTIB", "RANK", "C7"})
    found = find_marker_set("f", labels)
    assert has_body(found)
    assert "left_hand" not in dict(found.segments)
    assert dict(found.parents)["right_foot"] == "right_thigh"


def test_markers_that_a_rig_does_not_know_are_on_no_segment():
    labels = [*sorted(PLUG_IN_GAIT.required), "WAND1"]
    found = find_marker_set("f", labels)
    assert has_body(found)
    assert "WAND1" not in {label for _, on in found.segments for label in on}


def test_the_lines_of_a_file_come_before_those_of_the_rig():
    labels = sorted(PLUG_IN_GAIT.required)
    found = find_marker_set("f", labels, [(0, 1)])
    assert found.styles == ("lines", "body")


def test_a_skeleton_of_unknown_names_has_the_segments_of_its_tree():
    found = find_marker_set("f", SKELETON, SKELETON_EDGES)
    assert dict(found.segments)["pelvis"] == ("Hips", "Spine", "LeftUpLeg", "RightUpLeg")
    assert dict(found.segments)["left_foot"] == ("LeftToe",)
    assert dict(found.parents)["left_shank"] == "left_thigh"
    assert dict(found.joints)["left_shank"] == ("LeftLeg",)


def test_a_point_above_the_hips_is_no_part_of_the_body():
    edges = [(0, 1), *((a + 1, b + 1) for a, b in SKELETON_EDGES)]
    found = find_marker_set("f", ("reference", *SKELETON), edges)
    assert has_body(found)
    assert "reference" not in {label for _, on in found.segments for label in on}


def test_joints_that_coincide_with_their_parents_begin_no_segment():
    labels = (*SKELETON, "LeftToe end")
    edges = (*SKELETON_EDGES, (5, 9))
    positions = np.random.default_rng(0).normal(size=(1, 10, 3)) + np.zeros((40, 1, 1))
    positions[:, 9] = positions[:, 5]
    found = find_marker_set("f", labels, edges, positions)
    assert dict(found.segments)["left_foot"] == ("LeftToe", "LeftToe end")
    assert "left_toes" not in dict(found.segments)
    assert "left_toes" in dict(find_marker_set("f", labels, edges).segments)


def test_lines_whose_lengths_change_are_no_skeleton():
    positions = np.random.default_rng(0).normal(size=(40, len(SKELETON), 3))
    assert not find_marker_set("f", SKELETON, SKELETON_EDGES, positions).segments
    assert find_marker_set("f", SKELETON, SKELETON_EDGES, positions[:1].repeat(40, axis=0)).segments


@pytest.mark.parametrize("edges", [((0, 1), (0, 2)), (*SKELETON_EDGES, (3, 8))])
def test_lines_that_are_no_tree_tell_nothing(edges):
    whole = MarkerSet.from_edges("f", SKELETON, edges)
    assert with_segments(whole) is whole


def test_real_skeletons_have_bodies(mocap):
    for file in ("bvh/dataset-1_dance-short_normal_001.bvh", "bvh/AV_8Walk_Meredith_HVHA_Rep1.bvh", "duet.npy"):
        take = next(iter(load_recordings(mocap / file).values()))
        assert has_body(take.marker_set)
        assert {segment for segment, _ in take.marker_set.segments} >= BODY_PARTS


@pytest.mark.parametrize(
    "edges", [[(0, each) for each in range(1, 2000)], [(each - 1, each) for each in range(1, 2000)]]
)
def test_two_thousand_joints_in_one_place_are_looked_at_quickly(edges):
    began = time.process_time()
    find_marker_set("f", [f"joint {number}" for number in range(2000)], edges, np.zeros((200, 2000, 3)))
    assert time.process_time() - began < 5


def test_segments_of_the_same_part_are_numbered():
    labels = ("Hips", "LeftUpLeg", "RightUpLeg", "pelvis", "left_hip", "tip")
    found = find_marker_set("f", labels, [(0, 1), (0, 2), (1, 3), (3, 4), (4, 5)])
    names = [name for name, _ in found.segments]
    assert len(set(names)) == len(names)
