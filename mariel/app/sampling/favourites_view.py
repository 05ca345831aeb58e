"""Favourites on a page: dances saved under a name, to watch, compare, rename, delete, or make again."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import streamlit as st

from mariel.app.components.player import show_player
from mariel.app.sampling.sampling_controls import mode_label, widget_values
from mariel.app.shell.messages import plain_text, quoted, show_warning
from mariel.app.shell.query_params import (
    COMPARED_FAVOURITE,
    DELETE_FAVOURITE_NOW,
    DELETE_FAVOURITE_OPEN,
    FAVOURITE,
    FAVOURITES_OPEN,
    FAVOURITES_PLAYER,
    KEEP_NAME,
    KEEP_NOW,
    KEEP_OPEN,
    KEPT_NAME,
    MODEL,
    OPEN_FAVOURITE,
    RENAME_FAVOURITE,
    RENAME_FAVOURITE_NOW,
    RENAME_FAVOURITE_OPEN,
)
from mariel.app.widgets.downloads import show_downloads
from mariel.app.widgets.models import trained_runs
from mariel.app.widgets.runs import call_and_report, set_widgets_next, show_action_error
from mariel.errors import CheckpointError, MarielError, SettingsError
from mariel.generation.favourites import Favourite, list_favourites, save_favourite
from mariel.generation.sampling_requests import SamplingRequest
from mariel.motion.recording import format_duration
from mariel.stage.figure import facing_angle
from mariel.stage.scene import Dancer, Scene
from mariel.training.checkpoints import Checkpoint


def show_keep_button(checkpoint: Checkpoint, sample: np.ndarray, recipe: Mapping) -> None:
    """Ask for a name and save the selected dance under it."""
    with st.popover(
        "Keep this dance", icon=":material/favorite:", key=KEEP_OPEN, help="Save this dance among the favourites."
    ):
        st.text_input(
            "Its name",
            placeholder="such as slow turn",
            key=KEEP_NAME,
            help="A name of your choice; the dance is saved under it, with what made it.",
        )
        st.button(
            "Keep",
            type="primary",
            icon=":material/favorite:",
            on_click=call_and_report,
            args=(_keep, sample, checkpoint, recipe),
            key=KEEP_NOW,
            help="Save the dance among the favourites.",
        )
    if name := KEPT_NAME.pop():
        st.toast(f"{quoted(name)} is among the favourites.", icon=":material/favorite:")
    show_action_error()


def _keep(sample: np.ndarray, checkpoint: Checkpoint, recipe: Mapping) -> None:
    kept = save_favourite(KEEP_NAME.get(""), sample, checkpoint.marker_set, checkpoint.fps, recipe)
    KEPT_NAME.set(kept.name)
    KEEP_NAME.set("")


def show_favourites() -> None:
    """Show all favourites; their files are read only while the expander is open."""
    found, broken = list_favourites()
    if not found and not broken:
        return
    expander = st.expander(
        f"Favourites: {len(found)}", key=FAVOURITES_OPEN, on_change="rerun", icon=":material/favorite:"
    )
    if not expander.open:
        return
    with expander:
        for path, reason in broken:
            show_warning(f"{path.name} cannot be used: {reason}", icon=":material/broken_image:")
        if found:
            _show_favourite({each.name: each for each in found})


def _show_favourite(kept: dict[str, Favourite]) -> None:
    left, right = st.columns(2)
    chosen = kept[
        left.selectbox(
            "Watch", list(kept), key=FAVOURITE, persist_state="session", help="A dance that has been kept."
        )
    ]
    others = [name for name in kept if name != chosen.name]
    other = right.selectbox(
        "Compare with",
        others,
        index=None,
        placeholder="none",
        key=COMPARED_FAVOURITE,
        persist_state="session",
        help="Another favourite, shown beside it on the same clock.",
    )
    dancers = [each for each in (chosen, kept.get(other) if other else None) if each is not None]
    try:
        scene = _scene(dancers)
        show_player(scene, key=FAVOURITES_PLAYER, height=420, autoplay=True)
        credit = " ".join(each.credit for each in dancers)
        show_downloads(scene, key=FAVOURITES_PLAYER, name=scene.title, credit=credit)
    except MarielError as error:
        show_warning(str(error), icon=":material/broken_image:")
    st.caption(plain_text(_description(chosen)))
    with st.container(horizontal=True):
        st.button(
            "Open where it was made", icon=":material/open_in_new:", on_click=call_and_report, args=(_open, chosen),
            key=OPEN_FAVOURITE, help="Set the page's controls to the model and the values that made this dance.",
        )  # fmt: skip
        with st.popover("Rename", icon=":material/edit:", key=RENAME_FAVOURITE_OPEN, help="Give it another name."):
            name = st.text_input(
                "New name", chosen.name, key=RENAME_FAVOURITE.of(chosen.name), help="Letters, digits, spaces."
            )
            st.button(
                "Rename", on_click=call_and_report, args=(_rename, chosen, name), type="primary",
                key=RENAME_FAVOURITE_NOW, help="Give the favourite this name.",
            )  # fmt: skip
        with st.popover(
            "Delete", icon=":material/delete:", key=DELETE_FAVOURITE_OPEN, help="Remove it from the favourites."
        ):
            st.markdown(f"Delete **{plain_text(chosen.name)}** for good?")
            st.button(
                "Yes, delete it", on_click=call_and_report, args=(chosen.delete,), type="primary",
                key=DELETE_FAVOURITE_NOW, icon=":material/delete_forever:", help="This cannot be undone.",
            )  # fmt: skip


def _scene(chosen: list[Favourite]) -> Scene:
    """Favourites side by side, at the first one's frame rate."""
    fps = chosen[0].fps
    dancers = [
        Dancer(_resampled(each, fps), each.marker_set, label=each.name if chosen[1:] else "") for each in chosen
    ]
    title = " beside ".join(each.name for each in chosen)
    if len(dancers) == 1:
        return Scene(dancers, fps=fps, title=title)
    return Scene.gallery(dancers, columns=2, front=facing_angle(dancers[0]), fps=fps, title=title)


