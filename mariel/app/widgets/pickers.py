"""Choices that pages share: which take, which markers, which phrase. Each travels and sits in the address bar."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mariel.app.widgets.recordings import REMEMBERED
from mariel.motion.io.loading import Recordings
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.quality import FAST_MARKER, TakeProfile
from mariel.motion.recording import Recording

PHRASE_LENGTH = 128
"""Frames of a phrase, as in the notebook: 3.66 s at 35 frames a second."""

SHORTEST_PHRASE = 16


@dataclass(frozen=True)
class View:
    """How a body is shown.

    Args:
        skeleton: style of the lines between markers.
        centred: keep the body in the middle by taking each frame's mean x and y away, as the model sees it.
        trails: markers whose path is drawn.
    """

    skeleton: str | None
    centred: bool
    trails: tuple[str, ...]


def pick_take_of(recordings: Recordings) -> Recording:
    """Ask which take."""
    keep_if_possible("take", list(recordings))
    name = st.sidebar.selectbox("Take", list(recordings), key="take", on_change=_forget_phrase, **REMEMBERED)
    return recordings[name]


def pick_take(recordings: Recordings) -> Recording:
    """Ask which take, and for Mariel's layout which markers of it."""
    take = pick_take_of(recordings)
    if take.marker_set == MARIEL_53:
        reduced = st.sidebar.segmented_control(
            "Markers", ["53", "18"], default="53", required=True, key="markers", **REMEMBERED
        )
        if reduced == "18":
            take = take.markers(MARIEL_18)
    return take


def pick_view(take: Recording) -> View:
    """Ask for the skeleton's style, for centring and for trails."""
    skeleton = None
    if len(take.marker_set.styles) > 1:
        keep_if_possible("skeleton", list(take.marker_set.styles))
        skeleton = st.sidebar.segmented_control(
            "Skeleton",
            list(take.marker_set.styles),
            default=take.marker_set.styles[0],
            required=True,
            key="skeleton",
            help="body: this project's lines · paper: lines between means of marker groups, as in the paper · "
            "notebook: its marker-to-marker lines",
            **REMEMBERED,
        )
    centred = st.sidebar.toggle(
        "Centre each frame",
        key="centred",
        help="Takes each frame's mean x and y away, as the notebook does; the dancer no longer travels.",
        **REMEMBERED,
    )
    if not set(st.session_state.get("trails", ())) <= set(take.marker_set.labels):
        del st.session_state["trails"]
    trails = st.sidebar.multiselect(
        "Trails",
        list(take.marker_set.labels),
        key="trails",
        max_selections=6,
        placeholder="markers that leave a trail",
        help="LIWR and RIWR are the wrists, LTOE and RTOE the toes, ARIEL is the top of the head.",
        **REMEMBERED,
    )
    return View(skeleton, centred, tuple(trails))


def pick_phrase(take: Recording, profile: TakeProfile) -> Recording:
    """Ask for the phrase's first frame and length; the timeline may set the first frame too.

    A take opens at its liveliest phrase, since many begin and end with somebody waiting. One shorter than the
    shortest phrase is its own phrase.
    """
    if len(take) <= SHORTEST_PHRASE:
        return take
    longest = min(len(take), 1050)
    opening = liveliest_start(profile, min(PHRASE_LENGTH, len(take)))
    place, size = st.columns([3, 1], vertical_alignment="bottom")
    # The last possible first frame depends on the length, so the length is asked for first.
    clamp("length", SHORTEST_PHRASE, longest)
    length = size.slider(
        "Length, frames",
        SHORTEST_PHRASE,
        longest,
        value=min(PHRASE_LENGTH, longest),
        key="length",
        help=f"{PHRASE_LENGTH} frames, {PHRASE_LENGTH / take.fps:.2f} s, is the phrase that the model learns from.",
        **REMEMBERED,
    )
    last = len(take) - length
    if last == 0:
        return take
    clamp("start", 0, last)
    start = place.slider("Phrase begins at frame", 0, last, value=min(opening, last), key="start", **REMEMBERED)
    return take.frames(start, start + length)


def liveliest_start(profile: TakeProfile, length: int) -> int:
    """First frame of the window in which the body moves most, windows with impossible speeds apart."""
    sums = np.concatenate([[0], np.cumsum(np.where(profile.fastest < FAST_MARKER, profile.speed, -1))])
    return int((sums[length:] - sums[:-length]).argmax())


def centred_positions(positions: np.ndarray) -> np.ndarray:
    """Positions (frames, markers, 3) less each frame's mean x and y over its known markers."""
    middle = np.nanmean(positions[..., :2], axis=1, keepdims=True)
    moved = positions.copy()
    moved[..., :2] -= middle
    return moved


def shown_positions(phrase: Recording, view: View) -> np.ndarray:
    """The phrase's positions as the view asks for them."""
    return centred_positions(phrase.positions) if view.centred else phrase.positions


def phrases_in_a_row(take: Recording, first: Recording, count: int) -> list[Recording]:
    """Up to `count` consecutive phrases of the length of `first`, beginning with it, as far as the take goes."""
    begin, length = first.start - take.start, len(first)
    starts = range(begin, min(begin + count * length, len(take) - length + 1), length)
    return [take.frames(start, start + length) for start in starts]


def _forget_phrase() -> None:
    """Another take opens at its own liveliest phrase, not at the frame where the last one was."""
    st.session_state.pop("start", None)


def keep_if_possible(key: str, options: list) -> None:
    """Forget a choice that the present options do not have, so that a new folder starts at its first take."""
    if key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]


def say_if_gone(key: str, options: Sequence, what: str) -> None:
    """Say so where a link asks a widget for something that is not there; call it before the widget is made.

    The widget's first option is shown instead, and what was asked for leaves the address.

    Args:
        key: the widget's, and so the name in the address.
        options: what there is; the first is shown when nothing was chosen.
        what: what an option is, for the message, such as "model".
    """
    asked, now = st.query_params.get(key), st.session_state.get(key, options[0])
    problem = f"This link asks for the {what} “{asked}”, which is not here. You see “{now}” instead."
    say_in_vain(key, problem if asked is not None and asked not in map(str, options) else None, now)


def say_in_vain(key: str, problem: str | None, now: object, place: DeltaGenerator | None = None) -> None:
    """Show what a link asks for in vain, in this run and later ones, until what is shown instead is changed.

    Args:
        key: names the choice.
        problem: what is wrong, in a sentence or two, if the address says it in this run.
        now: what is chosen.
        place: where to say it; here if None.
    """
    memory = f"in vain {key}"
    if problem:
        st.session_state[memory] = (problem, now)
    elif memory in st.session_state and st.session_state[memory][1] != now:
        del st.session_state[memory]
    if memory in st.session_state:
        (place or st).warning(st.session_state[memory][0], icon=":material/link_off:")


def clamp(key: str, least: int, most: int) -> None:
    """Bring a remembered number into the range that the present take allows."""
    if key in st.session_state:
        st.session_state[key] = min(max(st.session_state[key], least), most)
