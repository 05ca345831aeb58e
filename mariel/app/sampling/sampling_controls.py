"""What is danced on the Sampling page: in which way, from which seed, how calm and how long; and the dances."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, fields, replace

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.shell.query_params import write_address
from mariel.app.widgets.models import Awake
from mariel.app.widgets.pickers import keep_if_possible, say_if_gone
from mariel.app.widgets.recordings import REMEMBERED
from mariel.app.widgets.take_position import Moment, OwnTakes, pick_moment, pick_stations
from mariel.errors import SettingsError
from mariel.generation import from_pose as beginnings
from mariel.generation import sampling as dances
from mariel.generation.latent_pca import shifted
from mariel.models.base import PhraseModel

NEW, VARY, BETWEEN, WALK, POSE = "New", "Vary a phrase", "Between two", "Walk", "From a pose"

ABOUT = {
    NEW: "Dances that nobody has danced. The same seed is the same dance, calmer or wilder.",
    VARY: "A phrase that was danced, and what else it might have been.",
    BETWEEN: "From one phrase to another, by way of all that lies between them.",
    WALK: "One dance that passes through phrases that you choose.",
    POSE: "Stand like this, and go on from there.",
}
"""The ways to make a dance, and what they are for."""

SCHEMES = {"prior": "near real phrases", "random-spread": "the notebook's other way"}

COUNTS = (1, 4, 12)
MOST_TEMPERATURE, MOST_SIGMA = 2.0, 2.0
MOST_SEED = 999_999
MOST_SECONDS = 120
PUSHES, FARTHEST = 4, 3.0
WALK_SECONDS = 12

ADDRESSES = {VARY: ("from",), BETWEEN: ("from", "to"), WALK: ("through", "next"), POSE: ("pose",)}
"""Names in the address bar of the moments that each way sets out from."""


@dataclass(frozen=True)
class Draw:
    """What is danced. Whatever a mode does not use is as it is here, so that equal dances have equal draws.

    Args:
        mode: the way they are made, one of `ABOUT`.
        seed: of the first dance; another seed, other dances.
        count: how many.
        seconds: length of each; None for one phrase.
        temperature: 0 is the mean dance, 1 as various as real ones.
        sigma: how far variations go, in standard deviations of training phrases' latents.
        share: how far between two phrases a single dance is, 0 to 1.
        scheme: how latents are drawn, see `mariel.generation.sampling.Scheme`.
        pushes: standard deviations along the first principal directions.
        moments: addresses of the phrases they set out from.
    """

    mode: str = NEW
    seed: int = 0
    count: int = 4
    seconds: int | None = None
    temperature: float = 1.0
    sigma: float = 0.5
    share: float = 0.5
    scheme: str = "prior"
    pushes: tuple[float, ...] = ()
    moments: tuple[str, ...] = ()

    @property
    def labels(self) -> list[str]:
        """A name for each dance."""
        if self.mode == WALK or (self.mode == BETWEEN and self.seconds):
            return ["on the way"]
        if self.mode == BETWEEN:
            return [f"{share:.0%} of the way" for share in self.shares]
        return [f"seed {self.seed + number}" for number in range(self.count)]

    @property
    def shares(self) -> list[float]:
        """How far from one phrase to the other each dance is, 0 to 1."""
        return [self.share] if self.count == 1 else np.linspace(0, 1, self.count).tolist()

    def one_by_one(self) -> list["Draw"]:
        """Each dance's own draw, by which it can be asked for alone."""
        if len(self.labels) == 1:
            return [replace(self, count=1)]
        if self.mode == BETWEEN:
            return [replace(self, count=1, share=share) for share in self.shares]
        return [replace(self, count=1, seed=self.seed + number) for number in range(self.count)]

    def to_dict(self) -> dict:
        """Plain words and numbers, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping) -> "Draw":
        """The draw that `to_dict` wrote; anything else a file may hold is left out or refused.

        Raises:
            SettingsError: a part is of the wrong kind or out of range.
        """
        given = {each.name: data[each.name] for each in fields(cls) if each.name in data}
        try:
            given["pushes"] = tuple(float(push) for push in given.get("pushes", ()))
            given["moments"] = tuple(str(Moment.parse(each)) for each in given.get("moments", ()))
            draw = cls(**given)
            sound = (
                draw.mode in ABOUT
                and draw.scheme in SCHEMES
                and isinstance(draw.seed, int)
                and 0 <= draw.seed <= MOST_SEED
                and draw.count in COUNTS
                and (draw.seconds is None or (isinstance(draw.seconds, int) and 1 <= draw.seconds <= MOST_SECONDS))
                and 0 <= draw.temperature <= MOST_TEMPERATURE
                and 0 <= draw.sigma <= MOST_SIGMA
                and 0 <= draw.share <= 1
                and len(draw.pushes) <= PUSHES
                and all(abs(push) <= FARTHEST for push in draw.pushes)
            )
        except (TypeError, ValueError) as error:
            raise SettingsError(f"this recipe cannot be followed: {error}") from error
        if not sound:
            raise SettingsError("this recipe asks for what the page does not offer")
        return draw


def pick_mode() -> str:
    """Ask in which way dances are made."""
    say_if_gone("mode", list(ABOUT), "way to make a dance")
    keep_if_possible("mode", list(ABOUT))
    mode = st.segmented_control(
        "Way", list(ABOUT), default=NEW, required=True, key="mode", label_visibility="collapsed", **REMEMBERED
    )
    st.caption(ABOUT[mode])
    for name in {name for names in ADDRESSES.values() for name in names} - set(ADDRESSES.get(mode, ())):
        if name in st.query_params:
            write_address(name, None)
    return mode


def pick_draw(mode: str, model: Awake, takes: OwnTakes | None, notes: DeltaGenerator | None = None) -> Draw:
    """Ask for all that a mode needs; all of it sits in the address bar.

    Args:
        mode: one of `ABOUT`.
        model: that dances.
        takes: its own recordings, for the modes that set out from them.
        notes: where to say what a link asks for in vain.
    """
    moments = () if takes is None else _pick_moments(mode, takes, notes)
    if mode == WALK:
        return Draw(mode, count=1, seconds=_pick_seconds(model, mode), moments=moments)
    chosen = {"temperature": pick_temperature} if mode in (NEW, POSE) else {"sigma": _sigma} if mode == VARY else {}
    chosen = {name: ask() for name, ask in chosen.items()}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        count = int(st.segmented_control("How many", COUNTS, default=4, required=True, key="count", **REMEMBERED))
        seconds = _pick_seconds(model, mode)
        if mode != BETWEEN:
            chosen["seed"] = pick_seed()
            st.button("Others", on_click=_next_seed, args=(count,), icon=":material/casino:", type="primary")
    if mode == BETWEEN and seconds:
        count = 1
    elif mode == BETWEEN and count == 1:
        chosen["share"] = st.slider(
            "How far from one to the other", 0.0, 1.0, 0.5, 0.01, format="percent", key="share", **REMEMBERED
        )
    if mode in (NEW, VARY, POSE):
        chosen |= pick_finer(schemes=mode != VARY)
    return Draw(mode, count=count, seconds=seconds, moments=moments, **chosen)


def _pick_moments(mode: str, takes: OwnTakes, notes: DeltaGenerator | None) -> tuple[str, ...]:
    if mode == WALK:
        return tuple(str(moment) for moment in pick_stations("through", takes, notes=notes))
    labels = {VARY: ("The phrase",), BETWEEN: ("From", "To"), POSE: ("The pose",)}[mode]
    return tuple(
        str(pick_moment(key, label, takes, takes.liveliest(number), notes=notes))
        for number, (key, label) in enumerate(zip(ADDRESSES[mode], labels, strict=True))
    )


def pick_temperature(place: DeltaGenerator | None = None, *, width: int | str = "stretch") -> float:
    """Ask how calm or wild new dances are; here, or in a place of its own."""
    return (place or st).slider(
        "Temperature",
        0.0,
        MOST_TEMPERATURE,
        1.0,
        0.05,
        key="temperature",
        width=width,
        help="How far dances go from the mean of all: at 0 all are that one, at 1 they are as various as real ones, "
        "beyond they exaggerate. The same seed is the same dance, calmer or wilder.",
        **REMEMBERED,
    )


def pick_seed(place: DeltaGenerator | None = None) -> int:
    """Ask which dance of all it is, or the first of several."""
    return int((place or st).number_input("Seed", 0, MOST_SEED, 0, key="seed", width=130, **REMEMBERED))


def _sigma() -> float:
    return st.slider(
        "How far from the phrase, σ",
        0.0,
        MOST_SIGMA,
        0.5,
        0.05,
        key="sigma",
        help="Up to 0.5 variations stay close to the phrase; from 1 on they are inventive. At 0 it is the phrase as "
        "the model knows it. One σ is as far as phrases usually are from their mean.",
        **REMEMBERED,
    )


def _pick_seconds(model: Awake, mode: str) -> int | None:
    """Ask how long dances are."""
    phrase = model.checkpoint.model.length / model.checkpoint.fps
    empty = "a phrase"
    help_ = f"Empty: a phrase, {phrase:.1f} s. A longer dance goes on with phrases that fit to how the last one ends."
    if mode == BETWEEN:
        help_ = "Empty: some phrases on the way. Else one dance that goes all the way, in about so many seconds."
    elif mode == WALK:
        empty, help_ = f"about {WALK_SECONDS}", "About how long the whole walk takes."
    seconds = st.number_input(
        "Seconds", 1, MOST_SECONDS, None, key="seconds", placeholder=empty, width=150, help=help_, **REMEMBERED
    )
    if seconds is None:
        return WALK_SECONDS if mode == WALK else None
    return int(seconds)


def pick_finer(*, schemes: bool = True) -> dict:
    """Ask for what only the curious want: another way to draw, where there is one, and pushes along directions."""
    with st.expander("For the curious", icon=":material/science:"):
        chosen = {}
        if schemes:
            words = list(SCHEMES.values())
            said = st.segmented_control(
                "Latents are drawn",
                words,
                default=words[0],
                required=True,
                key="scheme",
                help="The notebook's other way draws a random mean and a random spread first, and around them a "
                "latent. It does not know where real phrases lie: its dances are wilder and odder.",
                **REMEMBERED,
            )
            chosen["scheme"] = list(SCHEMES)[words.index(said)]
        st.caption("Push all dances along the directions in which the model's phrases differ most, in s.d.")
        places = st.columns(PUSHES)
        pushes = tuple(
            place.slider(f"Direction {number}", -FARTHEST, FARTHEST, 0.0, 0.1, key=f"push{number}", **REMEMBERED)
            for number, place in enumerate(places, 1)
        )
        chosen["pushes"] = pushes if any(pushes) else ()
    return chosen


def remembered_sample() -> tuple[dances.Style, int]:
    """How the Sampling page last drew new dances, and the seed of its first one; as it would if nobody was there."""
    said = st.session_state
    pushes = tuple(float(said.get(f"push{number}", 0.0)) for number in range(1, PUSHES + 1))
    scheme = next((name for name, words in SCHEMES.items() if words == said.get("scheme")), "prior")
    style = dances.Style(said.get("temperature", 1.0), scheme, pushes if any(pushes) else ())
    return style, int(said.get("seed", 0))


def _next_seed(count: int) -> None:
    st.session_state.seed = (st.session_state.seed + count) % (MOST_SEED + 1)


def widgets_of(draw: Draw) -> dict:
    """What the page's widgets must say, by their keys, for it to show a draw."""
    said = {
        "mode": draw.mode,
        "seed": draw.seed,
        "count": draw.count,
        "seconds": draw.seconds,
        "temperature": draw.temperature,
        "sigma": draw.sigma,
        "share": draw.share,
        "scheme": SCHEMES[draw.scheme],
        **{f"push{number}": (*draw.pushes, *[0.0] * PUSHES)[number - 1] for number in range(1, PUSHES + 1)},
    }
    if draw.mode == WALK:
        return said | {"through": list(draw.moments)}
    for name, address in zip(ADDRESSES.get(draw.mode, ()), draw.moments, strict=False):
        moment = Moment.parse(address)
        said |= {f"{name} take": moment.take, f"{name} frame": moment.frame}
    return said


