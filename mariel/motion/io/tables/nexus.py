"""Tables of Vicon Nexus: parts with a title and a rate, of which Trajectories are the markers.

Format: "ASCII export" in the Vicon Nexus User Guide: the title of a part, its rate, names above X, a row with Frame,
Sub Frame and axes, a row of units, then a row per frame up to an empty line.
"""

import mmap
import re
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.io.motion_file import MotionFile, one_dancer
from mariel.motion.io.tables.coordinate_columns import CoordinateColumns, columns_of_two_rows
from mariel.motion.io.tables.text_table import TextTable, is_number, number_after
from mariel.motion.text_files import read_text

PARTS = ("trajectories", "trajectory count", "devices", "joints", "segments", "model outputs", "events")
"""Titles of the parts of such a table."""

_TITLE = re.compile(rb"^(\xef\xbb\xbf)?\"?Trajectories\"?[,;\t]*\r?$", re.IGNORECASE | re.MULTILINE)
_LONGEST_LINE = 2**20
_UNLABELLED = re.compile(r"(.*:)?\*\d*")


def is_nexus(table: TextTable) -> bool:
    """Whether a table begins with the title of a part of Nexus and its rate, or with its events."""
    rows = [cells for cells in table.rows(6) if any(cells)]
    return bool(rows) and rows[0][0].lower() in PARTS and (rows[0][0].lower() == "events" or _is_rate(rows))


def _is_rate(rows: list[list[str]]) -> bool:
    return len(rows) > 1 and is_number(rows[1][0]) and not any(rows[1][1:])


def read_nexus(path: Path, table: TextTable) -> tuple[MotionFile, tuple[str, ...]]:
    """(what the part Trajectories holds, labels as the file has them).

    Raises:
        RecordingError: there is no such part, or it is damaged.
    """
    content = _content(path, table)
    title = _TITLE.search(content)
    if title is None:
        raise RecordingError(
            f"expected the part Trajectories in the table of Nexus, found {table.rows(1)[0][0]!r} without it: export "
            "with Trajectories chosen"
        )
    before = content[: title.start()].count(b"\n")
    lines = content[title.start() : title.start() + 2**22].split(b"\n", 8)[:8]
    cells = (line.decode("utf-8", "replace").split(table.separator) for line in lines)
    rows = [[cell.strip(' "\r') for cell in row] for row in cells]
    axes = next((number for number, cells in enumerate(rows) if cells[0].lower() == "frame"), None)
    if axes is None or axes < 1:
        raise RecordingError("expected a row Frame, Sub Frame, X, Y, Z in the part Trajectories, found none")
    first = next((n for n in range(axes + 1, len(rows)) if is_number(rows[n][0])), None)
    if first is None:
        raise RecordingError("expected rows of numbers in the part Trajectories, found none")
    columns, unlabelled = _columns(rows[axes - 1], rows[axes])
    at = title.start() + sum(len(line) + 1 for line in lines[:first])
    end = _end_of_part(content, at, table.separator)
    count = content[at:end].count(b"\n") + 1 if end is not None else None
    numbers = table.numbers(before + first, max(columns.last + 1, len(rows[axes])), count)
    units = [cell for cell in rows[axes + 1] if cell] if first > axes + 1 else []
    notes = (f"{unlabelled:,} trajectories without a label left out",) if unlabelled else ()
    positions, numbered = columns.positions(numbers), ~np.isnan(numbers.column(0))
    motion = one_dancer(
        positions if numbered.all() else positions[numbered],  # without lines of separators alone
        columns.labels,
        path,
        fps=next((number_after(cells[0]) for cells in rows[1:axes] if is_number(cells[0])), None),
        unit=units[0] if units else None,
        usual_up="+z",
        zeros_are_missing=True,
        notes=notes,
    )
    return motion, columns.labels


def _content(path: Path, table: TextTable) -> bytes | mmap.mmap:
    """The text of the file in UTF-8, of which lines end with line feeds; memory-mapped where it is so in the file."""
    if not table.decoded:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return read_text(path).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")


def _end_of_part(content: bytes | mmap.mmap, at: int, separator: str) -> int | None:
    """Where an empty line ends the rows of numbers that begin at a place; None if no other part follows."""
    mark = separator.encode()
    last_line = content[-_LONGEST_LINE:].rstrip(b'\r\n\t ,;"').rpartition(b"\n")[2]
    first_line = content[at : at + _LONGEST_LINE].partition(b"\n")[0].rstrip(b'\r\t ,;"')
    if last_line.count(mark) == first_line.count(mark) or len(last_line) == _LONGEST_LINE:
        return None  # the usual case, told without looking through the file
    ends = (content.find(pattern, at) for pattern in (b"\n\n", b"\n\r\n", b"\n" + mark + mark))
    return min((end for end in ends if end >= 0), default=None)


def _columns(names: list[str], axes: list[str]) -> tuple[CoordinateColumns, int]:
    """(columns of the labelled trajectories, number of the others)."""
    columns = columns_of_two_rows(names, axes)
    if not columns.labels:
        raise RecordingError("expected X, Y and Z of trajectories, found none")
    labelled = [i for i, label in enumerate(columns.labels) if label and not _UNLABELLED.fullmatch(label)]
    if not labelled:
        return columns, 0
    chosen = CoordinateColumns(
        tuple(columns.labels[i] for i in labelled), tuple(columns.columns[i] for i in labelled)
    )
    return chosen, len(columns.labels) - len(labelled)
