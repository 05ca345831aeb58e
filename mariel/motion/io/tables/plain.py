"""Tables of any program whose columns are named after markers and axes, such as LHEL_x, LHEL_y, LHEL_z."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.io.labels import credit_and_licence
from mariel.motion.io.motion_file import MotionFile, one_dancer
from mariel.motion.io.tables.coordinate_columns import CoordinateColumns, columns_of_one_row, columns_of_two_rows
from mariel.motion.io.tables.text_table import TextTable, is_number, number_after, rate_of_times
from mariel.motion.orientation import UP_AXES

_TIME = re.compile(
    r"(time|t|seconds?|secs?|timestamps?|time[\s_.-]*(?:code|stamp)?s?)[\s_]*[\[(]?(?P<unit>s|sec|seconds?|ms|msec)?[\])]?",
    re.IGNORECASE,
)
_FRAME = re.compile(
    r"(frames?|frame[\s_.-]*(#|no|nr|number|index|id)?|index|row|unnamed: 0|sub[\s_-]*frame|#|)", re.I
)
_COMMENT = re.compile(r"[#%;/]*\s*(?P<key>[A-Za-z][\w \-/]{0,40}?)\s*[:=]\s*(?P<value>.+)")
_NO_POSITION = re.compile(
    r"acc|gyr|mag(net|$)|angular|quat|rot(ation)?([\s_.]|$)|euler|orient|force|moment|torque|veloc|angle|temperature|imu",
    re.IGNORECASE,
)
_CREDIT = re.compile(r"credit:\s*", re.IGNORECASE)
_RATE_KEYS = ("fps", "rate", "frame rate", "framerate", "frame_rate", "frequency", "frames per second")
_UNIT_KEYS = ("unit", "units", "length units")
_POSSIBLE_RATES = (0.5, 10_000.0)
_UP_KEYS = ("up", "up axis")


@dataclass(frozen=True)
class _Header:
    """Where a table's names and numbers are."""

    columns: CoordinateColumns
    names: list[str]
    first_row: int


def is_plain(table: TextTable) -> bool:
    """Whether a table has the x, y and z of a marker in the names of its columns."""
    return _header(table) is not None


def _header(table: TextTable) -> _Header | None:
    """The names of the columns, in one row or in two; None if the table has none."""
    return _header_in(table.rows(6)) or _header_in(table.rows(40))


def _header_in(rows: list[list[str]]) -> _Header | None:
    for number, cells in enumerate(rows[:-1]):
        if len(cells) < 3 or is_number(cells[-1]) or _is_comment(cells):
            continue
        columns = _of_positions(columns_of_one_row(cells))
        if columns.labels and _numbers_follow(rows, number + 1):
            return _Header(columns, cells, number + 1)
        if number and sum(cell.lower()[:1] in ("x", "y", "z") and len(cell) < 3 for cell in cells) >= 3:
            columns = _of_positions(columns_of_two_rows(rows[number - 1], cells))
            names = [cell or (rows[number - 1] + [""] * len(cells))[i] for i, cell in enumerate(cells)]
            if columns.labels and _numbers_follow(rows, number + 1):
                return _Header(columns, names, number + 1)
    return None


def _of_positions(columns: CoordinateColumns) -> CoordinateColumns:
    """The columns without those of accelerometers, rotations, forces and the like, which have x, y and z too."""
    kept = [i for i, label in enumerate(columns.labels) if not _NO_POSITION.search(label)]
    if len(kept) < len(columns.labels):  # then what has no name is not of a marker either
        kept = [i for i in kept if columns.labels[i]]
    labels, places = (tuple(each[i] for i in kept) for each in (columns.labels, columns.columns))
    return replace(columns, labels=labels, columns=places)


def _is_comment(cells: list[str]) -> bool:
    return cells[0].startswith(("#", "%", "//")) and not cells[0].lower().startswith(("#frame", "# frame"))


def _numbers_follow(rows: list[list[str]], number: int) -> bool:
    """Whether the row after the names, or after one of units, has numbers and little else."""
    following = [cells for cells in rows[number : number + 2] if any(cells)]
    shares = [sum(map(is_number, cells)) >= 0.5 * sum(map(bool, cells)) > 0 for cells in following]
    return any(shares)


def read_plain(path: Path, table: TextTable) -> tuple[MotionFile, tuple[str, ...]]:
    """(what the table holds, labels as the file has them).

    Raises:
        RecordingError: a cell is no number, or rows have more cells than there are names.
    """
    header = _header(table)
    if header is None:
        raise RecordingError("expected columns named after markers and axes, such as LHEL_x, LHEL_y, LHEL_z")
    first, about = header.first_row, _settings(table)
    rows = table.rows(first + 2)
    if len(rows) > first and not any(map(is_number, rows[first])):
        about.setdefault("unit", next((cell.strip("()[] ") for cell in rows[first] if cell), ""))
        first += 1  # a row of units
    numbers = table.numbers(first, max(header.columns.last + 1, len(header.names)))
    columns, taken = header.columns, set(header.columns.flat)
    fps = next((number_after(about[key]) for key in _RATE_KEYS if key in about), None)
    others = [name for i, name in enumerate(header.names) if i not in taken]
    credits = [name for name in others if _CREDIT.match(name)]
    for column, name in enumerate(header.names):
        if column not in taken and (match := _TIME.fullmatch(name)):
            others.remove(name)
            fps = fps or _rate(numbers.column(column), match["unit"] or "")
    content = one_dancer(
        columns.positions(numbers),
        columns.labels,
        path,
        fps=fps or None,
        unit=columns.unit or next((about[key] for key in _UNIT_KEYS if about.get(key)), None),
        up=_up(about),
        zeros_are_missing=None,
        notes=_notes(columns, [name for name in others if not _FRAME.fullmatch(name) and name not in credits]),
        **credit_and_licence(_credit(credits, about), about.get("licence", about.get("license"))),
    )
    return content, columns.labels


def _rate(times: np.ndarray, unit: str) -> float | None:
    rate = rate_of_times(times / 1000 if unit.lower().startswith("ms") else times)
    return rate if rate and _POSSIBLE_RATES[0] <= rate <= _POSSIBLE_RATES[1] else None  # not of seconds


def _settings(table: TextTable) -> dict[str, str]:
    """What comments above the names say, such as "# unit: mm"; keys in lower case."""
    found: dict[str, str] = {}
    for line in table.head.split("\n", 40)[:40]:
        if line.startswith(("#", "%", "//")) and (match := _COMMENT.fullmatch(line.strip(' \t,;"'))):
            found.setdefault(match["key"].lower(), match["value"].strip())
    return found


def _credit(headings: list[str], about: Mapping[str, str]) -> str:
    """The credit as a comment says it, or the heading of a column that this program writes for it."""
    return about.get("credit") or next((_CREDIT.sub("", heading, 1) for heading in headings), "")


def _up(about: Mapping[str, str]) -> str | None:
    up = next((about[key].lower() for key in _UP_KEYS if key in about), "")
    up = up if up[:1] in ("+", "-") else f"+{up}"
    return up if up in UP_AXES else None


def _notes(columns: CoordinateColumns, others: list[str]) -> tuple[str, ...]:
    notes = []
    if columns.incomplete:
        notes.append(f"{len(columns.incomplete)} markers without x, y or z left out ({columns.incomplete[0][:40]})")
    if others:
        notes.append(f"{len(others):,} other columns left out ({', '.join(others)[:60]})")
    return tuple(notes)
