"""Tables of OptiTrack Motive: a row of settings, rows of Type, Name, ID and quantity, then a row per frame.

Format: "Data Export: CSV", https://docs.optitrack.com/motive/data-export/data-export-csv.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mariel.errors import RecordingError
from mariel.motion.io.motion_file import MotionFile, one_dancer
from mariel.motion.io.tables.coordinate_columns import CoordinateColumns, columns_of_two_rows
from mariel.motion.io.tables.text_table import TextTable, find_row, number_after, rate_of_times
from mariel.motion.orientation import UP_AXES

TYPES = ("marker", "bone marker", "rigid body marker", "bone")
"""What columns can be of, in the order in which they are preferred: measured markers, expected ones, joints."""

_HEADER_ROWS = 12
_UNLABELLED = re.compile(r"(.*:)?unlabell?ed.*", re.IGNORECASE)


def is_motive(table: TextTable) -> bool:
    """Whether a table has the first row that Motive writes."""
    return table.head.lstrip('" ')[:14].lower() == "format version"


def read_motive(path: Path, table: TextTable) -> tuple[MotionFile, tuple[str, ...]]:
    """(what the table holds, labels as the file has them).

    Raises:
        RecordingError: it holds rigid bodies only, or bones relative to their parents, or is damaged.
    """
    rows = table.rows(_HEADER_ROWS)
    settings = {key.lower(): value for key, value in zip(rows[0][::2], rows[0][1::2], strict=False)}
    axes = find_row(rows, "frame")
    above = _rows_above(rows[1:axes])
    if axes is None or above is None:
        raise RecordingError(
            "expected the rows Type, Name and Frame of a table of Motive, found others: export with its header"
        )
    types, names = [cell.lower() for cell in above[0]], above[1]
    quantities = [cell.lower() for cell in rows[axes - 1]]
    chosen, columns = _columns(types, quantities, names, rows[axes])
    if chosen == "bone" and settings.get("coordinate space", "").lower() == "local":
        raise RecordingError(
            "expected Coordinate Space Global, found Local: the bones are relative to their parents; export again"
        )
    numbers = table.numbers(axes + 1, max(columns.last + 1, len(rows[axes])))
    fps = next(filter(None, (number_after(settings.get(f"{which} frame rate", "")) for which in _RATES)), None)
    content = one_dancer(
        columns.positions(numbers),
        columns.labels,
        path,
        fps=fps or rate_of_times(numbers.column(1)),
        unit=settings.get("length units") or None,
        up=_up(settings),
        usual_up="+y",
        zeros_are_missing=True,
        notes=_notes(types, chosen),
    )
    return content, columns.labels


_RATES = ("export", "capture")


def _rows_above(rows: Sequence[list[str]]) -> tuple[list[str], list[str]] | None:
    """(types, names) of the columns; versions up to 1.21 of the format have no titles before these rows."""
    titled = {cells[1].lower(): cells for cells in rows if len(cells) > 1 and not cells[0]}
    if {"type", "name"} <= set(titled):
        return titled["type"], titled["name"]
    plain = [cells for cells in rows if len(cells) > 2 and not any(cells[:2]) and any(cells)]
    return (plain[0], plain[1]) if len(plain) > 2 else None


def _columns(
    types: Sequence[str], quantities: Sequence[str], names: Sequence[str], axes: Sequence[str]
) -> tuple[str, CoordinateColumns]:
    """(type of the columns that are read, the columns)."""
    is_position = [quantity == "position" for quantity in quantities]
    for wanted in TYPES:
        kept = [position and each == wanted for position, each in zip(is_position, types, strict=False)]
        columns = columns_of_two_rows(names, axes, kept)
        labelled = [i for i, label in enumerate(columns.labels) if not _UNLABELLED.fullmatch(label)]
        if labelled:
            return wanted, CoordinateColumns(
                tuple(columns.labels[i] for i in labelled), tuple(columns.columns[i] for i in labelled)
            )
        if columns.labels and not set(types) & set(TYPES) - {wanted}:
            return wanted, columns
    found = ", ".join(sorted({each for each in types if each not in ("", "type")}))[:80] or "nothing"
    raise RecordingError(
        f"expected columns of Type Marker or Bone with Position, found {found}: export Markers or Bones from Motive"
    )


def _up(settings: dict[str, str]) -> str | None:
    """The axis that points up, where a setting such as Up Axis names it."""
    for key, value in settings.items():
        if "up" in key.split() or key == "axis convention":
            match = re.search(r"([-+]?)([xyz])\b(?:[\s-]*up)?", value.lower())
            if match and f"{match[1] or '+'}{match[2]}" in UP_AXES:
                return f"{match[1] or '+'}{match[2]}"
    return None


def _notes(types: Sequence[str], chosen: str) -> tuple[str, ...]:
    others = Counter(each for each in types if each and each not in ("type", chosen))
    return tuple(f"{count:,} columns of {kind} left out" for kind, count in others.items())
