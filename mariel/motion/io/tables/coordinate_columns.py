"""Which columns of a table are the x, y and z of which marker, from the names above them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mariel.motion.io.tables.text_table import TableNumbers

_AXES = ("x", "y", "z")
_ONE_ROW = re.compile(
    r"(?P<label>.*?)(?P<between>[\s_.:/-]*|[\s_]*[\[(])(?P<axis>[xyz])[\])]?"
    r"(?:[\s_]*[\[(]?(?P<unit>mm|cm|m|in|inch|inches|millimet(?:er|re)s?|centimet(?:er|re)s?|met(?:er|re)s?)[\])]?)?",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"(?P<axis>[xyz])[\s_.:-]+(?P<label>\S.*)", re.IGNORECASE)
_AXIS_CELL = re.compile(r"([xyz])\d*", re.IGNORECASE)


@dataclass(frozen=True)
class CoordinateColumns:
    """The columns of the coordinates in a table.

    Args:
        labels: a name per marker, in the order of their first columns.
        columns: the columns of x, y and z of each.
        unit: the unit that the names of the columns have, such as "mm"; None without.
        incomplete: markers that are left out since an axis is missing.
    """

    labels: tuple[str, ...]
    columns: tuple[tuple[int, int, int], ...]
    unit: str | None = None
    incomplete: tuple[str, ...] = ()

    @property
    def flat(self) -> list[int]:
        """The columns of x, y and z of every marker in one row."""
        return [column for three in self.columns for column in three]

    def positions(self, numbers: TableNumbers) -> np.ndarray:
        """Positions (frames, markers, 3), float32, of the numbers of a table; NaN where missing."""
        return numbers.columns(self.flat).reshape(len(numbers), len(self.columns), 3)

    @property
    def last(self) -> int:
        """The highest column; -1 without any."""
        return max(self.flat, default=-1)


def columns_of_one_row(names: Sequence[str]) -> CoordinateColumns:
    """Coordinates of a table whose columns are named `LHEL_x`, `LHEL X`, `LHEL.x`, `LHEL:X (mm)` or `x_LHEL`."""
    found: dict[str, dict[str, int]] = {}
    units = []
    for column, name in enumerate(names):
        match = _ONE_ROW.fullmatch(name.strip()) or _BEFORE.fullmatch(name.strip())
        if match is None:
            continue
        if not match["label"].strip() and len(names) > 5:
            continue  # x, y and z alone, beside many others, are of no marker
        found.setdefault(match["label"].strip(), {}).setdefault(match["axis"].lower(), column)
        if match.re is _ONE_ROW and match["unit"]:
            units.append(match["unit"].lower())
    return _triples(found, max(set(units), key=units.count) if units else None)


def columns_of_two_rows(
    labels: Sequence[str], axes: Sequence[str], kept: Sequence[bool] | None = None
) -> CoordinateColumns:
    """Coordinates of a table with names in one row, perhaps only above x, and the axes in another.

    Args:
        labels: the cells with names; an empty one repeats the last.
        axes: the cells X, Y, Z, or X1, Y1, Z1.
        kept: whether a column may be a coordinate; by default all.
    """
    found: dict[str, dict[str, int]] = {}
    numbers: dict[str, int] = {}
    current = ""
    for column, cell in enumerate(axes):
        above = labels[column].strip() if column < len(labels) else ""
        match = _AXIS_CELL.fullmatch(cell.strip())
        axis = match[1].lower() if match else ""
        if above or axis == "x":
            current = above or f"\0{column}"
        if not axis or not current or (kept is not None and not (column < len(kept) and kept[column])):
            continue
        key = f"{current}\0{numbers.get(current, 0)}"
        if axis in found.get(key, {}):  # a second marker of the same name
            numbers[current] = numbers.get(current, 0) + 1
            key = f"{current}\0{numbers[current]}"
        found.setdefault(key, {})[axis] = column
    return _triples(found, None)


def _triples(found: dict[str, dict[str, int]], unit: str | None) -> CoordinateColumns:
    complete = {key: axes for key, axes in found.items() if len(axes) == len(_AXES)}
    return CoordinateColumns(
        tuple(key.split("\0")[0] for key in complete),
        tuple((axes["x"], axes["y"], axes["z"]) for axes in complete.values()),
        unit,
        tuple(key.split("\0")[0] for key in found if key not in complete),
    )
