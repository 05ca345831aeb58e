"""The real phrases that a model's dances are compared with, measured once for all sessions."""

from dataclasses import dataclass

import streamlit as st

from mariel.app.widgets.models import LoadedModel
from mariel.errors import MarielError
from mariel.evaluation.metrics import NearestNeighbours
from mariel.evaluation.neighbours import training_neighbours
from mariel.evaluation.registry import SAMPLES, EvaluationContext, metrics_of
from mariel.generation.phrase_windows import run_dataset
from mariel.generation.sampling import batched
from mariel.training.checkpoints import Checkpoint

MAX_REAL_PHRASES = 512
"""Real phrases over which the figures to compare with are averaged."""


@dataclass(frozen=True, eq=False)
class _RealPhrases:
    """What is kept of a model's own recordings.

    Args:
        values: of real motion, by the metric's key.
        neighbours: the search among training phrases; None if the recordings are missing.
    """

    values: dict[str, float | None]
    neighbours: NearestNeighbours | None


def sample_context(model: LoadedModel) -> EvaluationContext:
    """What a model's samples are compared with; nothing is known of real motion if the recordings are missing."""
    keys = tuple(metric.key for metric in metrics_of(SAMPLES, on_pages=True))
    real = _real_phrases(model.data, keys, model.checkpoint)
    return EvaluationContext(
        model.checkpoint.marker_set,
        model.checkpoint.fps,
        known_real=dict(real.values),
        known_neighbours=real.neighbours,
    )


@st.cache_resource(
    max_entries=4,
    show_spinner=f"Measuring up to {MAX_REAL_PHRASES} real phrases to compare with, once for this model …",
)
def _real_phrases(key: tuple, metric_keys: tuple[str, ...], _checkpoint: Checkpoint) -> _RealPhrases:
    try:
        dataset = run_dataset(_checkpoint)
    except MarielError:
        return _RealPhrases({}, None)
    model = _checkpoint.model
    training, held_out = (
        batched(model.to_canonical, dataset.batch(dataset.evenly_spaced(starts, MAX_REAL_PHRASES)).numpy(), model)
        for starts in (dataset.training, dataset.validation)
    )
    context = EvaluationContext(
        _checkpoint.marker_set,
        _checkpoint.fps,
        training=training,
        held_out=held_out,
        known_neighbours=training_neighbours(model, dataset),
    )
    values = {metric.key: context.real_value(metric) for metric in metrics_of(SAMPLES, on_pages=True)}
    return _RealPhrases(values, context.known_neighbours)
