import math

import numpy as np
import pytest
import torch

from mariel.errors import SettingsError
from mariel.kinematics.skeleton import (
    Skeleton,
    fit_body,
    forward_kinematics,
    has_body,
    lever_arms,
    orthonormal,
    six_numbers,
)
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet

# An arm of two segments: a block of three markers, and a stick of two that hangs on it 1 m along its x.
ARM = MarkerSet(
    "arm",
    ("A", "B", "C", "D", "E"),
    segments=(("block", ("A", "B", "C")), ("stick", ("D", "E"))),
    parents=(("stick", "block"),),
)
JOINTS = torch.tensor([[0.0, 0, 0], [1, 0, 0]])
PLACES = torch.tensor([[0.0, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [0.5, 0.1, 0], [1, 0, 0]])


def rotations(*angles_about_z):
    """(segments, 3, 3), each segment turned about z."""
    return torch.tensor(
        [[[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]] for a in angles_about_z]
    )


def nine(turns):
    """Rotation matrices (…, segments, 3, 3), column after column: (…, 9, segments)."""
    return turns.transpose(-1, -2).flatten(-2).transpose(-1, -2)


def markers(turns, root=None):
    arms = lever_arms(Skeleton.of(ARM), JOINTS, PLACES)
    return forward_kinematics(nine(turns), arms, root).T


def test_unturned_segments_stand_where_joints_and_places_say():
    assert torch.allclose(markers(rotations(0, 0)), torch.tensor(
        [[0.0, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [1.5, 0.1, 0], [2, 0, 0]]
    ))  # fmt: skip


def test_a_turned_parent_carries_the_joint_and_a_turned_child_only_itself():
    found = markers(rotations(math.pi / 2, 0), torch.tensor([10.0, 0, 0]))
    assert torch.allclose(found[4], torch.tensor([11.0, 1, 0]), atol=1e-6)  # joint at (0, 1), stick still along x
    found = markers(rotations(0, math.pi / 2))
    assert torch.allclose(found[4], torch.tensor([1.0, 1, 0]), atol=1e-6)
    assert torch.allclose(found[:3], markers(rotations(0, 0))[:3])


def test_six_numbers_make_rotations_whatever_they_are():
    found = orthonormal(torch.randn(100, 6, 4, dtype=torch.float64))
    matrices = found.unflatten(1, (3, 3)).movedim(3, 1).transpose(2, 3)
    assert torch.allclose(matrices @ matrices.mT, torch.eye(3, dtype=torch.float64).expand_as(matrices), atol=1e-6)
    assert torch.allclose(torch.linalg.det(matrices), torch.ones(100, 4, dtype=torch.float64), atol=1e-6)


def test_six_numbers_of_a_rotation_give_it_back():
    turns = rotations(0.3, -2.0)[None]
    assert torch.allclose(orthonormal(six_numbers(turns)), nine(turns), atol=1e-6)


def test_the_gradient_of_forward_kinematics_is_right():
    torch.manual_seed(0)
    six = torch.randn(2, 6, 2, dtype=torch.float64, requires_grad=True)
    joints, places = (part.double().requires_grad_() for part in (JOINTS, PLACES))
    root = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)

    def dance(six, joints, places, root):
        return forward_kinematics(orthonormal(six), lever_arms(Skeleton.of(ARM), joints, places), root)

    assert torch.autograd.gradcheck(dance, (six, joints, places, root))


@pytest.mark.parametrize("size", [0.1, 1.0, 100.0])
def test_limbs_keep_their_length_whatever_the_network_says(size):
    torch.manual_seed(0)
    arms = lever_arms(Skeleton.of(ARM), JOINTS, PLACES)
    planes = forward_kinematics(orthonormal(size * torch.randn(50, 6, 2)), arms)
    lengths = (planes[..., 3] - planes[..., 4]).norm(dim=1)
    assert lengths == pytest.approx(np.full(50, np.hypot(0.5, 0.1)), rel=1e-4)


def test_a_body_is_found_again_in_the_poses_it_makes():
    rng = np.random.default_rng(0)
    turns = torch.linalg.qr(torch.from_numpy(rng.normal(size=(60, 2, 3, 3))).float()).Q
    turns = turns * torch.linalg.det(turns).sign()[..., None, None]
    arms = lever_arms(Skeleton.of(ARM), JOINTS, PLACES)
    seen = forward_kinematics(nine(turns), arms, torch.randn(60, 3)).transpose(1, 2)
    body = fit_body(seen, ARM, steps=400)
    root, found = body.pose(seen)
    again = forward_kinematics(nine(found), body.arms, root).transpose(1, 2)
    assert (again - seen).norm(dim=2).mean() < 0.02  # of a metre
    assert body.joints[1].norm() == pytest.approx(1.0, abs=0.1)


def test_only_jointed_bodies_with_enough_markers_on_each_part_count():
    assert has_body(MARIEL_53)
    assert not has_body(MARIEL_18)
    with pytest.raises(SettingsError, match=r"--decoder body needs .* the 18 markers set has none"):
        Skeleton.of(MARIEL_18)


def test_real_people_are_nearly_such_bodies(mocap):
    (take,) = load_recordings(mocap / "mariel_layout" / "mariel_bandai_dance.npy").values()
    positions = torch.from_numpy(take.positions[::20].copy())
    body = fit_body(positions, MARIEL_53, steps=150)
    root, turns = body.pose(positions)
    again = forward_kinematics(nine(turns), body.arms, root).transpose(1, 2)
    assert (again - positions).norm(dim=2).mean() < 0.03  # 3 cm
