"""New dances on a page: which model, which draw, and how the dances compare with real ones."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mariel.app.data import REMEMBERED
from mariel.app.models import Awake
from mariel.app.pickers import keep_if_possible
from mariel.app.player import show_player
from mariel.app.taking_home import show_take_home
from mariel.errors import MarielError
from mariel.generation import dances, metrics
from mariel.generation.credits import with_source
from mariel.generation.dances import in_parts
from mariel.generation.windows import known_phrases
from mariel.learning.checkpoints import Checkpoint
from mariel.motion.marker_set import MarkerSet
from mariel.stage.scene import Dancer, Scene

COUNTS = (1, 4, 12)
LENGTHS = (0, 10, 20, 40)
"""Seconds of a dance to choose from; 0 is one phrase."""

MOST_TEMPERATURE = 2.0
MOST_SEED = 999_999
SKULL = "head"


@dataclass(frozen=True)
class Draw:
    """What is drawn from a model.

    Args:
        temperature: 0 is the mean dance, 1 as various as real ones.
        seed: of the first dance; another seed, other dances.
        count: how many.
        seconds: length of each, 0 for one phrase.
    """

    temperature: float
    seed: int
    count: int
    seconds: int


def pick_draw(fps: float, length: int) -> Draw:
    """Ask for temperature, seed, how many and how long; all sit in the address bar."""
    temperature = st.slider(
        "Temperature",
        0.0,
        MOST_TEMPERATURE,
        1.0,
        0.05,
        key="temperature",
        help="How far dances go from the mean of all: at 0 all are that one, at 1 they are as various as real ones, "
        "beyond they exaggerate. The same seed is the same dance, calmer or wilder.",
        **REMEMBERED,
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        count = st.segmented_control("How many", COUNTS, default=4, required=True, key="count", **REMEMBERED)
        seconds = st.segmented_control(
            "How long",
            LENGTHS,
            format_func=lambda number: f"{number} s" if number else f"a phrase, {length / fps:.1f} s",
            default=0,
            required=True,
            key="seconds",
            **REMEMBERED,
        )
        seed = st.number_input("Seed", 0, MOST_SEED, 0, key="seed", width=130, **REMEMBERED)
        st.button("Others", on_click=_next_seed, args=(count,), icon=":material/casino:", type="primary")
    return Draw(temperature, int(seed), int(count), int(seconds))


def _next_seed(count: int) -> None:
    st.session_state.seed = (st.session_state.seed + count) % (MOST_SEED + 1)


def drawn_dances(model: Awake, draw: Draw) -> np.ndarray:
    """The dances, (dances, frames, markers, 3); each has a seed of its own, so that it can be asked for alone."""
    seeds = range(draw.seed, draw.seed + draw.count)
    return np.stack([_dance(model.weights, seed, draw.temperature, draw.seconds, model.checkpoint) for seed in seeds])


@st.cache_data(max_entries=128, show_spinner=False)
def _dance(key: tuple, seed: int, temperature: float, seconds: int, _checkpoint: Checkpoint) -> np.ndarray:
    if seconds:
        return dances.long_dance(_checkpoint.model, seconds, temperature=temperature, seed=seed)
    return dances.sample(_checkpoint.model, 1, temperature=temperature, seed=seed)[0]


def show_dances(checkpoint: Checkpoint, draw: Draw, danced: np.ndarray) -> None:
    """The dancers, all in a gallery and one of them large."""
    title = f"Danced by {checkpoint.run} at temperature {draw.temperature:g}"
    labels = [f"seed {draw.seed + number}" for number in range(len(danced))]
    if len(danced) == 1:
        scene = _scene(danced[0], checkpoint, title)
        show_player(scene, key="sample", height=500, autoplay=True)
        _show_take_home(scene, checkpoint, draw)
        return
    keep_if_possible("large", labels)
    many, one = st.columns([1.5, 1], gap="medium")
    with many:
        troupe = [
            Dancer(dance, checkpoint.marker_set, label=label) for dance, label in zip(danced, labels, strict=True)
        ]
        scene = Scene.gallery(troupe, columns=4, fps=checkpoint.fps, title=title)
        show_player(scene, key="samples", height=460, camera="front", autoplay=True)
        _show_take_home(scene, checkpoint, draw)
    with one:
        chosen = st.selectbox("Large", labels, key="large", label_visibility="collapsed", **REMEMBERED)
        index = labels.index(chosen)
        show_player(_scene(danced[index], checkpoint, chosen), key="sample", height=400, autoplay=True)


def _scene(dance: np.ndarray, checkpoint: Checkpoint, title: str) -> Scene:
    return Scene([Dancer(dance, checkpoint.marker_set)], fps=checkpoint.fps, title=title)


def _show_take_home(scene: Scene, checkpoint: Checkpoint, draw: Draw) -> None:
    seeds = f"seed {draw.seed}" if draw.count == 1 else f"seeds {draw.seed} to {draw.seed + draw.count - 1}"
    credit = f"Danced by the model {checkpoint.run} at temperature {draw.temperature:g}, {seeds}"
    show_take_home(
        scene,
        name=f"{scene.title}, {seeds}",
        credit=with_source(f"{credit}; nobody has danced this.", checkpoint.settings.data),
        camera="front" if draw.count > 1 else None,
    )


def show_figures(model: Awake, danced: np.ndarray) -> None:
    """Speed, skull and distance to the training phrases, each beside the real one, so that being lost is a number."""
    checkpoint = model.checkpoint
    real = _real_figures(model.data, checkpoint)
    own = _figures(danced[:, : checkpoint.model.length], checkpoint.marker_set, checkpoint.fps, real.get("known"))
    with st.container(horizontal=True, gap="large"):
        for name, unit, digits in (("speed", "m/s", 2), ("skull", "%", 2), ("nearest", "cm", 0)):
            if name not in own:
                continue
            beside = f"real: {real[name]:.{digits}f} {unit}" if name in real else "real: not known here"
            with st.container(width="content"):
                st.metric(LABELS[name], f"{own[name]:.{digits}f} {unit}", help=HELP[name])
                st.badge(beside, color="gray")


LABELS = {"speed": "Speed", "skull": "Skull bends by", "nearest": "From the nearest real phrase"}
HELP = {
    "speed": "Mean speed of all markers. Real: the phrases the model has learned from.",
    "skull": "How much distances between markers of the head vary. A body that is lost in space has a soft skull.",
    "nearest": "Distance to the nearest phrase that the model has learned from; near 0 would be a copy. "
    "Real: that of phrases it has not learned from.",
}


@st.cache_resource(max_entries=4, show_spinner="Looking at real phrases …")
def _real_figures(key: tuple, _checkpoint: Checkpoint) -> dict:
    """Figures of real phrases, and those that a model has learned from; empty where its recordings are gone."""
    try:
        parts = known_phrases(_checkpoint)
    except MarielError:
        return {}
    known, unseen = (in_parts(_checkpoint.model.place, phrases, _checkpoint.model) for phrases in parts)
    figures = _figures(known[::8], _checkpoint.marker_set, _checkpoint.fps, None)
    return {"known": known, **figures, "nearest": metrics.nearest_distance(unseen, known)}


def _figures(phrases: np.ndarray, marker_set: MarkerSet, fps: float, known: np.ndarray | None) -> dict[str, float]:
    figures = {"speed": metrics.mean_speed(phrases, fps)}
    if any(name == SKULL and len(labels) > 1 for name, labels in marker_set.segments):
        figures["skull"] = 100 * metrics.segment_variation(phrases, marker_set, SKULL)
    if known is not None and phrases.shape[1] == known.shape[1]:
        figures["nearest"] = metrics.nearest_distance(phrases, known)
    return figures
