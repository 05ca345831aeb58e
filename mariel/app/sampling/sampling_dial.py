"""The dial of new dances: the number that the player changes while it plays, and the sweep that it blends."""

import hashlib

import numpy as np
import streamlit as st

from mariel.app.components.sweep import send_sweep
from mariel.app.shell.query_params import SAMPLES_SWEEP, SHARE, SIGMA, TEMPERATURE, QueryParam
from mariel.app.shell.streamlit_adapter import allow_rerun
from mariel.app.widgets.models import LoadedModel
from mariel.generation.sampling_requests import SamplingRequest, starting_phrases
from mariel.generation.sweeps import generate_sweep, sweep_values, swept_number
from mariel.generation.take_positions import RunTakes
from mariel.models.base import PhraseModel
from mariel.stage.scene import Dancer
from mariel.stage.sweep import Dial, Sweep, pack_sweep

LABELS: dict[str, tuple[QueryParam, str, tuple[str, str], float]] = {
    "temperature": (TEMPERATURE, "Temperature", ("calm", "wild"), 0.05),
    "sigma": (SIGMA, "Distance, σ", ("close", "far"), 0.05),
    "share": (SHARE, "Share of the way", ("from", "to"), 0.01),
}
"""The query parameter, label, ends and step of each number that a dial changes."""


def request_dial(model: LoadedModel, request: SamplingRequest) -> Dial | None:
    """The dial of a request's dances, one per dancer of the scene; None where they have no such number."""
    number = swept_number(request)
    shown = number or ("temperature" if request.mode in ("new", "from-pose") else None)
    if shown is None:
        return None
    param, label, ends, step = LABELS[shown]
    return Dial(
        name=shown,
        label=label,
        value=getattr(request, shown),
        minimum=param.minimum,
        maximum=param.maximum,
        step=step,
        ends=ends,
        sweep=_sweep_name(model, request, number) if number else "",
        dancers=tuple(range(len(request.labels))),
    )


def set_dial(dial: Dial, value: float) -> None:
    """Take the value at which the viewer has let the dial go."""
    param = LABELS[dial.name][0]
    param.key.set(round(value, 6))


def _sweep_name(model: LoadedModel, request: SamplingRequest, number: str) -> str:
    """The same for all values of the swept number, so that the browser keeps the sweep while the dial is turned."""
    same = request.replace(**{number: 0.0}).model_dump_json()
    return hashlib.blake2b(f"{model.weights} {model.data} {same}".encode(), digest_size=8).hexdigest()


def send_request_sweep(
    model: LoadedModel, request: SamplingRequest, takes: RunTakes | None, dial: Dial, dancer: Dancer
) -> None:
    """Send the sweep that a dial blends; the last thing of a page, for it takes a fifth of a second.

    Args:
        model: makes the dances.
        request: what the page shows.
        takes: the model's own recordings, for modes that start from them.
        dial: see `request_dial`.
        dancer: one of those shown; it tells the unit of the positions.
    """
    if not dial.sweep:
        return
    values = sweep_values(request, dial.maximum)
    phrases = starting_phrases(request, takes)
    block = _pack(dial.sweep, request, values, phrases, dancer.metres_per_unit, model.checkpoint.model)
    send_sweep(block, dial.sweep, key=SAMPLES_SWEEP)


@st.cache_data(max_entries=16, show_spinner=False)
def _pack(
    name: str,
    _request: SamplingRequest,
    _values: list[float],
    _phrases: tuple[np.ndarray, ...],
    _metres: float,
    _model: PhraseModel,
) -> bytes:
    dances = []
    for dance in generate_sweep(_model, _request, _values, _phrases):
        allow_rerun()  # a visitor who has moved on does not wait for it
        dances.append(dance * _metres)
    return pack_sweep(Sweep(_values, dances))
