import torch

from mariel.kinematics.normal_equations import NormalEquations

PARENTS = (-1, 0, 1, 0, 1)
"""Two limbs of a root: one of a joint, whose child has a sibling, and one of a single joint."""

JOINT_OF = [0, 1, 1, 2, 2, 2, 3, 3, 4, 4]
FRAMES = 7


def random_points():
    random = torch.Generator().manual_seed(0)
    joints = torch.randn(3, len(PARENTS), FRAMES, generator=random)
    return joints, torch.randn(3, len(JOINT_OF), FRAMES, generator=random)


def moved_by(joint):
    """Whether each marker is on a segment at or after a joint."""
    carriers = []
    for own in JOINT_OF:
        path = [own]
        while PARENTS[path[-1]] >= 0:
            path.append(PARENTS[path[-1]])
        carriers.append(joint in path)
    return torch.tensor(carriers)


def derivatives(equations, joints, markers):
    """Of the markers (frames, xyz × markers, 3 × unknowns): a rotation vector ω moves a marker by ω × its arm."""
    axes = torch.eye(3)
    columns = [axes[:, :, None, None].expand(3, 3, len(JOINT_OF), FRAMES)]  # (xyz, axis, markers, frames)
    for row, joint in enumerate(equations.order):
        arms = (markers - joints[:, row, None]) * moved_by(joint)[:, None]
        columns.append(torch.linalg.cross(axes[:, :, None, None], arms[:, None], dim=0))
    stacked = torch.stack(columns, dim=1)  # (xyz, unknowns, axis, markers, frames)
    return stacked.permute(4, 0, 3, 1, 2).flatten(3).flatten(1, 2)


def test_the_solution_is_that_of_the_dense_equations():
    equations = NormalEquations(PARENTS, JOINT_OF)
    joints, markers = random_points()
    missing = torch.randn(3, len(JOINT_OF), FRAMES, generator=torch.Generator().manual_seed(1))
    weights = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    gradient = equations.gradient(joints, markers, missing)
    solved = equations.solve(equations.matrix(joints, markers), gradient, weights)

    jacobian = derivatives(equations, joints, markers)
    right = jacobian.transpose(1, 2) @ missing.permute(2, 0, 1).flatten(1)[..., None]
    assert torch.allclose(gradient.permute(2, 1, 0).flatten(1), right[..., 0], atol=1e-4)
    dense = jacobian.transpose(1, 2) @ jacobian + torch.diag(weights.repeat_interleave(3))
    expected = torch.linalg.solve(dense, right)[..., 0]
    assert torch.allclose(solved.permute(2, 1, 0).flatten(1), expected, atol=1e-4)


def test_joints_are_in_the_order_of_their_depth():
    assert NormalEquations(PARENTS, JOINT_OF).order == [0, 1, 3, 2, 4]
