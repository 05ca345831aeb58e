"""A table as text: its separator and decimal sign, the rows above the numbers, and the numbers."""

import csv
import io
import math
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mariel.errors import RecordingError
from mariel.files import format_bytes
from mariel.motion.arrays import require_size
from mariel.motion.io.labels import MAX_MARKERS
from mariel.motion.text_files import MAX_TEXT_BYTES, decode_text, read_text

if TYPE_CHECKING:
    import pandas as pd

MAX_HEADER_ROWS = 100
"""Rows in which the beginning of the numbers is looked for."""

MAX_HEAD_BYTES = 2**20
"""Bytes at the beginning of a file in which the rows above the numbers are."""

MAX_COLUMNS = 30 * MAX_MARKERS
"""Most columns of a table: those of many markers, each with other numbers beside its coordinates."""

_SAMPLED_CELLS = 2000  # whose decimal signs are counted
_SEPARATORS = ("\t", ";", ",")
_MISSING = ("-", "--", ".", "NULL", "none", "None", "#N/A", "missing", "NAN", "Nan")
_NO_NUMBER = {"", "nan", "<na>", "inf", "-inf", "na", "n/a", *(word.lower() for word in _MISSING)}
_USUAL_FACTORS = (1.0, 1000 / 1001)
_NUMBER = re.compile(r"\s*\"?[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\"?\s*")


@dataclass(frozen=True, eq=False)
class TableNumbers:
    """The numbers of a table.

    Args:
        frame: rows and columns of numbers of any kind; NaN for an empty cell.
    """

    frame: "pd.DataFrame"

    def __len__(self) -> int:
        return len(self.frame)

    def column(self, number: int) -> np.ndarray:
        """One column, (rows,), float64."""
        return self.frame.iloc[:, number].to_numpy(np.float64)

    def columns(self, numbers: Sequence[int]) -> np.ndarray:
        """Some columns, (rows, columns), float32."""
        # pandas has columns in rows of memory: one array where all are of one kind, which is then not copied twice.
        of_one_kind = self.frame.dtypes.nunique() == 1
        every = self.frame.to_numpy() if of_one_kind else self.frame.to_numpy(np.float32)
        first, count = (numbers[0], len(numbers)) if numbers else (0, 0)
        consecutive = list(numbers) == list(range(first, first + count))
        chosen = every[:, first : first + count] if consecutive else every[:, list(numbers)]
        return chosen.astype(np.float32, order="C", copy=False)


@dataclass(frozen=True)
class TextTable:
    """A table in a file of text, of which only the beginning is in memory.

    Args:
        path: the file.
        head: its first lines as text, each ended by a line feed.
        separator: what stands between two cells.
        decimal: what stands before the decimals, "." or ",".
        decoded: whether pandas must be given decoded text: UTF-16, or carriage returns alone, which it miscounts.
    """

    path: Path
    head: str
    separator: str
    decimal: str
    decoded: bool = False

    def rows(self, count: int = MAX_HEADER_ROWS) -> list[list[str]]:
        """The cells of the first rows, without blanks around them."""
        return [_cells(line, self.separator) for line in self.head.split("\n", count)[:count]]

    def numbers(self, first_row: int, columns: int, rows: int | None = None) -> TableNumbers:
        """The numbers from a row on; NaN for an empty cell.

        Args:
            first_row: the row of the first numbers, counted from 0.
            columns: how many columns there are at least.
            rows: how many rows are read; by default all.

        Raises:
            RecordingError: a cell is no number, or a row has more cells than the first; the message says which.
        """
        import pandas as pd  # noqa: PLC0415 - it takes a third of a second, and other files do not need it

        width = max(columns, self._first_width(first_row))
        _require_cells(self.path, width, returns=self.decoded)
        # A file in UTF-8 is not decoded here, and types are not named, which makes pandas twice as fast.
        source = io.StringIO(_with_line_feeds(read_text(self.path))) if self.decoded else self.path
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about empty cells at the ends of lines, and words among numbers
                frame = pd.read_csv(
                    source, sep=self.separator, decimal=self.decimal, header=None, names=range(width),
                    index_col=False, skiprows=first_row, nrows=rows, na_values=_MISSING, encoding="utf-8",
                    encoding_errors="replace", engine="c",
                )  # fmt: skip
            for number, dtype in enumerate(frame.dtypes):
                if dtype.kind not in "fiu":
                    frame.isetitem(number, self._numbers_of_words(frame.iloc[:, number].to_numpy()))
            return TableNumbers(frame)
        except pd.errors.EmptyDataError:
            return TableNumbers(pd.DataFrame(np.empty((0, width))))
        except (ValueError, OverflowError, pd.errors.ParserError) as error:
            raise RecordingError(self._explain(first_row, width, error)) from None

    def _numbers_of_words(self, column: np.ndarray) -> np.ndarray:
        """The numbers of a column in which pandas saw words, such as blanks or NaN with blanks before it.

        Raises:
            ValueError: some are no numbers.
        """
        words = np.char.strip(np.char.lower(column.astype(str)), ' "')
        words = np.where(np.isin(words, list(_NO_NUMBER)), "nan", words)
        return (np.char.replace(words, ",", ".") if self.decimal == "," else words).astype(np.float64)

    def _first_width(self, first_row: int) -> int:
        """The number of cells in the first row of numbers."""
        lines = self.head.split("\n", first_row + MAX_HEADER_ROWS)[first_row : first_row + MAX_HEADER_ROWS]
        rows = (_cells(line, self.separator) for line in lines)
        return next((len(cells) for cells in rows if any(cells)), 0)

    def _explain(self, first_row: int, width: int, error: Exception) -> str:
        """Which row of a table is wrong, and what was expected in it."""
        lines = _with_line_feeds(read_text(self.path)).split("\n")
        for number, line in enumerate(lines[first_row:], start=first_row + 1):
            cells = _cells(line, self.separator)
            if len(cells) > width:
                return f"line {number:,}: expected {width:,} cells as in the rows above, found {len(cells):,}"
            for cell in cells:
                if cell and not is_number(cell) and cell.lower() not in _NO_NUMBER:
                    return f"line {number:,}: expected numbers, found {cell[:40]!r}"
        return f"expected numbers in the table, found other text ({str(error)[:80]})"


