"""The latent map on a page: watch a phrase, dance along a path, see where the sample lies."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.sampling.sampling_controls import pick_finer, pick_seed, pick_temperature, remembered_sample
from mariel.app.widgets.chart import Click, show_chart
from mariel.app.widgets.downloads import show_take_home
from mariel.app.widgets.models import Awake
from mariel.app.widgets.player import show_player
from mariel.app.widgets.recordings import REMEMBERED
from mariel.errors import MarielError
from mariel.generation import sampling as dances
from mariel.generation.credits import with_source
from mariel.generation.latent_map import KnownPhrases, LatentMap, along, dance_along, map_of
from mariel.stage.comparison import comparison_scene
from mariel.stage.latent_chart import MOST_NUMBERED, Marks, Measured, Takes, latent_chart
from mariel.stage.scene import Dancer, Scene
from mariel.training.checkpoints import Checkpoint

PHRASE, PATH, SAMPLE = "Watch a phrase", "Dance a path", "The sample"
COLOURS = ("by take", "by time", "by speed", "by height")
DANCED, BESIDE, OVER = "as danced", "rebuilt beside", "rebuilt over it"
CLICK, DRAW = "click stations", "draw a line"
LENGTHS = (10, 20, 40)
"""Seconds of a dance along a path."""

MOST_STATIONS = 64
DRAWN_STATIONS = 16
"""Stations that stand for a drawn line, so that a link to it stays short."""

DEFAULT_PATH = ((-1.4, -0.6), (-0.5, 0.9), (0.5, -0.8), (1.4, 0.6))
"""Where the path lies that is offered first, in standard deviations."""

NO_PATH = "none"

_NUMBER = r"-?[0-9]{1,6}(?:\.[0-9]{1,4})?"
_PATH = re.compile(rf"{_NUMBER},{_NUMBER}(?:;{_NUMBER},{_NUMBER}){{0,{MOST_STATIONS - 1}}}")

# On a phone the dancer comes first, low enough to leave the map in sight below.
_STYLE = """
<style>
  @media (max-width: 640px) {
    .st-key-map-and-dancer > div > [data-testid="stHorizontalBlock"],
    .st-key-map-and-dancer > [data-testid="stHorizontalBlock"] { flex-direction: column-reverse; }
    .st-key-map-and-dancer .mp-stage { height: 220px; }
  }
</style>
"""


@dataclass(frozen=True, eq=False)
class Mapped:
    """A model's known phrases and their map.

    Args:
        model: whose they are.
        known: the phrases.
        plane: their map.
        labels: what each phrase is called.
    """

    model: Awake
    known: KnownPhrases
    plane: LatentMap
    labels: list[str]

    @property
    def checkpoint(self) -> Checkpoint:
        """The trained model."""
        return self.model.checkpoint


def mapped(model: Awake) -> Mapped | None:
    """The map of a model, made once for everybody; None, with what is missing, if its recordings are gone."""
    try:
        known, plane = _mapped((model.weights, model.data), model.checkpoint)
    except MarielError as error:
        st.error(
            f"The map shows the phrases that “{model.checkpoint.run}” has learned from, and those are gone: {error}",
            icon=":material/folder_off:",
        )
        st.caption("Put the recordings back, or choose another model. New dances need no recordings.")
        st.page_link("pages/sampling.py", label="Sample new dances", icon=":material/casino:")
        return None
    labels = [
        f"{take.replace('_', ' ')}, {_clock(second)}, {speed:.2f} m/s"
        for take, second, speed in zip(known.takes.tolist(), known.seconds, known.speeds, strict=True)
    ]
    return Mapped(model, known, plane, labels)


@st.cache_resource(max_entries=4, show_spinner="Drawing the map of its phrases …")
def _mapped(key: tuple, _checkpoint: Checkpoint) -> tuple[KnownPhrases, LatentMap]:
    known = KnownPhrases.of(_checkpoint)
    return known, map_of(_checkpoint.model, known)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def show_map_and_dancer(here: Mapped) -> None:
    """The map with what is chosen on it, and the dancer who dances that."""
    st.html(_STYLE)
    _forget_other_maps(here.checkpoint.run)
    mode = _choose("What the dancer does", (PHRASE, PATH, SAMPLE), "map_shows")
    with st.container(key="map-and-dancer"):
        left, stage = st.columns([1.3, 1], gap="medium")
    chart, tools = left.container(), left.container(horizontal=True, vertical_alignment="center", gap="small")
    show = {PHRASE: _show_phrase, PATH: _show_path, SAMPLE: _show_sample}[mode]
    marks = show(here, stage, tools)
    with tools:
        colour = _choose("Colour", COLOURS, "colour")
    draws = mode == PATH and st.session_state.get("hand") == DRAW
    with chart:
        show_chart(
            latent_chart(here.plane.points, here.labels, _colours(here.known, colour), marks, height=460),
            key="latent map",
            alt=f"A map of {len(here.known):,} phrases that {here.checkpoint.run} has learned from, {colour}. "
            "Arrow keys go from phrase to phrase, Enter chooses one.",
            on_click=lambda click: _clicked(here, mode, click),
            on_draw=(lambda line: _drawn(here, line)) if draws else None,
        )


def _choose(label: str, options: Sequence, key: str, *, default: Any = None, **more: Any) -> Any:
    """One of some options, whose label is left to those who cannot see where it stands."""
    return st.segmented_control(
        label,
        options,
        default=options[0] if default is None else default,
        required=True,
        key=key,
        label_visibility="collapsed",
        **more,
        **REMEMBERED,
    )


def _colours(known: KnownPhrases, colour: str) -> Takes | Measured:
    match colour:
        case "by time":
            return Measured(known.seconds, "begins in its take at", "s")
        case "by speed":
            return Measured(known.speeds, "mean speed", "m/s")
        case "by height":
            return Measured(known.heights, "mean height of the highest marker", "m")
    return Takes(known.takes)


def _clicked(here: Mapped, mode: str, click: Click) -> None:
    """A click on the star plays it, one in a path's map adds a station, any other plays the nearest phrase."""
    if click.point == "star":
        st.session_state.map_shows = SAMPLE
        return
    point = np.array([click.x, click.y])
    if mode == PATH:
        stations = np.concatenate([_recalled_path(here), here.plane.within(point)[None]])
        _keep("path", _path_text(stations[-MOST_STATIONS:]))
        return
    st.session_state.map_shows = PHRASE
    number = int(here.plane.nearest(point)[0])
    _keep("phrase", _phrase_text(here.known, number))


