"""Downloads of a dance that a page shows: one button per exporter."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from mariel.app.shell.query_params import DATA_FILES, DOWNLOAD
from mariel.app.shell.streamlit_adapter import download_button
from mariel.export.file_names import file_name
from mariel.export.registry import EXPORTERS, Exporter, ExportRequest
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
) -> None:
    """Show a download button per exporter below a dance, all but the first in a popover; a press makes the file.

    An exporter that cannot save the dance has no button, such as an array of dancers that differ in length.

    Args:
        scenes: what the page shows, one scene or several side by side.
        key: of the stage that shows it, unique on the page.
        name: heading of the HTML page and name of the files; underscores become spaces.
        credit: a sentence or two on what the dance is and where it comes from.
        positions: what files of coordinates hold, (frames, markers, 3) or (dancers, frames, markers, 3). By default
            the positions of all dancers.
        camera: the first view in the HTML file, see `show_player`.
        dial, sweep: the dial in the HTML file, see `mariel.export.registry.ExportRequest`.
    """
    name = name.replace("_", " ")
    request = ExportRequest(
        scenes, title=name, credit=credit, camera=camera, positions=positions, dial=dial, sweep=sweep
    )
    available = [exporter for exporter in EXPORTERS.values() if not exporter.why_not(request)]
    if not available:
        return
    first, *others = available
    with st.container(horizontal=True, gap="small"):
        _show_button(first, request, key, icon=":material/download:")
        if others:
            with st.popover(
                "Other formats",
                key=DOWNLOAD.of(key),
                type="tertiary",
                help="The dance as numbers, for other programs.",
            ):
                for exporter in others:
                    _show_button(exporter, request, key)


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


def _show_button(exporter: Exporter, request: ExportRequest, key: str, *, icon: str | None = None) -> None:
    download_button(
        exporter.label,
        partial(exporter.export, request),
        key=DOWNLOAD.of(key, exporter.name),
        file_name=file_name(request.title, exporter.suffix),
        media_type=exporter.media_type,
        icon=icon,
        help=exporter.help,
    )
