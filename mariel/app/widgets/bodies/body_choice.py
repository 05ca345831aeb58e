"""The choice of the body that dances, and dances given to it. Bodies are fitted only where one is chosen."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mariel.app.shell.messages import plain_text, show_warning
from mariel.app.shell.query_params import BODY, requested, write
from mariel.app.widgets import controls
from mariel.app.widgets.recordings import cache_key
from mariel.errors import MarielError, RecordingError
from mariel.kinematics.shapes.proportions import PROPORTIONS, TAKE_PREFIX, why_not
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording

if TYPE_CHECKING:  # torch takes a second, and most visitors choose no body
    from mariel.kinematics.body import Body
    from mariel.kinematics.shapes.body_change import BodyChange, BodyDance

# ruff: noqa: PLC0415

OWN = ""
"""The choice of the dancer's own body."""


def pick_body(
    marker_set: MarkerSet, takes: Mapping[str, Recording], *, own: str = "as recorded", unit: str = "m"
) -> str:
    """Ask in the sidebar for the body that dances; where the markers tell none, there is nothing to ask.

    Args:
        marker_set: of the dances.
        takes: those of other dancers, by name.
        own: what the dancer's own body is called.
        unit: of the dances; bodies are in metres.

    Returns:
        See `mariel.kinematics.shapes.proportions.BODY_DESCRIPTION`.
    """
    reason = why_not(marker_set) if unit == "m" else "bodies are in metres, and the unit here is not known"
    if reason:
        requested(BODY, check=lambda _: _refuse(reason))
        write(BODY, None, shown=own)
        return OWN
    labels = {OWN: own.capitalize()}
    labels |= {name: each.label for name, each in PROPORTIONS.items() if not why_not(marker_set, name)}
    dancers = other_dancers(takes, marker_set)
    labels |= {f"{TAKE_PREFIX}{name}": f"Dancer of {name.replace('_', ' ')}" for name in dancers}
    changes = "; ".join(f"{labels[name]}: {PROPORTIONS[name].help}" for name in PROPORTIONS if name in labels)
    return controls.labelled_selectbox(
        BODY,
        "Body",
        labels,
        place=st.sidebar,
        help=f"Another body for the same movement. {changes}. The path is scaled to its legs, and feet that stand "
        "keep standing.",
    )


def body_label(body: str) -> str:
    """A choice of a body for people, within a sentence."""
    if body in PROPORTIONS:
        return PROPORTIONS[body].label.lower()
    return f"the dancer of {body.removeprefix(TAKE_PREFIX).replace('_', ' ')}"


def body_suffix(body: str) -> str:
    """The end of a title: on which body a dance is, empty for the dancer's own."""
    return f", body: {body_label(body)}" if body else ""


def body_credit(credit: str, change: "BodyChange | None") -> str:
    """The credit of a dance, with a sentence added where it is on the chosen body."""
    return f"{credit} On another body: {body_label(BODY.value)}." if change is not None else credit


def _refuse(reason: str) -> str:
    raise RecordingError(reason)


def other_dancers(takes: Mapping[str, Recording], marker_set: MarkerSet) -> list[str]:
    """Names of takes whose dancers have bodies for a marker set; the synthetic dancer has the same one in all."""
    return [
        name
        for name, take in takes.items()
        if take.marker_set.labels == marker_set.labels and take.unit == "m" and not take.synthetic
    ]


def take_body(take: Recording) -> "Body":
    """The body of a take's dancer, fitted once for all sessions. Raises RecordingError if there is none."""
    from mariel.kinematics.shapes.shapes import body_of

    return fitted_body(("take", *cache_key(take)), lambda: body_of([take]))


@st.cache_resource(max_entries=32, show_spinner="Fitting the dancer's body …")
def fitted_body(key: tuple, _fit: "Callable[[], Body]") -> "Body":
    """A body that is fitted once for all sessions and the same key."""
    return _fit()


def chosen_body(body: str, own: "Body", marker_set: MarkerSet, takes: Mapping[str, Recording]) -> "Body":
    """The body of a choice, in the axes of the dancer's own; others are fitted once for all sessions.

    Raises:
        RecordingError: there is no such body.
    """
    from mariel.kinematics.shapes.choices import find_body
    from mariel.kinematics.shapes.shapes import in_axes_of

    name = body.removeprefix(TAKE_PREFIX)
    if body.startswith(TAKE_PREFIX) and name in takes:
        return in_axes_of(take_body(takes[name]), own, name)
    return find_body(body, own, marker_set, takes)


def change_between(own: "Body", other: "Body", marker_set: MarkerSet) -> "BodyChange":
    """What gives the dances of one body to another."""
    from mariel.kinematics.shapes.body_change import BodyChange
    from mariel.kinematics.shapes.shapes import in_axes_of

    return BodyChange(own, in_axes_of(other, own), marker_set)


def dance_on_body(change: "BodyChange", positions: np.ndarray, fps: float) -> "BodyDance":
    """A dance (frames, markers, 3), metres, on the body of a change, made once for all sessions.

    Raises:
        RecordingError: a marker is never seen.
    """
    lengths = (each for body in (change.own, change.other) for each in (body.joint_offsets, body.marker_offsets))
    key = (change.marker_set.labels, *(each.numpy().tobytes() for each in lengths))
    return _dance(key, positions, fps, change)


@st.cache_resource(max_entries=32, show_spinner=False)
def _dance(key: tuple, positions: np.ndarray, fps: float, _change: "BodyChange") -> "BodyDance":
    return _change.dance(positions, fps)


def danced_by(change: "BodyChange | None", positions: np.ndarray, fps: float) -> np.ndarray:
    """A dance (frames, markers, 3), metres, on the body of a change; as it is without one.

    Where feet leave the floor, or a dance cannot be given to the body, this is said here.
    """
    if change is None:
        return positions
    try:
        dance = dance_on_body(change, positions, fps)
    except MarielError as error:
        show_warning(f"{error}. You see the dancer's own body.", icon=":material/accessibility_new:")
        return positions
    show_foot_warnings([dance])
    return dance.positions


def show_foot_warnings(dances: "Iterable[BodyDance]", labels: Iterable[str] = ()) -> None:
    """Say where feet of dances on another body leave the floor, sink or slide."""
    names = [*labels]
    for number, dance in enumerate(dances):
        if dance.warning:
            name = f"{plain_text(names[number])}: " if number < len(names) and len(names) > 1 else ""
            st.caption(f":material/footprint: {name}{plain_text(dance.warning)}")
