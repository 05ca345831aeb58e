"""Skeletons with rotations, and BVH read by other libraries."""

import importlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mariel.export.dances import dances_of
from mariel.export.registry import EXPORTERS
from mariel.export.skeletons.axes import euler_zxy
from mariel.export.skeletons.bvh import write_bvh
from mariel.export.skeletons.joint_motion import swing
from mariel.export.skeletons.skeleton_motion import skeleton_motion
from mariel.motion.gaps import filled
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from tests.export.dances import HANDS, JOINTS, hands_positions, joint_positions, request_of
from tests.support.joints import bvhsdk_positions


@pytest.fixture(scope="module")
def demo():
    return load_recordings("demo")["adagio"].frames(500, 560)


@pytest.fixture(scope="module")
def demo_motion(demo):
    return skeleton_motion(dances_of(request_of(demo.positions, marker_set=MARIEL_53))[0])


def test_joints_with_constant_bones_are_reproduced_exactly():
    positions = joint_positions()
    motion = skeleton_motion(dances_of(request_of(positions, marker_set=JOINTS))[0])
    order = JOINTS.indices(motion.names)
    np.testing.assert_allclose(motion.positions, positions[:, order], atol=2e-6)
    assert motion.error_cm < 1e-3
    np.testing.assert_allclose(np.linalg.det(motion.rotations), 1)


def test_the_rest_pose_of_joints_faces_forward_with_its_left_on_the_left():
    motion = skeleton_motion(dances_of(request_of(joint_positions(), marker_set=JOINTS))[0])
    left, right = (motion.offsets[motion.names.index(f"{side}_hip")] for side in ("left", "right"))
    assert left[0] - right[0] == pytest.approx(0.2, abs=1e-3)


def test_the_demo_dancer_gets_a_t_pose_and_readable_names(demo_motion):
    rest = np.zeros((len(demo_motion.names), 3))
    for joint, parent in enumerate(demo_motion.parents):
        rest[joint] = rest[parent] + demo_motion.offsets[joint] if parent >= 0 else 0
    place = dict(zip(demo_motion.names, rest, strict=True))
    assert set(place) >= {"Hips", "Chest", "Head", "LeftUpLeg", "LeftLeg", "LeftFoot", "LeftArm", "LeftHand"}
    assert place["LeftHand"][0] > place["LeftForeArm"][0] > place["LeftArm"][0] > 0 > place["RightHand"][0]
    assert abs(place["LeftHand"] - place["LeftArm"])[1:].max() < 1e-9
    assert place["LeftFoot"][2] < place["LeftLeg"][2] < 0 < place["Chest"][2] < place["Head"][2]
    assert demo_motion.ends[demo_motion.names.index("LeftFoot")][1] < 0  # toes point to where the body faces


def test_the_fit_of_the_demo_dancer_is_within_a_centimetre(demo_motion, demo):
    assert 0 < demo_motion.error_cm < 1
    hand = demo_motion.positions[:, demo_motion.names.index("LeftHand")]
    assert np.linalg.norm(hand - (demo["LIWR"] + demo["LOWR"]) / 2, axis=1).max() < 0.1


@pytest.mark.parametrize("which", ["markers", "joints"])
def test_other_libraries_read_the_same_joints_from_bvh(tmp_path, demo_motion, which):
    motion = demo_motion
    if which == "joints":
        motion = skeleton_motion(dances_of(request_of(joint_positions(), marker_set=JOINTS))[0])
    path = tmp_path / "dance.bvh"
    path.write_bytes(write_bvh(motion, 30.0))
    frames = [0, len(motion) // 2, len(motion) - 1]
    found = bvhsdk_positions(path, motion.names, frames)
    np.testing.assert_allclose(found, motion.positions[frames], atol=1e-5)
    (take,) = load_recordings(path).values()
    assert (take.fps, take.unit) == (30, "m")
    ours = np.stack([take[name] for name in motion.names], axis=1)
    np.testing.assert_allclose(ours, motion.positions, atol=1e-5)


def test_bvhtoolbox_reads_the_hierarchy_and_the_rate(demo_motion, monkeypatch):
    # It asks a module that Python's setuptools no longer has for its own version.
    version = SimpleNamespace(get_distribution=lambda name: SimpleNamespace(version="0"))
    monkeypatch.setitem(sys.modules, "pkg_resources", version)
    bvh = importlib.import_module("bvhtoolbox.bvh")
    tree = bvh.Bvh(write_bvh(demo_motion, 40.0).decode())
    assert (tree.nframes, tree.frame_time) == (len(demo_motion), 0.025)
    assert tree.joint_parent("LeftLeg").name == "LeftUpLeg"


def test_angles_do_not_jump_when_they_pass_half_a_turn_or_the_lock_of_the_middle_axis():
    turning = Rotation.from_euler("ZXY", [[angle, angle / 3, 0] for angle in range(0, 720, 10)], degrees=True)
    angles = euler_zxy(turning.as_matrix()[:, None])
    assert np.abs(np.diff(angles, axis=0)).max() < 11
    back = Rotation.from_euler("ZXY", angles[:, 0], degrees=True)
    np.testing.assert_allclose(back.as_matrix(), turning.as_matrix(), atol=1e-9)


def test_a_swing_is_the_shortest_turn_also_to_the_opposite_direction():
    turned = swing(np.array([1.0, 0, 0]), np.array([[0, 2.0, 0], [-1, 0, 0], [1, 0, 0]]))
    np.testing.assert_allclose(turned @ [1, 0, 0], [[0, 1, 0], [-1, 0, 0], [1, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(turned[0] @ [0, 0, 1], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(turned), 1)


def test_gaps_are_filled_on_straight_lines_and_held_at_the_ends():
    positions = np.arange(5.0)[:, None, None] * np.ones((1, 1, 3))
    positions[[0, 2]] = np.nan
    result, frames = filled(positions)
    assert (result[:, 0, 0].tolist(), frames) == ([1, 1, 2, 3, 4], 2)


def test_a_root_that_stays_on_the_floor_is_left_out():
    positions = joint_positions() + np.linspace(0, 3, 30)[:, None, None] * [1, 0, 0]
    rooted = MarkerSet.from_edges(
        "rooted", ("floor", *JOINTS.labels), [(0, 1), *((a + 1, b + 1) for a, b in ((0, 1), (1, 2), (0, 3), (3, 4),
        (4, 5), (0, 6), (6, 7), (7, 8)))]
    )  # fmt: skip
    motion = skeleton_motion(dances_of(request_of(np.insert(positions, 0, 0.0, axis=1), marker_set=rooted))[0])
    assert motion.names[0] == "hips"
    assert motion.notes == ("floor does not move with the body and is left out.",)
    assert motion.error_cm < 1e-3


def test_bvh_is_refused_with_reasons():
    why_not = EXPORTERS["bvh"].why_not
    triangle = MarkerSet.from_edges("triangle", HANDS.labels, [(0, 1), (1, 2), (2, 0)])
    assert "needs a body" in why_not(request_of(hands_positions(), marker_set=triangle))
    assert ".bvh.zip" in why_not(request_of(joint_positions(), joint_positions(), marker_set=JOINTS))
    unseen = joint_positions()
    unseen[:, 2] = np.nan
    assert "never seen" in why_not(request_of(unseen, marker_set=JOINTS))