def drawn_dances(model: Awake, draw: Draw, takes: OwnTakes | None = None) -> np.ndarray:
    """The dances, (dances, frames, markers, 3); each is computed alone, and kept for a while."""
    inputs = tuple(takes.phrase(Moment.parse(each)) for each in draw.moments) if takes is not None else ()
    slow = st.spinner("Looking for dances that begin so …") if draw.mode == POSE else nullcontext()
    with slow:
        return np.stack([_dance(model.weights, one, inputs, model.checkpoint.model) for one in draw.one_by_one()])


@st.cache_data(max_entries=128, show_spinner=False)
def _dance(key: tuple, draw: Draw, inputs: tuple[np.ndarray, ...], _model: PhraseModel) -> np.ndarray:
    """One dance (frames, markers, 3)."""
    if draw.mode in (NEW, POSE):
        return _new(_model, draw, inputs)
    if draw.mode == VARY:
        latent = shifted(_model, dances.varied(_model, inputs[0], draw.sigma, 1, seed=draw.seed), draw.pushes)[0]
        if draw.seconds:
            return dances.long_dance(_model, draw.seconds, begin=latent, seed=draw.seed)
        return dances.decode(_model, latent)
    latents = dances.encode(_model, np.stack(inputs)).mean
    if draw.seconds:
        return dances.journey(_model, latents, draw.seconds)
    return dances.decode(_model, dances.between(*latents, [draw.share], dances.centre(_model)))[0]


def _new(model: PhraseModel, draw: Draw, inputs: tuple[np.ndarray, ...]) -> np.ndarray:
    style = dances.Style(draw.temperature, draw.scheme, draw.pushes)
    if draw.mode == POSE:
        return beginnings.from_pose(model, inputs[0][0], 1, style, seconds=draw.seconds, seed=draw.seed)[0]
    if draw.seconds:
        return dances.long_dance(model, draw.seconds, style, seed=draw.seed)
    return dances.sample(model, 1, style, seed=draw.seed)[0]
