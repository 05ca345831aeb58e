"""Dances on another body, for `--body`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mariel.cli.recordings import print_notes

if TYPE_CHECKING:
    import numpy as np

    from mariel.motion.marker_set import MarkerSet
    from mariel.motion.recording import Recording

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415


def part_on_body(
    command: str, body: str, part: "Recording", take: "Recording", takes: "Mapping[str, Recording]"
) -> "np.ndarray":
    """A part of a take (frames, markers, 3) on a body; as recorded where the body is empty.

    Args:
        command: that says where feet leave the floor.
        body: see `mariel.kinematics.shapes.proportions.BODY_DESCRIPTION`.
        part: of the take.
        take: to which the dancer's own body is fitted.
        takes: the recordings, for the body of another dancer.
    """
    if not body:
        return part.positions
    from mariel.kinematics.shapes.choices import body_change, on_body
    from mariel.kinematics.shapes.shapes import body_of

    change = body_change(body, body_of([take]), take.marker_set, takes)
    (positions,), warnings = on_body([part.positions], part.fps, change)
    print_notes(command, warnings)
    return positions


def dances_on_body(
    command: str, body: str, dances: "Sequence[np.ndarray]", marker_set: "MarkerSet", fps: float
) -> "np.ndarray":
    """Dances (dances, frames, markers, 3), metres, of one dancer on a body; as they are where it is empty."""
    import numpy as np

    if not body:
        return np.asarray(dances)
    from mariel.kinematics.shapes.choices import body_change, on_body
    from mariel.kinematics.shapes.shapes import body_of_frames

    own = body_of_frames(np.concatenate(dances), marker_set)
    positions, warnings = on_body(dances, fps, body_change(body, own, marker_set, {}))
    print_notes(command, warnings)
    return positions
