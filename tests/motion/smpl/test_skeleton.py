"""The neutral skeleton with SMPL's joints."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mariel.motion.smpl.skeleton import HEIGHT, JOINTS, edges, joint_positions, offsets, parents, rotation_matrices


def t_pose(joints: int) -> np.ndarray:
    return joint_positions(np.zeros((1, joints, 3)), np.zeros((1, 3)))[0]


@pytest.mark.parametrize("joints", JOINTS)
def test_joints_are_one_tree_with_parents_first(joints):
    assert len(JOINTS[joints]) == len(set(JOINTS[joints])) == joints
    assert parents(joints)[0] == -1
    assert all(parent < joint for joint, parent in enumerate(parents(joints)))
    assert len(edges(joints)) == joints - 1


@pytest.mark.parametrize("joints", JOINTS)
def test_the_right_side_mirrors_the_left(joints):
    names, pose = JOINTS[joints], t_pose(joints)
    for name in (name for name in names if name.startswith("left_")):
        left, right = pose[names.index(name)], pose[names.index(name.replace("left_", "right_"))]
        np.testing.assert_allclose(right, left * [-1, 1, 1], atol=1e-6)
        assert left[0] > 0


def test_limbs_are_the_shares_of_height_of_drillis_and_contini():
    lengths = dict(zip(JOINTS[24], np.linalg.norm(offsets(24), axis=1) / HEIGHT, strict=True))
    assert lengths["left_knee"] == pytest.approx(0.530 - 0.285)
    assert lengths["left_ankle"] == pytest.approx(0.285 - 0.039)
    assert lengths["left_elbow"] == pytest.approx(0.186)
    assert lengths["left_wrist"] == pytest.approx(0.146)


def test_shoulders_are_at_their_height_above_the_floor():
    pose = dict(zip(JOINTS[24], t_pose(24), strict=True))
    assert pose["left_shoulder"][1] - pose["left_ankle"][1] == pytest.approx((0.818 - 0.039) * HEIGHT, abs=1e-6)


def test_a_turned_pelvis_turns_the_whole_body():
    rotations = np.zeros((1, 24, 3))
    rotations[0, 0] = [0, np.pi / 2, 0]  # a quarter about the axis that is up: left becomes back
    turned = joint_positions(rotations, np.zeros((1, 3)))[0]
    np.testing.assert_allclose(turned, t_pose(24)[:, [2, 1, 0]] * [1, 1, -1], atol=1e-6)


def test_long_takes_are_the_same_as_short_ones():
    rotations = np.random.default_rng(0).normal(0, 0.3, (1500, 24, 3))
    pelvis = np.random.default_rng(1).normal(0, 1, (1500, 3))
    whole = joint_positions(rotations, pelvis)
    np.testing.assert_allclose(joint_positions(rotations[1020:1030], pelvis[1020:1030]), whole[1020:1030], atol=1e-6)


def test_matrices_are_those_of_scipy_and_of_no_rotation():
    vectors = np.random.default_rng(0).normal(0, 2, (50, 3))
    vectors[0], vectors[1] = 0, [1e-9, 0, 0]
    matrices = np.moveaxis(rotation_matrices(vectors.T.astype(np.float32)), 2, 0)
    np.testing.assert_allclose(matrices, Rotation.from_rotvec(vectors).as_matrix(), atol=2e-6)
