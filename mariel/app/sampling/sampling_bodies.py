"""New dances on another body, and the phrases that they start from."""

from collections.abc import Sequence

import numpy as np

from mariel.app.widgets.bodies.body_choice import change_between, dance_on_body, show_foot_warnings, take_body
from mariel.app.widgets.bodies.model_bodies import model_change
from mariel.app.widgets.models import LoadedModel
from mariel.generation.sampling_requests import SamplingRequest
from mariel.generation.take_positions import RunTakes, TakePosition


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
    dances = [dance_on_body(change, sample, model.checkpoint.fps) for sample in samples]
    if warn:
        show_foot_warnings(dances, request.labels)
    return np.stack([dance.positions for dance in dances])


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
    return [dance_on_body(each, phrase, takes[position.take].fps).positions
            for each, phrase, position in zip(changes, phrases, positions, strict=True)]  # fmt: skip
