"""A map of the latent space in two dimensions, by PCA.

The axes are principal components of the latents, weighted by how far each latent dimension moves the body. Latents of
a good VAE are nearly white (each dimension has a variance of one), so plain PCA finds arbitrary axes: for two models
with 256 dimensions its map showed 2 to 3 % of the variance, and neighbours on it were no more alike than any two
phrases. But the decoder is nearly linear (a linear map explains 97 to 99 % of its output), and dimensions differ
greatly: some move the whole body, most move it by a centimetre or two. Weighted by that linear map, the first two
components explain 27 to 36 % of the movement, consecutive phrases lie side by side, and the height of the body can be
read off the map (R² 0.8). Speed cannot (R² about 0); plain PCA did better there on one of the two models (R² 0.1 and
0.5). A likely reason: the same movement a moment later is another point, whatever its speed.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mariel.errors import PhraseError
from mariel.generation.latent_map.maps import LatentMap
from mariel.generation.latent_map.phrases import MapPhrases
from mariel.generation.sampling import batched, encode
from mariel.generation.sequences import to_body_frame
from mariel.models.base import PhraseModel
from mariel.numerics import matrix_square_root

OUTPUT_FRAME_STEP = 8
"""Every so many-th frame of decoded phrases is compared: neighbouring frames differ little."""

_EPSILON = 1e-9


@dataclass(frozen=True, eq=False)
class PcaMap(LatentMap):
    """Latents of phrases and their projection to two dimensions.

    Distances on the map approximate those between phrases, as `mariel.evaluation.metrics.phrase_distances` measures
    them: centimetres, root mean square over markers and frames. Fitted without `outputs` they are in the latents' own
    unit.

    Args:
        latents: of the phrases (phrases, latent).
        mean: of the latents (latent,), the origin of the map.
        projection: matrix from centred latents to the map (latent, 2).
        loadings: mean change of the latent per standard deviation along each axis of the map (2, latent).
        standard_deviations: along each axis (2,), in the map's unit.
        explained_variance_ratio: of each axis (2,), 0 to 1.
        metric_root: matrix (latent, latent) by which the latents are weighted before their PCA.
    """

    latents: np.ndarray
    mean: np.ndarray
    projection: np.ndarray
    loadings: np.ndarray
    standard_deviations: np.ndarray
    explained_variance_ratio: np.ndarray
    metric_root: np.ndarray

    @classmethod
    def fit(cls, latents: np.ndarray, outputs: np.ndarray | None = None) -> "PcaMap":
        """Fit the map to latents.

        Args:
            latents: (phrases, latent).
            outputs: the decoder's outputs (phrases, coordinates), metres; latent dimensions are weighted by their
                linear effect on them. None leaves the dimensions unweighted.

        Raises:
            PhraseError: there are fewer than three phrases, or all have the same latent.
        """
        latents = np.asarray(latents, np.float64)
        mean = latents.mean(axis=0)
        centred = latents - mean
        if len(latents) < 3 or not np.ptp(latents, axis=0).any():
            raise PhraseError("a map of phrases needs at least three that differ")
        covariance = centred.T @ centred / len(latents)
        root = np.eye(len(mean)) if outputs is None else matrix_square_root(_output_metric(centred, outputs))
        variances, vectors = np.linalg.eigh(root @ covariance @ root)
        kept = [k for k in range(len(mean))[::-1] if variances[k] > _EPSILON * variances[-1]][:2]
        projection = root @ vectors[:, kept]
        # The sign of an axis is arbitrary: make each one's largest component positive.
        projection *= np.sign(projection[np.abs(projection).argmax(axis=0), np.arange(len(kept))])
        deviations = np.sqrt(variances[kept])
        if len(kept) == 1:  # latents on one line: add a second axis along which nothing changes
            projection, deviations = np.pad(projection, ((0, 0), (0, 1))), np.pad(deviations, (0, 1))
        loadings = (covariance @ projection / np.maximum(deviations, _EPSILON)).T
        ratio = np.square(deviations) / variances.clip(0).sum()
        return cls(latents.astype(np.float32), mean, projection, loadings, deviations, ratio, root.astype(np.float32))

    @cached_property
    def points(self) -> np.ndarray:
        """The phrases' coordinates on the map (phrases, 2)."""
        return self.project(self.latents)

    def project(self, latents: np.ndarray) -> np.ndarray:
        """Coordinates on the map (…, 2) of latents (…, latent)."""
        return (np.asarray(latents, np.float64) - self.mean) @ self.projection

    def move_phrases(self, phrases: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Latents (…, latent) of phrases (…,), moved to points (…, 2) by the most likely change of the latent."""
        latents = self.latents[phrases]
        moves = np.asarray(points, np.float64) - self.project(latents)
        steps = moves / np.maximum(self.standard_deviations, _EPSILON)
        return (latents + steps @ self.loadings).astype(np.float32)


def _output_metric(latents: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """The metric (latent, latent) that measures a change of the latent by that of the outputs, by least squares.

    In cm², mean square over markers and frames.
    """
    outputs = np.asarray(outputs, np.float64)
    linear = np.linalg.lstsq(latents, outputs - outputs.mean(axis=0), rcond=None)[0]
    metric = 100**2 * linear @ linear.T / (outputs.shape[1] / 3)
    # A dimension without effect keeps a tiny weight, so that a model with constant outputs has a map too.
    return metric + (_EPSILON * np.trace(metric) / len(metric) or 1.0) * np.eye(len(metric))


def fit_pca_map(model: PhraseModel, phrases: MapPhrases) -> PcaMap:
    """The PCA map of a model's training phrases, weighted by how far each latent dimension moves the body."""
    latents = encode(model, phrases.positions()).mean.cpu()
    outputs = batched(lambda batch: to_body_frame(model, model.decode(batch))[:, ::OUTPUT_FRAME_STEP], latents, model)
    return PcaMap.fit(latents.numpy(), outputs.reshape(len(outputs), -1))