def _drawn(here: Mapped, line: np.ndarray) -> None:
    _keep("path", _path_text(along(here.plane.within(line), DRAWN_STATIONS)))


def _show_phrase(here: Mapped, stage: DeltaGenerator, tools: DeltaGenerator) -> Marks:
    """The phrase that was clicked, as it was danced and as the model rebuilds it."""
    known, number = here.known, _recalled_phrase(here)
    _show_only("phrase", _phrase_text(known, number))
    with tools:
        look = _choose("Shown", (DANCED, BESIDE, OVER), "look")
    tools.button(
        "Next",
        on_click=_go_on,
        args=(known, number),
        icon=":material/skip_next:",
        help="The phrase that follows in its take.",
    )
    danced = known.positions([number])
    others = [] if look == DANCED else [dances.reconstruct(here.checkpoint.model, danced)[0]]
    labels = ("danced", "rebuilt") if look == BESIDE else ("", "")
    dancer, *others = (
        Dancer(positions, here.checkpoint.marker_set, label=label)
        for positions, label in zip([danced[0], *others], labels, strict=False)
    )
    options = {"fps": here.checkpoint.fps, "title": here.labels[number]}
    _watch(here, stage, comparison_scene(dancer, others, on_top=look == OVER, **options))
    words = "Pale as it was danced, in colour as the model rebuilds it. " if look == OVER else ""
    stage.caption(f"{words}Its highest marker is {known.heights[number]:.2f} m above the floor on average.")
    return Marks(chosen=number, star=_star(here))


def _go_on(known: KnownPhrases, number: int) -> None:
    of_take = np.flatnonzero(known.takes == known.takes[number])
    following = of_take[(np.searchsorted(of_take, number) + 1) % len(of_take)]
    _keep("phrase", _phrase_text(known, int(following)))


def _show_path(here: Mapped, stage: DeltaGenerator, tools: DeltaGenerator) -> Marks:
    """A dance along the stations that were clicked, or the line that was drawn."""
    path = _recalled_path(here)
    _show_only("path", _path_text(path))
    with tools:
        hand = _choose("Path", (CLICK, DRAW), "hand")
        seconds = _choose("How long", LENGTHS, "path_seconds", default=20, format_func=lambda number: f"{number} s")
        st.button(
            "Undo",
            on_click=_keep,
            args=("path", _path_text(path[:-1])),
            icon=":material/undo:",
            disabled=not len(path) or len(path) > MOST_NUMBERED,
            help="Take the last station away.",
        )
        st.button("Clear", on_click=_keep, args=("path", NO_PATH), icon=":material/delete:", disabled=not len(path))
    how = "Draw a line with the mouse or a finger." if hand == DRAW else "Every click on the map adds a station."
    if not len(path):
        stage.info(how, icon=":material/touch_app:")
        return Marks(star=_star(here))
    danced = _dance_along(here.model.weights, _path_text(path), int(seconds), here)
    _watch(here, stage, _alone(here, danced, f"Danced along the path, {seconds} s"))
    stage.caption(f"Phrases that lie along the path, each going on from the last. {how}")
    return Marks(path=path, star=_star(here))


@st.cache_data(max_entries=64, show_spinner=False)
def _dance_along(key: tuple, path: str, seconds: int, _here: Mapped) -> np.ndarray:
    return dance_along(_here.checkpoint.model, _here.plane, _path_of(path), seconds)


