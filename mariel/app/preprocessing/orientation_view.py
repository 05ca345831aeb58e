"""The Orientation section of the Preprocessing page: the mirrored body beside the corrected one."""

import numpy as np
import streamlit as st

from mariel.app.components.player import show_player
from mariel.app.shell.first_screen import stage_area
from mariel.app.shell.query_params import ORIENTATION_PLAYER, PREPROCESSING_STAGE
from mariel.app.widgets.downloads.download_control import show_downloads
from mariel.app.widgets.pickers import PHRASE_LENGTH
from mariel.export.html import take_credit
from mariel.motion.recording import Recording
from mariel.stage.scene import Scene


def show_orientation(take: Recording, skeleton: str | None) -> None:
    """The mirrored body beside the corrected one, with a shared clock and camera."""
    explanation = (
        "The files lie with z pointing down. The reference turns the body upright by **negating z alone**. That "
        "makes it its own mirror image: the markers of the left hand move on the right. This project **turns the "
        "body over**, (x, y, z) → (x, −y, −z): upright, and left stays left."
    )
    excerpt = most_asymmetric(take)
    mirrored = Recording.from_positions(take.name, excerpt.positions * [1, -1, 1], take.marker_set, fps=take.fps)
    scenes = [
        Scene.from_recording(body, skeleton=skeleton, style="markers", title=heading)
        for heading, body in (("Reference: mirrored", mirrored), ("Mariel: left is left", excerpt))
    ]
    with stage_area(PREPROCESSING_STAGE, beside=300, beside_on_phone=470, players=len(scenes)):
        for number, (column, scene) in enumerate(zip(st.columns(len(scenes)), scenes, strict=True)):
            with column:
                show_player(scene, key=ORIENTATION_PLAYER.of(number), linked="upright", height=380, autoplay=True)
    st.markdown(explanation)
    show_downloads(
        scenes, key=ORIENTATION_PLAYER, name=f"{take.name}, mirrored and upright", credit=take_credit(take, excerpt)
    )
    st.caption("Colours follow the markers' names: the dancer's left is warm, the right is cool.")


def most_asymmetric(take: Recording, frames: int = PHRASE_LENGTH) -> Recording:
    """The window of a take in which the right and left wrists differ most in height, so that mirroring shows."""
    length = min(frames, len(take))
    if not {"LIWR", "RIWR"} <= set(take.marker_set.labels):
        return take.frames(0, length)
    starts = range(0, max(1, len(take) - length), max(1, len(take) // 40))
    windows = [take.frames(start, start + length) for start in starts]
    differences = [np.nanmean(np.abs(window["LIWR"][::8, 2] - window["RIWR"][::8, 2])) for window in windows]
    return windows[int(np.nanargmax(differences))]
