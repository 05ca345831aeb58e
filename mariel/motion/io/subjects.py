"""Several people in one file: told apart by what stands before the colon in the names of their markers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mariel.motion.io.labels import clean_labels
from mariel.motion.io.motion_file import MotionFile, Subject, marker_set_of

_SMALLEST_PERSON = 7  # markers; below that, what stands before the colon is a part of a body
_SMALLEST_SHARE = 0.25  # of the markers of the largest subject; what has fewer is a prop


def split_subjects(labels: Sequence[str], prefixes: Sequence[str] = (), mark: str = ":") -> list[Subject]:
    """The people whose markers have these names, in the order of their first markers.

    >>> [subject.name for subject in split_subjects(["Anna:LHEL", "Ben:LHEL", "Anna:RHEL", "Ben:RHEL"])]
    ['Anna', 'Ben']

    Args:
        labels: the names as the file has them.
        prefixes: the beginnings of names that the file lists, such as "Anna_"; a colon needs no list.
        mark: what stands between the person and the marker.
    """
    columns: dict[str, list[int]] = {}
    short = []
    for column, label in enumerate(labels):
        name, rest = _split_label(label, prefixes, mark)
        columns.setdefault(name, []).append(column)
        short.append(rest)
    return [Subject(name, tuple(own), tuple(short[column] for column in own)) for name, own in columns.items()]


def _split_label(label: str, prefixes: Sequence[str], mark: str) -> tuple[str, str]:
    """(subject, marker) of a name; the subject is empty where the name has none."""
    for prefix in sorted(prefixes, key=len, reverse=True):
        if prefix and label.startswith(prefix) and len(label) > len(prefix):
            return prefix.rstrip(":_- "), label[len(prefix) :]
    name, found, rest = label.rpartition(mark)
    return (name.strip(), rest.strip()) if found and name.strip() and rest.strip() else ("", label)


def subjects_with_common_names(labels: Sequence[str]) -> list[Subject]:
    """The people in a list of names that may begin with something else too, such as `mixamorig:Hips`.

    Returns:
        The people of `A:LHEL` and `B:LHEL`, or of `A|LHEL` and `B|LHEL`, if every name has a person, there are two
        at least, and they have most of their names in common; else none.
    """
    for mark in (":", "|"):
        subjects = split_subjects(labels, mark=mark)
        names = [set(subject.labels) for subject in subjects]
        enough = max(2, min(map(len, names), default=0) / 2)
        if len(subjects) > 1 and all(each.name for each in subjects) and len(set.intersection(*names)) >= enough:
            return subjects
    return []


def by_subject(
    path: Path,
    content: MotionFile,
    labels: Sequence[str],
    *,
    prefixes: Sequence[str] = (),
    edges: Sequence[tuple[int, int]] = (),
) -> MotionFile:
    """What a file holds, with its people told apart, as programs write them that put a person before every marker.

    Markers without a person, and things with few markers beside people with many, are left out and noted.

    Args:
        path: the file.
        content: what it holds: one "dancer" with the markers of all people, (1, frames, markers, 3).
        labels: the names of the markers as the file has them, which say whose they are.
        prefixes: see `split_subjects`.
        edges: lines between markers, as pairs of columns.
    """
    subjects = split_subjects(labels, prefixes)
    largest = max(len(subject.columns) for subject in subjects)
    if len(subjects) > 1 and largest < _SMALLEST_PERSON:
        whole = [label.replace(":", " ") for label in labels]
        return _chosen(path, content, tuple(range(len(labels))), whole, edges)
    people = [subject for subject in subjects if subject.name or len(subject.columns) > largest / 2]
    people = [subject for subject in people if len(subject.columns) >= _SMALLEST_SHARE * largest]
    left_out = [subject for subject in subjects if subject not in people]
    content = replace(content, notes=(*content.notes, *map(_left_out, left_out)))
    if len(people) == 1:
        return _chosen(path, content, people[0].columns, people[0].labels, edges)
    columns = tuple(column for subject in people for column in subject.columns)
    names = [label for subject in people for label in subject.full_labels]
    place = {column: number for number, column in enumerate(columns)}
    chosen = _chosen(path, content, columns, names, edges)
    return replace(
        chosen, subjects=tuple(replace(each, columns=tuple(map(place.__getitem__, each.columns))) for each in people)
    )


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
