"""What a file of motion holds, before anything is inferred: positions in its own axes and unit, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mariel.motion.gaps import zero_positions
from mariel.motion.inference.assumption import Assumption
from mariel.motion.io.labels import clean_labels
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import require_fps

NAMED_SETS = {known.labels: known for known in (MARIEL_53, MARIEL_18, MARIEL_15)}
"""Mariel's marker sets by their labels."""


def marker_set_of(name: str, labels: tuple[str, ...], edges: list[tuple[int, int]]) -> MarkerSet:
    """The marker set of some labels: one of Mariel's where the labels are hers, else one with the edges as lines."""
    return NAMED_SETS.get(labels) or MarkerSet.from_edges(name, labels, edges)


@dataclass(frozen=True)
class Subject:
    """A person in a file that has several in one list of markers.

    Args:
        name: what the names of their markers begin with; empty where nothing does.
        columns: the columns of their markers.
        labels: the names of these markers without what they begin with.
    """

    name: str
    columns: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def full_labels(self) -> tuple[str, ...]:
        """The names of the markers with the person before a colon."""
        return tuple(f"{self.name}:{label}" for label in self.labels)


@dataclass(frozen=True, eq=False)
class MotionFile:
    """Motion as it lies in a file. A reader returns what the file says, and None where it says nothing.

    Args:
        positions: (dancers, frames, markers, 3) in the file's axes and unit, floating point, NaN where a marker is
            not seen; it may be memory-mapped.
        marker_set: the markers, with the lines between them that the file has.
        fps: frames per second.
        unit: the unit of length as the file names it, such as "mm" or "inches".
        up: the axis that points up, one of `mariel.motion.orientation.UP_AXES`.
        mirrored: whether left and right are exchanged, such as in axes of a left-handed program.
        dancers: a name per dancer; empty where the file has none.
        subjects: the people whose markers are side by side, if the reader has told them apart; by default they are
            told apart where all names of markers have a person's before a colon.
        zeros_are_missing: whether a marker at exactly (0, 0, 0) was not seen; None if the file does not say, so that
            zeros of markers that are elsewhere far from there count as missing.
        notes: what the reader left out or changed, sentences for people, such as "12 analog channels left out".
        usual_up: the axis that is up in most files of the format, where the file does not say.
        usual_fps: frames per second that files of the format have, likewise.
        assumptions: what the reader itself had to assume, such as the order of the axes.
        trusted: whether this program wrote the file, so that what it says is not compared with the body.
        credit: who danced, recorded and published it, as the file says; it travels with every export.
        licence: under which terms, likewise.
        one_dancer_per_frame: false if frames may alternate between dancers, as in arrays without a description.
    """

    positions: np.ndarray
    marker_set: MarkerSet
    fps: float | None = None
    unit: str | None = None
    up: str | None = None
    mirrored: bool | None = None
    dancers: tuple[str, ...] = ()
    zeros_are_missing: bool | None = False
    notes: tuple[str, ...] = ()
    usual_up: str | None = None
    usual_fps: float | None = None
    assumptions: tuple[Assumption, ...] = ()
    trusted: bool = False
    one_dancer_per_frame: bool = True
    subjects: tuple[Subject, ...] = ()
    credit: str = ""
    licence: str = ""


def one_dancer(positions: np.ndarray, labels: Sequence[str], path: Path, **fields) -> MotionFile:
    """What a file with one "dancer" holds.

    Args:
        positions: (frames, markers, 3), which is changed: a marker becomes NaN where all its coordinates are 0, if
            `fields` have `zeros_are_missing`.
        labels: the names of the markers.
        path: the file.
        fields: those of `MotionFile`.

    Raises:
        RecordingError: the frame rate is no possible one.
    """
    if fields.get("fps") is not None:
        require_fps(fields["fps"])
    if fields.get("zeros_are_missing"):
        frame, marker = zero_positions(positions, np.ones(positions.shape[1], bool)).T
        positions[frame, marker] = np.nan
        fields["zeros_are_missing"] = False
    marker_set = marker_set_of(path.stem, clean_labels(labels), [])
    return MotionFile(positions[None], marker_set, **fields)
