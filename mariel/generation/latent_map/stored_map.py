"""The latent maps of a run, read from its folder or computed and stored there."""

from collections.abc import Mapping
from dataclasses import fields
from functools import partial

import numpy as np

from mariel.data.dataset import PhraseFrames
from mariel.data.marker_selection import matching_takes
from mariel.generation.latent_map.pca_map import PcaMap, fit_pca_map
from mariel.generation.latent_map.phrases import MapPhrases
from mariel.generation.latent_map.umap_map import UmapMap
from mariel.motion.recording import Recording
from mariel.training.checkpoints import Checkpoint
from mariel.training.runs import Run
from mariel.training.stored_analysis import stored_or_computed

PCA_PART, UMAP_PART = "map", "umap"

_PHRASE_ARRAYS = ("first_frames", "speeds", "heights")
_MAP_ARRAYS = tuple(field.name for field in fields(PcaMap))


def load_pca_map(run: Run, checkpoint: Checkpoint, recordings: Mapping[str, Recording]) -> tuple[MapPhrases, PcaMap]:
    """The PCA map of a run's best weights, and its phrases; computed only if it is not stored in the run's folder.

    Args:
        run: the run.
        checkpoint: its weights, as they are in the folder.
        recordings: those that it was trained on.

    Raises:
        MarielError: the weights or recordings cannot be used.
    """

    def compute() -> tuple[tuple[MapPhrases, PcaMap], dict[str, np.ndarray]]:
        phrases = MapPhrases.from_recordings(checkpoint, recordings)
        latent_map = fit_pca_map(checkpoint.model, phrases)
        arrays = {name: getattr(phrases, name) for name in _PHRASE_ARRAYS}
        return (phrases, latent_map), arrays | {name: getattr(latent_map, name) for name in _MAP_ARRAYS}

    return stored_or_computed(run, recordings, PCA_PART, partial(_from_arrays, checkpoint, recordings), compute)


def load_umap_map(run: Run, recordings: Mapping[str, Recording], pca_map: PcaMap) -> UmapMap:
    """The UMAP map of a run's best weights; computed, in half a minute, only if it is not stored in the run's folder.

    Args:
        run: the run.
        recordings: those that it was trained on.
        pca_map: of the same weights, from `load_pca_map`.

    Raises:
        PackageError: it is not stored, and umap-learn is not installed.
        MarielError: the weights or recordings cannot be read.
    """

    def restore(arrays: Mapping[str, np.ndarray]) -> UmapMap | None:
        points = arrays.get("points", np.empty(0))
        if points.dtype.kind != "f" or points.shape != pca_map.points.shape or not np.isfinite(points).all():
            return None
        return UmapMap.from_points(pca_map, points)

    def compute() -> tuple[UmapMap, dict[str, np.ndarray]]:
        umap_map = UmapMap.fit(pca_map)
        return umap_map, {"points": umap_map.points}

    return stored_or_computed(run, recordings, UMAP_PART, restore, compute)


def _from_arrays(
    checkpoint: Checkpoint, recordings: Mapping[str, Recording], arrays: Mapping[str, np.ndarray]
) -> tuple[MapPhrases, PcaMap] | None:
    """The map in stored arrays; None unless all are there, and fit the model and the recordings."""
    takes = matching_takes(recordings, checkpoint.marker_set)
    if not takes or not {*_PHRASE_ARRAYS, *_MAP_ARRAYS} <= set(arrays):
        return None
    count, latent = len(arrays["first_frames"]), checkpoint.model.latent_dim
    shapes = {
        **dict.fromkeys(_PHRASE_ARRAYS, (count,)),
        "latents": (count, latent),
        "mean": (latent,),
        "projection": (latent, 2),
        "loadings": (2, latent),
        "standard_deviations": (2,),
        "explained_variance_ratio": (2,),
        "metric_root": (latent, latent),
    }
    first_frames = arrays["first_frames"]
    if first_frames.dtype != np.int64 or any(arrays[name].shape != shape for name, shape in shapes.items()):
        return None
    if not all(np.isfinite(arrays[name]).all() for name in shapes if arrays[name].dtype.kind == "f"):
        return None
    frames = PhraseFrames(takes, checkpoint.model.length)
    if not count or first_frames.min() < 0 or first_frames.max() + frames.length > len(frames.frames):
        return None
    phrases = MapPhrases(frames, *(arrays[name] for name in _PHRASE_ARRAYS))
    return phrases, PcaMap(*(arrays[name] for name in _MAP_ARRAYS))
