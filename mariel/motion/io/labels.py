"""Clean what other programs write about markers: their names, the lines between them and the frame rate."""

import math
import re
import reprlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.recording import require_fps

MAX_MARKERS = 2_000
"""Most markers of a recording. A file with more holds a body's surface, which is not drawn here."""

MAX_EDGES = 10_000
"""Most lines between markers."""

_MAX_LABEL_LENGTH = 80


def clean_labels(names: Iterable[object]) -> tuple[str, ...]:
    """Labels from names as files hold them: as bytes, padded with blanks, empty or used twice.

    An empty name becomes "marker 7", after its place counted from 1; later uses of a name are numbered.

    Raises:
        RecordingError: a name is neither text nor a number, or there are too many.
    """
    names = list(names)
    require_marker_count(len(names))
    labels = [_clean_label(name) or f"marker {number}" for number, name in enumerate(names, start=1)]
    return unique_labels(labels)


def require_marker_count(count: int) -> None:
    """Check the number of markers. Raises RecordingError with what to do if there are too many."""
    if count > MAX_MARKERS:
        raise RecordingError(
            f"found {count:,} markers, more than {MAX_MARKERS:,}: this seems to be a body's surface (a mesh); "
            "choose markers or joints of it"
        )


def _clean_label(name: object) -> str:
    """A printable label of at most `_MAX_LABEL_LENGTH` characters; empty if nothing is left."""
    if isinstance(name, bytes):
        name = name.decode("utf-8", errors="replace")
    if not isinstance(name, str | int | float) or isinstance(name, bool):
        raise RecordingError(f"expected names of markers as text, found {reprlib.repr(name)}")
    visible = "".join(character if character.isprintable() else " " for character in str(name)[:1000])
    return " ".join(visible.split())[:_MAX_LABEL_LENGTH].rstrip()


def unique_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels with a number added to the second and later uses of each: Toe, Toe 2, Toe 3."""
    used, counts, unique = set(labels), dict.fromkeys(labels, 0), []
    for label in labels:
        counts[label] += 1
        name = label
        if counts[label] > 1:
            while (name := f"{label} {counts[label]}") in used:
                counts[label] += 1
            used.add(name)
        unique.append(name)
    return tuple(unique)


def names_of_array(array: np.ndarray) -> list[object]:
    """One name per marker from an array of text, or of characters in rows as MATLAB saves them.

    Raises:
        RecordingError: the array is no list of names.
    """
    if array.dtype.kind not in "SUiu" or array.ndim > 2:
        raise RecordingError(f"expected names, one per marker, found an array {array.shape} of {array.dtype}")
    if array.ndim == 2 and array.dtype.kind in "SU" and array.dtype.itemsize <= (4 if array.dtype.kind == "U" else 1):
        empty = b"" if array.dtype.kind == "S" else ""
        return [empty.join(row) for row in array.tolist()]
    return array.ravel().tolist()


def clean_edges(edges: object, labels: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of marker indices from 0, from pairs of indices or names as files hold them.

    MATLAB counts from 1, saves whole numbers as floats, and writes 0, -1 or NaN for none: edges whose highest index
    is the number of markers count from 1; an edge to nothing, or from a marker to itself, is left out.

    Raises:
        RecordingError: it is no list of pairs, or an edge names a marker that does not exist.
    """
    if isinstance(edges, np.ndarray):
        edges = edges.tolist()
    if not isinstance(edges, list | tuple) or not all(isinstance(e, list | tuple) and len(e) == 2 for e in edges):
        raise RecordingError("expected edges as pairs of markers, such as [[0, 1], [1, 2]]")
    if len(edges) > MAX_EDGES:
        raise RecordingError(f"found {len(edges):,} edges, more than {MAX_EDGES:,}")
    if any(isinstance(end, str | bytes) for edge in edges for end in edge):
        column_of = {label: i for i, label in reversed(list(enumerate(labels)))}
        pairs = [tuple(_named_column(end, column_of) for end in edge) for edge in edges]
    else:
        pairs = [tuple(_whole_number(end) for end in edge) for edge in edges]
        ends = [end for pair in pairs for end in pair]
        first = int(max(ends, default=0) == len(labels))
        if wrong := [end for end in ends if not -1 <= end <= len(labels) - 1 + first]:
            raise RecordingError(
                f"an edge names marker {reprlib.repr(wrong[0])}, there are {len(labels)}, counted from 0"
            )
        pairs = [(a - first, b - first) for a, b in pairs]
    return list(dict.fromkeys((a, b) for a, b in pairs if a >= 0 and b >= 0 and a != b))


def _named_column(end: object, column_of: dict[str, int]) -> int:
    """The column of the marker that an edge names."""
    label = _clean_label(end)
    if label not in column_of:
        raise RecordingError(f"an edge names a marker {label!r} that is not in the list")
    return column_of[label]


def _whole_number(end: object) -> int:
    """An index as the file counts, -1 for NaN."""
    if isinstance(end, float) and math.isnan(end):
        return -1
    if isinstance(end, bool) or not isinstance(end, int | float) or end != end // 1:
        raise RecordingError(f"expected edges between whole numbers or names of markers, found {reprlib.repr(end)}")
    return int(end)


def clean_fps(value: object) -> float:
    """A frame rate from a number, or an array of one number.

    Raises:
        RecordingError: it is no number, or no possible frame rate.
    """
    if isinstance(value, np.ndarray):
        if value.size != 1 or value.dtype.kind not in "fiu":
            raise RecordingError(f"expected fps, frames per second, as one number, found an array {value.shape}")
        value = value.ravel()[0].item()
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise RecordingError(f"expected fps, frames per second, as a number, found {reprlib.repr(value)}")
    try:
        fps = float(value)
    except OverflowError:
        fps = math.inf
    require_fps(fps)
    return fps


MAX_TEXT = 2000
"""Characters of a credit or licence that are kept."""


def clean_text(text: object) -> str:
    """A text that a file holds for people, on one line; empty if it is none."""
    if not isinstance(text, str):
        return ""
    line = "".join(letter if letter.isprintable() else " " for letter in text[: 2 * MAX_TEXT])
    return " ".join(line.split())[:MAX_TEXT]


_TERMS = re.compile(r"\s*\bLicen[cs]e: (?P<terms>.+?)\.?(?:$|(?<=\.)\s)")


def credit_and_licence(credit: object, licence: object = "") -> dict[str, Any]:
    """The fields `credit` and `licence` of what a file holds.

    Args:
        credit: a text for people; as exporters of this program write it, with "Licence: CC BY 4.0." in it.
        licence: the terms, where the file has them by themselves.
    """
    text, terms = clean_text(credit), clean_text(licence)
    found = _TERMS.search(text)
    if found and terms in ("", found["terms"]):
        text, terms = f"{text[: found.start()]} {text[found.end() :]}".strip(), found["terms"]
    return {"credit": text, "licence": terms}
