"""Separable principal component analysis of phrases: a linear autoencoder, fitted once to training phrases.

A phrase is a matrix, frames × features. Both sides are reduced first: to some curves over time and to some components
of poses, each by a PCA of its own. In their products lie the directions in which phrases vary most. Directions are
estimated from a covariance that is shrunk towards one in which curves and components are independent, because it is
to describe phrases of people who are not among the few recorded ones: the idea is that of Ledoit and Wolf, *A
well-conditioned estimator for large-dimensional covariance matrices*, Journal of Multivariate Analysis 88 (2004) 365.
"""

import math

import torch
from torch import Tensor, nn

SHRINKAGE = 0.3
"""Weight of the covariance in which curves and components are independent: of 0 to 0.9, the least error on takes of
unseen people."""

EDGE_WEIGHT, EDGE_FRAMES = 2.0, 2.0
"""How much more the first and last frames of a phrase weigh, and over how many frames this fades by 1 / e: there,
curves fit worst."""


class SeparablePCA(nn.Module):
    """A linear map from the features of phrases to coordinates of variance one, and from these to poses.

    Poses are the features without their weights; see `mariel.models.phrase_pca`, which has the same methods.

    Args:
        length: frames per phrase.
        feature_weights: of the features of a frame (features,): what they are multiplied by.
        coordinates: how many to keep; those beyond the number of directions are zero.
        curves: curves over time to keep.
        components: components of poses to keep.
    """

    mean: Tensor
    curves: Tensor
    components: Tensor
    directions: Tensor
    deviations: Tensor
    frame_weights: Tensor
    feature_weights: Tensor

    def __init__(self, length: int, feature_weights: Tensor, coordinates: int, curves: int, components: int) -> None:
        super().__init__()
        features = len(feature_weights)
        curves, components = min(curves, length), min(components, features)
        self.register_buffer("feature_weights", feature_weights.clone(), persistent=False)
        self.register_buffer("mean", torch.zeros(length, features))
        self.register_buffer("curves", torch.zeros(length, curves))
        self.register_buffer("components", torch.zeros(features, components))
        self.register_buffer("directions", torch.zeros(curves * components, coordinates))
        self.register_buffer("deviations", torch.ones(coordinates))
        from_edge = (min(frame, length - 1 - frame) for frame in range(length))
        weights = [[math.sqrt(1 + EDGE_WEIGHT * math.exp(-frames / EDGE_FRAMES))] for frames in from_edge]
        self.register_buffer("frame_weights", torch.tensor(weights), persistent=False)

    def encode(self, features: Tensor) -> Tensor:
        """Coordinates (phrases, coordinates) of features (phrases, frames, features)."""
        return self._coefficients(features - self.mean).flatten(1) @ (self.directions / self.deviations)

    @property
    def feature_mean(self) -> Tensor:
        """The mean of the features (frames, features)."""
        return self.mean

    @property
    def pose_mean(self) -> Tensor:
        """The mean of the poses (frames, features)."""
        return self.mean / self.feature_weights

    def best_log_variance(self, velocity_weight: float, kl_weight: float) -> Tensor:
        """The log-variance of each coordinate's posterior (coordinates,) with the least loss of `PhraseVae`.

        As long as its decoder is this PCA, the loss is cost · variance + `kl_weight` / 2 · (variance - log variance).
        """
        steps = torch.diff(self.curves, dim=0).square().sum(dim=0)
        per_curve = self.directions.unflatten(0, (len(steps), -1)).square().sum(dim=1)  # (curves, coordinates)
        cost = self.deviations.square() * (1 + velocity_weight * (steps @ per_curve))
        half = max(kl_weight, 1e-9) / 2
        return torch.log(half / (cost + half))

    def decode(self, coordinates: Tensor) -> Tensor:
        """Poses (phrases, frames, features) of coordinates (phrases, coordinates)."""
        coefficients = (coordinates * self.deviations) @ self.directions.T
        coefficients = coefficients.unflatten(1, (self.curves.shape[1], -1)) @ self.components.T
        return ((self.curves / self.frame_weights) @ coefficients + self.mean) / self.feature_weights

    def _coefficients(self, centred: Tensor) -> Tensor:
        """Coefficients (phrases, curves, components) of centred features (phrases, frames, features)."""
        return (self.curves * self.frame_weights).T @ (centred @ self.components)

    @torch.no_grad()
    def fit(self, features: Tensor, poses: Tensor) -> None:
        """Fit to the features of training phrases (phrases, frames, features)."""
        self.mean.copy_(features.mean(dim=0))
        weighted = (features - self.mean) * self.frame_weights
        per_feature = torch.einsum("btc,btd->cd", weighted, weighted)
        self.components.copy_(_eigenvectors(per_feature)[:, : self.components.shape[1]])
        reduced = weighted @ self.components
        self.curves.copy_(_eigenvectors(torch.einsum("btp,bup->tu", reduced, reduced))[:, : self.curves.shape[1]])
        covariance = _shrunk_covariance(torch.einsum("tk,btp->bkp", self.curves, reduced))
        vectors = _eigenvectors(covariance)[:, : self.directions.shape[1]]
        variances = (covariance @ vectors * vectors).sum(dim=0)
        kept = int((variances > 1e-8 * variances[0].clamp_min(1e-12)).sum())
        self.directions.zero_()
        self.directions[:, :kept] = vectors[:, :kept].half()  # as checkpoints have them
        self.deviations.fill_(1.0)
        self.deviations[:kept] = variances[:kept].sqrt()


def _shrunk_covariance(coefficients: Tensor) -> Tensor:
    """Covariance (curves × components, the same) of coefficients (phrases, curves, components); see the module."""
    rows = coefficients.flatten(1)
    covariance = rows.T @ rows / len(rows)
    variances = coefficients.square().mean(dim=0)
    independent = variances.sum(1, keepdim=True) * variances.sum(0) / variances.sum().clamp_min(1e-12)
    return (1 - SHRINKAGE) * covariance + SHRINKAGE * torch.diag(independent.flatten())


def _eigenvectors(matrix: Tensor) -> Tensor:
    """The eigenvectors (n, n) of a symmetric matrix, those with the largest eigenvalues first."""
    return torch.linalg.eigh(matrix).eigenvectors.flip(1)
