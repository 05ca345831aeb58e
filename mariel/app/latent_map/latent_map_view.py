"""Parts of the Latent map page: the map, and the dancer that shows a phrase, a path or a new dance."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.components.chart import ChartTrack, Click, show_chart
from mariel.app.components.player import show_player
from mariel.app.latent_map.map_choices import (
    LINE_WAYPOINTS,
    MAX_WAYPOINTS,
    NO_PATH,
    chosen_path,
    chosen_phrase,
    forget_other_map,
    format_path,
    format_phrase,
    parse_path,
    remembered_path,
)
from mariel.app.latent_map.map_view import MapView
from mariel.app.shell.first_screen import control_row, stage_area
from mariel.app.shell.query_params import (
    CAMERA,
    CLEAR_PATH,
    COLOUR,
    MAP_CHART,
    MAP_HELP,
    MAP_LAYOUT,
    MAP_METHOD,
    MAP_PATH,
    MAP_PHRASE,
    MAP_PLAYER,
    MAP_ROW,
    MAP_SHOWS,
    MAP_STAGE,
    MAP_SWEEP,
    MAP_TOOLS,
    MODEL,
    NEXT_PHRASE,
    PATH,
    PATH_INPUT,
    PATH_SECONDS,
    PC_OFFSETS,
    PHRASE,
    PHRASE_VIEW,
    SCHEME,
    SEED,
    TEMPERATURE,
    UNDO_POINT,
    QueryParam,
    clear,
)
from mariel.app.widgets import controls
from mariel.app.widgets.downloads.download_control import show_downloads
from mariel.app.widgets.favourites.keep_button import origin, show_keep_button
from mariel.app.widgets.sampling_dial import page_dial, send_request_sweep, set_dial, sweep_maker
from mariel.app.widgets.sampling_request import pick_advanced, pick_seed, pick_temperature, remembered_options
from mariel.generation import sampling
from mariel.generation.credits import add_data_source
from mariel.generation.latent_map.maps import LatentMap
from mariel.generation.latent_map.paths import path_track, resample_path, sample_along_path
from mariel.generation.latent_map.pca_map import PcaMap
from mariel.generation.latent_map.phrases import MapPhrases
from mariel.generation.sampling_requests import SamplingRequest, generate_variants, sample_recipe
from mariel.generation.sweeps import at_reference
from mariel.stage.comparison import comparison_scene
from mariel.stage.latent_chart import MAX_NUMBERED, Overlay, TakeColours, ValueColours, latent_chart
from mariel.stage.scene import Dancer, Scene

WATCH_PHRASE, FOLLOW_PATH, NEW_DANCE = MAP_SHOWS.choices
ORIGINAL, SIDE_BY_SIDE, OVERLAY = PHRASE_VIEW.choices
CLICK, DRAW = PATH_INPUT.choices

# The map fills the window; on a phone the dancer comes first, and the map below is as low as both need.
_STYLE = """
<style>
  .st-key-map-and-dancer { --chart-height: clamp(300px, 100vh - 310px, 900px); }
  @media (max-width: 640px) {
    .st-key-map-and-dancer { --chart-height: clamp(200px, 100svh - 590px, 400px); }
    .st-key-map-and-dancer > div > [data-testid="stHorizontalBlock"],
    .st-key-map-and-dancer > [data-testid="stHorizontalBlock"] { flex-direction: column-reverse; }
    .st-key-map-and-dancer [data-testid="stColumn"] { width: 100%; }
  }
