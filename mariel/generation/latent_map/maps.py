"""What every map of the latent space in two dimensions has and does; `pca_map` and `umap_map` are such maps."""

from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np

NEIGHBOURS_COMPARED = 10
"""Nearest phrases of each phrase that are compared with its nearest ones on the map."""

_ROWS = 256
"""Rows of a table of distances that are computed at once."""


class LatentMap(ABC):
    """Latents of phrases, and where these are on a map of two dimensions.

    Attributes:
        latents: of the phrases (phrases, latent).
        metric_root: matrix (latent, latent); multiplied by it, latents are as far apart as their phrases look
            different, see `mariel.generation.latent_map.pca_map.PcaMap`.
        points: the phrases' coordinates on the map (phrases, 2).
        standard_deviations: of the points along each axis (2,).
    """

    latents: np.ndarray
    metric_root: np.ndarray
    points: np.ndarray
    standard_deviations: np.ndarray

    @abstractmethod
    def project(self, latents: np.ndarray) -> np.ndarray:
        """Coordinates on the map (…, 2) of latents (…, latent)."""

    @abstractmethod
    def move_phrases(self, phrases: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Latents (…, latent) of phrases (…,), moved to points (…, 2) as far as the map tells how."""

    def nearest_phrases(self, points: np.ndarray, count: int = 1) -> np.ndarray:
        """Indices of the phrases nearest to points (…, 2), nearest first: (…, count), or (…, phrases) if fewer."""
        distances = np.square(np.asarray(points, np.float64)[..., None, :] - self.points).sum(axis=-1)
        return distances.argsort(axis=-1, kind="stable")[..., :count]

    def clip_to_map(self, points: np.ndarray) -> np.ndarray:
        """Points (…, 2), clipped to the phrases' range and a quarter of it on each side; beyond are no phrases."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        return np.clip(points, low - 0.25 * (high - low), high + 0.25 * (high - low))

    def to_latents(self, points: np.ndarray) -> np.ndarray:
        """Latents (…, latent) of points (…, 2): the latent of the nearest phrase, moved to the point.

        A phrase's own point gives exactly its latent, with the dimensions that the map does not show; a point between
        phrases gives something like the nearest phrase.
        """
        return self.move_phrases(self.nearest_phrases(points)[..., 0], points)

    @cached_property
    def weighted_latents(self) -> np.ndarray:
        """The latents as far apart as their phrases look different (phrases, latent)."""
        return self.latents.astype(np.float64) @ self.metric_root

    @cached_property
    def neighbours_kept(self) -> float:
        """Share of the nearest phrases of each phrase that are among its nearest ones on the map, 0 to 1.

        As many as `NEIGHBOURS_COMPARED`, or all others where there are fewer. It is the mean precision of Venna et
        al., Information retrieval perspective to nonlinear dimensionality reduction for data visualization (2010).
        """
        count = min(NEIGHBOURS_COMPARED, len(self.latents) - 1)
        found = (_nearest_others(values, count) for values in (self.weighted_latents, self.points))
        return float(np.mean([len(np.intersect1d(*rows)) / count for rows in zip(*found, strict=True)]))


def squared_distances(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Squared distances (n, m) between rows of two matrices, (n, features) and (m, features)."""
    squares = np.square(one).sum(axis=1)[:, None] + np.square(others).sum(axis=1) - 2 * one @ others.T
    return squares.clip(0)


def _nearest_others(values: np.ndarray, count: int) -> np.ndarray:
    """Indices of the rows nearest to each row of a matrix (n, features), itself left out: (n, count), unordered."""
    found = []
    for begin in range(0, len(values), _ROWS):
        distances = squared_distances(values[begin : begin + _ROWS], values)
        rows = np.arange(len(distances))
        distances[rows, begin + rows] = np.inf
        found.append(distances.argpartition(count - 1, axis=1)[:, :count])
    return np.concatenate(found)