def open_table(path: Path) -> TextTable:
    """The table in a text file.

    Raises:
        RecordingError: the file cannot be read or is too long.
    """
    size = path.stat().st_size
    if size > MAX_TEXT_BYTES:
        raise RecordingError(
            f"found a table of {format_bytes(size)}, more than the {format_bytes(MAX_TEXT_BYTES)} that are read"
        )
    with path.open("rb") as file:
        return table_of_head(path, file.read(MAX_HEAD_BYTES))


@lru_cache(maxsize=2)  # every format of tables looks at the same head
def table_of_head(path: Path, head: bytes) -> TextTable:
    """A table from the first bytes of its file, of which the first rows tell the separator and the decimal sign."""
    text = _with_line_feeds(decode_text(head).removeprefix("\ufeff"))
    lines = text.split("\n", MAX_HEADER_ROWS)[:MAX_HEADER_ROWS]
    widths = {mark: max((line.count(mark) for line in lines), default=0) for mark in _SEPARATORS}
    # Decimal commas are the most frequent mark of a table of tabs or semicolons, so the order decides first.
    likely = [mark for mark in ("\t", ";") if widths[mark] > 1]
    separator = likely[0] if likely else max(_SEPARATORS, key=widths.__getitem__)
    decimal = "."
    if separator != ",":
        cells = [cell for cell in separator.join(lines).split(separator)[-_SAMPLED_CELLS:] if is_number(cell)]
        decimal = "," if sum("," in cell for cell in cells) > sum("." in cell for cell in cells) else "."
    decoded = 0 in head[:4] or b"\r" in head.replace(b"\r\n", b"")
    return TextTable(path, text, separator, decimal, decoded)


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _require_cells(path: Path, width: int, *, returns: bool) -> None:
    """Check that a table as wide as its first row of numbers is not far larger than its file.

    Args:
        path: the file.
        width: cells in a row.
        returns: whether lines may end with carriage returns alone.
    """
    if width > MAX_COLUMNS:
        raise RecordingError(f"expected a table of at most {MAX_COLUMNS:,} columns, found {width:,}")
    size, lines = path.stat().st_size, 1
    buffer = np.empty(2**18, np.uint8)  # bytes.count takes four times as long, and a larger buffer leaves the cache
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer.data):
            lines += int(np.count_nonzero(buffer[:count] == ord("\n")))
            lines += int(np.count_nonzero(buffer[:count] == ord("\r"))) if returns else 0
    if lines * width > 8 * size + 2**20:  # every cell takes a byte at least, if only for its separator
        raise RecordingError(f"expected {width:,} cells in every row, as in the first, found far fewer")
    require_size(lines * width * 8)


def _cells(line: str, separator: str) -> list[str]:
    """The cells of one line, of which some may be quoted."""
    if '"' not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return [cell.strip(' "') for cell in line.split(separator)]


def is_number(cell: str) -> bool:
    """Whether a cell holds a number, with a decimal point or a decimal comma."""
    return _NUMBER.fullmatch(cell) is not None


def rate_of_times(times: np.ndarray) -> float | None:
    """Frames per second of times in seconds (frames,); None where they do not rise evenly.

    Times are often rounded to milliseconds: a rate that is usual, such as 30 or 29.97, is meant where it differs by
    no more than the rounding seen in the times themselves.
    """
    times = np.asarray(times, np.float64)
    if len(times) < 2 or not np.isfinite(times).all():
        return None
    duration = times[-1] - times[0]
    even = times[0] + duration * np.arange(len(times)) / (len(times) - 1)
    deviation = float(np.abs(times - even).max())
    step = duration / (len(times) - 1)
    if not duration > 0 or deviation > step / 2:
        return None
    rate = 1 / step
    tolerance = 2 * deviation / duration + 1e-5
    for factor in _USUAL_FACTORS:
        usual = round(rate / factor) * factor
        if usual and math.isclose(rate, usual, rel_tol=tolerance):
            return round(usual, 5)
    return round(rate, 5)


def find_row(rows: Sequence[Sequence[str]], *words: str) -> int | None:
    """The first row that begins with one of some words, which are in lower case; None if there is none."""
    return next((number for number, cells in enumerate(rows) if cells and cells[0].lower() in words), None)


def number_after(text: str) -> float | None:
    """The number that a cell holds, with a decimal point or comma; None if it holds something else."""
    return float(text.strip().strip('"').replace(",", ".")) if is_number(text) else None
