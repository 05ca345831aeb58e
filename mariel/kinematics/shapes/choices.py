"""Bodies by name: named proportions, the dancer of a take, or of recordings."""

from collections.abc import Mapping, Sequence

import numpy as np

from mariel.data.marker_selection import matching_takes
from mariel.errors import RecordingError
from mariel.kinematics.body import Body
from mariel.kinematics.shapes.body_change import BodyChange
from mariel.kinematics.shapes.proportions import PROPORTIONS, TAKE_PREFIX, why_not
from mariel.kinematics.shapes.shapes import body_of, body_of_frames, in_axes_of, with_proportions
from mariel.motion.io.loading import find_files, load_recordings
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording


def find_body(choice: str, own: Body, marker_set: MarkerSet, takes: Mapping[str, Recording]) -> Body:
    """The body that a choice names, in the axes of a dancer's own.

    Args:
        choice: see `mariel.kinematics.shapes.proportions.BODY_DESCRIPTION`; empty: the own.
        own: the dancer's body.
        marker_set: its markers.
        takes: recordings at hand, for "take:NAME".

    Raises:
        RecordingError: there is no such body, or it has other markers; the message says why.
    """
    if not choice:
        return own
    if choice in PROPORTIONS:
        if reason := why_not(marker_set, choice):
            raise RecordingError(reason)
        return with_proportions(own, marker_set, PROPORTIONS[choice])
    if choice.startswith(TAKE_PREFIX):
        name = choice.removeprefix(TAKE_PREFIX)
        if name not in takes:
            raise RecordingError(f"there is no take {name!r} among these recordings; there are {', '.join(takes)}")
        found = {name: takes[name]}
    else:
        try:
            find_files(choice)
        except RecordingError as error:
            raise RecordingError(
                f"no body is known by the name {choice!r}, and {error}; known are {', '.join(PROPORTIONS)}"
            ) from error
        name, found = choice, load_recordings(choice)
    matching = list(matching_takes(found, marker_set).values())
    if not matching:
        raise RecordingError(f"{name} has other markers than this dance: a body needs the {marker_set.describe()}")
    return in_axes_of(body_of(matching), own, name)


def body_change(choice: str, own: Body, marker_set: MarkerSet, takes: Mapping[str, Recording]) -> BodyChange | None:
    """What gives the dances of a dancer to the body that a choice names; None for the dancer's own.

    Raises:
        RecordingError: see `find_body`.
    """
    return BodyChange(own, find_body(choice, own, marker_set, takes), marker_set) if choice else None


def on_body(
    dances: Sequence[np.ndarray] | np.ndarray, fps: float, change: BodyChange | None
) -> tuple[np.ndarray, list[str]]:
    """Dances of equal length on another body, and warnings, numbered where there are several dances.

    Args:
        dances: (frames, markers, 3) each, metres.
        fps: frames per second.
        change: from the dancer's own body; None leaves the dances as they are.
    """
    if change is None:
        return np.asarray(dances), []
    given = [change.dance(dance, fps) for dance in dances]
    warnings = [
        f"dance {number}: {each.warning}" if len(given) > 1 else each.warning
        for number, each in enumerate(given, 1)
        if each.warning
    ]
    return np.stack([each.positions for each in given]), warnings


def part_on_body(
    body: str, part: Recording, take: Recording, takes: Mapping[str, Recording]
) -> tuple[np.ndarray, list[str]]:
    """A part of a take (frames, markers, 3) on a body, and warnings; as recorded where the body is empty.

    Args:
        body: see `mariel.kinematics.shapes.proportions.BODY_DESCRIPTION`.
        part: of the take.
        take: to which the dancer's own body is fitted.
        takes: the recordings, for the body of another dancer.

    Raises:
        RecordingError: see `find_body`.
    """
    if not body:
        return part.positions, []
    (positions,), warnings = on_body(
        [part.positions], part.fps, body_change(body, body_of([take]), take.marker_set, takes)
    )
    return positions, warnings


def dances_on_body(
    body: str, dances: Sequence[np.ndarray], marker_set: MarkerSet, fps: float
) -> tuple[np.ndarray, list[str]]:
    """Dances (dances, frames, markers, 3), metres, of one dancer on a body, and warnings.

    They stay as they are where the body is empty.

    Raises:
        RecordingError: see `find_body`.
    """
    own = body_of_frames(np.concatenate(dances), marker_set) if body else None
    return on_body(dances, fps, body_change(body, own, marker_set, {}) if own else None)
