"""Fréchet distance between features of phrases, with a confidence interval."""

import numpy as np

from mariel.evaluation.registry import Interval
from mariel.numerics import matrix_square_root

RESAMPLES = 300
"""Bootstrap resamples of an interval."""

CONFIDENCE = 0.95


class FrechetReference:
    """Features that others are compared with, as a Gaussian; what is computed from them alone is computed once.

    Heusel et al., *GANs Trained by a Two Time-Scale Update Rule*, arXiv:1706.08500, where the features are of images.
    Each feature is divided by its standard deviation in the reference.

    Args:
        features: (phrases, features).
    """

    def __init__(self, features: np.ndarray) -> None:
        self.count = len(features)
        self._mean, self._deviation = features.mean(axis=0), features.std(axis=0) + 1e-9
        covariance = np.cov(self._scaled(features).T, bias=True)
        self._root, self._trace = matrix_square_root(covariance), float(np.trace(covariance))

    def distance(self, features: np.ndarray) -> float | None:
        """Fréchet distance of features (phrases, features) from the reference; no unit.

        None if there are fewer than two phrases per feature on either side, too few to estimate a covariance.
        Pitfall: it is larger for fewer phrases, so compare equal numbers.
        """
        if min(len(features), self.count) < 2 * features.shape[1]:
            return None
        return float(self._distances(self._scaled(features), np.full((1, len(features)), 1 / len(features)))[0])

    def interval(self, features: np.ndarray, *, seed: int = 0) -> Interval:
        """A 95 % bootstrap interval of `distance` for as many phrases as these; the reference is not resampled.

        Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapters 10 and 13. A resample repeats
        phrases, which raises the distance by itself: quantiles are lowered by the difference of the resamples' mean
        and the distance. Pitfall: it assumes that phrases are independent, which neighbours in a take are not.

        Args:
            features: (phrases, features), enough for a distance.
            seed: of the resamples.
        """
        count, scaled = len(features), self._scaled(features)
        weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), RESAMPLES) / count
        distances = self._distances(scaled, weights)
        bias = distances.mean() - self._distances(scaled, np.full((1, count), 1 / count))[0]
        low, high = np.quantile(distances, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]) - bias
        return max(float(low), 0.0), max(float(high), 0.0)

    def _scaled(self, features: np.ndarray) -> np.ndarray:
        return (features - self._mean) / self._deviation

    def _distances(self, scaled: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Distances (rows,) of scaled features whose phrases have the weights of each row, (rows, phrases)."""
        means = weights @ scaled
        moments = np.stack([(row[:, None] * scaled).T @ scaled for row in weights])
        covariances = moments - means[:, :, None] * means[:, None, :]
        eigenvalues = np.linalg.eigvalsh(self._root @ covariances @ self._root)
        cross_traces = np.sqrt(np.clip(eigenvalues, 0, None)).sum(axis=1)
        traces = np.trace(covariances, axis1=1, axis2=2)
        # The reference's own mean is 0 after scaling.
        return np.maximum(np.square(means).sum(axis=1) + traces + self._trace - 2 * cross_traces, 0.0)


def frechet_distance(features: np.ndarray, others: np.ndarray) -> float | None:
    """Fréchet distance between Gaussians fitted to features (phrases, features); see `FrechetReference.distance`."""
    return FrechetReference(others).distance(features)
