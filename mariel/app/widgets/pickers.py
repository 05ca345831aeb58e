"""Choices that several pages offer: take, markers, skeleton, phrase. They stay across pages and are part of links."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.shell.query_params import (
    CENTRED,
    HAND_FOOT_TRAILS,
    LENGTH,
    MARKERS,
    SKELETON,
    START,
    START_OF,
    TAKE,
    TRAILS,
    check_bound,
    choose,
)
from mariel.app.widgets import controls
from mariel.app.widgets.bodies.body_choice import danced_by
from mariel.app.widgets.recordings import profile_of
from mariel.motion.io.loading import Recordings
from mariel.motion.landmarks import hands_and_feet
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.marker_words import marker_words
from mariel.motion.quality import most_active_start
from mariel.motion.recording import Recording
from mariel.stage.scene import Style

if TYPE_CHECKING:
    from mariel.kinematics.shapes.body_change import BodyChange

PHRASE_LENGTH = 128
"""Frames of a phrase, as in the notebook: 3.66 s at 35 frames per second."""


@dataclass(frozen=True)
class BodyViewOptions:
    """How one body is shown.

    Args:
        skeleton: style of the lines between markers.
        centred: subtract each frame's mean x and y, as the model's input does; the body stays in the middle.
        trails: markers whose path is drawn.
        style: a figure, unless lines other than the usual ones have been chosen.
        change: gives the dancer's dances to another body, if one is chosen.
    """

    skeleton: str | None
    centred: bool
    trails: tuple[str, ...]
    style: Style
    change: "BodyChange | None" = None


def pick_take_of(recordings: Recordings) -> Recording:
    """Ask which take."""
    return recordings[
        controls.selectbox(
            TAKE, "Take", list(recordings), place=st.sidebar, help="One recording of those that were opened."
        )
    ]


def pick_take(recordings: Recordings) -> Recording:
    """Ask which take, and in Mariel's layout for all 53 markers or 18 of them."""
    take = pick_take_of(recordings)
    if take.marker_set != MARIEL_53:
        return take
    count = controls.segmented_control(
        MARKERS, "Markers", place=st.sidebar, help="All 53, or the 18 of the notebook's reduced set."
    )
    return take.markers(MARIEL_18) if count == "18" else take


def pick_body_view(take: Recording) -> BodyViewOptions:
    """Ask for skeleton style, centring and trails."""
    skeleton = None
    if len(take.marker_set.styles) > 1:
        skeleton = controls.segmented_control(
            SKELETON,
            "Skeleton",
            take.marker_set.styles,
            place=st.sidebar,
            help="body: this project's lines · paper: lines between means of marker groups, as in the paper · "
            "notebook: its marker-to-marker lines",
        )
    centred = controls.toggle(
        CENTRED,
        "Centre each frame",
        place=st.sidebar,
        help="Subtracts each frame's mean x and y, as the notebook does: the dancer stays in the middle.",
    )
    trails = pick_trails(take.marker_set)
    usual_lines = skeleton in (None, *take.marker_set.styles[:1])
    return BodyViewOptions(skeleton, centred, trails, "figure" if usual_lines else "markers")


def pick_trails(marker_set: MarkerSet) -> tuple[str, ...]:
    """Ask which markers draw their path; hands and feet, where the markers have them, by one click."""
    trails = controls.labelled_multiselect(
        TRAILS,
        "Trails",
        marker_words(marker_set),
        place=st.sidebar,
        placeholder="hands, feet, head, …",
        help="Parts of the body, and single markers, that draw their path behind them; a click on a marker in the "
        "player offers it too.",
    )
    ends = hands_and_feet(marker_set)
    if ends:
        all_drawn = set(trails) == set(ends)
        st.sidebar.button(
            "Remove trails" if all_drawn else "Trails of hands and feet",
            key=HAND_FOOT_TRAILS,
            on_click=TRAILS.key.set,
            args=([] if all_drawn else list(ends),),
            icon=":material/backspace:" if all_drawn else ":material/gesture:",
            help="Ribbons behind both hands and both feet, and no others; wrists and ankles where they are the last "
            "markers.",
            width="stretch",
        )
    return trails


def pick_phrase(take: Recording) -> tuple[Recording, DeltaGenerator]:
    """Ask for the phrase's first frame and length; a click on the timeline sets the first frame too.

    A take that is shorter than the shortest phrase is shown whole.

    Returns:
        (the phrase, a container beside what was asked).
    """
    if len(take) <= LENGTH.minimum:
        return take, st.container()
    longest = min(len(take), LENGTH.maximum)
    left, right, more = st.columns([2.6, 1.3, 0.8], vertical_alignment="bottom")
    # The last possible first frame depends on the length, so the length is asked for first.
    with right:
        length = controls.slider(
            LENGTH,
            "Length, frames",
            maximum=longest,
            default=min(PHRASE_LENGTH, longest),
            help=f"{PHRASE_LENGTH} frames, {PHRASE_LENGTH / take.fps:.2f} s, is the phrase that models learn from.",
        )
    with left:
        start = pick_start(take, length)
    return take.frames(start, start + length), more


def pick_start(take: Recording, length: int, *, window: int = PHRASE_LENGTH) -> int:
    """Ask for the first frame of a phrase in a take.

    Another take opens at its own most active phrase, because many takes begin and end with somebody waiting.

    Args:
        take: at least one phrase long.
        length: frames of the phrase.
        window: frames of which the most active ones are found.
    """
    last = len(take) - length
    linked = check_bound(START, minimum=0, maximum=last)
    default = min(most_active_start(profile_of(take), min(window, len(take))), last)
    # the same for a take that is reduced to some of its markers, or about whose file something was said
    identity = (str(take.path or id(take.source)), take.name, take.start, take.stop)
    if START_OF.get(identity) != identity and not linked:
        choose(START, default)
    START_OF.set(identity)
    if last == 0:
        return 0
    return controls.slider(
        START, "Phrase begins at frame", maximum=last, default=default, help="A click on the timeline sets it too."
    )


def centred_positions(positions: np.ndarray) -> np.ndarray:
    """Positions (frames, markers, 3) minus each frame's mean x and y over the markers that are not missing."""
    middle = np.nanmean(positions[..., :2], axis=1, keepdims=True)
    centred = positions.copy()
    centred[..., :2] -= middle
    return centred


def shown_positions(phrase: Recording, options: BodyViewOptions) -> np.ndarray:
    """The phrase's positions (frames, markers, 3), on the chosen body, and centred if the view options say so."""
    positions = danced_by(options.change, phrase.positions, phrase.fps)
    return centred_positions(positions) if options.centred else positions


def consecutive_phrases(take: Recording, first: Recording, count: int) -> list[Recording]:
    """Up to `count` consecutive phrases as long as `first`, starting with it; fewer where the take ends."""
    begin, length = first.start - take.start, len(first)
    starts = range(begin, min(begin + count * length, len(take) - length + 1), length)
    return [take.frames(start, start + length) for start in starts]
