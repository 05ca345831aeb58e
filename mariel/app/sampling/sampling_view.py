"""New dances on a page: the dancers, and how they compare with real ones."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from mariel.app.sampling.sampling_controls import BETWEEN, NEW, POSE, VARY, WALK, Draw
from mariel.app.widgets.downloads import show_take_home
from mariel.app.widgets.models import Awake
from mariel.app.widgets.pickers import keep_if_possible
from mariel.app.widgets.player import show_player
from mariel.app.widgets.recordings import REMEMBERED
from mariel.app.widgets.take_position import Moment, OwnTakes, own_takes
from mariel.errors import MarielError, PhraseError
from mariel.evaluation import metrics
from mariel.evaluation.neighbours import known_neighbours
from mariel.generation.credits import with_source
from mariel.generation.known_phrases import own_feed
from mariel.generation.sampling import in_parts
from mariel.motion.marker_set import MarkerSet
from mariel.stage.figure import facing
from mariel.stage.scene import Dancer, Scene
from mariel.training.checkpoints import Checkpoint

SKULL = "head"

MOST_REAL = 512
"""Real phrases of whose figures the means are shown."""


def takes_for(mode: str, model: Awake) -> OwnTakes | None:
    """The recordings that a mode sets out from, None where it needs none; stops the page where they are gone."""
    if mode == NEW:
        return None
    try:
        return own_takes(model.checkpoint)
    except PhraseError as error:
        st.warning(str(error), icon=":material/folder_off:")
        st.markdown("Dances that set out from a phrase need them; new dances do not: choose **New** above.")
        return st.stop()


def check_phrases(draw: Draw, takes: OwnTakes | None) -> None:
    """Stop the page, with a way on, where a phrase that a draw sets out from cannot be used."""
    if draw.mode == WALK and len(draw.moments) < 2:
        st.info("A walk needs two moments to go between. Add another one.", icon=":material/add_location:")
        st.stop()
    for address in draw.moments:
        try:
            takes.phrase(Moment.parse(address))
        except PhraseError as error:
            st.warning(f"{error}. Choose another moment.", icon=":material/visibility_off:")
            st.stop()


def show_dances(checkpoint: Checkpoint, draw: Draw, danced: np.ndarray, takes: OwnTakes | None = None) -> int:
    """The dancers, all in a gallery and one of them large, beside what it sets out from; gives that one's number."""
    title = f"Danced by {checkpoint.run}, {_in_words(draw)}"
    if len(danced) == 1:
        scene = _large_scene(checkpoint, draw, danced, 0, title=title, takes=takes)
        _show_one(scene, height=500)
        _show_take_home(scene, checkpoint, draw, title)
        return 0
    labels = draw.labels
    keep_if_possible("large", labels)
    many, one = st.columns([1.5, 1], gap="medium")
    with many:
        troupe = [
            Dancer(dance, checkpoint.marker_set, label=label) for dance, label in zip(danced, labels, strict=True)
        ]
        columns = 2 if len(troupe) == 4 else 4
        scene = Scene.gallery(troupe, columns=columns, front=facing(troupe[0]), fps=checkpoint.fps, title=title)
        show_player(
            scene,
            key="samples",
            height=460,
            camera="front",
            autoplay=True,
            pick="dancers",
            chosen=st.session_state.get("large", labels[0]),
            on_change=lambda: _enlarge(labels),
        )
        _show_take_home(scene, checkpoint, draw, title)
    with one:
        chosen = st.selectbox(
            "Large", labels, key="large", label_visibility="collapsed", help="Or click a small dancer.", **REMEMBERED
        )
        index = labels.index(chosen)
        scene = _large_scene(checkpoint, draw, danced, index, title=chosen, takes=takes)
        _show_one(scene, height=400)
        _show_take_home(scene, checkpoint, draw, f"{title}, {chosen}")
    return index


def _enlarge(labels: list[str]) -> None:
    """Show large whom somebody clicked among the small ones."""
    said = (st.session_state.get("samples") or {}).get("state") or {}
    number = said.get("dancer")
    if isinstance(number, int) and 0 <= number < len(labels):
        st.session_state.large = labels[number]


def _show_one(scene: Scene, height: int) -> None:
    # Dancers side by side are compared from the front; another moves about, and is best seen a little from the side.
    camera = "front" if len(scene.dancers) > 1 and scene.front is not None else "three-quarter"
    show_player(scene, key="sample", height=height, camera=camera, autoplay=True, address="camera")


def _show_take_home(scene: Scene, checkpoint: Checkpoint, draw: Draw, title: str) -> None:
    who = draw.labels[0] if len(draw.labels) == 1 else f"{draw.labels[0]} to {draw.labels[-1]}"
    name = title if title.endswith(tuple(draw.labels)) else f"{title}, {who}"
    credit = with_source(f"{name}; nobody has danced this.", checkpoint.settings.data.data)
    show_take_home(scene, name=name, credit=credit, camera="front" if len(scene.dancers) > 1 else None)


