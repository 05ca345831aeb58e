"""Export as TRC, the table of OpenSim and Motion Analysis: millimetres, y up, tabs.

Format: "Marker (.trc) Files", OpenSim's documentation. OpenSim takes y as up, so positions are turned; an empty cell
is a marker that is not seen.
"""

import numpy as np

from mariel.export.dances import why_no_dances
from mariel.export.marker_files.columns import Columns, why_no_columns
from mariel.export.marker_files.tables import table_bytes, table_rows
from mariel.export.registry import ExportRequest, register_exporter


@register_exporter(
    "trc",
    label="OpenSim (.trc)",
    suffixes=(".trc",),
    media_type="text/tab-separated-values",
    help="Markers in millimetres, y up, with names and frame rate, for OpenSim; the credit is in its first line.",
    why_not=lambda request: why_no_dances(request) or why_no_columns(request),
    estimate=table_bytes,
)
def export_trc(request: ExportRequest) -> bytes:
    """A row per frame with its number and time; the credit takes the place of the file's path."""
    columns = Columns.of(request)
    frames, markers = columns.positions.shape[:2]
    unit = "mm" if columns.unit == "m" else columns.unit
    rate = f"{columns.fps:.10g}"
    credit = f"Credit: {request.credit}" if request.credit else ""
    header = [
        ["PathFileType", "4", "(X/Y/Z)", " ".join(f"{request.title or 'dance'}. {credit}".split())],
        ["DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units", "OrigDataRate", "OrigDataStartFrame",
         "OrigNumFrames"],
        [rate, rate, str(frames), str(markers), unit, rate, "1", str(frames)],
        ["Frame#", "Time", *(cell for label in columns.labels for cell in (label, "", ""))],
        ["", "", *(f"{axis}{number}" for number in range(1, markers + 1) for axis in "XYZ")],
        [],
    ]  # fmt: skip
    x, y, z = np.moveaxis(columns.millimetres, -1, 0)
    rows = table_rows(np.stack([x, z, -y], axis=-1), columns.fps, "\t", first_frame=1)
    return ("\n".join(["\t".join(row) for row in header]) + "\n" + rows).encode()
