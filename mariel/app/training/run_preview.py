"""A phrase that a model never learns from, dancing beside what the model makes of it."""

import time

import numpy as np
import streamlit as st

from mariel.app.widgets.comparison import Version, versions_scene
from mariel.app.widgets.downloads import show_take_home
from mariel.app.widgets.player import show_player
from mariel.app.widgets.runs import preview_of
from mariel.errors import CheckpointError
from mariel.generation.credits import with_source
from mariel.stage.scene import Scene
from mariel.training.runs import Preview, Run

CALM_SECONDS = 4.0
"""How long the model's dancer stays the same at least while it learns: about a phrase."""


def show_dancers(run: Run, *, learning: bool) -> None:
    """A phrase that the model never learns from, beside what it makes of it."""
    try:
        preview = _calm_preview(run, learning=learning)
    except CheckpointError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return
    if preview is None:
        every = run.settings.train.validate_every
        st.caption(
            ":material/accessibility_new: The model's dancer appears here when it is first tried on new phrases, "
            f"after epoch {every}."
        )
        return
    scene = preview_scene(
        preview,
        on_top=st.session_state.get("preview on top", False),
        travel=st.session_state.get("preview travels", False),
    )
    show_player(scene, key="preview", height=400, camera="front", autoplay=True)
    with st.container(horizontal=True, gap="medium"):
        st.toggle("On top of each other", key="preview on top", persist_state="session")
        st.toggle(
            "Let them travel",
            key="preview travels",
            help="Otherwise both are kept in the middle of the stage, by where the real dancer is.",
            persist_state="session",
        )
    st.caption(
        f"A phrase of {_words(preview.take)} that the model never learns from, and the same phrase squeezed through "
        f"the model after epoch {preview.epoch}. Warm dots are furthest from where they should be."
    )
    credit = (
        f"From frame {preview.frame:,} of the take {_words(preview.take)}, and the same as the model {run.name}, "
        f"which never learns from it, gives it back after epoch {preview.epoch}."
    )
    name = f"{_words(preview.take)} beside the model {run.name}, epoch {preview.epoch}"
    show_take_home(scene, name=name, credit=with_source(credit, run.settings.data.data), camera="front")


def _calm_preview(run: Run, *, learning: bool) -> Preview | None:
    """The latest preview, but no new one within some seconds of the last.

    A small model is tried several times a second, faster than a browser could fetch its dancers, and than one could
    watch them.
    """
    name, since, shown = st.session_state.get("preview shown", ("", 0.0, None))
    now = time.monotonic()
    if learning and name == str(run.folder) and shown is not None and now - since < CALM_SECONDS:
        return shown
    preview = preview_of(run)
    if preview is not shown:
        st.session_state["preview shown"] = (str(run.folder), now, preview)
    return preview


def preview_scene(preview: Preview, *, on_top: bool = False, travel: bool = False) -> Scene:
    """The danced phrase and the model's, whose dots are warmer the further they are off; see `versions_scene`."""
    errors = 100 * np.linalg.norm(preview.reconstruction - preview.original, axis=2)
    version = Version(f"model, epoch {preview.epoch}", preview.reconstruction, errors)
    title = f"A phrase of {_words(preview.take)} beside its reconstruction after epoch {preview.epoch}"
    return versions_scene(
        preview.original,
        [version],
        preview.marker_set,
        fps=preview.fps,
        title=title,
        on_top=on_top,
        travel=travel,
    )


def _words(take: str) -> str:
    return take.replace("_", " ")
