import numpy as np
import pytest

from mariel.kinematics.normal_equations import NormalEquations, cross

PARENTS = (-1, 0, 1, 0, 1)
"""A limb of the root that branches, and one of a single joint."""

JOINT_OF = [0, 1, 1, 2, 2, 2, 3, 3, 4, 4]
MOVED_BY = {0: range(10), 1: (1, 2, 3, 4, 5, 8, 9), 2: (3, 4, 5), 3: (6, 7), 4: (8, 9)}
"""Markers that each joint moves."""

FRAMES = 7
WEIGHTS = np.float32([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])


@pytest.fixture
def equations():
    return NormalEquations(PARENTS, JOINT_OF)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def derivatives(equations, joints, markers):
    """Of the markers (frames, xyz × markers, 3 × unknowns): a rotation vector ω moves a marker by ω × its arm."""
    columns = np.zeros((FRAMES, 3, len(JOINT_OF), 3, 1 + len(PARENTS)))
    for axis, unit in enumerate(np.eye(3)):
        columns[:, axis, :, axis, 0] = 1
        for row, joint in enumerate(equations.order):
            for marker in MOVED_BY[joint]:
                arms = (markers[:, marker] - joints[:, row]).T  # (frames, xyz)
                columns[:, :, marker, axis, 1 + row] = np.cross(unit, arms)
    return columns.reshape(FRAMES, 3 * len(JOINT_OF), -1)


def test_the_solution_is_that_of_the_dense_equations(equations):
    joints, markers = normal(3, len(PARENTS), FRAMES), normal(3, len(JOINT_OF), FRAMES, seed=1)
    missing = normal(3, len(JOINT_OF), FRAMES, seed=2)
    gradient = equations.gradient(joints, markers, missing)
    solved = equations.solve(equations.matrix(joints, markers), gradient, WEIGHTS)

    jacobian = derivatives(equations, joints, markers)
    right = jacobian.swapaxes(1, 2) @ missing.transpose(2, 0, 1).reshape(FRAMES, -1, 1)
    np.testing.assert_allclose(gradient.transpose(2, 0, 1).reshape(FRAMES, -1, 1), right, atol=1e-4)
    dense = jacobian.swapaxes(1, 2) @ jacobian + np.diag(np.tile(WEIGHTS, 3))
    expected = np.linalg.solve(dense, right).reshape(FRAMES, 3, -1)
    np.testing.assert_allclose(solved.transpose(2, 0, 1), expected, atol=1e-4)


def test_joints_are_in_the_order_of_their_depth(equations):
    assert equations.order == [0, 1, 3, 2, 4]


def test_cross_products_are_numpys():
    a, b = normal(3, 4, 1, 5), normal(3, 1, 6, 5, seed=1)
    np.testing.assert_allclose(cross(a, b), np.cross(a, b, axis=0), atol=1e-5)
