"""Principal component analysis (PCA) of phrases: a linear autoencoder, fitted once to training phrases.

It has two steps. The first finds a time basis: curves over the frames of a phrase that explain most of the motion of
all channels. The second finds the directions in which phrases, in this basis, vary most, scaled so that each
coordinate has variance one over the training phrases. On takes of unseen people 256 coordinates reconstruct phrases
to a few centimetres, and fitting takes seconds.
"""

import torch
from torch import Tensor, nn

MAX_FIT_PHRASES = 2048
"""Phrases that the PCA is fitted to: enough for 256 directions, few enough to take seconds."""

OVERSAMPLING, POWER_ITERATIONS = 32, 4
"""Random projections beyond the number of directions, and power iterations: more make the last ones accurate."""


LOG_VARIANCE = -4.0
"""Log-variance of the posterior when training begins: small, because the coordinates are good latents."""


class PhrasePCA(nn.Module):
    """A linear map from the features of phrases to coordinates, and one from coordinates to poses.

    Args:
        length: frames per phrase.
        features: features per frame.
        pose_size: values per frame of a pose.
        coordinates: how many to keep.
        basis_size: curves of the time basis to keep.
    """

    time_basis: Tensor
    feature_mean: Tensor
    pose_mean: Tensor
    to_coordinates: Tensor
    to_poses: Tensor

    def __init__(self, length: int, features: int, pose_size: int, coordinates: int, basis_size: int) -> None:
        super().__init__()
        basis_size = min(basis_size, length)
        self.register_buffer("time_basis", torch.zeros(length, basis_size))
        self.register_buffer("feature_mean", torch.zeros(length, features))
        self.register_buffer("pose_mean", torch.zeros(length, pose_size))
        self.register_buffer("to_coordinates", torch.zeros(basis_size * features, coordinates))
        self.register_buffer("to_poses", torch.zeros(coordinates, basis_size * pose_size))

    def encode(self, features: Tensor) -> Tensor:
        """Coordinates (phrases, coordinates) of features (phrases, frames, features)."""
        return self._project_time(features - self.feature_mean).flatten(1) @ self.to_coordinates

    def decode(self, coordinates: Tensor) -> Tensor:
        """Poses (phrases, frames, pose size) of coordinates (phrases, coordinates)."""
        coefficients = (coordinates @ self.to_poses).unflatten(1, (self.time_basis.shape[1], -1))
        return torch.einsum("tk,bkp->btp", self.time_basis, coefficients) + self.pose_mean

    def best_log_variance(self, velocity_weight: float, kl_weight: float) -> Tensor:
        """The log-variance of each coordinate's posterior with which training begins, whatever the loss."""
        return torch.full((self.to_coordinates.shape[1],), LOG_VARIANCE)

    def _project_time(self, channels: Tensor) -> Tensor:
        """Coefficients (phrases, basis, channels) of channels (phrases, frames, channels) in the time basis."""
        return torch.einsum("tk,btc->bkc", self.time_basis, channels)

    @torch.no_grad()
    def fit(self, features: Tensor, poses: Tensor) -> None:
        """Fit both maps.

        Args:
            features: (phrases, frames, features).
            poses: of the same phrases (phrases, frames, pose size).
        """
        self.feature_mean.copy_(features.mean(dim=0))
        self.pose_mean.copy_(poses.mean(dim=0))
        features, poses = features - self.feature_mean, poses - self.pose_mean
        covariance = torch.einsum("btc,buc->tu", features, features)
        basis_size = self.time_basis.shape[1]
        self.time_basis.copy_(torch.linalg.eigh(covariance.double()).eigenvectors.flip(1)[:, :basis_size])
        coefficients = self._project_time(features).flatten(1)
        directions, deviations = _principal_directions(coefficients, self.to_coordinates.shape[1])
        self.to_coordinates.copy_(directions / deviations)
        coordinates = coefficients @ self.to_coordinates
        # Coordinates are uncorrelated with variance one, so least squares is a mean of products.
        self.to_poses.copy_(coordinates.T @ self._project_time(poses).flatten(1) / len(features))


def _principal_directions(rows: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The directions (columns, count) in which centred rows vary most, and their standard deviations (count,).

    Directions without variance are zero. Found by random projections and power iterations: Halko, Martinsson and
    Tropp, *Finding Structure with Randomness*, arXiv:0909.4061, algorithm 5.1; always with the same projections.
    """
    projections = min(count + OVERSAMPLING, *rows.shape)
    with torch.random.fork_rng(devices=[rows.device] if rows.device.type == "cuda" else []):
        torch.manual_seed(0)
        _, values, vectors = torch.svd_lowrank(rows, q=projections, niter=POWER_ITERATIONS)
    values, vectors = values[:count], vectors[:, :count]
    directions = rows.new_zeros(rows.shape[1], count)
    deviations = rows.new_ones(count)
    kept = int((values > 1e-3 * values[0].clamp_min(1e-6)).sum())
    directions[:, :kept] = vectors[:, :kept]
    deviations[:kept] = values[:kept] / len(rows) ** 0.5
    return directions, deviations
