"""The same dances at evenly spaced values of one number, and the dial that changes it; see `mariel.stage.sweep`."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mariel.generation.sampling_requests import (
    REFERENCE_SIGMA,
    Mode,
    SamplePlan,
    SamplingRequest,
    generate_variants,
    plan_samples,
)
from mariel.kinematics.shapes.body_change import BodyChange
from mariel.models.base import PhraseModel
from mariel.stage.sweep import Dial, Sweep

DIALS: Mapping[str, Dial] = {
    dial.name: dial
    for dial in (
        Dial("temperature", "Temperature", 1.0, 0.0, 2.0, 0.05, ("calm", "wild")),
        Dial("sigma", "Distance, σ", REFERENCE_SIGMA, 0.0, 2.0, 0.05, ("close", "far")),
        Dial("share", "Share of the way", 0.5, 0.0, 1.0, 0.01, ("first", "second")),
    )
}
"""A dial for each field of a request that may have one."""

DIAL_OF_MODE: Mapping[Mode, str] = {
    "new": "temperature",
    "from-pose": "temperature",
    "perturb": "sigma",
    "interpolate": "share",
}

SWEEP_VALUES, SWEEP_VALUES_OF_MANY = 21, 11
"""Values of a sweep of up to `FEW_DANCES` phrases or of long dances, and of more phrases. Long dances need many: what
differs between two values adds up along their paths."""

FEW_DANCES = 4

MAX_SWEEP_PHRASES, MAX_SWEEP_PHRASES_OF_ALL = 9, 16
"""Length of each dance that has a sweep, and of all together, in phrases of the model: 9 are 33 s of the usual 128
frames at 35 per second. A phrase takes 0.25 MB. Where dances are longer, their paths and headings lie so far apart at
the end that bones shorten between two values."""

NO_SWEEP = "These dances are too long to change while you turn it: they change when you let go."
"""What a dial without a sweep says."""


def request_dial(model: PhraseModel, request: SamplingRequest, sweep: str = "") -> Dial | None:
    """The dial of a request's dances; None where one number does not determine them.

    Args:
        model: makes the dances.
        request: what the scene shows, one dancer for each dance, in their order.
        sweep: a name for their sweep; not used if they have none.
    """
    if request.mode not in DIAL_OF_MODE or (request.mode == "interpolate" and (request.seconds or request.count > 1)):
        return None
    dial, swept = DIALS[DIAL_OF_MODE[request.mode]], has_sweep(model, request)
    return dial.replace(
        value=getattr(request, dial.name),
        sweep=sweep if swept else "",
        note="" if swept else NO_SWEEP,
        dancers=tuple(range(len(request.labels))),
    )


def has_sweep(model: PhraseModel, request: SamplingRequest) -> bool:
    """Whether the player can change the dances while the dial is turned: long ones only as far as a sweep reaches."""
    if request.mode not in DIAL_OF_MODE:
        return False
    phrases = (request.seconds or 0) * model.fps / model.length
    return phrases <= MAX_SWEEP_PHRASES and phrases * request.count <= MAX_SWEEP_PHRASES_OF_ALL


def at_reference(request: SamplingRequest) -> SamplingRequest:
    """A request with its dial at the value that it has at first: the same for requests that differ in it alone."""
    name = DIAL_OF_MODE.get(request.mode)
    return request.replace(**{name: DIALS[name].value}) if name else request


def generate_sweep(
    model: PhraseModel,
    request: SamplingRequest,
    phrases: Sequence[np.ndarray] = (),
    metres_per_unit: float = 1.0,
    *,
    change: BodyChange | None = None,
    progress: Callable[[], None] = lambda: None,
    plans: Callable[..., list[SamplePlan]] = plan_samples,
) -> Sweep:
    """Each dance of a request at all values of its dial.

    At such a value a dance is the one of `generate_sample` with the same plan, within a millimetre.

    Args:
        model: a trained model.
        request: see `has_sweep`.
        phrases: what the dances start from, see `mariel.generation.sampling_requests.starting_phrases`.
        metres_per_unit: of the model's positions.
        change: gives the dances to the request's body, as for `generate_sample`.
        progress: called after each dance, and after each value of a long one; it may raise an exception to stop.
        plans: called as `plan_samples` is; one that remembers its results is faster.
    """
    dial = request_dial(model, request)
    if dial is None or not has_sweep(model, request):
        raise ValueError(f"these dances of the mode {request.mode} have no sweep")
    few = request.count <= FEW_DANCES or request.seconds
    values = np.linspace(dial.minimum, dial.maximum, SWEEP_VALUES if few else SWEEP_VALUES_OF_MANY).round(6).tolist()
    dances = []
    requests, at_once = request.single_requests(), 1 if request.seconds else len(values)
    for one, plan in zip(requests, plans(model, requests, phrases), strict=True):
        at_values = [one.replace(**{dial.name: value}) for value in values]
        swept = []
        for first in range(0, len(values), at_once):
            swept.append(generate_variants(model, at_values[first : first + at_once], phrases, plan, change))
            progress()
        dances.append(np.concatenate(swept))
    return Sweep(values, [dance * metres_per_unit for dance in dances])