</style>
"""


@dataclass(frozen=True)
class _Places:
    """Where things are shown.

    Args:
        stage: the dancer.
        tools: controls below the map.
        notes: what is said of the dance, and downloads, below map and dancer.
    """

    stage: DeltaGenerator
    tools: DeltaGenerator
    notes: DeltaGenerator


def show_map_and_dancer(view: MapView) -> None:
    """Show the map with the present choice marked on it, and the dancer who shows that choice."""
    st.html(_STYLE)
    forget_other_map(view.checkpoint.run, MAP_METHOD.value)
    with control_row(MAP_ROW):
        mode = controls.labelled(
            MAP_SHOWS,
            "Dancer",
            help="A phrase that you click on the map, a dance along a path on it, or a new dance, the star on it.",
        )
    unused = {
        WATCH_PHRASE: (PATH, PATH_INPUT, SCHEME),
        FOLLOW_PATH: (PHRASE, PHRASE_VIEW, SCHEME),
        NEW_DANCE: (PHRASE, PATH, PHRASE_VIEW, PATH_INPUT),
    }
    clear(*unused[mode])
    with st.container(key=MAP_LAYOUT):
        left, right = st.columns([1.3, 1], gap="medium")
    with left:
        chart, tools = st.container(), control_row(MAP_TOOLS)
    with right:
        stage = stage_area(MAP_STAGE, beside=300, beside_on_phone=600)
    places = _Places(stage, tools, st.container())
    show = {WATCH_PHRASE: _show_phrase, FOLLOW_PATH: _show_path, NEW_DANCE: _show_sample}[mode]
    overlay = show(view, places)
    colour = controls.segmented_control(
        COLOUR, "Colour", place=tools, help="What the colours of the dots say of their phrases."
    )
    drawing = mode == FOLLOW_PATH and PATH_INPUT.value == DRAW
    with chart:
        show_chart(
            latent_chart(view.latent_map.points, view.labels, _colours(view.phrases, colour), overlay, height=460),
            key=MAP_CHART,
            alt=f"A map of {len(view.phrases):,} phrases that {view.checkpoint.run} has learned from, {colour}. "
            "Arrow keys go from phrase to phrase, Enter chooses one.",
            on_click=lambda click: _handle_click(view, mode, click),
            on_draw=(lambda line: _handle_line(view, line)) if drawing else None,
            track=_path_track(view, overlay.path),
        )


def _colours(phrases: MapPhrases, colour: str) -> TakeColours | ValueColours:
    match colour:
        case "by time":
            return ValueColours(phrases.seconds, "begins in its take at", "s")
        case "by speed":
            return ValueColours(phrases.speeds, "mean speed", "m/s")
        case "by height":
            return ValueColours(phrases.heights, "mean height of the highest marker", "m")
    return TakeColours(phrases.takes)


def _handle_click(view: MapView, mode: str, click: Click) -> None:
    """A click on the star shows the new dance; in path mode a click adds a waypoint, else it chooses a phrase."""
    if click.point == "star":
        MAP_SHOWS.key.set(NEW_DANCE)
        return
    point = np.array([click.x, click.y])
    if mode == FOLLOW_PATH:
        waypoints = np.concatenate([remembered_path(view), view.latent_map.clip_to_map(point)[None]])
        MAP_PATH.set(format_path(waypoints[-MAX_WAYPOINTS:]))
        return
    MAP_SHOWS.key.set(WATCH_PHRASE)
    MAP_PHRASE.set(format_phrase(view.phrases, int(view.latent_map.nearest_phrases(point)[0])))


def _handle_line(view: MapView, line: np.ndarray) -> None:
    MAP_PATH.set(format_path(resample_path(view.latent_map.clip_to_map(line), LINE_WAYPOINTS)))


def _show_phrase(view: MapView, places: _Places) -> Overlay:
    """The chosen phrase, and if asked for its reconstruction."""
    phrases, number = view.phrases, chosen_phrase(view)
    shown = controls.labelled(
        PHRASE_VIEW,
        "Shown",
        place=places.tools,
        help="The phrase as it was recorded, or with its reconstruction by the model.",
    )
    places.tools.button(
        "Next",
        on_click=_choose_next_phrase,
        args=(phrases, number),
        key=NEXT_PHRASE,
        icon=":material/skip_next:",
        help="The next phrase of the same take.",
    )
    original = phrases.positions([number])
    reconstruction = [] if shown == ORIGINAL else [sampling.reconstruct(view.checkpoint.model, original)[0]]
    labels = ("Original", "Reconstruction") if shown == SIDE_BY_SIDE else ("", "")
    dancer, *others = (
        Dancer(positions, view.checkpoint.marker_set, label=label)
        for positions, label in zip([original[0], *reconstruction], labels, strict=False)
    )
    options = {"fps": view.checkpoint.fps, "title": view.labels[number]}
    scene = comparison_scene(dancer, others, overlay=shown == OVERLAY, **options)
    recorded = {"credit": _credit(view, view.labels[number])}  # not generated by the model
    values = {PHRASE: format_phrase(phrases, number)}
    _show_scene(view, places, scene, _recipe(view, {**values, PHRASE_VIEW: shown}, recorded))
    _show_keep(view, places, original[0], _recipe(view, {**values, PHRASE_VIEW: ORIGINAL}, recorded))
    legend = "Grey: the original. In colour: its reconstruction by the model. " if shown == OVERLAY else ""
    places.notes.caption(f"{legend}Its highest marker is {phrases.heights[number]:.2f} m above the floor on average.")
    return Overlay(selected=number, star=_star(view))


def _choose_next_phrase(phrases: MapPhrases, number: int) -> None:
    of_take = np.flatnonzero(phrases.takes == phrases.takes[number])
    following = of_take[(np.searchsorted(of_take, number) + 1) % len(of_take)]
    MAP_PHRASE.set(format_phrase(phrases, int(following)))


def _show_path(view: MapView, places: _Places) -> Overlay:
    """A dance along the waypoints that were clicked, or along the line that was drawn."""
    path = chosen_path(view)
    with places.tools:
        path_input = controls.labelled(
            PATH_INPUT, "Path", help="Click one point after another, or draw a line with the mouse or a finger."
        )
        seconds = controls.segmented_control(PATH_SECONDS, "Length", help="How long the dance along the path lasts.")
        st.button(
            "Undo",
            on_click=MAP_PATH.set,
            args=(format_path(path[:-1]),),
            key=UNDO_POINT,
            icon=":material/undo:",
            disabled=not len(path) or len(path) > MAX_NUMBERED,
            help="Remove the last point.",
        )
        st.button(
            "Clear",
            on_click=MAP_PATH.set,
            args=(NO_PATH,),
            key=CLEAR_PATH,
            icon=":material/delete:",
            disabled=not len(path),
            help="Remove all points.",
        )
    advice = "Every click on the map adds a point."
    if path_input == DRAW:
        advice = "Draw a line with the mouse or a finger."
    if not len(path):
        places.stage.info(advice, icon=":material/touch_app:")
        return Overlay(star=_star(view))
    positions = _sample_along(view.model.weights, format_path(path), int(seconds.split()[0]), view)
    recipe = _recipe(view, {PATH: format_path(path), PATH_SECONDS: seconds})
    _show_scene(view, places, _single_scene(view, positions, f"Generated along the path, {seconds}"), recipe)
    _show_keep(view, places, positions, recipe)
    places.notes.caption(
        f"A dance through phrases along the path, each continuing the last; the dot shows where it is. {advice}"
    )
    return Overlay(path=path, star=_star(view))


def _path_track(view: MapView, path: np.ndarray) -> ChartTrack | None:
    """Where the dance along a path is on the map while it plays; None without a path."""
    if not len(path):
        return None
    seconds = _path_seconds()
    return ChartTrack(MAP_PLAYER, path_track(view.checkpoint.model, path, seconds), seconds)


def _path_seconds() -> int:
    return int(PATH_SECONDS.value.split()[0])


@st.cache_data(max_entries=64, show_spinner="Generating the dance along the path …")
def _sample_along(key: tuple, path: str, seconds: int, _view: MapView) -> np.ndarray:
    points = parse_path(path)
    assert points is not None, "the page formats only paths that it has parsed"
    return sample_along_path(_view.checkpoint.model, _view.latent_map, points, seconds)


def _show_sample(view: MapView, places: _Places) -> Overlay:
    """The first dance of the Sampling page, which the star marks on the map."""
    temperature, seed = pick_temperature(places.tools, width=200), pick_seed(places.tools)
    places.notes.caption(
        "A new dance, sampled by the model; the star marks its latent. Temperature 0 is the prior mean."
    )
    with places.notes:
        request = SamplingRequest(count=1, temperature=temperature, seed=seed, **pick_advanced())
    sample, measured = generate_variants(view.checkpoint.model, [request, at_reference(request)])
    dial = page_dial(view.model, request)
    scene = _single_scene(view, sample, f"Seed {seed} at temperature {temperature:g}", measured)
    values = {param: param.value for param in (TEMPERATURE, SEED, SCHEME, *PC_OFFSETS)}
    recipe = _recipe(view, values, sample_recipe(view.checkpoint, request))
    _show_scene(view, places, scene, recipe, dial=dial, sweep=sweep_maker(view.model, request, None, sample))
    _show_keep(view, places, sample, recipe)
    with places.notes:
        send_request_sweep(view.model, request, None, dial, sample, key=MAP_SWEEP)
    return Overlay(star=_star(view))


def _star(view: MapView) -> tuple[np.ndarray, str]:
    """Where the first dance of the Sampling page lies on the map, and its label."""
    options, seed = remembered_options()
    latent = sampling.sample_latents(view.checkpoint.model, 1, seed, options)[0].cpu().numpy()
    return view.latent_map.project(latent), f"the new dance: seed {seed}, temperature {options.temperature:g}"


def _single_scene(view: MapView, positions: np.ndarray, title: str, measured: np.ndarray | None = None) -> Scene:
    dancer = Dancer(positions, view.checkpoint.marker_set, body_positions=measured)
    return Scene([dancer], fps=view.checkpoint.fps, title=title)


def _show_scene(view: MapView, places: _Places, scene: Scene, recipe: Mapping[str, Any], **dial: Any) -> None:
    """Show a scene and its downloads; `recipe`, `dial` and `sweep` are those of the downloads."""
    turned = dial.get("dial")
    with places.stage:
        state = show_player(
            scene,
            key=MAP_PLAYER,
            height=400,
            autoplay=True,
            address=CAMERA.key,
            follow=True,
            dial=turned,
            on_dial=partial(set_dial, turned) if turned else None,
        )
    with places.notes:
        show_downloads(
            scene,
            key=MAP_PLAYER,
            name=scene.title,
            credit=_credit(view, scene.title),
            camera=state.camera,
            recipe=recipe,
            **dial,
        )


def _credit(view: MapView, title: str) -> str:
    """What a dance is and where it comes from."""
    return add_data_source(f"{title}; on the map of {view.checkpoint.run}.", view.checkpoint.settings.data.data)


def _recipe(
    view: MapView, values: Mapping[QueryParam, Any], made: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """How a dance was made, for bundles and favourites.

    Args:
        view: the map.
        values: what the page needs to show it again.
        made: what else is known of it, such as the recipe that Sampling makes it from.
    """
    checkpoint = view.checkpoint
    where = {MODEL: checkpoint.run, MAP_METHOD: MAP_METHOD.value, MAP_SHOWS: MAP_SHOWS.value, **values}
    about = {"checkpoint": checkpoint.run, "data": checkpoint.settings.data.data, **made}
    return {**about, **origin("latent_map", where)}


def _show_keep(view: MapView, places: _Places, positions: np.ndarray, recipe: Mapping[str, Any]) -> None:
    """A button that keeps a dance, (frames, markers, 3)."""
    with places.notes:
        show_keep_button(positions, view.checkpoint.marker_set, view.checkpoint.fps, recipe)


def show_map_help(view: MapView) -> None:
    """What a map of latents shows, and how much of the differences between phrases."""
    model, latent_map = view.checkpoint.model, view.latent_map
    with st.expander("How to read this map", icon=":material/help:", key=MAP_HELP):
        st.markdown(
            f"Every dot is a phrase of {model.length / model.fps:.1f} s, one of {len(view.phrases):,} evenly spaced "
            f"ones that the model has learned from. The model stores each as {model.latent_dim} numbers, its latent. "
            f"{_method_help(latent_map)} Of the ten phrases that move most like a phrase, "
            f"{latent_map.neighbours_kept:.0%} are among its ten nearest on this map."
        )


def _method_help(latent_map: LatentMap) -> str:
    if isinstance(latent_map, PcaMap):
        share = latent_map.explained_variance_ratio.sum()
        return (
            "The map is the plane (PCA of latents, weighted by how they move the body) that shows most of the "
            f"differences: {share:.0%}. So neighbours mostly move alike, the phrases of one take form a line, and "
            "two phrases that look close may still differ in what the plane does not show. A point between the dots "
            "is the latent of a new dance."
        )
    return (
        "The map is a UMAP of the latents, weighted by how they move the body: it keeps phrases that move alike "
        "together, and pulls apart groups that do not. How far two groups are from each other, and how large one is, "
        "means little. A new dance is placed between the phrases that it resembles most, and a path goes through the "
        "phrases along it."
    )