def _resampled(favourite: Favourite, fps: float) -> np.ndarray:
    """A favourite's positions at another frame rate, by nearest frames, (frames, markers, 3)."""
    if favourite.fps == fps:
        return favourite.positions
    count = max(1, round(len(favourite.positions) * fps / favourite.fps))
    frames = (np.arange(count) * favourite.fps / fps).round().astype(int)
    return favourite.positions[frames.clip(0, len(favourite.positions) - 1)]


def _description(favourite: Favourite) -> str:
    """When and how a favourite was made, in a line."""
    try:
        when = f"{datetime.fromisoformat(favourite.saved_at).astimezone():%-d %B %Y, %H:%M}"
    except ValueError:
        when = "at an unknown time"
    parts = [f"Kept {when}", f"generated by {favourite.recipe.get('checkpoint', 'an unknown model')}"]
    try:
        request = SamplingRequest.from_dict(favourite.recipe)
    except SettingsError:
        pass
    else:
        parts += [mode_label(request.mode), f"seed {request.seed}"]
    return " · ".join([*parts, format_duration(len(favourite.positions) / favourite.fps)])


def _open(favourite: Favourite) -> None:
    """Set the page's widgets to the values that a favourite was made with."""
    request, model = SamplingRequest.from_dict(favourite.recipe), favourite.recipe.get("checkpoint")
    if model not in trained_runs():
        raise CheckpointError(
            f"the model “{model}” that generated “{favourite.name}” is gone; the favourite itself stays"
        )
    set_widgets_next({MODEL.key: model, **widget_values(request)})


def _rename(favourite: Favourite, name: str) -> None:
    set_widgets_next({FAVOURITE: favourite.rename(name).name})
