"""Tables on standard output."""

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

_WIDTH_OF_FILES = 10_000
"""Columns of output that is no terminal: nothing is wrapped or cut there."""


def print_table(rows: Iterable[Sequence[str]], columns: str, headings: Sequence[str] = ()) -> None:
    """Print rows of text as a table.

    Args:
        rows: the texts of each row.
        columns: a letter per column: "l" to align it left, "r" to align it right, such as numbers.
        headings: the columns' headings, none by default.
    """
    # Texts are shown as they are: a take may be called honey[red] or :smile:.
    width = None if sys.stdout.isatty() else _WIDTH_OF_FILES
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)
    table = Table(box=None, pad_edge=False, show_header=bool(headings), header_style="")
    for number, letter in enumerate(columns):
        heading = headings[number] if headings else ""
        numeric = letter == "r"
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=numeric, overflow="fold")
    for row in rows:
        table.add_row(*row)
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        print(line.rstrip())
