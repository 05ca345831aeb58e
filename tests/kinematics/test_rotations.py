import math

import pytest
import torch

from mariel.kinematics.rotations import kabsch, rotation_6d, rotations_from_6d
from tests.kinematics.arm import matrix_columns


def test_any_six_numbers_give_rotations():
    columns = rotations_from_6d(torch.randn(100, 6, 4, dtype=torch.float64))
    matrices = columns.unflatten(1, (3, 3)).movedim(3, 1).transpose(2, 3)
    assert torch.allclose(matrices @ matrices.mT, torch.eye(3, dtype=torch.float64).expand_as(matrices), atol=1e-6)
    assert torch.allclose(torch.linalg.det(matrices), torch.ones(100, 4, dtype=torch.float64), atol=1e-6)


def test_the_6d_representation_of_a_rotation_gives_that_rotation():
    rotations = torch.stack([_about_z(0.3), _about_z(-2.0)])[None]
    assert torch.allclose(rotations_from_6d(rotation_6d(rotations)), matrix_columns(rotations), atol=1e-6)


@pytest.mark.parametrize("angle", [0.3, -2.0, 3.1])
def test_kabsch_finds_the_rotation_between_two_sets_of_points(angle):
    points = torch.tensor([[1.0, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]])
    rotation = _about_z(angle)
    assert torch.allclose(kabsch(points, (points @ rotation.T)[None])[0], rotation, atol=1e-6)


def test_kabsch_never_reflects():
    points = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    found = kabsch(points, (points * torch.tensor([1.0, 1, -1]))[None])[0]
    assert torch.linalg.det(found) == pytest.approx(1.0, abs=1e-5)


def _about_z(angle: float) -> torch.Tensor:
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[c, -s, 0], [s, c, 0], [0, 0, 1]])
