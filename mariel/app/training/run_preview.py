"""A validation phrase beside its latest reconstruction by a model that is being trained."""

import time

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.components.player import show_player
from mariel.app.shell.first_screen import stage_area
from mariel.app.shell.messages import plain_text
from mariel.app.shell.query_params import (
    PREVIEW_OVERLAY,
    PREVIEW_PLAYER,
    PREVIEW_SHOWN,
    PREVIEW_STAGE,
    PREVIEW_TRAVEL,
)
from mariel.app.widgets.downloads.download_control import show_downloads
from mariel.app.widgets.runs import ACTIVE, preview_of
from mariel.generation.credits import add_data_source
from mariel.stage.reconstructions_scene import LabelledReconstruction, reconstructions_scene
from mariel.stage.scene import Scene
from mariel.training.run_folder.status import RunStatus
from mariel.training.run_folder.validation_example import ValidationExample
from mariel.training.runs import Run

PREVIEW_SECONDS = 4.0
"""Minimum time between two changes of the reconstruction during training: about one phrase."""


def show_preview(run: Run, status: RunStatus, notes: DeltaGenerator) -> None:
    """A phrase that the model never learns from, beside its reconstruction.

    Args:
        run: that is shown.
        status: of the run.
        notes: where to say which phrase it is, and to ask how it is shown.
    """
    learning = status.state == "running"
    preview = _throttled_preview(run, learning=learning)
    if preview is None:
        st.caption(f":material/accessibility_new: {_text_without_preview(run, status)}")
        return
    scene = preview_scene(preview, overlay=PREVIEW_OVERLAY.get(False), travel=PREVIEW_TRAVEL.get(False))
    with stage_area(PREVIEW_STAGE, beside=430, beside_on_phone=560):
        show_player(scene, key=PREVIEW_PLAYER, height=400, camera="front", autoplay=True)
    with notes:
        _show_notes(run, preview, scene)


def _show_notes(run: Run, preview: ValidationExample, scene: Scene) -> None:
    """Which phrase it is, how it is shown, and downloads."""
    with st.container(horizontal=True, gap="medium"):
        st.toggle(
            "Overlay",
            key=PREVIEW_OVERLAY,
            help="The original as a grey figure in the place of its reconstruction.",
            persist_state="session",
        )
        st.toggle(
            "Keep movement across the floor",
            key=PREVIEW_TRAVEL,
            help="Otherwise the original stays in the middle: its mean x and y are subtracted from both.",
            persist_state="session",
        )
    st.caption(
        f"A phrase of {plain_text(_take_title(preview.take))} that the model never learns from, and its "
        f"reconstruction after epoch {preview.epoch}. Warm dots are furthest from where they should be."
    )
    credit = (
        f"From frame {preview.frame:,} of the take {_take_title(preview.take)}, and its reconstruction "
        f"after epoch {preview.epoch} by the model {run.name}, which never learns from it."
    )
    name = f"{_take_title(preview.take)} beside the model {run.name}, epoch {preview.epoch}"
    show_downloads(
        scene,
        key=PREVIEW_PLAYER,
        name=name,
        credit=add_data_source(credit, run.settings.data.data),
        camera="front",
    )


def _text_without_preview(run: Run, status: RunStatus) -> str:
    if status.state in ACTIVE:
        every = run.settings.train.validate_every
        return f"The first reconstruction of a new phrase appears here after epoch {every}."
    return "This run has no reconstruction of a new phrase to show."


def _throttled_preview(run: Run, *, learning: bool) -> ValidationExample | None:
    """The latest preview, but during training no new one within some seconds of the last.

    A small model is validated several times per second, faster than a browser can fetch the dancers or a person can
    watch them.
    """
    name, since, shown = PREVIEW_SHOWN.get(("", 0.0, None))
    now = time.monotonic()
    if learning and name == str(run.folder) and shown is not None and now - since < PREVIEW_SECONDS:
        return shown
    preview = preview_of(run)
    if preview is not shown:
        PREVIEW_SHOWN.set((str(run.folder), now, preview))
    return preview


def preview_scene(preview: ValidationExample, *, overlay: bool = False, travel: bool = False) -> Scene:
    """A scene with the phrase and its reconstruction, markers coloured by error; see `reconstructions_scene`."""
    errors = 100 * np.linalg.norm(preview.reconstruction - preview.original, axis=2)
    labelled = LabelledReconstruction(f"model, epoch {preview.epoch}", preview.reconstruction, errors)
    title = f"A phrase of {_take_title(preview.take)} beside its reconstruction after epoch {preview.epoch}"
    return reconstructions_scene(
        preview.original,
        [labelled],
        preview.marker_set,
        fps=preview.fps,
        title=title,
        overlay=overlay,
        travel=travel,
    )


def _take_title(take: str) -> str:
    return take.replace("_", " ")
