"""Figures of a model's quality on recordings, each beside the same figure of real motion."""

import numpy as np

from mariel.evaluation.registry import (
    RECONSTRUCTIONS,
    SAMPLES,
    EvaluationContext,
    Figure,
    measure_figures,
    metrics_of,
)
from mariel.generation.sampling import batched, sample
from mariel.models.base import PhraseModel

DEFAULT_COUNT = 512
"""Samples that are measured."""


def evaluate(
    model: PhraseModel,
    phrases: np.ndarray,
    training: np.ndarray,
    *,
    training_takes: np.ndarray | None = None,
    count: int = DEFAULT_COUNT,
    seed: int = 0,
) -> list[Figure]:
    """Figures of a model's reconstructions of phrases, and of its samples: all metrics of both.

    Args:
        model: a trained model.
        phrases: to reconstruct, preferably held out from training (phrases, frames, markers, 3), metres.
        training: the model's training phrases (phrases, frames, markers, 3), metres.
        training_takes: name of the take of each recorded training phrase, (recorded phrases,); mirror images follow
            them and have none. Without it no network can be tested on real phrases of other takes.
        count: number of samples.
        seed: of the samples, as in `mariel.generation.sampling.sample`.
    """
    model.eval()
    originals = batched(model.to_canonical, phrases, model)
    context = EvaluationContext(
        model.marker_set,
        model.fps,
        originals=originals,
        training=batched(model.to_canonical, training, model),
        training_takes=training_takes,
        held_out=originals,
        real_count=count,
    )
    return [
        *measure_figures(metrics_of(RECONSTRUCTIONS), batched(model.reconstruct, phrases, model), context),
        *measure_figures(metrics_of(SAMPLES), sample(model, count, seed=seed), context),
    ]
