"""Several people in one file: told apart by what stands before the colon in the names of their markers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mariel.motion.gaps import zero_positions
from mariel.motion.inference.array_axes import split_by_prefix
from mariel.motion.io.labels import clean_labels
from mariel.motion.io.motion_file import MotionFile
from mariel.motion.io.positions import marker_set_of, recordings_of_file
from mariel.motion.io.registry import ReadOptions
from mariel.motion.recording import Recording, require_fps

_SMALLEST_PERSON = 7  # markers; below that, what stands before the colon is a part of a body
_SMALLEST_SHARE = 0.25  # of the markers of the largest subject; what has fewer is a prop


@dataclass(frozen=True)
class Subject:
    """A person in a file.

    Args:
        name: what stands before the colon; empty where nothing does.
        columns: the columns of their markers.
        labels: the names of these markers without what stands before the colon.
    """

    name: str
    columns: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def full_labels(self) -> tuple[str, ...]:
        """The names of the markers with the person before a colon."""
        return tuple(f"{self.name}:{label}" for label in self.labels)


def split_subjects(labels: Sequence[str], prefixes: Sequence[str] = ()) -> list[Subject]:
    """The people whose markers have these names, in the order of their first markers.

    >>> [subject.name for subject in split_subjects(["Anna:LHEL", "Ben:LHEL", "Anna:RHEL", "Ben:RHEL"])]
    ['Anna', 'Ben']

    Args:
        labels: the names as the file has them.
        prefixes: the beginnings of names that the file lists, such as "Anna_"; a colon needs no list.
    """
    columns: dict[str, list[int]] = {}
    short = []
    for column, label in enumerate(labels):
        name, rest = _split_label(label, prefixes)
        columns.setdefault(name, []).append(column)
        short.append(rest)
    return [Subject(name, tuple(own), tuple(short[column] for column in own)) for name, own in columns.items()]


def _split_label(label: str, prefixes: Sequence[str]) -> tuple[str, str]:
    """(subject, marker) of a name; the subject is empty where the name has none."""
    for prefix in sorted(prefixes, key=len, reverse=True):
        if prefix and label.startswith(prefix) and len(label) > len(prefix):
            return prefix.rstrip(":_- "), label[len(prefix) :]
    name, colon, rest = label.rpartition(":")
    return (name.strip(), rest.strip()) if colon and name.strip() and rest.strip() else ("", label)


def recordings_by_subject(
    path: Path,
    content: MotionFile,
    labels: Sequence[str],
    options: ReadOptions,
    *,
    prefixes: Sequence[str] = (),
    edges: Sequence[tuple[int, int]] = (),
) -> list[Recording]:
    """A recording per person in a file.

    Markers without a person, and things with few markers beside people with many, are left out and noted.

    Args:
        path: the file.
        content: what it holds: one "dancer" with the markers of all people, (1, frames, markers, 3).
        labels: the names of the markers as the file has them, which say whose they are.
        options: how to read the file.
        prefixes: see `split_subjects`.
        edges: lines between markers, as pairs of columns.
    """
    subjects = split_subjects(labels, prefixes)
    largest = max(len(subject.columns) for subject in subjects)
    if len(subjects) > 1 and largest < _SMALLEST_PERSON:
        whole = [label.replace(":", " ") for label in labels]
        return recordings_of_file(path, _chosen(path, content, tuple(range(len(labels))), whole, edges), options)
    people = [subject for subject in subjects if subject.name or len(subject.columns) > largest / 2]
    people = [subject for subject in people if len(subject.columns) >= _SMALLEST_SHARE * largest]
    left_out = [subject for subject in subjects if subject not in people]
    content = replace(content, notes=(*content.notes, *map(_left_out, left_out)))
    if len(people) > 1 and split_by_prefix([label for subject in people for label in subject.full_labels]):
        # Together, so that what the file does not say is inferred from all of them.
        columns = tuple(column for subject in people for column in subject.columns)
        names = [label for subject in people for label in subject.full_labels]
        return recordings_of_file(path, _chosen(path, content, columns, names, edges), options)
    takes: list[Recording] = []
    for subject in people:
        takes += recordings_of_file(path, _chosen(path, content, subject.columns, subject.labels, edges), options)
    return _named_apart(takes, [subject.name for subject in people])


def _chosen(
    path: Path,
    content: MotionFile,
    columns: tuple[int, ...],
    labels: Sequence[str],
    edges: Sequence[tuple[int, int]],
) -> MotionFile:
    """What a file holds, of some markers under other names, with the lines between them."""
    place = {column: number for number, column in enumerate(columns)}
    lines = [(place[start], place[end]) for start, end in edges if start in place and end in place]
    positions = content.positions
    if columns != tuple(range(positions.shape[2])):
        positions = positions[:, :, list(columns)]
    return replace(content, positions=positions, marker_set=marker_set_of(path.stem, clean_labels(labels), lines))


def _left_out(subject: Subject) -> str:
    count = len(subject.columns)
    markers = f"{count} marker{'s' if count > 1 else ''}"
    return f"{markers} of {subject.name} left out" if subject.name else f"{markers} of nobody left out"


def _named_apart(takes: list[Recording], names: list[str]) -> list[Recording]:
    """The recordings, with the name of the person added where several have one name."""
    if len({take.name for take in takes}) == len(takes) or len(takes) != len(names):
        return takes
    return [
        replace(take, name=f"{take.name} {name or number}")
        for number, (take, name) in enumerate(zip(takes, names, strict=True), start=1)
    ]


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
