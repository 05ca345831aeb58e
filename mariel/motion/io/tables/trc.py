"""Track Row Column tables of Cortex, OpenSim and others: three rows of settings, names, axes, then tabs.

Format: "Marker (.trc) Files", OpenSim documentation; "read_trc", Laboratory of Biomechanics and Motor Control.
"""

from collections.abc import Mapping
from pathlib import Path

from mariel.errors import RecordingError
from mariel.motion.io.motion_file import MotionFile
from mariel.motion.io.subjects import one_dancer
from mariel.motion.io.tables.coordinate_columns import CoordinateColumns, columns_of_two_rows
from mariel.motion.io.tables.text_table import TextTable, is_number, number_after, rate_of_times

_HEADER_ROWS = 12


def is_trc(table: TextTable) -> bool:
    """Whether a table begins as a TRC file does."""
    return table.head.lstrip()[:12].lower() == "pathfiletype"


def read_trc_table(path: Path, table: TextTable) -> tuple[MotionFile, tuple[str, ...]]:
    """(what the table holds, labels as the file has them).

    Raises:
        RecordingError: rows of the header are missing, or a cell is no number.
    """
    rows = table.rows(_HEADER_ROWS)
    names = next(
        (n for n, cells in enumerate(rows) if cells[0].lower().replace(" ", "") in ("frame#", "frame")), None
    )
    if names is None or names < 2:
        raise RecordingError(
            "expected the rows PathFileType, DataRate …, its values, and Frame#, Time and markers, found others: "
            "export the TRC file again"
        )
    settings = {key.lower(): value for key, value in zip(rows[names - 2], rows[names - 1], strict=False) if key}
    first = next((n for n in range(names + 1, len(rows)) if is_number(rows[n][0])), None)
    if first is None:
        raise RecordingError("expected rows of numbers below the names of the markers, found none")
    columns = _columns(rows[names], rows[names + 1] if first > names + 1 else [])
    numbers = table.numbers(first, columns.last + 1)
    fps = number_after(settings.get("datarate", "")) or rate_of_times(numbers[:, 1])
    content = one_dancer(
        columns.positions(numbers),
        columns.labels,
        path,
        fps=fps,
        unit=settings.get("units") or None,
        zeros_are_missing=True,
        notes=_notes(settings, len(numbers), len(columns.labels)),
    )
    return content, columns.labels


def _columns(names: list[str], axes: list[str]) -> CoordinateColumns:
    """The columns of each marker, from the names above X; from the names alone where the axes are missing."""
    columns = columns_of_two_rows(["", "", *names[2:]], axes)
    if columns.labels:
        return columns
    labels = tuple(name for name in names[2:] if name)
    if not labels:
        raise RecordingError("expected names of markers in the row of Frame# and Time, found none")
    return CoordinateColumns(labels, tuple((at, at + 1, at + 2) for at in range(2, 2 + 3 * len(labels), 3)))


def _notes(settings: Mapping[str, str], frames: int, markers: int) -> tuple[str, ...]:
    found = {"numframes": frames, "nummarkers": markers}
    words = {"numframes": "NumFrames", "nummarkers": "NumMarkers"}
    claimed = {key: number_after(settings.get(key, "")) for key in found}
    return tuple(
        f"{words[key]} says {int(number):,}, found {found[key]:,}"
        for key, number in claimed.items()
        if number is not None and int(number) != found[key]
    )
