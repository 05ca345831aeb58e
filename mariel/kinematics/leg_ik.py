"""Inverse kinematics of a leg: two bones whose ends, hip and ankle, are given.

The knee is where spheres about hip and ankle meet, on the side to which it bends already. The triangle is solved by the
law of cosines; the leg never overextends: the last part of its length is approached exponentially (Nicholas, *Soft IK*,
2006), so that the knee does not snap straight.
"""

import torch
from torch import Tensor

SOFT_SHARE = 0.04
"""Share of the leg's length before full extension in which the ankle lags behind its target."""


def solve_leg(
    hip: Tensor, knee: Tensor, ankle: Tensor, new_hip: Tensor, target: Tensor, bend: Tensor
) -> tuple[Tensor, Tensor]:
    """Knee and ankle of legs whose hips and ankles are moved.

    The knee keeps its plane: that of hip, knee and ankle before, turned as little as possible so that it contains the
    new hip and the target.

    Args:
        hip: (…, 3), metres, as the others; before.
        knee: before.
        ankle: before.
        new_hip: where the hip is now.
        target: where the ankle should be.
        bend: to which side the knee bends where the leg is straight (…, 3); only its direction matters.

    Returns:
        Knee and ankle (…, 3). A target out of reach is pointed at. An extension that the leg has before is not
        reduced.
    """
    thigh, shank = _length(knee - hip), _length(ankle - knee)
    before, distance = ankle - hip, _length(ankle - hip)
    reach, wanted = target - new_hip, _length(target - new_hip)
    old, new = before / distance, reach / wanted
    extension = _soft_limit(wanted, distance, thigh + shank).maximum((thigh - shank).abs() + 1e-6)
    side = knee - hip
    side = side - (side * old).sum(dim=-1, keepdim=True) * old
    side = side + STRAIGHT_BEND * (bend - (bend * old).sum(dim=-1, keepdim=True) * old)
    side = swing_vectors(side, old, new)
    along = (thigh.square() - shank.square() + extension.square()) / (2 * extension)
    height = (thigh.square() - along.square()).clamp_min(0).sqrt()
    return new_hip + along * new + height * side / _length(side), new_hip + extension * new


STRAIGHT_BEND = 0.01
"""Metres by which a knee must bend before its own bend counts more than where it bends when it is straight."""


def swing_vectors(vectors: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Vectors (…, 3) turned by the smallest rotation that turns one unit vector (…, 3) into another.

    By Rodrigues' formula. Opposite unit vectors have no smallest rotation.
    """
    axis = torch.linalg.cross(start, end)
    cosine = (start * end).sum(dim=-1, keepdim=True)
    turned = torch.linalg.cross(axis.expand_as(vectors), vectors)
    return vectors + turned + torch.linalg.cross(axis.expand_as(turned), turned) / (1 + cosine).clamp_min(1e-6)


def _soft_limit(wanted: Tensor, before: Tensor, longest: Tensor) -> Tensor:
    """The distance from hip to ankle that is given where another is wanted."""
    begin = before.maximum((1 - SOFT_SHARE) * longest)
    margin = (longest - begin).clamp_min(1e-9)
    beyond = (wanted - begin).clamp_min(0)
    return wanted.minimum(begin + margin * (1 - torch.exp(-beyond / margin)))


def _length(vectors: Tensor) -> Tensor:
    """Lengths (…, 1) of vectors (…, 3), at least a nanometre."""
    return vectors.norm(dim=-1, keepdim=True).clamp_min(1e-9)
