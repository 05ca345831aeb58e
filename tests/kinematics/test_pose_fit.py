import torch

from mariel.kinematics.forward_kinematics import forward_kinematics, segment_offsets
from mariel.kinematics.pose_fit import PoseFit, rotation_vectors_to_matrices
from mariel.kinematics.skeleton import Skeleton
from mariel.motion.mariel_markers import MARIEL_53
from tests.kinematics.arm import ARM, JOINT_OFFSETS, MARKER_OFFSETS, matrix_columns

SKELETON = Skeleton.from_marker_set(ARM)


def random_poses(phrases, frames, segments, size=1.0, seed=0):
    random = torch.Generator().manual_seed(seed)
    vectors = size * torch.randn(phrases, frames, segments, 3, generator=random)
    return torch.randn(phrases, frames, 3, generator=random), rotation_vectors_to_matrices(vectors)


def test_a_rotation_vector_turns_about_itself_by_its_length():
    quarter = rotation_vectors_to_matrices(torch.tensor([0.0, 0.0, torch.pi / 2]))
    assert torch.allclose(quarter @ torch.tensor([1.0, 0, 0]), torch.tensor([0.0, 1, 0]), atol=1e-6)
    assert torch.allclose(rotation_vectors_to_matrices(torch.zeros(3)), torch.eye(3), atol=1e-6)


def test_joints_and_markers_are_those_of_forward_kinematics():
    skeleton = Skeleton.from_marker_set(MARIEL_53)
    random = torch.Generator().manual_seed(1)
    joints, markers = torch.randn(2, 17, 3, generator=random), torch.randn(2, 53, 3, generator=random)
    root, rotations = random_poses(2, 3, 17)
    fit = PoseFit(skeleton)
    points = fit.positions(root, rotations, fit.linear_map(joints, markers))
    for phrase in range(2):
        offsets = segment_offsets(skeleton, joints[phrase], markers[phrase])
        expected = forward_kinematics(matrix_columns(rotations[phrase]), offsets, root[phrase])
        assert torch.allclose(points[phrase, ..., 17:], expected[..., fit.on_body], atol=1e-5)
    elbow = root + (rotations[:, :, 0] @ joints[:, None, 1, :, None])[..., 0]
    assert torch.allclose(points[..., 0], root)
    assert torch.allclose(points[..., 1], elbow, atol=1e-5)


def test_the_normal_matrix_is_that_of_the_markers_derivatives():
    fit = PoseFit(SKELETON)
    linear_map = fit.linear_map(JOINT_OFFSETS, MARKER_OFFSETS)
    root, rotations = random_poses(1, 1, 2)

    def markers(step):
        turned = rotation_vectors_to_matrices(step[:-3].unflatten(0, (2, 3)))
        turned = torch.stack([turned[0], turned[0] @ turned[1]]) @ rotations[0, 0]
        return fit.positions(root + step[-3:], turned[None, None], linear_map)[0, 0, :, 2:].flatten()

    derivatives = torch.autograd.functional.jacobian(markers, torch.full((9,), 1e-5))
    points = fit.positions(root, rotations, linear_map)[0].transpose(1, 2)
    normal = fit._normal_matrix(points[:, :2], points[:, 2:])[0]
    assert torch.allclose(normal.tril(), (derivatives.T @ derivatives).tril(), atol=1e-2)


def test_steps_reach_markers_that_a_pose_of_the_body_has():
    fit = PoseFit(SKELETON)
    linear_map = fit.linear_map(JOINT_OFFSETS, MARKER_OFFSETS)
    root, rotations = random_poses(2, 5, 2)
    targets = fit.positions(root, rotations, linear_map)[..., 2:]
    _, turned = random_poses(2, 5, 2, size=0.3, seed=1)
    found_root, found = root + 0.1, turned @ rotations
    for _ in range(8):
        found_root, found, _ = fit.step(found_root, found, linear_map, targets)
    assert (fit.positions(found_root, found, linear_map)[..., 2:] - targets).norm(dim=2).max() < 2e-3  # metres


def test_a_twist_that_no_marker_tells_stays_as_it_was():
    """The stick's markers, in one line, do not tell its twist."""
    fit = PoseFit(SKELETON)
    in_line = MARKER_OFFSETS.clone()
    in_line[3] = torch.tensor([0.5, 0, 0])
    linear_map = fit.linear_map(JOINT_OFFSETS, in_line)
    root, rotations = torch.zeros(1, 1, 3), torch.eye(3).repeat(1, 1, 2, 1, 1)
    bent = rotation_vectors_to_matrices(torch.tensor([0.0, 0.0, 0.5]))
    targets = fit.positions(root, torch.stack([torch.eye(3), bent])[None, None], linear_map)[..., 2:]
    for _ in range(5):
        root, rotations, _ = fit.step(root, rotations, linear_map, targets)
    assert torch.allclose(rotations[0, 0, 1], bent, atol=5e-2)
