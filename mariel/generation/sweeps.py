"""The same dances at evenly spaced values of one number, and the dial that changes it; see `mariel.stage.sweep`."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mariel.generation.sampling_requests import Mode, SamplingRequest, generate_sample
from mariel.models.base import PhraseModel
from mariel.stage.sweep import Dial, Sweep

DIALS: Mapping[str, Dial] = {
    dial.name: dial
    for dial in (
        Dial("temperature", "Temperature", 1.0, 0.0, 2.0, 0.05, ("calm", "wild")),
        Dial("sigma", "Distance, σ", 0.5, 0.0, 2.0, 0.05, ("close", "far")),
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
"""Values of a sweep of up to `FEW_DANCES` dances, and of more."""

FEW_DANCES = 4


def request_dial(request: SamplingRequest, sweep: str = "") -> Dial | None:
    """The dial of a request's dances; None where one number does not determine them.

    Args:
        request: what the scene shows, one dancer for each dance, in their order.
        sweep: a name for their sweep; not used if they have none.
    """
    if request.mode not in DIAL_OF_MODE or (request.mode == "interpolate" and (request.seconds or request.count > 1)):
        return None
    dial = DIALS[DIAL_OF_MODE[request.mode]]
    return dial.replace(
        value=getattr(request, dial.name),
        sweep=sweep if has_sweep(request) else "",
        dancers=tuple(range(len(request.labels))),
    )


def has_sweep(request: SamplingRequest) -> bool:
    """Whether the dances change smoothly with the dial: long dances, and those from a pose, change in jumps."""
    return request.mode in DIAL_OF_MODE and request.mode != "from-pose" and not request.seconds


def generate_sweep(
    model: PhraseModel,
    request: SamplingRequest,
    phrases: Sequence[np.ndarray] = (),
    metres_per_unit: float = 1.0,
    progress: Callable[[], None] = lambda: None,
) -> Sweep:
    """Each dance of a request at all values of its dial.

    At such a value a dance is the one of `generate_sample`, bit for bit.

    Args:
        model: a trained model.
        request: see `has_sweep`.
        phrases: what the dances start from, see `mariel.generation.sampling_requests.starting_phrases`.
        metres_per_unit: of the model's positions.
        progress: called after each dance; it may raise an exception to stop.
    """
    dial = request_dial(request)
    if dial is None or not has_sweep(request):
        raise ValueError(f"dances of the mode {request.mode} do not change smoothly with one number here")
    count = SWEEP_VALUES if request.count <= FEW_DANCES else SWEEP_VALUES_OF_MANY
    values = np.linspace(dial.minimum, dial.maximum, count).round(6).tolist()
    dances = []
    for one in request.single_requests():
        swept = [generate_sample(model, one.replace(**{dial.name: value}), phrases) for value in values]
        dances.append(np.stack(swept))
        progress()
    return Sweep(values, [dance * metres_per_unit for dance in dances])
