"""The real phrases that a model's dances are compared with, measured once for all sessions."""

import streamlit as st

from mariel.app.widgets.models import LoadedModel
from mariel.errors import MarielError
from mariel.evaluation.real_motion import MAX_REAL_PHRASES, RealMotion, load_real_motion
from mariel.evaluation.registry import SAMPLES, EvaluationContext, metrics_of
from mariel.generation.phrase_windows import run_recordings


def sample_context(model: LoadedModel) -> EvaluationContext:
    """What a model's samples are compared with; nothing is known of real motion if the recordings are missing."""
    keys = tuple(metric.key for metric in metrics_of(SAMPLES, on_pages=True))
    real = _real_motion(model.data, keys, model)
    return EvaluationContext(
        model.checkpoint.marker_set,
        model.checkpoint.fps,
        known_real=dict(real.values) if real else {},
        known_neighbours=real.neighbours if real else None,
    )


@st.cache_resource(
    max_entries=4,
    show_spinner=f"Comparing with up to {MAX_REAL_PHRASES} real phrases, prepared once for this model …",
)
def _real_motion(key: tuple, metric_keys: tuple[str, ...], _model: LoadedModel) -> RealMotion | None:
    try:
        return load_real_motion(_model.run, _model.checkpoint, run_recordings(_model.checkpoint))
    except MarielError:
        return None