def _in_words(draw: Draw) -> str:
    if draw.mode == VARY:
        return f"{draw.sigma:g} σ from {draw.moments[0]}"
    if draw.mode == BETWEEN:
        return f"between {draw.moments[0]} and {draw.moments[1]}"
    if draw.mode == WALK:
        return f"through {', '.join(draw.moments)}"
    begins = f"from the pose at {draw.moments[0]}, " if draw.mode == POSE else ""
    return f"{begins}at temperature {draw.temperature:g}"


def _large_scene(
    checkpoint: Checkpoint, draw: Draw, danced: np.ndarray, index: int, *, title: str, takes: OwnTakes | None
) -> Scene:
    """One dance, with the phrase or pose that it sets out from."""
    marker_set, fps, dance = checkpoint.marker_set, checkpoint.fps, danced[index]
    given = [takes.phrase(Moment.parse(each)) for each in draw.moments] if takes is not None else []
    if draw.mode == POSE:
        pose = Dancer(given[0][:1], marker_set, ghost=True)
        return Scene([Dancer(dance, marker_set), pose], fps=fps, title=title)
    if draw.mode == VARY or (draw.mode == BETWEEN and len(danced) == 1 and not draw.seconds):
        given = in_parts(checkpoint.model.place, np.stack(given), checkpoint.model)
        sides = [Dancer(each, marker_set, label=label) for each, label in zip(given, draw.moments, strict=True)]
        row = [sides[0], Dancer(dance, marker_set, label=draw.labels[index]), *sides[1:]]
        return Scene.gallery(row, columns=len(row), spacing=1.6, front=facing(row[0]), fps=fps, title=title)
    return Scene([Dancer(dance, marker_set)], fps=fps, title=title)


LABELS = {"speed": "Speed", "skull": "Skull bends by", "nearest": "From the nearest real phrase"}
HELP = {
    "speed": "Mean speed of all markers. Real: the phrases the model has learned from.",
    "skull": "How much distances between markers of the head vary. A body that is lost in space has a soft skull.",
    "nearest": "Distance to the nearest phrase that the model has learned from; near 0 would be a copy. "
    "Real: that of phrases it has not learned from.",
}


def show_figures(model: Awake, danced: np.ndarray) -> None:
    """Speed, skull and distance to the training phrases, each beside the real one, so that being lost is a number."""
    checkpoint = model.checkpoint
    real = real_figures(model)
    begun = danced[:, : checkpoint.model.length]
    own = _figures(begun, checkpoint.marker_set, checkpoint.fps)
    if real and begun.shape[1] == real["known"].frames:
        own["nearest"] = real["known"].nearest(in_parts(checkpoint.model.place, begun, checkpoint.model))
    with st.container(horizontal=True, gap="large"):
        for name, unit, digits in (("speed", "m/s", 2), ("skull", "%", 2), ("nearest", "cm", 0)):
            if name not in own:
                continue
            beside = f"real: {real[name]:.{digits}f} {unit}" if name in real else "real: not known here"
            with st.container(width="content"):
                st.metric(LABELS[name], f"{own[name]:.{digits}f} {unit}", help=HELP[name])
                st.badge(beside, color="gray")


def real_figures(model: Awake) -> dict:
    """Figures of real phrases, and, as "known", those that a model has learned from; empty where they are gone."""
    return _real_figures(model.data, model.checkpoint)


@st.cache_resource(max_entries=4, show_spinner="Looking at real phrases …")
def _real_figures(key: tuple, _checkpoint: Checkpoint) -> dict:
    try:
        feed = own_feed(_checkpoint)
    except MarielError:
        return {}
    some, unseen = (feed.batch(feed.evenly(starts, MOST_REAL)).numpy() for starts in (feed.training, feed.validation))
    known = known_neighbours(_checkpoint.model, feed)
    nearest = known.nearest(in_parts(_checkpoint.model.place, unseen, _checkpoint.model))
    return {"known": known, **_figures(some, _checkpoint.marker_set, _checkpoint.fps), "nearest": nearest}


def _figures(phrases: np.ndarray, marker_set: MarkerSet, fps: float) -> dict[str, float]:
    figures = {"speed": metrics.mean_speed(phrases, fps)}
    if any(name == SKULL and len(labels) > 1 for name, labels in marker_set.segments):
        figures["skull"] = 100 * metrics.segment_variation(phrases, marker_set, SKULL)
    return figures


def recipe_of(checkpoint: Checkpoint, draw: Draw, index: int) -> Mapping:
    """How one of the dances was made: the model's name, what it has learned from, and the draw of it alone."""
    return {"checkpoint": checkpoint.run, "data": checkpoint.settings.data.data, **draw.one_by_one()[index].to_dict()}