def _show_sample(here: Mapped, stage: DeltaGenerator, tools: DeltaGenerator) -> Marks:
    """The sample that the Sampling page draws first, and where it lies."""
    _show_only(None, None)
    temperature, seed = pick_temperature(tools, width=200), pick_seed(tools)
    dancer = stage.container()
    stage.caption("A dance that nobody has danced; the star is where it lies. At temperature 0 that is the middle.")
    with stage:
        style = dances.Style(temperature, **pick_finer())
    danced = dances.sample(here.checkpoint.model, 1, style, seed=seed)[0]
    _watch(here, dancer, _alone(here, danced, f"Seed {seed} at temperature {temperature:g}"))
    return Marks(star=_star(here))


def _star(here: Mapped) -> tuple[np.ndarray, str]:
    """Where the first dance of the Sampling page lies, and what it is."""
    style, seed = remembered_sample()
    latent = dances.drawn(here.checkpoint.model, 1, seed, style)[0].cpu().numpy()
    return here.plane.project(latent), f"the current sample: seed {seed}, temperature {style.temperature:g}"


def _alone(here: Mapped, danced: np.ndarray, title: str) -> Scene:
    return Scene([Dancer(danced, here.checkpoint.marker_set)], fps=here.checkpoint.fps, title=title)


def _watch(here: Mapped, stage: DeltaGenerator, scene: Scene) -> None:
    with stage:
        state = show_player(scene, key="map dancer", height=400, autoplay=True, address="camera")
        credit = with_source(
            f"{scene.title}; on the map of {here.checkpoint.run}.", here.checkpoint.settings.data.data
        )
        show_take_home(scene, name=scene.title, credit=credit, camera=state.camera)


def show_explanation(here: Mapped) -> None:
    """What a map of latents can tell, and how much of it."""
    share = here.plane.shares.sum()
    with st.expander("How to read this map", icon=":material/help:"):
        st.markdown(
            f"Every dot is a phrase of {here.checkpoint.model.length / here.checkpoint.fps:.1f} s, one of "
            f"{len(here.known):,} taken evenly from those that the model has learned from. It knows each by "
            f"{here.checkpoint.model.latent} numbers; the map is the plane that shows the most of what those do to "
            f"the body: {share:.0%} of it. So neighbours mostly move alike, the phrases of one take follow each "
            "other as a thread, and two phrases that look close may still differ in what the plane does not show. "
            "Between phrases lie dances that nobody has danced."
        )


def _show_only(name: str | None, text: str | None) -> None:
    """Let the address bar name what is danced, and nothing of the other modes."""
    for other in {"phrase", "path"} - {name}:
        if other in st.query_params:
            del st.query_params[other]
    if name:
        _keep(name, text)


def _keep(name: str, text: str) -> None:
    """Remember what is chosen on the map, in the address bar and for when another page was visited."""
    st.session_state[f"map {name}"] = text
    if st.query_params.get(name) != text:
        st.query_params[name] = text


def _forget_other_maps(run: str) -> None:
    """Where another model is chosen, what was chosen on the last one's map means nothing."""
    if st.session_state.get("map of", run) != run:
        for name in ("phrase", "path"):
            st.session_state.pop(f"map {name}", None)
        _show_only(None, None)
    st.session_state["map of"] = run


def _recalled(name: str) -> str | None:
    return st.query_params.get(name) or st.session_state.get(f"map {name}")


def _phrase_text(known: KnownPhrases, number: int) -> str:
    return f"{known.takes[number]}:{known.starts[number]}"


def _recalled_phrase(here: Mapped) -> int:
    """The phrase in the address bar, or the liveliest near the middle; says so if it is not on the map."""
    text = _recalled("phrase")
    if text:
        take, _, start = text.rpartition(":")
        found = here.known.find(take, int(start)) if re.fullmatch(r"\d{1,9}", start, re.ASCII) else None
        if found is not None:
            return found
        st.warning(
            f"There is no phrase “{text[:80]}” on this map: expected a take that {here.checkpoint.run} has learned "
            f"from and a frame, such as “{_phrase_text(here.known, 0)}”. Here is a lively one instead.",
            icon=":material/link_off:",
        )
    near = np.square(here.plane.points / here.plane.spread.clip(1e-9)).sum(axis=1) < 2
    return int(np.where(near, here.known.speeds, -1).argmax())


def _path_text(path: np.ndarray) -> str:
    return ";".join(f"{x:.1f},{y:.1f}" for x, y in path) or NO_PATH


def _path_of(text: str) -> np.ndarray | None:
    """Stations (stations, 2) of a text; None if it is none."""
    if text == NO_PATH:
        return np.empty((0, 2))
    if not _PATH.fullmatch(text):
        return None
    return np.array([station.split(",") for station in text.split(";")], np.float64)


def _recalled_path(here: Mapped) -> np.ndarray:
    """The path in the address bar, or one across the map; says so if it cannot be read."""
    text = _recalled("path")
    path = _path_of(text) if text else None
    if text and path is None:
        st.warning(
            f"The path in this link cannot be read: expected up to {MOST_STATIONS} stations such as “12.5,-3;4,8”, "
            f"found “{text[:60]}”. Here is another one.",
            icon=":material/link_off:",
        )
    if path is None:
        points = here.plane.nearest(np.array(DEFAULT_PATH) * here.plane.spread)[:, 0]
        path = here.plane.points[points]
    return here.plane.within(path)
