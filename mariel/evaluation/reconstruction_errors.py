"""Reconstruction errors of a model per marker, per frame and per phrase, and baselines to compare them with."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mariel.evaluation import metrics
from mariel.generation.phrase_windows import run_dataset
from mariel.generation.sampling import BATCH_SIZE, batched, reconstruct, sample
from mariel.models.base import PhraseModel
from mariel.progress import Progress, no_progress
from mariel.training.checkpoints import Checkpoint

MAX_HELD_OUT = 256
"""Held-out phrases that are reconstructed to find the best and the worst of them, evenly spaced."""

PRIOR_SAMPLES = 32
"""Samples from the prior for the baseline that knows nothing of a phrase."""


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A model's reconstruction of a phrase, at the original's position and heading.

    Args:
        positions: (frames, markers, 3), metres.
        errors: distance of each marker from the original, centimetres, (frames, markers).
    """

    positions: np.ndarray
    errors: np.ndarray

    @property
    def error(self) -> float:
        """Mean error over frames and markers, centimetres."""
        return float(self.errors.mean())


def reconstruct_phrase(model: PhraseModel, phrase: np.ndarray, *, seed: int | None = None) -> Reconstruction:
    """The reconstruction of one phrase, with its errors.

    Args:
        model: a trained model.
        phrase: (frames, markers, 3), metres, of the model's length and markers.
        seed: samples the latent from the phrase's posterior; None takes the posterior's mean.

    Raises:
        SettingsError: the phrase does not fit the model, or has missing markers.
    """
    positions = reconstruct(model, phrase[None], seed=seed)[0]
    return Reconstruction(positions, _marker_distances(positions, phrase))


class RankedPhrases(NamedTuple):
    """Held-out phrases of a model and their reconstruction errors, in rising order of error.

    Args:
        phrases: the originals (phrases, frames, markers, 3), metres.
        takes: name of each phrase's take.
        starts: first frame of each phrase in its take, (phrases,).
        errors: mean error of each phrase, centimetres, (phrases,), rising.
        marker_errors: mean error of each marker over all phrases, centimetres, (markers,).
        profile: mean error of each frame over all phrases, centimetres, (frames,).
    """

    phrases: np.ndarray
    takes: tuple[str, ...]
    starts: np.ndarray
    errors: np.ndarray
    marker_errors: np.ndarray
    profile: np.ndarray


def rank_held_out(checkpoint: Checkpoint, *, progress: Progress = no_progress) -> RankedPhrases:
    """The validation phrases of a model's own run, ranked by reconstruction error.

    Args:
        checkpoint: the model.
        progress: called before each batch with "" and the share of phrases that are done, 0 to 1.

    Raises:
        RecordingError: the recordings no longer exist.
    """
    dataset = run_dataset(checkpoint)
    starts = dataset.evenly_spaced(dataset.validation, MAX_HELD_OUT)
    phrases = dataset.batch(starts).numpy()
    reconstructions = []
    for first in range(0, len(phrases), BATCH_SIZE):
        progress("", first / len(phrases))
        reconstructions.append(reconstruct(checkpoint.model, phrases[first : first + BATCH_SIZE]))
    errors = _marker_distances(np.concatenate(reconstructions), phrases)
    mean_errors = errors.mean(axis=(1, 2))
    order = mean_errors.argsort(kind="stable")
    locations = [dataset.locate(start) for start in starts[order]]
    return RankedPhrases(
        phrases[order],
        tuple(take for take, _ in locations),
        np.array([frame for _, frame in locations]),
        mean_errors[order],
        errors.mean(axis=(0, 1)),
        errors.mean(axis=(0, 2)),
    )


class BaselineErrors(NamedTuple):
    """Errors to compare a reconstruction's error with, centimetres; a copy of the phrase has an error of 0.

    Args:
        prior: mean error of samples from the prior, which do not depend on the phrase.
        nearest: error of the nearest training phrase; None if training phrases are not given.
    """

    prior: float
    nearest: float | None


def baseline_errors(
    model: PhraseModel, phrase: np.ndarray, training: metrics.NearestNeighbours | None = None, *, seed: int = 0
) -> BaselineErrors:
    """Errors of samples from the prior, and of the nearest training phrase, against a phrase.

    Args:
        model: a trained model.
        phrase: (frames, markers, 3), metres.
        training: its training phrases in the canonical frame, see `mariel.evaluation.neighbours`.
        seed: of the samples.
    """
    canonical = batched(model.to_canonical, phrase[None], model)
    samples = sample(model, PRIOR_SAMPLES, seed=seed)
    prior = float(_marker_distances(samples, canonical).mean())
    if training is None:
        return BaselineErrors(prior, None)
    nearest = training.nearest_neighbour(canonical[0])
    return BaselineErrors(
        prior, float(_marker_distances(nearest, canonical[0, :: metrics.NEIGHBOUR_FRAME_STEP]).mean())
    )


def _marker_distances(positions: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Distances between corresponding markers, centimetres: (…, markers, 3) twice → (…, markers)."""
    return 100 * np.linalg.norm(positions - others, axis=-1)
