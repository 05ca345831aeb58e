"""New dances on another body, and the phrases that they start from."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from mariel.app.shell.messages import show_warning
from mariel.app.widgets.bodies import (
    change_between,
    chosen_body,
    fitted_body,
    pick_body,
    show_foot_warnings,
    take_body,
)
from mariel.app.widgets.models import LoadedModel
from mariel.app.widgets.take_position import open_run_takes
from mariel.errors import MarielError, PhraseError
from mariel.generation.model_body import model_body
from mariel.generation.sampling_requests import SamplingRequest
from mariel.generation.take_positions import RunTakes, TakePosition
from mariel.kinematics.shapes.body_change import BodyChange, BodyDance
from mariel.motion.names import DEMO
from mariel.motion.recording import Recording


def pick_model_body(model: LoadedModel) -> str:
    """Ask which body dances: the model's own, or another one, such as that of a dancer it has learned from."""
    return pick_body(model.checkpoint.marker_set, _dancers(model), own="as the model has it")


def _dancers(model: LoadedModel) -> Mapping[str, Recording]:
    """The takes that a model was trained on; none where they are the demo dancer's, or no longer there."""
    if model.checkpoint.settings.data.data == DEMO:
        return {}
    try:
        return open_run_takes(model)
    except PhraseError:
        return {}


def model_change(model: LoadedModel, body: str) -> BodyChange | None:
    """What gives the dances of a model to a body; None for its own, or where there is no such body, which is said."""
    if not body:
        return None
    marker_set = model.checkpoint.marker_set
    try:
        own = fitted_body(("model", *model.weights), lambda: model_body(model.checkpoint.model))
        return change_between(own, chosen_body(body, own, marker_set, _dancers(model)), marker_set)
    except MarielError as error:
        show_warning(f"{error}. You see the model's own body.", icon=":material/accessibility_new:")
        return None


def dances_on_body(
    model: LoadedModel, request: SamplingRequest, samples: np.ndarray, *, warn: bool = False
) -> np.ndarray:
    """Samples (dances, frames, markers, 3), metres, on the request's body.

    Args:
        model: has made them.
        request: what was asked for.
        samples: as the model has them.
        warn: say where feet leave the floor.
    """
    change = model_change(model, request.body)
    if change is None:
        return samples
    key = (model.weights, request.body)
    dances = [_given(key, sample, model.checkpoint.fps, change) for sample in samples]
    if warn:
        show_foot_warnings(dances, request.labels)
    return np.stack([dance.positions for dance in dances])


@st.cache_resource(max_entries=128, show_spinner=False)
def _given(key: tuple, positions: np.ndarray, fps: float, _change: BodyChange) -> BodyDance:
    return _change.dance(positions, fps)


def phrases_on_body(model: LoadedModel, request: SamplingRequest, takes: RunTakes | None) -> Sequence[np.ndarray]:
    """The recorded phrases that a request starts from, (frames, markers, 3) each, on the request's body."""
    if takes is None:
        return []
    positions = [TakePosition.parse(each) for each in request.take_positions]
    change = model_change(model, request.body)
    phrases = [takes.phrase(position) for position in positions]
    if change is None:
        return phrases
    changes = [
        change_between(take_body(takes[position.take]), change.other, change.marker_set) for position in positions
    ]
    return [each.dance(phrase, takes[position.take].fps).positions
            for each, phrase, position in zip(changes, phrases, positions, strict=True)]  # fmt: skip
