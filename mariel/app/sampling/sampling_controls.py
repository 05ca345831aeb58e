"""Controls of the Sampling page, and the new dances that they ask for."""

from contextlib import nullcontext

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.shell.messages import plain_text
from mariel.app.shell.query_params import (
    BODY,
    CHAIN,
    COUNT,
    FROM,
    MODE,
    NEXT,
    NEXT_SEEDS,
    PC_OFFSETS,
    PHRASES_OF,
    POSE,
    SCHEME,
    SECONDS,
    SEED,
    SELECTED_DANCE,
    SHARE,
    SIGMA,
    TEMPERATURE,
    TO,
    QueryParam,
    clear,
)
from mariel.app.widgets import controls
from mariel.app.widgets.bodies.model_bodies import pick_model_body
from mariel.app.widgets.models import LoadedModel
from mariel.app.widgets.sampling_dial import plans_cached
from mariel.app.widgets.sampling_request import SCHEME_LINKS, pick_advanced, pick_seed, pick_temperature
from mariel.app.widgets.take_position import (
    most_active_position,
    pick_take_position,
    pick_take_positions,
    position_keys,
)
from mariel.errors import SettingsError
from mariel.generation.sampling_requests import (
    DEFAULT_CHAIN_SECONDS,
    SAVED_MODES,
    Mode,
    SamplePlan,
    SamplingRequest,
    generate_sample,
    starting_phrases,
)
from mariel.generation.take_positions import RunTakes, TakePosition

MODE_HELP: dict[Mode, str] = {
    "new": "New dances: latents sampled from the prior. The same seed is the same dance, calmer or wilder.",
    "perturb": "A recorded phrase, and variations of it: its latent plus noise.",
    "interpolate": "From one phrase to another, through what lies between their latents.",
    "chain": "One dance that passes through phrases that you choose, along a path between their latents.",
    "from-pose": "A dance that begins with a recorded pose.",
}

COUNTS = {1: "A new dance", 4: "Four new dances", 12: "Twelve new dances"}
VARIATION_COUNTS = {1: "Another variation", 4: "Four other variations", 12: "Twelve other variations"}
"""The button that asks for other dances, by their number; and that for other variations of a phrase."""

ALL_DANCES = "all dances"
"""The choice that shows every dance in its tile."""

POSITIONS: dict[Mode, tuple[QueryParam, ...]] = {
    "new": (),
    "perturb": (FROM,),
    "interpolate": (FROM, TO),
    "chain": (CHAIN, NEXT),
    "from-pose": (POSE,),
}
"""The positions that each mode starts from."""


def pick_mode() -> Mode:
    """Ask how dances are made."""
    chosen = controls.labelled(
        MODE, "How dances are made", label_visibility="collapsed", help="From nothing, or from recorded phrases."
    )
    modes: dict[str, Mode] = {link: mode for mode, link in SAVED_MODES.items()}
    mode = modes[chosen]
    st.caption(MODE_HELP[mode])
    clear(*{param for params in POSITIONS.values() for param in params} - set(POSITIONS[mode]))
    if not POSITIONS[mode]:
        clear(PHRASES_OF)
    if mode not in ("new", "from-pose"):
        clear(SCHEME)
    return mode


def pick_phrases_of() -> str:
    """Ask for other recordings than the model's own to start from; empty for its own."""
    data = controls.text_input(
        PHRASES_OF,
        "Phrases and poses of",
        "",
        place=st.sidebar,
        placeholder="the model's own recordings",
        help="Other recordings, of any markers that tell a body: a folder, a pattern or one file. They are converted "
        "to the model's markers on the dancer's own proportions.",
    )
    return data.strip()


def mode_label(mode: Mode) -> str:
    """How the page names a way to make dances."""
    return MODE.label(SAVED_MODES[mode])


