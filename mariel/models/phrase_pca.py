"""Principal phrases: what of a phrase is linear in few numbers, measured once on the training phrases.

Time comes first: of all the curves that channels draw over a phrase, the few that carry most of the motion. Then
space and time together: the directions in which phrases differ most, by principal component analysis, scaled so that
each coordinate has variance one over the training phrases. On takes of unseen people 256 of them rebuild phrases to
a few centimetres, after seconds of work.
"""

import torch
from torch import Tensor, nn

MOST_PHRASES = 2048
"""Phrases that are looked at: enough for 256 directions, few enough for seconds."""

SPARE, POWER_ITERATIONS = 32, 4
"""More projections than directions are wanted, and iterations, that make the last directions right."""


class PrincipalPhrases(nn.Module):
    """A linear map from what is seen of phrases to few coordinates, and one from those to poses.

    Args:
        length: frames of a phrase.
        seen: channels a frame that are looked at.
        posed: numbers a frame of a pose.
        coordinates: how many to keep.
        curves: curves in time to keep.
    """

    def __init__(self, length: int, seen: int, posed: int, coordinates: int, curves: int) -> None:
        super().__init__()
        curves = min(curves, length)
        self.register_buffer("curves", torch.zeros(length, curves))
        self.register_buffer("seen_mean", torch.zeros(length, seen))
        self.register_buffer("posed_mean", torch.zeros(length, posed))
        self.register_buffer("to_coordinates", torch.zeros(curves * seen, coordinates))
        self.register_buffer("to_poses", torch.zeros(coordinates, curves * posed))

    def coordinates(self, seen: Tensor) -> Tensor:
        """Coordinates (phrases, coordinates) of what is seen (phrases, frames, channels)."""
        return self._in_time(seen - self.seen_mean).flatten(1) @ self.to_coordinates

    def poses(self, coordinates: Tensor) -> Tensor:
        """Poses (phrases, frames, numbers) of coordinates (phrases, coordinates)."""
        coefficients = (coordinates @ self.to_poses).unflatten(1, (self.curves.shape[1], -1))
        return torch.einsum("tk,bkp->btp", self.curves, coefficients) + self.posed_mean

    def _in_time(self, channels: Tensor) -> Tensor:
        return torch.einsum("tk,btc->bkc", self.curves, channels)

    @torch.no_grad()
    def fit(self, seen: Tensor, poses: Tensor) -> None:
        """Measure both maps.

        Args:
            seen: (phrases, frames, channels).
            poses: of the same phrases (phrases, frames, numbers).
        """
        self.seen_mean.copy_(seen.mean(dim=0))
        self.posed_mean.copy_(poses.mean(dim=0))
        seen, poses = seen - self.seen_mean, poses - self.posed_mean
        covariance = torch.einsum("btc,buc->tu", seen, seen)
        self.curves.copy_(torch.linalg.eigh(covariance.double()).eigenvectors.flip(1)[:, : self.curves.shape[1]])
        shapes = self._in_time(seen).flatten(1)
        directions, spread = _principal(shapes, self.to_coordinates.shape[1])
        self.to_coordinates.copy_(directions / spread)
        coordinates = shapes @ self.to_coordinates
        # Coordinates are uncorrelated with variance one, so least squares is a mean of products.
        self.to_poses.copy_(coordinates.T @ self._in_time(poses).flatten(1) / len(seen))


def _principal(rows: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The directions (columns, count) in which centred rows spread most, and how far (count,).

    Directions in which nothing spreads are zero. Found by random projections and power iterations: Halko, Martinsson
    and Tropp, *Finding Structure with Randomness*, arXiv:0909.4061, algorithm 5.1; always with the same projections.
    """
    enough = min(count + SPARE, *rows.shape)
    with torch.random.fork_rng(devices=[rows.device] if rows.device.type == "cuda" else []):
        torch.manual_seed(0)
        _, values, vectors = torch.svd_lowrank(rows, q=enough, niter=POWER_ITERATIONS)
    values, vectors = values[:count], vectors[:, :count]
    directions = rows.new_zeros(rows.shape[1], count)
    spread = rows.new_ones(count)
    kept = int((values > 1e-3 * values[0].clamp_min(1e-6)).sum())
    directions[:, :kept] = vectors[:, :kept]
    spread[:kept] = values[:kept] / len(rows) ** 0.5
    return directions, spread
