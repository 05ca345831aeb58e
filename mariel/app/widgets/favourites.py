"""Dances that somebody keeps: put away under a name, watched again, compared, opened where they were made."""

from datetime import datetime

import numpy as np
import streamlit as st

from mariel.app.sampling.sampling_controls import Draw, widgets_of
from mariel.app.widgets.downloads import show_take_home
from mariel.app.widgets.models import trained_runs
from mariel.app.widgets.player import show_player
from mariel.app.widgets.runs import attempt, choose_next, show_trouble
from mariel.errors import CheckpointError, MarielError
from mariel.generation.favourites import Favourite, favourites, keep
from mariel.motion.recording import format_duration
from mariel.stage.figure import facing
from mariel.stage.scene import Dancer, Scene
from mariel.training.checkpoints import Checkpoint


def show_keep(checkpoint: Checkpoint, dance: np.ndarray, recipe: dict) -> None:
    """A name and a button to keep the large dance by."""
    with st.popover("Keep this dance", icon=":material/favorite:"):
        st.text_input("Its name", placeholder="such as slow turn", key="name to keep")
        st.button(
            "Keep",
            type="primary",
            icon=":material/favorite:",
            on_click=attempt,
            args=(_keep, dance, checkpoint, recipe),
        )
    if name := st.session_state.pop("kept dance", None):
        st.toast(f"“{name}” is among the favourites.", icon=":material/favorite:")
    show_trouble()


def _keep(dance: np.ndarray, checkpoint: Checkpoint, recipe: dict) -> None:
    kept = keep(st.session_state["name to keep"], dance, checkpoint.marker_set, checkpoint.fps, recipe)
    st.session_state["kept dance"] = kept.name
    st.session_state["name to keep"] = ""


def show_favourites() -> None:
    """Everything that was kept; read only while somebody looks."""
    found, broken = favourites()
    if not found and not broken:
        return
    place = st.expander(
        f"Favourites: {len(found)}", key="favourites open", on_change="rerun", icon=":material/favorite:"
    )
    if not place.open:
        return
    with place:
        for path, reason in broken:
            st.warning(f"**{path.name}** cannot be used: {reason}", icon=":material/broken_image:")
        if found:
            _show_found({each.name: each for each in found})


def _show_found(kept: dict[str, Favourite]) -> None:
    names = list(kept)
    left, right = st.columns(2)
    for key, options in (("favourite", names), ("favourite beside", names)):
        if st.session_state.get(key) not in options:
            st.session_state.pop(key, None)
    chosen = kept[left.selectbox("Watch", names, key="favourite", persist_state="session")]
    others = [name for name in names if name != chosen.name]
    if st.session_state.get("favourite beside") not in others:
        st.session_state.pop("favourite beside", None)
    other = right.selectbox(
        "Beside it", others, index=None, placeholder="nobody", key="favourite beside", persist_state="session"
    )
    try:
        dancers = [each for each in (chosen, kept.get(other)) if each is not None]
        scene = _scene(dancers)
        show_player(scene, key="favourites", height=420, autoplay=True)
        credit = " ".join(each.credit for each in (chosen, kept.get(other)) if each is not None)
        show_take_home(scene, name=scene.title, credit=credit)
    except MarielError as error:
        st.warning(str(error), icon=":material/broken_image:")
    st.caption(_told(chosen))
    with st.container(horizontal=True):
        st.button("Open where it was made", icon=":material/open_in_new:", on_click=attempt, args=(_open, chosen))
        with st.popover("Rename", icon=":material/edit:"):
            name = st.text_input("New name", chosen.name, key=f"rename favourite {chosen.name}")
            st.button(
                "Rename", on_click=attempt, args=(_rename, chosen, name), type="primary", key="rename favourite now"
            )
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown(f"Delete **{chosen.name}** for good?")
            st.button(
                "Yes, delete it", on_click=attempt, args=(chosen.delete,), type="primary",
                key="delete favourite now", icon=":material/delete_forever:",
            )  # fmt: skip


def _scene(chosen: list[Favourite]) -> Scene:
    """Favourites side by side, all at the first one's frame rate."""
    fps = chosen[0].fps
    dancers = [Dancer(_at(each, fps), each.marker_set, label=each.name if chosen[1:] else "") for each in chosen]
    title = " beside ".join(each.name for each in chosen)
    if len(dancers) == 1:
        return Scene(dancers, fps=fps, title=title)
    return Scene.gallery(dancers, columns=2, front=facing(dancers[0]), fps=fps, title=title)


def _at(favourite: Favourite, fps: float) -> np.ndarray:
    """Its positions at a frame rate: the nearest frames."""
    if favourite.fps == fps:
        return favourite.positions
    count = max(1, round(len(favourite.positions) * fps / favourite.fps))
    frames = (np.arange(count) * favourite.fps / fps).round().astype(int)
    return favourite.positions[frames.clip(0, len(favourite.positions) - 1)]


def _told(favourite: Favourite) -> str:
    """When and how it was made, in a line."""
    try:
        when = f"{datetime.fromisoformat(favourite.kept).astimezone():%-d %B %Y, %H:%M}"
    except ValueError:
        when = "at an unknown time"
    recipe = favourite.recipe
    parts = [f"Kept {when}", f"danced by {recipe.get('checkpoint', 'an unknown model')}"]
    parts += [str(recipe[name]) for name in ("mode",) if name in recipe]
    parts += [f"seed {recipe['seed']}"] if "seed" in recipe else []
    return " · ".join([*parts, format_duration(len(favourite.positions) / favourite.fps)])


def _open(favourite: Favourite) -> None:
    """Set the page to show how a favourite was made."""
    draw, model = Draw.from_dict(favourite.recipe), favourite.recipe.get("checkpoint")
    if model not in trained_runs():
        raise CheckpointError(f"the model “{model}” that danced “{favourite.name}” is gone; what was kept stays")
    choose_next(model=model, **widgets_of(draw))


def _rename(favourite: Favourite, name: str) -> None:
    choose_next(favourite=favourite.rename(name).name)