def pick_request(mode: Mode, model: LoadedModel, takes: RunTakes | None) -> SamplingRequest:
    """Ask for everything that a mode needs; all of it is part of the link.

    Args:
        mode: how dances are made.
        model: makes the dances.
        takes: the model's own recordings, for modes that start from them.
    """
    positions = () if takes is None else _pick_positions(mode, takes)
    if takes is not None:
        _show_notes(takes, positions)
    recordings = "" if takes is None else str(PHRASES_OF.value or "").strip()
    body = pick_model_body(model)
    if mode == "chain":
        seconds = _pick_seconds(model, mode) or DEFAULT_CHAIN_SECONDS
        return SamplingRequest(
            mode=mode, count=1, seconds=seconds, take_positions=positions, recordings=recordings, body=body
        )  # fmt: skip
    values = {}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        next_area, count_area = st.container(width="content"), st.container(width="content")
        show_area = st.container(width="content")
        if mode in ("new", "from-pose"):
            values["temperature"] = pick_temperature(width=220)
        if mode == "perturb":
            values["sigma"] = _pick_sigma()
        if mode != "interpolate":
            seed_area = st.container(width="content")
        seconds = _pick_seconds(model, mode)
        # One dance from phrase to phrase is made if it has a length, so there is nothing to count.
        count = 1 if mode == "interpolate" and seconds else _pick_count(count_area)
        if mode != "interpolate":
            values["seed"] = pick_seed(seed_area, count=count)
            next_area.button(
                (VARIATION_COUNTS if mode == "perturb" else COUNTS)[count],
                on_click=_next_seed,
                args=(count,),
                icon=":material/casino:",
                type="primary",
                help="Continue with the next seeds.",
                key=NEXT_SEEDS,
            )
        if mode == "interpolate" and count == 1 and not seconds:
            values["share"] = controls.slider(
                SHARE,
                "Share of the way",
                step=0.01,
                format="percent",
                width=220,
                help="Where the dance lies between the two phrases: 0 % is the first, 100 % the second.",
            )
    if mode in ("new", "perturb", "from-pose"):
        values |= pick_advanced(schemes=mode != "perturb")
    request = SamplingRequest(
        mode=mode, count=count, seconds=seconds, take_positions=positions, recordings=recordings, body=body, **values
    )
    if len(request.labels) > 1:
        with show_area:
            pick_selected(request.labels)
    return request


def _pick_positions(mode: Mode, takes: RunTakes) -> tuple[str, ...]:
    if mode == "chain":
        return tuple(map(str, pick_take_positions(CHAIN, takes)))
    labels = {"perturb": ("The phrase",), "interpolate": ("From", "To"), "from-pose": ("The pose",)}[mode]
    return tuple(
        str(pick_take_position(param, label, takes, most_active_position(takes, number)))
        for number, (param, label) in enumerate(zip(POSITIONS[mode], labels, strict=True))
    )


def _show_notes(takes: RunTakes, positions: tuple[str, ...]) -> None:
    """Say how the takes that dances start from were converted for the model, if they were."""
    used = dict.fromkeys(TakePosition.parse(text).take for text in positions)
    for note in (takes.notes[take] for take in used if take in takes.notes):
        st.caption(plain_text(note))


def pick_selected(labels: list[str]) -> None:
    """Ask which dance is shown alone, for those who cannot click on it."""
    controls.selectbox(SELECTED_DANCE, "Show", [ALL_DANCES, *labels], help="Or click a dancer.", width=170)


def _pick_count(place: DeltaGenerator) -> int:
    """Ask how many dances to make."""
    return int(controls.segmented_control(COUNT, "How many", place=place, help="Dances that are shown at once."))


def _pick_sigma() -> float:
    """Ask how far variations are from their phrase."""
    return controls.slider(
        SIGMA,
        "Distance from the phrase, σ",
        step=0.05,
        width=220,
        help="Standard deviation of the noise added to the phrase's latent. Up to 0.5 variations stay close to the "
        "phrase; from 1 on they are inventive. At 0 it is the phrase's reconstruction. One σ is the standard "
        "deviation of training phrases' latents.",
    )


