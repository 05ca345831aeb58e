"""Track Row Column tables of Cortex, OpenSim and others: three rows of settings, names, axes, then tabs.

Format: "Marker (.trc) Files", OpenSim documentation; "read_trc", Laboratory of Biomechanics and Motor Control.
"""

from collections.abc import Mapping
from pathlib import Path

from mariel.errors import RecordingError
from mariel.motion.io.labels import credit_and_licence
from mariel.motion.io.motion_file import MotionFile, one_dancer
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
    settings = _settings(rows[names - 2], rows[names - 1])
    first = next((n for n in range(names + 1, len(rows)) if is_number(rows[n][0])), None)
    if first is None:
        raise RecordingError("expected rows of numbers below the names of the markers, found none")
    columns = _columns(rows[names], rows[names + 1] if first > names + 1 else [], settings)
    numbers = table.numbers(first, columns.last + 1)
    fps = number_after(settings.get("datarate", "")) or rate_of_times(numbers.column(1))
    content = one_dancer(
        columns.positions(numbers),
        columns.labels,
        path,
        fps=fps,
        unit=settings.get("units") or None,
        usual_up="+y",
        zeros_are_missing=True,
        notes=_notes(settings, len(numbers), len(columns.labels)),
        **credit_and_licence(_credit(rows[0])),
    )
    return content, columns.labels


def _credit(first_row: list[str]) -> str:
    """What the first row says after "Credit:", where other programs write the path of the file."""
    return " ".join(first_row[3:]).partition("Credit:")[2]


def _settings(keys: list[str], values: list[str]) -> dict[str, str]:
    """The settings by name in lower case; some programs write more tabs between the values than between the names."""
    named, given = [key for key in keys if key], [value for value in values if value]
    pairs = zip(named, given, strict=True) if len(named) == len(given) else zip(keys, values, strict=False)
    return {key.lower(): value for key, value in pairs if key}


def _columns(names: list[str], axes: list[str], settings: Mapping[str, str]) -> CoordinateColumns:
    """The columns of each marker.

    Coordinates begin in the third column and follow the order of the names, wherever these stand: some programs shift
    the rows of names and axes. Where markers without a name are among them, the names above the axes tell.
    """
    labels = tuple(name for name in names[2:] if name)
    counts = (number_after(settings.get("nummarkers", "")), sum(map(bool, axes)) / 3)
    if labels and (len(labels) in counts or not any(axes)):
        return CoordinateColumns(labels, tuple((at, at + 1, at + 2) for at in range(2, 2 + 3 * len(labels), 3)))
    columns = columns_of_two_rows(["", "", *names[2:]], axes)
    if not columns.labels:
        raise RecordingError("expected names of markers in the row of Frame# and Time, found none")
    return columns


def _notes(settings: Mapping[str, str], frames: int, markers: int) -> tuple[str, ...]:
    found = {"numframes": frames, "nummarkers": markers}
    words = {"numframes": "NumFrames", "nummarkers": "NumMarkers"}
    claimed = {key: number_after(settings.get(key, "")) for key in found}
    return tuple(
        f"{words[key]} says {int(number):,}, found {found[key]:,}"
        for key, number in claimed.items()
        if number is not None and int(number) != found[key]
    )
