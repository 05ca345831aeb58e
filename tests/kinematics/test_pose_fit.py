import torch

from mariel.kinematics.forward_kinematics import forward_kinematics, segment_offsets
from mariel.kinematics.pose_fit import PoseFit, Poses, rotate
from mariel.kinematics.skeleton import Skeleton
from mariel.motion.mariel_markers import MARIEL_53
from tests.kinematics.arm import ARM, JOINT_OFFSETS, MARKER_OFFSETS

SKELETON = Skeleton.from_marker_set(ARM)


def random_poses(phrases, frames, segments, size=1.0, seed=0):
    random = torch.Generator().manual_seed(seed)
    turns = size * torch.randn(3, segments, phrases, frames, generator=random)
    still = Poses(torch.zeros(3, phrases, frames), identity(segments, phrases, frames))
    return still.moved(torch.randn(3, phrases, frames, generator=random), turns)


def identity(segments, phrases=1, frames=1):
    return torch.eye(3)[:, None, :, None, None].repeat(1, segments, 1, phrases, frames)


def test_a_rotation_vector_turns_about_itself_by_its_length():
    quarter = torch.tensor([0.0, 0.0, torch.pi / 2])
    assert torch.allclose(rotate(torch.tensor([1.0, 0, 0]), quarter), torch.tensor([0.0, 1, 0]), atol=1e-6)
    assert torch.allclose(rotate(torch.tensor([1.0, 2, 3]), torch.zeros(3)), torch.tensor([1.0, 2, 3]))


def test_columns_of_rotations_come_back():
    poses = random_poses(2, 3, 17)
    assert torch.equal(Poses.from_columns(poses.root.permute(1, 2, 0), poses.columns).rotations, poses.rotations)


def test_joints_and_markers_are_those_of_forward_kinematics():
    skeleton = Skeleton.from_marker_set(MARIEL_53)
    random = torch.Generator().manual_seed(1)
    joints, markers = torch.randn(2, 17, 3, generator=random), torch.randn(2, 53, 3, generator=random)
    poses = random_poses(2, 3, 17)
    fit = PoseFit(skeleton)
    points = fit.positions(poses, fit.linear_map(joints, markers)).permute(2, 3, 0, 1)
    root = poses.root.permute(1, 2, 0)
    for phrase in range(2):
        offsets = segment_offsets(skeleton, joints[phrase], markers[phrase])
        expected = forward_kinematics(poses.columns[phrase], offsets, root[phrase])
        assert torch.allclose(points[phrase, ..., 17:], expected[..., fit.on_body], atol=1e-5)
    elbow = poses.root + torch.einsum("xapf,pa->xpf", poses.rotations[:, 0], joints[:, 1])
    assert torch.allclose(points[..., 0], root)
    assert torch.allclose(points[..., 1], elbow.permute(1, 2, 0), atol=1e-5)


def test_steps_reach_markers_that_a_pose_of_the_body_has():
    fit = PoseFit(SKELETON)
    linear_map = fit.linear_map(JOINT_OFFSETS, MARKER_OFFSETS).expand(2, -1, -1)
    poses = random_poses(2, 5, 2)
    targets = fit.positions(poses, linear_map)[:, 2:]
    found = poses.moved(torch.tensor(0.1), 0.3 * torch.randn(3, 2, 2, 5, generator=torch.Generator().manual_seed(1)))
    for _ in range(8):
        found, _ = fit.step(found, linear_map, targets)
    assert (fit.positions(found, linear_map)[:, 2:] - targets).norm(dim=0).max() < 2e-3  # metres


def test_frames_are_fitted_as_they_are_alone():
    fit = PoseFit(SKELETON)
    linear_map = fit.linear_map(JOINT_OFFSETS, MARKER_OFFSETS)[None]
    poses = random_poses(1, 600, 2)  # more than a block
    targets = fit.positions(poses, linear_map)[:, 2:] + 0.01
    together, _ = fit.step(poses, linear_map, targets)
    some = torch.tensor([0, 255, 256, 599])
    alone, _ = fit.step(poses.frames(some), linear_map, targets[..., some])
    assert torch.allclose(together.frames(some).rotations, alone.rotations, atol=1e-5)


def test_a_twist_that_no_marker_tells_stays_as_it_was():
    """The stick's markers, in one line, do not tell its twist."""
    fit = PoseFit(SKELETON)
    in_line = MARKER_OFFSETS.clone()
    in_line[3] = torch.tensor([0.5, 0, 0])
    linear_map = fit.linear_map(JOINT_OFFSETS, in_line)[None]
    poses = Poses(torch.zeros(3, 1, 1), identity(2))
    turns = torch.zeros(3, 2, 1, 1)
    turns[2, 1] = 0.5
    bent = poses.moved(torch.tensor(0.0), turns)
    targets = fit.positions(bent, linear_map)[:, 2:]
    for _ in range(5):
        poses, _ = fit.step(poses, linear_map, targets)
    assert torch.allclose(poses.rotations, bent.rotations, atol=5e-2)
