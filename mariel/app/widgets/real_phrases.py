"""The real phrases that a model's dances are compared with, measured once for all sessions."""

import streamlit as st

from mariel.app.shell.progress import progress_bar
from mariel.app.widgets.models import LoadedModel
from mariel.errors import MarielError
from mariel.evaluation.real_motion import MAX_REAL_PHRASES, RealMotion, load_real_motion
from mariel.evaluation.registry import SAMPLES, EvaluationContext, metrics_of
from mariel.generation.phrase_windows import run_recordings
from mariel.progress import Progress


def sample_context(model: LoadedModel) -> EvaluationContext:
    """What a model's samples are compared with; nothing is known of real motion if the recordings are missing."""
    keys = tuple(metric.key for metric in metrics_of(SAMPLES, on_pages=True))
    with progress_bar(
        f"Measuring up to {MAX_REAL_PHRASES} real phrases to compare with, once for this model"
    ) as progress:
        real = _real_motion(model.data, keys, model, progress)
    return EvaluationContext(
        model.checkpoint.marker_set,
        model.checkpoint.fps,
        known_real=dict(real.values) if real else {},
        known_neighbours=real.neighbours if real else None,
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _real_motion(
    key: tuple, metric_keys: tuple[str, ...], _model: LoadedModel, _progress: Progress
) -> RealMotion | None:
    try:
        recordings = run_recordings(_model.checkpoint)
        return load_real_motion(_model.run, _model.checkpoint, recordings, progress=_progress)
    except MarielError:
        return None
