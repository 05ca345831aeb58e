"""Sweeps: the same dance at evenly spaced values of one number, see `mariel.stage.sweep`."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from mariel.generation.sampling_requests import Mode, SamplingRequest, generate_sample
from mariel.models.base import PhraseModel

SWEPT_NUMBERS: Mapping[Mode, str] = {"new": "temperature", "perturb": "sigma", "interpolate": "share"}
"""The field of a request that a dial changes, by mode. Searches for a pose and long dances change in jumps."""

VALUES, VALUES_OF_MANY = 21, 11
"""Values of a sweep of up to `FEW_DANCES` dances, and of more."""

FEW_DANCES = 4


def swept_number(request: SamplingRequest) -> str | None:
    """The field of a request over which its dances change smoothly, so that a sweep can be blended; None for none."""
    if request.seconds or (request.mode == "interpolate" and request.count > 1):
        return None
    return SWEPT_NUMBERS.get(request.mode)


def sweep_values(request: SamplingRequest, maximum: float) -> list[float]:
    """The values, from 0, at which a sweep has the dances of a request."""
    count = VALUES if request.count <= FEW_DANCES else VALUES_OF_MANY
    return np.linspace(0, maximum, count).round(6).tolist()


def generate_sweep(
    model: PhraseModel, request: SamplingRequest, values: Sequence[float], phrases: Sequence[np.ndarray] = ()
) -> Iterator[np.ndarray]:
    """Each dance of a request at all values, (values, frames, markers, 3), metres, one after the other.

    At its own value a dance is the one of `generate_sample`, bit for bit.

    Args:
        model: a trained model.
        request: with a `swept_number`.
        values: of that number.
        phrases: what the dances start from, see `mariel.generation.sampling_requests.starting_phrases`.
    """
    number = swept_number(request)
    if number is None:
        raise ValueError(f"{request.mode} dances of this request do not change smoothly with one number")
    for single in request.single_requests():
        yield np.stack([generate_sample(model, single.replace(**{number: value}), phrases) for value in values])
