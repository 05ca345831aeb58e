"""Bodies of skeletons of joints."""

import numpy as np
import pytest
import torch

from mariel.kinematics.body import Body, fit_body
from mariel.kinematics.forward_kinematics import forward_kinematics, segment_offsets
from mariel.kinematics.rotations import kabsch_near, swing
from mariel.kinematics.skeleton import Skeleton
from mariel.motion.io.loading import load_recordings
from mariel.motion.marker_set import MarkerSet
from mariel.motion.marker_sets.known import find_marker_set
from tests.kinematics.arm import matrix_columns
from tests.support.marker_sets import SKELETON, SKELETON_EDGES

LEGS = find_marker_set("legs", SKELETON, SKELETON_EDGES)

LENGTHS = torch.tensor(
    [[0.0, 0, 0], [0, 0, 0.2], [0, 0.1, -0.05], [0, 0, -0.4], [0, 0, -0.4], [0.15, 0, -0.05], [0, -0.1, -0.05],
     [0, 0, -0.4], [0, 0, -0.4]]
)  # fmt: skip
"""From each joint's parent to the joint, metres."""


def random_rotations(*shape: int) -> torch.Tensor:
    rotations = torch.linalg.qr(torch.from_numpy(np.random.default_rng(0).normal(size=(*shape, 3, 3))).float()).Q
    return rotations * torch.linalg.det(rotations).sign()[..., None, None]


def dancing_legs(frames: int = 80) -> torch.Tensor:
    """(frames, joints, 3): legs of constant lengths in random poses."""
    skeleton = Skeleton.from_marker_set(LEGS)
    joint_offsets = torch.stack([LENGTHS[joint] for (joint,) in skeleton.joint_markers])
    offsets = segment_offsets(skeleton, joint_offsets, LENGTHS)
    rotations = random_rotations(frames, len(skeleton.names))
    return forward_kinematics(matrix_columns(rotations), offsets, torch.randn(frames, 3)).transpose(1, 2)


def reproduced(body: Body, positions: torch.Tensor, **options) -> torch.Tensor:
    return body.markers(*body.fit_pose(positions, **options))


@pytest.mark.parametrize("continuous", [False, True])
def test_joints_of_constant_lengths_are_reproduced_exactly(continuous):
    positions = dancing_legs()
    body = fit_body(positions, LEGS)
    assert (reproduced(body, positions, continuous=continuous) - positions).norm(dim=2).max() < 1e-4


def test_the_joints_of_a_pose_are_those_of_the_skeleton():
    positions = dancing_legs()
    body = fit_body(positions, LEGS)
    joints = body.joints(*body.fit_pose(positions))
    columns = [marker for (marker,) in body.skeleton.joint_markers]
    assert (joints - positions[:, columns]).norm(dim=2).max() < 1e-4


def test_a_marker_on_no_segment_does_not_disturb_the_body():
    loose = MarkerSet(
        "loose", (*LEGS.labels, "wand"), LEGS.skeletons, LEGS.segments, (), LEGS.parents, LEGS.joints
    )  # fmt: skip
    positions = dancing_legs()
    with_wand = torch.cat([positions, torch.randn(len(positions), 1, 3)], dim=1)
    body = fit_body(with_wand, loose)
    assert body.skeleton.loose_markers == [len(SKELETON)]
    assert (reproduced(body, with_wand)[:, :-1] - positions).norm(dim=2).max() < 1e-4


def test_a_twist_that_markers_leave_open_does_not_jump_when_a_limb_passes_its_opposite_direction():
    angles = torch.cat([torch.zeros(300), torch.linspace(0, 2 * np.pi, 300)])
    still = dancing_legs(1).expand(600, -1, -1).clone()
    hip, knee = SKELETON.index("RightUpLeg"), SKELETON.index("RightLeg")
    circle = torch.stack([torch.cos(angles), torch.sin(angles), 0.02 * torch.ones(600)], dim=1)
    still[:, knee] = still[:, hip] + 0.4 * torch.nn.functional.normalize(circle, dim=1)
    still[:, knee + 1] = still[:, knee] + torch.tensor([0, 0, -0.4])
    body = fit_body(still, LEGS)
    segment = body.skeleton.names.index("right_thigh")

    def fastest_turn(**options) -> float:
        rotations = body.fit_pose(still, **options)[1][:, segment]
        between = rotations[1:] @ rotations[:-1].transpose(1, 2)
        trace = between.diagonal(dim1=1, dim2=2).sum(dim=1)
        return float(((trace - 1) / 2).clamp(-1, 1).arccos().rad2deg().max())

    assert fastest_turn(continuous=True) < 10 < fastest_turn()


def test_the_smallest_rotation_has_no_twist():
    turned = swing(torch.tensor([[1.0, 0, 0]]), torch.tensor([[0, 2.0, 0]]))[0]
    torch.testing.assert_close(turned, torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]))
    assert torch.isfinite(swing(torch.tensor([[1.0, 0, 0]]), torch.tensor([[-1.0, 0, 0]]))).all()


def test_a_single_marker_is_reached_by_the_rotation_nearest_to_the_prior():
    prior = random_rotations(5)
    target = torch.nn.functional.normalize(torch.randn(5, 1, 3), dim=2)
    rotations = kabsch_near(torch.tensor([[1.0, 0, 0]]), target, prior)
    torch.testing.assert_close(rotations[:, :, 0], target[:, 0], atol=1e-3, rtol=0)
    expected = swing(prior[:, :, 0], target[:, 0]) @ prior
    torch.testing.assert_close(rotations, expected, atol=1e-3, rtol=0)


def test_real_skeletons_are_reproduced_to_a_tenth_of_a_millimetre(mocap):
    for file in sorted((mocap / "bvh").glob("*.bvh")):
        (take,) = load_recordings(file).values()
        positions = torch.from_numpy(take.positions[::5].copy())
        body = fit_body(positions, take.marker_set)
        on_body = [marker for marker, segment in enumerate(body.skeleton.segment_of) if segment >= 0]
        assert (reproduced(body, positions) - positions)[:, on_body].norm(dim=2).max() < 1e-4
