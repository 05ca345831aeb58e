import torch

from mariel.kinematics.feet.leg_ik import Leg, solve_leg, swing_vectors

FORWARDS = torch.tensor([1.0, 0, 0])


def leg(knee, ankle, hip=(0.0, 0, 0)):
    return Leg(*(torch.tensor(point) for point in (hip, knee, ankle)))


BENT = leg(knee=(0.24, 0.0, -0.32), ankle=(0.0, 0.0, -0.5))  # a right angle: 0.4 and 0.3 with 0.5 across


def length(vector):
    return float(vector.norm())


def test_a_leg_that_is_not_moved_stays_as_it_is():
    for knee in ((0.24, 0.0, -0.32), (-0.02, 0.0, -0.4), (0.1, 0.2, -0.3)):
        before = leg(knee, (0.0, 0.0, -0.5))
        for new, old in zip(solve_leg(before, before.hip, before.ankle, FORWARDS), before, strict=True):
            torch.testing.assert_close(new, old, atol=1e-6, rtol=0)


def test_a_target_in_reach_is_reached_and_the_bones_keep_their_lengths():
    new = solve_leg(BENT, torch.zeros(3), torch.tensor([0.3, 0.2, -0.45]), FORWARDS)
    torch.testing.assert_close(new.ankle, torch.tensor([0.3, 0.2, -0.45]), atol=1e-5, rtol=0)
    assert abs(length(new.knee) - 0.4) < 1e-6
    assert abs(length(new.ankle - new.knee) - 0.3) < 1e-6


def test_a_knee_bends_in_its_own_plane():
    straighter = leg(knee=(0.1, 0.0, -(0.15**0.5)), ankle=(0.0, 0.0, -(0.15**0.5) - 0.08**0.5))
    new = solve_leg(straighter, torch.zeros(3), torch.tensor([0.0, 0, -0.5]), FORWARDS)
    torch.testing.assert_close(new.knee, BENT.knee, atol=1e-5, rtol=0)


def test_a_standing_leg_whose_hip_moves_keeps_its_ankle():
    hip = torch.tensor([0.05, -0.1, 0.04])
    new = solve_leg(BENT, hip, BENT.ankle, FORWARDS)
    torch.testing.assert_close(new.hip, hip)
    torch.testing.assert_close(new.ankle, BENT.ankle, atol=1e-5, rtol=0)


def test_a_leg_points_at_a_target_out_of_reach_and_is_not_longer_than_its_bones():
    new = solve_leg(BENT, torch.zeros(3), torch.tensor([3.0, 0, -4]), FORWARDS)
    torch.testing.assert_close(new.ankle / length(new.ankle), torch.tensor([0.6, 0, -0.8]), atol=1e-5, rtol=0)
    assert 0.695 < length(new.ankle) < 0.7


def test_the_knee_of_a_leg_that_is_pulled_straight_does_not_snap():
    targets = torch.stack([torch.zeros(200), torch.zeros(200), -torch.linspace(0.5, 0.8, 200)])
    before = Leg(*(joint[:, None].expand(3, 200) for joint in BENT))
    new = solve_leg(before, before.hip, targets, FORWARDS[:, None].expand(3, 200))
    steps = torch.diff(new.knee, dim=1).norm(dim=0)
    assert steps.max() < 4 * 0.3 / 199  # at most four times as fast as the target, where √ has no bound


def test_an_overextended_knee_bends_forwards_without_a_jump():
    bends = torch.linspace(-0.02, 0.02, 41)  # millimetre by millimetre
    knee = torch.stack([bends, torch.zeros(41), -(0.16 - bends.square()).sqrt()])
    ankle = torch.stack([torch.zeros(41), torch.zeros(41), knee[2] - (0.09 - bends.square()).sqrt()])
    target = ankle + torch.tensor([0.0, 0, 0.01])[:, None]
    new = solve_leg(Leg(torch.zeros(3, 41), knee, ankle), torch.zeros(3, 41), target, FORWARDS[:, None].expand(3, 41))
    assert torch.diff(new.knee[0]).abs().max() < 0.003
    assert (new.knee[0] > 0.03).all()
    assert (new.ankle - target).norm(dim=0).max() < 0.005


def test_swings_are_the_smallest_rotations():
    x, y, z = torch.eye(3)
    torch.testing.assert_close(swing_vectors(y, x, y), -x)
    torch.testing.assert_close(swing_vectors(z, x, y), z)
