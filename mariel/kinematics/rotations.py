"""Rotation matrices: the 6D representation, and the rotation that best aligns two sets of points.

The 6D representation is the first two columns of the matrix, made orthonormal when read: Zhou et al., *On the
Continuity of Rotation Representations in Neural Networks*, CVPR 2019, arXiv:1812.07035, section 4.
"""

import torch
from torch import Tensor

PRIOR_WEIGHT = 1e-6
"""Weight of a prior rotation beside the points that a rotation is fitted to: it turns them by a micrometre."""


def rotations_from_6d(rotation_6d: Tensor) -> Tensor:
    """Rotation matrices of 6D representations, by Gram-Schmidt orthonormalisation of two columns.

    Args:
        rotation_6d: (…, 6, segments): x, y and z of the first column, then of the second.

    Returns:
        (…, 9, segments): the matrix column after column. Segments come last so that every operation works on long
        contiguous rows.
    """
    ax, ay, az, bx, by, bz = rotation_6d.unbind(-2)
    scale = torch.rsqrt(ax * ax + ay * ay + az * az + 1e-12)
    ax, ay, az = ax * scale, ay * scale, az * scale
    dot = ax * bx + ay * by + az * bz
    bx, by, bz = bx - dot * ax, by - dot * ay, bz - dot * az
    scale = torch.rsqrt(bx * bx + by * by + bz * bz + 1e-12)
    bx, by, bz = bx * scale, by * scale, bz * scale
    return torch.stack([ax, ay, az, bx, by, bz, ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], dim=-2)


def rotation_6d(rotations: Tensor) -> Tensor:
    """The 6D representation (…, 6, segments) of rotation matrices (…, segments, 3, 3)."""
    return rotations[..., :2].transpose(-1, -2).flatten(-2).transpose(-1, -2)


def kabsch(points: Tensor, targets: Tensor) -> Tensor:
    """Rotations (frames, 3, 3) that bring points (markers, 3) nearest to targets (frames, markers, 3).

    Kabsch, *A solution for the best rotation to relate two sets of vectors*, Acta Cryst. A32 (1976) 922.
    """
    return nearest_rotations(torch.einsum("fmi,mj->fij", targets, points))


def kabsch_near(points: Tensor, targets: Tensor, prior: Tensor) -> Tensor:
    """The same, where a line or a single point leaves the twist about it open: of all such, one near `prior`.

    Args:
        points: (markers, 3), from the centre of rotation.
        targets: (frames, markers, 3), from it.
        prior: rotations (frames, 3, 3).
    """
    longest = int(points.norm(dim=1).argmax())
    prior = swing(prior @ points[longest], targets[:, longest]) @ prior
    weight = PRIOR_WEIGHT * points.square().sum() + 1e-12
    return nearest_rotations(torch.einsum("fmi,mj->fij", targets, points) + weight * prior)


def swing(directions: Tensor, targets: Tensor) -> Tensor:
    """The smallest rotations (frames, 3, 3) that turn vectors (frames, 3) into the directions of others.

    Opposite directions have no smallest rotation: then it is one about some axis. None for vectors of no length.
    """
    a = torch.nn.functional.normalize(directions, dim=1)
    b = torch.nn.functional.normalize(targets, dim=1)
    x, y, z = torch.linalg.cross(a, b).unbind(1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).unflatten(1, (3, 3))
    cosine = (a * b).sum(dim=1)
    turn = cross + cross @ cross / (1 + cosine).clamp_min(1e-6)[:, None, None]
    return torch.eye(3, dtype=a.dtype, device=a.device) + turn


def nearest_rotations(matrices: Tensor) -> Tensor:
    """The rotations (frames, 3, 3) nearest to matrices (frames, 3, 3), by singular values."""
    u, _, vh = torch.linalg.svd(matrices)
    signs = torch.ones(len(u), 3, dtype=u.dtype, device=u.device)
    signs[:, 2] = torch.linalg.det(u @ vh).sign()  # a rotation, never a reflection
    return u @ (signs[..., None] * vh)
