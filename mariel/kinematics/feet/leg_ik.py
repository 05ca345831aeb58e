"""Inverse kinematics of a leg: two bones between hip and ankle, solved analytically.

The law of cosines gives how far the knee is from the line between hip and ankle. The leg never overextends: the last
part of its length is approached exponentially (Nicholas, *Soft IK*, 2006), so that the knee does not snap straight.

Near full extension the distance of hip and ankle hardly tells the bend of the knee, and it has two solutions: flexed
and overextended. Fitted bodies are overextended by some millimetres where people stand upright. There a signed bend
moves from one to the other continuously, and the ankle may miss its target by millimetres.
"""

from typing import NamedTuple

import torch
from torch import Tensor

SOFT_SHARE = 0.04
"""Share of the leg's length before full extension in which the ankle lags behind its target."""

STRAIGHT_BEND = 0.01
"""Metres from the line between hip and ankle within which a knee counts as straight."""


class Leg(NamedTuple):
    """Joints of legs (xyz, …), metres."""

    hip: Tensor
    knee: Tensor
    ankle: Tensor


def solve_leg(leg: Leg, hip: Tensor, target: Tensor, forwards: Tensor) -> Leg:
    """The legs with their hips and ankles moved.

    The knee keeps its plane: that of hip, knee and ankle before, turned as little as possible so that it contains the
    new hip and the target.

    Args:
        leg: as it is before.
        hip: where the hip is now (xyz, …), metres. The coordinates come first, since sums over them are faster so.
        target: where the ankle should be (xyz, …).
        forwards: to which side the knee bends (xyz, …); only its direction matters.

    Returns:
        A target out of reach is pointed at. An extension that the leg has before is not reduced.
    """
    thigh, shank = _length(leg.knee - leg.hip), _length(leg.ankle - leg.knee)
    before, wanted = _length(leg.ankle - leg.hip), _length(target - hip)
    old, new = (leg.ankle - leg.hip) / before, (target - hip) / wanted
    extension = _soft_limit(wanted, before, thigh + shank).maximum((thigh - shank).abs() + 1e-6)
    along = (thigh.square() - shank.square() + extension.square()) / (2 * extension)

    forwards = perpendicular(forwards, old)
    forwards = forwards / _length(forwards)
    side = perpendicular(leg.knee - leg.hip, old)
    bend = (side * forwards).sum(dim=0)
    change = thigh.square() - along.square() - side.square().sum(dim=0)
    side = side + (_change_bend(bend, change) - bend) * forwards

    squares = side.square().sum(dim=0)
    beyond = extension - along
    along = torch.copysign((thigh.square() - squares).clamp_min(0).sqrt(), along)
    beyond = torch.copysign((shank.square() - squares).clamp_min(0).sqrt(), beyond)
    return Leg(hip, hip + along * new + swing_vectors(side, old, new), hip + (along + beyond) * new)


def swing_vectors(vectors: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Vectors (xyz, …) turned by the smallest rotation that turns one unit vector (xyz, …) into another.

    By Rodrigues' formula. Opposite unit vectors have no smallest rotation.
    """
    axis = torch.linalg.cross(start, end, dim=0)
    cosine = (start * end).sum(dim=0)
    turned = torch.linalg.cross(axis.expand_as(vectors), vectors, dim=0)
    return vectors + turned + torch.linalg.cross(axis.expand_as(turned), turned, dim=0) / (1 + cosine).clamp_min(1e-6)


def perpendicular(vectors: Tensor, axis: Tensor) -> Tensor:
    """Vectors (xyz, …) without their part along unit vectors (xyz, …)."""
    return vectors - (vectors * axis).sum(dim=0) * axis


def unit_vectors(vectors: Tensor) -> Tensor:
    """Vectors (xyz, …) of length 1 in the same directions; those of no length stay so."""
    return vectors / _length(vectors)


def _change_bend(bend: Tensor, change: Tensor) -> Tensor:
    """Signed bends, positive forwards, whose squares should change by some amounts, square metres.

    They do where the knee is flexed. An overextended knee, whose bend is negative, passes through full extension:
    the monotone function v = x √(x² + 1) stands for the square of x, in units of `STRAIGHT_BEND`.
    """
    x = bend / STRAIGHT_BEND
    v = x * (x.square() + 1).sqrt()
    v = (v + change / STRAIGHT_BEND**2).maximum(v.clamp_max(0))
    square = ((1 + 4 * v.square()).sqrt() - 1) / 2  # of x
    return STRAIGHT_BEND * torch.copysign(square.sqrt(), v)


def _soft_limit(wanted: Tensor, before: Tensor, longest: Tensor) -> Tensor:
    """The distance from hip to ankle that is given where another is wanted."""
    begin = before.maximum((1 - SOFT_SHARE) * longest)
    margin = (longest - begin).clamp_min(1e-9)
    beyond = (wanted - begin).clamp_min(0)
    return wanted.minimum(begin + margin * (1 - torch.exp(-beyond / margin)))


def _length(vectors: Tensor) -> Tensor:
    """Lengths (…) of vectors (xyz, …), at least a nanometre."""
    return vectors.square().sum(dim=0).sqrt().clamp_min(1e-9)
