"""The list of a visitor's favourites: to watch, compare, rename, delete, or make again."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import streamlit as st

from mariel.app.components.player import show_player
from mariel.app.components.visitor import show_visitor, visitor
from mariel.app.shell.first_screen import stage_area
from mariel.app.shell.messages import plain_text, show_warning
from mariel.app.shell.navigation import PAGES, page_link
from mariel.app.shell.query_params import (
    COMPARED_FAVOURITE,
    DELETE_FAVOURITE_NOW,
    DELETE_FAVOURITE_OPEN,
    FAVOURITE,
    FAVOURITES_OPEN,
    FAVOURITES_PLAYER,
    FAVOURITES_STAGE,
    OPEN_FAVOURITE,
    QUERY_PARAMS,
    RENAME_FAVOURITE,
    RENAME_FAVOURITE_NOW,
    RENAME_FAVOURITE_OPEN,
    clear,
    requested,
    write,
)
from mariel.app.widgets import controls
from mariel.app.widgets.downloads.download_control import show_downloads
from mariel.app.widgets.runs import call_and_report
from mariel.errors import MarielError
from mariel.generation.favourites import Favourite, find_favourite, list_favourites, owner_of
from mariel.motion.recording import Recording, format_duration
from mariel.stage.scene import Dancer
from mariel.stage.side_by_side import Motion, comparison_notes, held_positions, side_by_side_scene

WHERE_THEY_ARE = (
    "Favourites are files on the computer that runs Mariel, in the folder favourites beside its runs. This browser "
    "lists its own and those without an owner; a link to one, by Share, shows it in any browser."
)


def show_favourites(
    *, describe: Callable[[Favourite], list[str]] | None = None, reopen: Callable[[Favourite], None] | None = None
) -> None:
    """Show the visitor's favourites, and the one that a link names; their files are read only while they are seen.

    Args:
        describe: what the page adds to the description of a favourite that it has made.
        reopen: sets the page's widgets to what made a favourite; without it there is a link, if it has one.
    """
    show_visitor()
    linked = requested(FAVOURITE, check=find_favourite)
    if linked is not None:
        FAVOURITE.key.set(linked.id)
        FAVOURITES_OPEN.set(True)
    kept, broken = visitors_favourites(FAVOURITE.value)
    if not kept and not broken:
        clear(FAVOURITE)
        return
    expander = st.expander(
        f"Favourites: {len(kept)}", key=FAVOURITES_OPEN, on_change="rerun", icon=":material/favorite:"
    )
    if not expander.open:
        clear(FAVOURITE)
        return
    with expander:
        for path, reason in broken:
            show_warning(f"{path.name} cannot be used: {reason}", icon=":material/broken_image:")
        if kept:
            _show_favourite(kept, describe, reopen)
        st.caption(WHERE_THEY_ARE)


def visitors_favourites(*linked: str | None) -> tuple[dict[str, Favourite], list[tuple[Path, str]]]:
    """The visitor's favourites and everybody's by ID, and the files that cannot be used, each with the reason.

    Args:
        *linked: IDs of others' favourites that a link names; those that are gone are left out.
    """
    found, broken = list_favourites(owner=owner_of(visitor()))
    kept = {each.id: each for each in found}
    for favourite_id in linked:
        if favourite_id and favourite_id not in kept:
            with suppress(MarielError):  # somebody has deleted it meanwhile
                kept[favourite_id] = find_favourite(favourite_id)
    return kept, broken


def favourite_label(favourite: Favourite) -> str:
    """A favourite's name, and whose it is if it is not the visitor's."""
    if favourite.owner == owner_of(visitor()):
        return favourite.name
    return f"{favourite.name}, {'from a link' if favourite.owner else 'everybody’s'}"


def _show_favourite(
    kept: dict[str, Favourite],
    describe: Callable[[Favourite], list[str]] | None,
    reopen: Callable[[Favourite], None] | None,
) -> None:
    left, right = st.columns(2)
    labels = {each.id: favourite_label(each) for each in kept.values()}
    controls.replace_invalid_choice(FAVOURITE, list(kept), next(iter(kept)))
    chosen = kept[
        left.selectbox(
            "Watch", list(kept), key=FAVOURITE.key, format_func=labels.__getitem__,
            persist_state="session", help="A dance that has been kept.",
        )
    ]  # fmt: skip
    write(FAVOURITE, chosen.id, shown=plain_text(chosen.name))
    others = [each for each in kept if each != chosen.id]
    other = right.selectbox(
        "Compare with",
        others,
        index=None,
        format_func=labels.__getitem__,
        placeholder="none",
        key=COMPARED_FAVOURITE,
        persist_state="session",
        help="Another favourite, shown beside it on the same clock.",
    )
    dancers = [each for each in (chosen, kept.get(other) if other else None) if each is not None]
    try:
        names = [each.name for each in dancers]
        motions = [
            Motion.of(favourite_recording(each), label=name if other else "")
            for each, name in zip(dancers, names, strict=True)
        ]
        scene = side_by_side_scene(motions, title=" beside ".join(names))
        with stage_area(FAVOURITES_STAGE, beside=348, beside_on_phone=424):
            show_player(scene, key=FAVOURITES_PLAYER, height=420, autoplay=True)
        credit = " ".join(each.credit for each in dancers)
        show_downloads(
            scene,
            key=FAVOURITES_PLAYER,
            name=scene.title,
            credit=credit,
            positions=held_positions(scene) if other else None,
            recipe=None if other else chosen.recipe,
        )
        for note in comparison_notes(motions):
            st.caption(plain_text(note))
    except MarielError as error:
        show_warning(str(error), icon=":material/broken_image:")
    st.caption(plain_text(_description(chosen, describe)))
    with st.container(horizontal=True):
        _show_origin(chosen, reopen)
        if chosen.owner in ("", owner_of(visitor())):
            _show_changes(chosen)


def _show_origin(chosen: Favourite, reopen: Callable[[Favourite], None] | None) -> None:
    """The way to where a favourite was made, if it can be made again."""
    page, link = chosen.recipe.get("page"), chosen.recipe.get("link")
    if (reopen is not None and not isinstance(page, str)) or (page == "sampling" and reopen is not None):
        st.button(
            "Open where it was made", icon=":material/open_in_new:", on_click=call_and_report, args=(reopen, chosen),
            key=OPEN_FAVOURITE, help="Set the page's controls to the model and the values that made this dance.",
        )  # fmt: skip
    elif isinstance(page, str) and page in PAGES and isinstance(link, dict):
        values = {QUERY_PARAMS[name]: value for name, value in link.items() if name in QUERY_PARAMS}
        page_link(page, "Open where it was made", values)


def _show_changes(chosen: Favourite) -> None:
    with st.popover("Rename", icon=":material/edit:", key=RENAME_FAVOURITE_OPEN, help="Give it another name."):
        name = st.text_input(
            "New name", chosen.name, key=RENAME_FAVOURITE.of(chosen.id), help="Letters, digits, spaces."
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


def favourite_recording(favourite: Favourite) -> Recording:
    """A favourite as a recording; one made of positions of unknown unit is of unknown unit.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    metres = Dancer(favourite.positions, favourite.marker_set).metres_per_unit == 1
    return Recording.from_positions(
        favourite.name,
        favourite.positions,
        favourite.marker_set,
        fps=favourite.fps,
        unit="m" if metres else "source units",
    )


def _description(favourite: Favourite, describe: Callable[[Favourite], list[str]] | None) -> str:
    """When and how a favourite was made, in a line."""
    try:
        when = f"{datetime.fromisoformat(favourite.saved_at).astimezone():%-d %B %Y, %H:%M}"
    except ValueError:
        when = "at an unknown time"
    credit = favourite.recipe.get("credit")
    made = [str(credit)] if credit else [f"generated by {favourite.recipe.get('checkpoint', 'an unknown model')}"]
    more = describe(favourite) if describe and not credit else []
    duration = format_duration(len(favourite.positions) / favourite.fps)
    return " · ".join([f"Kept {when}", *made, *more, duration])


def _rename(favourite: Favourite, name: str) -> None:
    FAVOURITE.key.set(favourite.rename(name).id)