def _pick_seconds(model: LoadedModel, mode: Mode) -> int | None:
    """Ask how long dances are; None if the field is empty."""
    phrase = model.checkpoint.model.length / model.checkpoint.fps
    placeholder = f"{phrase:.1f} (one phrase)"
    help_ = "Empty: one phrase. A longer dance continues with phrases that fit the end of the last one."
    if mode == "interpolate":
        help_ = "Empty: separate phrases between the two. Otherwise one dance from one to the other, about this long."
    elif mode == "chain":
        placeholder, help_ = f"about {DEFAULT_CHAIN_SECONDS}", "Length of the whole dance, approximately."
    seconds = controls.number_input(SECONDS, "Seconds", placeholder=placeholder, width=210, help=help_)
    return None if seconds is None else int(seconds)


def _next_seed(count: int) -> None:
    following = SEED.value + count
    SEED.key.set(following if following + count - 1 <= SEED.maximum else 0)


def widget_values(request: SamplingRequest) -> dict:
    """The values of the page's widgets, by key, with which it shows a request.

    Raises:
        SettingsError: a value is beyond what the page's controls offer.
    """
    offsets = (*request.pc_offsets, *[0.0] * len(PC_OFFSETS))
    values = {
        SEED: request.seed,
        COUNT: request.count,
        SECONDS: request.seconds if request.seconds is None else int(request.seconds),
        TEMPERATURE: request.temperature,
        SIGMA: request.sigma,
        SHARE: request.share,
        **dict(zip(PC_OFFSETS, offsets, strict=False)),
    }
    beyond = [param.what for param, value in values.items() if not _is_offered(param, value)]
    if request.seconds != values[SECONDS] or len(request.pc_offsets) > len(PC_OFFSETS):
        beyond.append("length or directions")
    if beyond:
        raise SettingsError(f"the page's controls do not reach this dance's {' and '.join(beyond)}")
    widgets = {str(param.key): value for param, value in values.items()}
    widgets |= {str(MODE.key): SAVED_MODES[request.mode], str(SCHEME.key): SCHEME_LINKS[request.scheme]}
    widgets |= {str(PHRASES_OF.key): request.recordings, str(BODY.key): request.body}
    if request.mode == "chain":
        return widgets | {str(CHAIN.key): list(request.take_positions)}
    for param, text in zip(POSITIONS[request.mode], request.take_positions, strict=False):
        position = TakePosition.parse(text)
        take_key, frame_key = position_keys(param)
        widgets |= {take_key: position.take, frame_key: position.frame}
    return widgets


def _is_offered(param: QueryParam, value: float | None) -> bool:
    if value is None:
        return True
    if param.choices:
        return value in param.choices
    return param.minimum <= value <= param.maximum


def generate_cached(model: LoadedModel, request: SamplingRequest, takes: RunTakes | None = None) -> np.ndarray:
    """The dances of a request on the model's own body, (dances, frames, markers, 3), metres; each is cached alone."""
    phrases = starting_phrases(request, takes)
    spinner = st.spinner("Searching for dances that begin with this pose …")
    with spinner if request.mode == "from-pose" else nullcontext():
        requests = request.replace(body="").single_requests()
        plans = plans_cached(model, requests, phrases)
        return np.stack(
            [
                _generate_one((model.weights, one.model_dump_json()), phrases, one, plan, model)
                for one, plan in zip(requests, plans, strict=True)
            ]
        )


@st.cache_data(max_entries=128, show_spinner=False)
def _generate_one(
    key: tuple, phrases: tuple[np.ndarray, ...], _request: SamplingRequest, _plan: SamplePlan, _model: LoadedModel
) -> np.ndarray:
    """One dance (frames, markers, 3), metres."""
    return generate_sample(_model.checkpoint.model, _request, phrases, _plan)
