"""Export as a table for spreadsheets and statistics programs: comma-separated values, a row per frame."""

import csv
import io

from mariel.export.dances import why_no_dances
from mariel.export.marker_files.columns import Columns, why_no_columns
from mariel.export.marker_files.tables import table_bytes, table_rows
from mariel.export.registry import ExportRequest, register_exporter

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


@register_exporter(
    "csv",
    label="Table (.csv)",
    suffixes=(".csv",),
    media_type="text/csv",
    help="A row per frame: time, x, y and z of each marker in metres, z up; the credit heads a last column.",
    why_not=lambda request: why_no_dances(request) or why_no_columns(request),
    estimate=table_bytes,
)
def export_csv(request: ExportRequest) -> bytes:
    """Columns frame, time, then `LHEL_x`, `LHEL_y`, `LHEL_z` and so on; an empty cell is a marker not seen.

    A line of comment would stop most readers of tables; so the credit is the heading of a last, empty column.
    """
    columns = Columns.of(request)
    text = io.StringIO(newline="")
    heads = [_plain(f"{label}_{axis}") for label in columns.labels for axis in "xyz"]
    credit = [_plain(f"credit: {' '.join(request.credit.split())}")] if request.credit else []
    csv.writer(text, lineterminator="\n").writerow(["frame", "time", *heads, *credit])
    rows = table_rows(columns.positions, columns.fps, ",")
    if credit:
        rows = rows.replace("\n", ",\n")
    return (text.getvalue() + rows).encode("utf-8", "replace")


def _plain(text: str) -> str:
    """A heading that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
