"""The dial of new dances: the number that the player changes while it plays, and the sweep that it blends."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import streamlit as st

from mariel.app.components.sweep import send_sweep
from mariel.app.shell.query_params import SAMPLES_SWEEP, SHARE, SIGMA, TEMPERATURE, QueryParam
from mariel.app.shell.streamlit_adapter import allow_rerun
from mariel.app.widgets.models import LoadedModel
from mariel.generation.sampling_requests import SamplePlan, SamplingRequest, plan_samples, starting_phrases
from mariel.generation.sweeps import at_reference, generate_sweep, has_sweep, request_dial
from mariel.generation.take_positions import RunTakes
from mariel.kinematics.shapes.body_change import BodyChange
from mariel.models.base import PhraseModel
from mariel.stage.scene import Dancer
from mariel.stage.sweep import Dial, pack_sweep

PARAMS: Mapping[str, QueryParam] = {"temperature": TEMPERATURE, "sigma": SIGMA, "share": SHARE}
"""The query parameter of each dial's number."""

MAX_KEPT_PLANS = 64
"""Of a model's dances that start from the same phrases."""


def page_dial(model: LoadedModel, request: SamplingRequest) -> Dial | None:
    """The dial of a request's dances; the name of their sweep is the same for all values of its number."""
    same = at_reference(request).model_dump_json()
    name = hashlib.blake2b(f"{model.weights} {model.data} {same}".encode(), digest_size=8).hexdigest()
    return request_dial(model.checkpoint.model, request, sweep=name)


def set_dial(dial: Dial, value: float) -> None:
    """Take the value at which the viewer has let the dial go."""
    PARAMS[dial.name].key.set(round(value, 6))


def sweep_maker(
    model: LoadedModel,
    request: SamplingRequest,
    takes: RunTakes | None,
    sample: np.ndarray,
    *,
    change: BodyChange | None = None,
) -> Callable[[], bytes] | None:
    """A function that makes the packed sweep of a request, without Streamlit; None where it has none.

    Args:
        model: makes the dances.
        request: what the page shows.
        takes: the model's own recordings, for modes that start from them.
        sample: one of the dances (frames, markers, 3); it tells the unit of the positions.
        change: gives the dances to the request's body.
    """
    checkpoint = model.checkpoint
    if not has_sweep(checkpoint.model, request):
        return None
    phrases, metres = starting_phrases(request, takes), Dancer(sample, checkpoint.marker_set).metres_per_unit
    return lambda: pack_sweep(generate_sweep(checkpoint.model, request, phrases, metres, change=change))


def send_request_sweep(
    model: LoadedModel,
    request: SamplingRequest,
    takes: RunTakes | None,
    dial: Dial | None,
    sample: np.ndarray,
    *,
    key: str = SAMPLES_SWEEP,
    change: BodyChange | None = None,
) -> None:
    """Send the sweep that a dial blends; the last thing of a page, for it takes up to some seconds.

    The arguments are those of `sweep_maker`.
    """
    if dial is None or not dial.sweep:
        return
    checkpoint = model.checkpoint
    metres = Dancer(sample, checkpoint.marker_set).metres_per_unit
    block = _pack_sweep(dial.sweep, request, starting_phrases(request, takes), metres, (model, change))
    send_sweep(block, dial.sweep, key=key)


@st.cache_data(max_entries=16, show_spinner=False)
def _pack_sweep(
    name: str,
    _request: SamplingRequest,
    _phrases: tuple[np.ndarray, ...],
    _metres: float,
    _makers: tuple[LoadedModel, BodyChange | None],
) -> bytes:
    def plans(
        _: PhraseModel, requests: Sequence[SamplingRequest], phrases: tuple[np.ndarray, ...]
    ) -> list[SamplePlan]:
        return plans_cached(_makers[0], requests, phrases)

    # A visitor who has moved on does not wait for it.
    model, change = _makers[0].checkpoint.model, _makers[1]
    return pack_sweep(
        generate_sweep(model, _request, _phrases, _metres, change=change, progress=allow_rerun, plans=plans)
    )


def plans_cached(
    model: LoadedModel, requests: Sequence[SamplingRequest], phrases: tuple[np.ndarray, ...]
) -> list[SamplePlan]:
    """The plans of requests for one dance each, made once for all values of their dial; missing ones together."""
    same = [at_reference(one).replace(body="") for one in requests]
    names = [one.model_dump_json() for one in same]
    kept = _kept_plans(model.weights, phrases)
    plans = {name: kept[name] for name in list(kept) if name in names}
    missing = {name: one for name, one in zip(names, same, strict=True) if name not in plans}
    made = dict(zip(missing, plan_samples(model.checkpoint.model, list(missing.values()), phrases), strict=True))
    if len(kept) + len(made) > MAX_KEPT_PLANS:
        _kept_plans.clear(model.weights, phrases)  # another visitor may read the dictionary at this moment
    _kept_plans(model.weights, phrases).update(made)
    return [(plans | made)[name] for name in names]


@st.cache_resource(max_entries=16, show_spinner=False)
def _kept_plans(weights: tuple, phrases: tuple[np.ndarray, ...]) -> dict[str, SamplePlan]:
    """Plans that `plans_cached` has made of a model's dances that start from some phrases, by their requests."""
    return {}
