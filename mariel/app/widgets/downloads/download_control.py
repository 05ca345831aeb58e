"""The Download control of a stage: every kind of file that the dance can be saved as, with its size."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from mariel.app.components.player import PlayerState
from mariel.app.shell.layout import fragment
from mariel.app.shell.query_params import DATA_FILES, DOWNLOAD
from mariel.app.shell.streamlit_adapter import download_button
from mariel.app.widgets.downloads.picture_form import choose_picture
from mariel.app.widgets.downloads.tray import start_export
from mariel.errors import MarielError
from mariel.export.file_names import file_name
from mariel.export.registry import Exporter, ExportRequest, grouped_exporters
from mariel.files import format_bytes
from mariel.stage.scene import Scene
from mariel.stage.sweep import Dial


def show_downloads(
    scenes: Scene | Sequence[Scene],
    *,
    key: str,
    name: str,
    credit: str,
    positions: np.ndarray | None = None,
    camera: str | Mapping[str, Any] | None = None,
    dial: Dial | None = None,
    sweep: Callable[[], bytes] | None = None,
    recipe: Mapping[str, Any] | None = None,
) -> None:
    """Show the Download control below a dance: a popover with every exporter that can save the dance, in groups.

    A press on what is quick makes and saves the file at once; what takes long is made in the background and is in the
    downloads tray then. Camera, speed and frame are those of the player, as it has told them last.

    Args:
        scenes: what the page shows, one scene or several side by side.
        key: of the stage that shows it, unique on the page.
        name: heading of the HTML page and name of the files; underscores become spaces.
        credit: a sentence or two on what the dance is and where it comes from.
        positions: what files of coordinates hold, (frames, markers, 3) or (dancers, frames, markers, 3). By default
            the positions of all dancers.
        camera: the first view in the files, see `show_player`, if the player has told none.
        dial, sweep: the dial in the HTML file, see `mariel.export.registry.ExportRequest`.
        recipe: how the dance was made, for a bundle.
    """
    request = ExportRequest(
        [scenes] if isinstance(scenes, Scene) else list(scenes),
        title=name.replace("_", " "),
        credit=credit,
        camera=camera,
        positions=positions,
        dial=dial,
        sweep=sweep,
        recipe=recipe,
    )
    with st.popover("Download", key=DOWNLOAD.of(key), icon=":material/download:", help="Save this dance as a file."):
        fragment(_show_exporters)(request, key)


def _show_exporters(request: ExportRequest, key: str) -> None:
    """The exporters in their groups, below how films and pictures are drawn."""
    state = _player_state(key, len(request.all_scenes))
    picture = choose_picture(request.all_scenes, key, state)
    request = replace(request, camera=state.camera or request.camera, frame=state.frame, picture=picture)
    for group, exporters in grouped_exporters().items():
        available = [exporter for exporter in exporters if not exporter.why_not(request)]
        if available:
            with st.container(gap="xxsmall"):
                st.caption(group)
                with st.container(horizontal=True, gap="xsmall"):
                    for exporter in available:
                        _show_button(exporter, request, key)


def _player_state(key: str, scenes: int) -> PlayerState:
    """What the player of a stage has told last; of several it is the first one."""
    kept = st.session_state.get(key if scenes == 1 else f"{key} 0")
    state = kept.get("state") if isinstance(kept, Mapping) else None
    return PlayerState.parse(state) if isinstance(state, Mapping) else PlayerState()


@dataclass(frozen=True)
class DataFile:
    """A file of numbers that belongs to a dance.

    Args:
        key: of its button, unique among the files of a stage.
        label: on the button.
        name: of the file, any text.
        suffix: its ending.
        media_type: its media (MIME) type.
        help: one sentence on what is in it.
        make: returns its content; called in another thread when the button is pressed.
    """

    key: str
    label: str
    name: str
    suffix: str
    media_type: str
    help: str
    make: Callable[[], bytes]


def show_data_files(label: str, files: Sequence[DataFile], *, key: str, help: str) -> None:
    """Show a popover with a download button per file of numbers.

    Args:
        label: of the popover.
        files: what is offered.
        key: of the stage that they belong to.
        help: of the popover.
    """
    with st.popover(label, key=DATA_FILES.of(key), type="tertiary", icon=":material/table:", help=help):
        for file in files:
            download_button(
                file.label,
                file.make,
                key=DATA_FILES.of(key, file.key),
                file_name=file_name(file.name, file.suffix),
                media_type=file.media_type,
                help=file.help,
            )


def _show_button(exporter: Exporter, request: ExportRequest, key: str) -> None:
    """A button that says how large its file will be."""
    try:
        label = f"{exporter.label} · {format_bytes(exporter.estimate(request), digits=2)}"
    except MarielError as error:
        st.button(exporter.label, key=DOWNLOAD.of(key, exporter.name), disabled=True, help=str(error))
        return
    name = file_name(request.title, exporter.suffix)
    if exporter.slow:
        if st.button(label, key=DOWNLOAD.of(key, exporter.name), help=f"{exporter.help} Made in the background."):
            start_export(exporter, request, name)
            st.rerun()  # all of the page: this is a part of it, and the tray is not in it
        return
    download_button(
        label,
        partial(exporter.export, request),
        key=DOWNLOAD.of(key, exporter.name),
        file_name=name,
        media_type=exporter.media_type,
        help=exporter.help,
    )
