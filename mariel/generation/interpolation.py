"""Interpolation between latents."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor


def slerp(start: Tensor, end: Tensor, fractions: Sequence[float] | Tensor, centre: Tensor | None = None) -> Tensor:
    """Spherical interpolation between two latents, on an arc around a centre: (fractions, latent).

    The distances from the centre are interpolated too, so fractions 0 and 1 give the two latents exactly. Shoemake,
    *Animating Rotation with Quaternion Curves*, SIGGRAPH 1985; for latents with a normal distribution: White,
    *Sampling Generative Networks*, arXiv:1609.04468.

    Args:
        start: (latent,).
        end: (latent,).
        fractions: of the way from start to end, 0 to 1.
        centre: of the arc (latent,); the origin if None.
    """
    centre = torch.zeros_like(start) if centre is None else centre
    a, b = (start - centre).double(), (end - centre).double()
    fractions = torch.as_tensor(fractions, dtype=torch.float64, device=start.device)[:, None]
    norms = a.norm() * b.norm()
    angle = torch.acos((a @ b / norms).clamp(-1, 1)) if norms > 0 else norms
    if torch.sin(angle) < 1e-4:
        interpolated = (1 - fractions) * a + fractions * b
    else:
        unit_a, unit_b = a / a.norm(), b / b.norm()
        arc = (torch.sin((1 - fractions) * angle) * unit_a + torch.sin(fractions * angle) * unit_b) / torch.sin(angle)
        interpolated = arc * ((1 - fractions) * a.norm() + fractions * b.norm())
    return (interpolated + centre).to(start.dtype)


def latent_path(waypoints: Tensor, steps: int, centre: Tensor | None = None) -> Tensor:
    """A path through latents: (steps · (waypoints - 1) + 1, latent), with the first and the last waypoint.

    Args:
        waypoints: (waypoints, latent).
        steps: from one waypoint to the next.
        centre: see `slerp`.
    """
    fractions = torch.arange(steps, dtype=torch.float64) / steps
    parts = [slerp(start, end, fractions, centre) for start, end in pairwise(waypoints)]
    return torch.cat([*parts, waypoints[-1:]])
