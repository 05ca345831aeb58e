"""Tables of Qualisys Track Manager: a header of words such as NO_OF_FRAMES, then tabs.

Format: "Motion data (.tsv)", https://docs.qualisys.com/qtm/content/processing_measurement/motion_data_tsv.htm.
"""

from collections.abc import Mapping
from pathlib import Path

from mariel.errors import RecordingError
from mariel.motion.io.motion_file import MotionFile, one_dancer
from mariel.motion.io.tables.coordinate_columns import CoordinateColumns
from mariel.motion.io.tables.text_table import TextTable, is_number, number_after, rate_of_times

_HEADER_ROWS = 40  # an event has a row of its own

UNIT = "mm"
"""The unit in which Qualisys Track Manager writes tables."""


def is_qualisys(table: TextTable) -> bool:
    """Whether a table has the header of Qualisys Track Manager."""
    first = {cells[0] for cells in table.rows(12)}
    return "NO_OF_FRAMES" in first


def read_qualisys(path: Path, table: TextTable) -> tuple[MotionFile, tuple[str, ...]]:
    """(what the table holds, labels as the file has them).

    Raises:
        RecordingError: it holds rigid bodies or points in pictures instead of markers, or is damaged.
    """
    rows = table.rows(_HEADER_ROWS)
    named = [cells for cells in reversed(rows) if cells[0] and not is_number(cells[0])]
    header = {cells[0].upper(): cells[1:] for cells in named}
    included = next(iter(header.get("DATA_INCLUDED", [])), "3D").upper()
    if included != "3D":
        raise RecordingError(
            f"expected DATA_INCLUDED 3D, found {included[:20]}: the table holds "
            f"{'rigid bodies' if included.startswith('6D') else 'other data'}, not markers; export its "
            "3D data from Qualisys Track Manager"
        )
    first = _first_row(rows)
    labels = _labels(header, rows[first])
    before = (len(rows[first]) - (rows[first][-1] == "")) - 3 * len(labels)
    if before not in (0, 1, 2):
        raise RecordingError(
            f"expected x, y and z of {len(labels)} MARKER_NAMES, and perhaps frame and time before them, found "
            f"{len(rows[first])} cells in line {first + 1}"
        )
    places = range(before, before + 3 * len(labels), 3)
    columns = CoordinateColumns(labels, tuple((at, at + 1, at + 2) for at in places))
    numbers = table.numbers(first, columns.last + 1)
    fps = number_after(next(iter(header.get("FREQUENCY", [])), ""))
    if not fps:  # EXT, where another device gave the time
        fps = rate_of_times(numbers.column(before - 1)) if before == 2 else None
    notes = _notes(header, len(numbers))
    content = one_dancer(
        columns.positions(numbers),
        labels,
        path,
        fps=fps,
        unit=UNIT,
        usual_up="+z",
        zeros_are_missing=True,
        notes=notes,
    )
    return content, labels


def _first_row(rows: list[list[str]]) -> int:
    """The first row of numbers; its first cell may be empty, where the first marker is not seen."""
    first = next((number for number, cells in enumerate(rows) if is_number(cells[0]) and len(cells) > 2), None)
    if first is None:
        raise RecordingError("expected rows of numbers below the header of the table, found none")
    while first and not rows[first - 1][0] and len(rows[first - 1]) == len(rows[first]):
        first -= 1
    return first


def _labels(header: Mapping[str, list[str]], row: list[str]) -> tuple[str, ...]:
    """The names of the markers; numbered where the header has none."""
    names = header.get("MARKER_NAMES", [])
    while names and not names[-1]:
        names = names[:-1]
    count = number_after(next(iter(header.get("NO_OF_MARKERS", [])), ""))
    if not names and count and 0 < count <= len(row) / 3:
        names = [""] * int(count)
    if not names:
        raise RecordingError("expected MARKER_NAMES in the header of the table, found none")
    return tuple(names)


def _notes(header: Mapping[str, list[str]], frames: int) -> tuple[str, ...]:
    claimed = number_after(next(iter(header.get("NO_OF_FRAMES", [])), ""))
    if claimed is None or int(claimed) == frames:
        return ()
    return (f"NO_OF_FRAMES says {int(claimed):,} frames, found {frames:,}",)
