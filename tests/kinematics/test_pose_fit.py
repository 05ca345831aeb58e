import numpy as np
import pytest
import torch

from mariel.kinematics.forward_kinematics import forward_kinematics, segment_offsets
from mariel.kinematics.pose_fit import FRAMES_PER_BLOCK, PoseFit, Poses, rotate
from mariel.kinematics.skeleton import Skeleton
from mariel.motion.mariel_markers import MARIEL_53
from tests.kinematics.arm import ARM, JOINT_OFFSETS, MARKER_OFFSETS


@pytest.fixture
def fit():
    return PoseFit(Skeleton.from_marker_set(ARM))


@pytest.fixture
def linear_map(fit):
    return fit.linear_map(JOINT_OFFSETS.numpy(), MARKER_OFFSETS.numpy())[None]


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def still(segments, phrases=1, frames=1):
    """Poses at the origin without rotation."""
    rotations = np.broadcast_to(
        np.eye(3, dtype=np.float32)[:, None, :, None, None], (3, segments, 3, phrases, frames)
    )
    return Poses(np.zeros((3, phrases, frames), np.float32), rotations)


def random_poses(segments, phrases, frames):
    return still(segments, phrases, frames).moved(normal(3, phrases, frames), normal(3, segments, phrases, frames))


def test_a_rotation_vector_turns_about_itself_by_its_length():
    x, quarter = np.float32([[1], [0], [0]]), np.float32([[0], [0], [np.pi / 2]])
    np.testing.assert_allclose(rotate(x, quarter), [[0], [1], [0]], atol=1e-6)
    np.testing.assert_allclose(rotate(x, 0 * quarter), x)


def test_columns_of_rotations_come_back():
    poses = random_poses(17, 2, 3)
    again = Poses.from_columns(poses.root.transpose(1, 2, 0), poses.columns)
    assert np.array_equal(again.root, poses.root)
    assert np.array_equal(again.rotations, poses.rotations)


def test_joints_and_markers_are_those_of_forward_kinematics():
    skeleton = Skeleton.from_marker_set(MARIEL_53)
    fit, poses = PoseFit(skeleton), random_poses(17, 2, 3)
    joints, markers = normal(2, 17, 3, seed=1), normal(2, 53, 3, seed=2)
    points = fit.positions(poses, fit.linear_map(joints, markers))
    offsets = segment_offsets(skeleton, torch.from_numpy(joints), torch.from_numpy(markers))
    root = torch.from_numpy(poses.root.transpose(1, 2, 0))
    expected = forward_kinematics(torch.from_numpy(poses.columns), offsets, root)[..., fit.on_body]
    np.testing.assert_allclose(points[:, 17:].transpose(2, 3, 0, 1), expected, atol=1e-5)
    np.testing.assert_allclose(points[:, 0], poses.root)
    elbow = poses.root + np.einsum("xapf,pa->xpf", poses.rotations[:, 0], joints[:, 1])
    np.testing.assert_allclose(points[:, 1], elbow, atol=1e-5)


def test_steps_reach_markers_that_a_pose_of_the_body_has(fit, linear_map):
    poses = random_poses(2, 2, 5)
    linear_map = np.concatenate([linear_map, linear_map])
    targets = fit.positions(poses, linear_map)[:, 2:]
    found = poses.moved(np.float32(0.1), 0.3 * normal(3, 2, 2, 5, seed=1))
    for _ in range(16):
        found, _ = fit.step(found, linear_map, targets)
    distances = np.linalg.norm(fit.positions(found, linear_map)[:, 2:] - targets, axis=0)
    assert distances.max() < 2e-3  # metres


def test_frames_are_fitted_as_they_are_alone(fit, linear_map):
    poses = random_poses(2, 1, 2 * FRAMES_PER_BLOCK + 1)
    targets = fit.positions(poses, linear_map)[:, 2:] + np.float32(0.01)
    together, _ = fit.step(poses, linear_map, targets)
    some = np.array([0, FRAMES_PER_BLOCK - 1, FRAMES_PER_BLOCK, 2 * FRAMES_PER_BLOCK])
    alone, _ = fit.step(poses.frames(some), linear_map, targets[..., some])
    np.testing.assert_allclose(together.frames(some).rotations, alone.rotations, atol=1e-5)


def test_a_second_step_is_drawn_back_to_where_the_first_began(fit, linear_map):
    """Markers that no pose can reach: with the pull, rotations add up to less."""
    poses = random_poses(2, 1, 20)
    targets = fit.positions(poses, linear_map)[:, 2:] + 0.3 * normal(3, 5, 1, 20, seed=3)
    once, moved = fit.step(poses, linear_map, targets)
    _, pulled = fit.step(once, linear_map, targets, moved)
    _, free = fit.step(once, linear_map, targets)
    assert np.square(pulled[:, 1:]).sum() < np.square((moved + free)[:, 1:]).sum()


def test_a_twist_that_no_marker_tells_stays_as_it_was(fit):
    """The stick's markers, in one line, do not tell its twist."""
    in_line = MARKER_OFFSETS.numpy().copy()
    in_line[3] = [0.5, 0, 0]
    linear_map = fit.linear_map(JOINT_OFFSETS.numpy(), in_line)[None]
    turns = np.zeros((3, 2, 1, 1), np.float32)
    turns[2, 1] = 0.5
    poses, bent = still(2), still(2).moved(np.float32(0), turns)
    targets = fit.positions(bent, linear_map)[:, 2:]
    for _ in range(5):
        poses, _ = fit.step(poses, linear_map, targets)
    np.testing.assert_allclose(poses.rotations, bent.rotations, atol=5e-2)
