"""A map of the latent space in two dimensions, by UMAP: phrases that move alike are neighbours.

McInnes, Healy and Melville, UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction (2018,
arXiv:1802.03426). Distances on it say little. Of the ten phrases that move most like a phrase of the shipped model,
44 % are among its ten nearest on this map, 15 % on that by PCA.
"""

from dataclasses import dataclass
from threading import Lock

import numpy as np

from mariel.errors import PackageError
from mariel.generation.latent_map.maps import LatentMap, squared_distances
from mariel.generation.latent_map.pca_map import PcaMap

PACKAGE = "umap-learn"

NEIGHBOURS = 15
"""Nearest phrases that UMAP keeps near each phrase, its default."""

PROJECTION_NEIGHBOURS = 5
"""Nearest phrases that place a latent on the map."""

_SMALLEST_SQUARE = 1e-6
"""Of distances, so that a phrase's own latent has a weight that is a number."""

_one_fit = Lock()
"""Numba, which UMAP is compiled by, ends the process when two threads use it at once."""


@dataclass(frozen=True, eq=False)
class UmapMap(LatentMap):
    """Latents of phrases and their places on a map by UMAP, which has no axes and no unit.

    It is centred, and as wide as the PCA map from which it began. The fields are those of `LatentMap`.
    """

    latents: np.ndarray
    metric_root: np.ndarray
    points: np.ndarray
    standard_deviations: np.ndarray

    @classmethod
    def fit(cls, pca_map: PcaMap) -> "UmapMap":
        """Fit the map to the latents of a PCA map, beginning with its points; the same map gives the same points.

        Beginning with the PCA keeps the places of what lies far apart: Kobak and Linderman, Initialization is
        critical for preserving global data structure in both t-SNE and UMAP (2021).

        Raises:
            PackageError: umap-learn is not installed.
        """
        with _one_fit:
            try:
                from umap import UMAP  # noqa: PLC0415 # pyright: ignore[reportMissingImports] (an optional extra, slow to load)
            except ImportError as error:
                raise PackageError(
                    f"a map by UMAP needs a package that is not installed: pip install {PACKAGE}"
                ) from error
            fitted = UMAP(
                n_neighbors=min(NEIGHBOURS, len(pca_map.latents) - 1),
                init=pca_map.points.astype(np.float32),
                random_state=0,
                n_jobs=1,
            ).fit_transform(pca_map.weighted_latents.astype(np.float32))
        return cls.from_points(pca_map, np.asarray(fitted, np.float64))

    @classmethod
    def from_points(cls, pca_map: PcaMap, points: np.ndarray) -> "UmapMap":
        """The map that has the phrases of a PCA map at points (phrases, 2), centred and as wide as the PCA map."""
        centred = points - points.mean(axis=0)
        width = np.sqrt(np.square(centred).mean())
        centred *= np.sqrt(np.square(pca_map.points).mean()) / width if width else 1.0
        return cls(pca_map.latents, pca_map.metric_root, centred, centred.std(axis=0))

    def project(self, latents: np.ndarray) -> np.ndarray:
        """Coordinates on the map (…, 2) of latents (…, latent): the mean of those of the most similar phrases.

        Weighted by the inverse of the squared distance (Shepard 1968), so that a phrase's own latent has its place.
        """
        latents = np.asarray(latents, np.float64)
        rows = latents.reshape(-1, latents.shape[-1]) @ self.metric_root
        distances = squared_distances(rows, self.weighted_latents)
        nearest = distances.argsort(axis=1, kind="stable")[:, :PROJECTION_NEIGHBOURS]
        squares = np.take_along_axis(distances, nearest, axis=1)
        weights = 1 / squares.clip(_SMALLEST_SQUARE)
        means = (weights[..., None] * self.points[nearest]).sum(axis=1) / weights.sum(axis=1, keepdims=True)
        return means.reshape(*latents.shape[:-1], 2)

    def move_phrases(self, phrases: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Latents (…, latent) of phrases (…,) as they are: UMAP does not tell what changes between two points."""
        return self.latents[phrases]
