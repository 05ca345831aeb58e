"""New dances on another body, and the phrases that they start from."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mariel.app.widgets.bodies.body_choice import change_between, show_foot_warnings, take_body
from mariel.app.widgets.bodies.model_bodies import model_change
from mariel.app.widgets.models import LoadedModel
from mariel.generation.sampling_requests import SamplingRequest
from mariel.generation.take_positions import RunTakes, TakePosition
from mariel.kinematics.shapes.body_change import BodyChange, BodyDance


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
