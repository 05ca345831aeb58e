"""A dance to take home from a page: as one file that plays it without a network, and as numbers."""

import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from mariel.export.html import html_of
from mariel.stage.scene import Scene

LONGEST_NAME = 60
"""Characters of a file's name without its ending: below 255 bytes, whatever the script."""

_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(10))}


def show_take_home(
    scenes: Scene | Sequence[Scene],
    *,
    name: str,
    credit: str,
    positions: np.ndarray | None = None,
    camera: str | Mapping[str, Any] | None = None,
) -> None:
    """Two buttons below a dance: it as an HTML file, and its positions as .npy; each is made when it is asked for.

    Args:
        scenes: what the page shows, one scene or several side by side.
        name: heads the file's page and gives the files their names, with spaces for the underscores that takes'
            names have; no other on the page is the same.
        credit: a sentence or two on what this is and where it comes from.
        positions: what the .npy holds; by default each dancer's own, (frames, markers, 3) or, of several that are
            alike, (dancers, frames, markers, 3).
        camera: where the file's viewer stands at first, as for `show_player`.
    """
    scenes = [scenes] if isinstance(scenes, Scene) else list(scenes)
    name = name.replace("_", " ")
    bodies = [dancer.positions for scene in scenes for dancer in scene.dancers]
    if positions is not None:
        bodies = [positions]
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Take it home",
            partial(html_of, scenes, title=name, credit=credit, camera=camera),
            file_name(name, "html"),
            "text/html",
            on_click="ignore",
            icon=":material/download:",
            help="The dance as one file that any browser plays without a network: to keep, to send, to show.",
        )
        if len({np.shape(body) for body in bodies}) == 1:
            st.download_button(
                "Numbers (.npy)",
                partial(_as_npy, bodies),
                file_name(name, "npy"),
                "application/octet-stream",
                on_click="ignore",
                type="tertiary",
                help="Positions as numbers: "
                + ("(dancers, frames, markers, xyz)" if len(bodies) > 1 else "(frames, markers, xyz)"),
            )


def file_name(words: str, ending: str) -> str:
    """A file name made of some words that every system takes: no slashes, colons or quotes, no reserved names."""
    words = re.sub(r"[^\w.,() -]+", "-", unicodedata.normalize("NFC", words))
    stem = re.sub(r"\s+", " ", words).strip(" .-")[:LONGEST_NAME].strip(" .-")
    if not stem or stem.split(".")[0].strip().upper() in _RESERVED:
        stem = f"dance {stem}".strip()
    return f"{stem}.{ending}"


def _as_npy(bodies: Sequence[np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, bodies[0] if len(bodies) == 1 else np.stack(bodies))
    return buffer.getvalue()
