"""How well a model rebuilds phrases: where it errs, when, and on which phrases, with marks to measure it by."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mariel.evaluation import metrics
from mariel.generation.known_phrases import own_feed
from mariel.generation.sampling import in_parts, reconstruct, sample
from mariel.models.base import PhraseModel
from mariel.training.checkpoints import Checkpoint

MOST_HELD_OUT = 256
"""Held-out phrases that are rebuilt to find the best and the worst of them, evenly spread."""

PRIOR_SAMPLES = 32
"""Dances drawn at random to tell what knowing nothing of a phrase would give."""


@dataclass(frozen=True, eq=False)
class Rebuilt:
    """A phrase as a model rebuilds it, where it was danced.

    Args:
        positions: (frames, markers, 3), metres.
        errors: how far each marker is from where it was, centimetres, (frames, markers).
    """

    positions: np.ndarray
    errors: np.ndarray

    @property
    def error(self) -> float:
        """Mean over frames and markers, centimetres."""
        return float(self.errors.mean())


def rebuild(model: PhraseModel, phrase: np.ndarray, *, seed: int | None = None) -> Rebuilt:
    """One phrase (frames, markers, 3), metres, as the model rebuilds it.

    Args:
        model: a trained model.
        phrase: of its length and markers.
        seed: draws the latent from the phrase's posterior; None takes its mean.

    Raises:
        SettingsError: the phrase does not fit the model, or has missing markers.
    """
    positions = reconstruct(model, phrase[None], seed=seed)[0]
    return Rebuilt(positions, _apart(positions, phrase))


class HeldOut(NamedTuple):
    """Phrases that a model never learned from, rebuilt; the best rebuilt one comes first.

    Args:
        phrases: as they were danced, (phrases, frames, markers, 3), metres.
        takes: name of each phrase's take.
        starts: each phrase's first frame in its take, (phrases,).
        errors: each phrase's mean error, centimetres, (phrases,), rising.
        marker_errors: mean error of each marker over all of them, centimetres, (markers,).
        profile: mean error of each frame over all of them, centimetres, (frames,).
    """

    phrases: np.ndarray
    takes: tuple[str, ...]
    starts: np.ndarray
    errors: np.ndarray
    marker_errors: np.ndarray
    profile: np.ndarray


def held_out(checkpoint: Checkpoint) -> HeldOut:
    """The validation phrases of a model's own recordings, ranked by how well it rebuilds them.

    Raises:
        RecordingError: the recordings are no longer there.
    """
    feed = own_feed(checkpoint)
    starts = feed.evenly(feed.validation, MOST_HELD_OUT)
    phrases = feed.batch(starts).numpy()
    errors = _apart(reconstruct(checkpoint.model, phrases), phrases)
    means = errors.mean(axis=(1, 2))
    order = means.argsort(kind="stable")
    places = [feed.place_of(start) for start in starts[order]]
    return HeldOut(
        phrases[order],
        tuple(take for take, _ in places),
        np.array([frame for _, frame in places]),
        means[order],
        errors.mean(axis=(0, 1)),
        errors.mean(axis=(0, 2)),
    )


class Marks(NamedTuple):
    """Errors to measure a reconstruction's by, centimetres; a copy of the phrase would have none.

    Args:
        prior: mean error of dances drawn at random, which know nothing of the phrase.
        nearest: error of the nearest phrase that the model has learned from, None where that is not known.
    """

    prior: float
    nearest: float | None


def marks_of(
    model: PhraseModel, phrase: np.ndarray, known: metrics.Neighbours | None = None, *, seed: int = 0
) -> Marks:
    """What knowing nothing of a phrase, and what remembering the nearest one, would give.

    Args:
        model: a trained model.
        phrase: (frames, markers, 3), metres.
        known: phrases it has learned from, as `PhraseModel.place` gives them.
        seed: draws the dances.
    """
    placed = in_parts(model.place, phrase[None], model)
    drawn = sample(model, PRIOR_SAMPLES, seed=seed)
    prior = float(_apart(drawn, placed).mean())
    if known is None:
        return Marks(prior, None)
    return Marks(prior, float(_apart(known.closest(placed[0]), placed[0, :: metrics.EVERY]).mean()))


def _apart(positions: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How far markers are from others, centimetres: (…, markers, 3) twice → (…, markers)."""
    return 100 * np.linalg.norm(positions - others, axis=-1)
