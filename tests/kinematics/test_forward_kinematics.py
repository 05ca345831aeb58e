import math

import numpy as np
import pytest
import torch

from mariel.kinematics.forward_kinematics import forward_kinematics, segment_offsets
from mariel.kinematics.rotations import rotations_from_6d
from mariel.kinematics.skeleton import Skeleton
from tests.kinematics.arm import ARM, JOINT_OFFSETS, MARKER_OFFSETS, matrix_columns

SKELETON = Skeleton.from_marker_set(ARM)


def rotations(*angles_about_z):
    """(segments, 3, 3), each segment rotated about z."""
    return torch.tensor(
        [[[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]] for a in angles_about_z]
    )


def markers(segment_rotations, root=None):
    offsets = segment_offsets(SKELETON, JOINT_OFFSETS, MARKER_OFFSETS)
    return forward_kinematics(matrix_columns(segment_rotations), offsets, root).T


def test_without_rotation_markers_are_where_the_offsets_say():
    assert torch.allclose(markers(rotations(0, 0)), torch.tensor(
        [[0.0, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [1.5, 0.1, 0], [2, 0, 0]]
    ))  # fmt: skip


def test_a_rotated_parent_moves_the_joint_and_a_rotated_child_only_itself():
    found = markers(rotations(math.pi / 2, 0), torch.tensor([10.0, 0, 0]))
    assert torch.allclose(found[4], torch.tensor([11.0, 1, 0]), atol=1e-6)  # joint at (0, 1), stick still along x
    found = markers(rotations(0, math.pi / 2))
    assert torch.allclose(found[4], torch.tensor([1.0, 1, 0]), atol=1e-6)
    assert torch.allclose(found[:3], markers(rotations(0, 0))[:3])


def test_the_gradient_of_forward_kinematics_is_right():
    torch.manual_seed(0)
    six = torch.randn(2, 6, 2, dtype=torch.float64, requires_grad=True)
    joint_offsets, marker_offsets = (part.double().requires_grad_() for part in (JOINT_OFFSETS, MARKER_OFFSETS))
    root = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)

    def positions(six, joint_offsets, marker_offsets, root):
        offsets = segment_offsets(SKELETON, joint_offsets, marker_offsets)
        return forward_kinematics(rotations_from_6d(six), offsets, root)

    assert torch.autograd.gradcheck(positions, (six, joint_offsets, marker_offsets, root))


@pytest.mark.parametrize("size", [0.1, 1.0, 100.0])
def test_distances_on_a_segment_are_constant_whatever_the_network_predicts(size):
    torch.manual_seed(0)
    offsets = segment_offsets(SKELETON, JOINT_OFFSETS, MARKER_OFFSETS)
    channels_first = forward_kinematics(rotations_from_6d(size * torch.randn(50, 6, 2)), offsets)
    lengths = (channels_first[..., 3] - channels_first[..., 4]).norm(dim=1)
    assert lengths == pytest.approx(np.full(50, np.hypot(0.5, 0.1)), rel=1e-4)


def test_a_body_for_each_phrase_gives_what_each_gives_alone():
    torch.manual_seed(0)
    joints, markers = torch.randn(3, 2, 3), torch.randn(3, 5, 3)
    rotations, root = torch.randn(3, 4, 9, 2), torch.randn(3, 4, 3)
    together = forward_kinematics(rotations, segment_offsets(SKELETON, joints, markers), root)
    for row in range(3):
        offsets = segment_offsets(SKELETON, joints[row], markers[row])
        torch.testing.assert_close(together[row], forward_kinematics(rotations[row], offsets, root[row]))
