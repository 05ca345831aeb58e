"""Export as C3D, the format of motion-capture laboratories: points in millimetres, z up.

Format: The C3D File Format User Guide, https://www.c3d.org/docs/C3D_User_Guide.pdf; written by ezc3d.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mariel.export.dances import why_no_dances
from mariel.export.marker_files.columns import Columns, why_no_columns
from mariel.export.registry import ExportRequest, coordinates_bytes, register_exporter

MAX_FRAMES = 65_535
"""Frames in one file: the header counts them with 16 bits, and readers stop there."""

MAX_TEXT = 240
"""Bytes of one text: its length is one byte."""

UNSEEN = -1.0
"""The residual of a point that is not seen."""


def _why_not(request: ExportRequest) -> str:
    if reason := why_no_dances(request) or why_no_columns(request):
        return reason
    frames = max(len(scene) for scene in request.all_scenes)
    return f"a C3D file holds at most {MAX_FRAMES:,} frames" if frames > MAX_FRAMES else ""


@register_exporter(
    "c3d",
    label="C3D (.c3d)",
    suffixes=(".c3d",),
    media_type="application/octet-stream",
    help="Markers in millimetres with names, frame rate, credit and several dancers, for motion-capture programs.",
    why_not=_why_not,
    estimate=lambda request: coordinates_bytes(request) * 4 // 3 + 4096,
)
def export_c3d(request: ExportRequest) -> bytes:
    """Points in millimetres as 32-bit floats; residual -1 where a marker is not seen; dancers as subjects."""
    import ezc3d  # noqa: PLC0415 - only where a file is written

    columns = Columns.of(request)
    frames, markers = columns.positions.shape[:2]
    file = ezc3d.c3d()
    points = np.zeros((4, markers, frames))
    points[:3] = columns.millimetres.transpose(2, 1, 0)
    points[3] = 1
    points[:3, ~columns.seen.T] = np.nan
    file["data"]["points"] = points
    file["data"]["meta_points"]["residuals"] = np.where(columns.seen.T, 0.0, UNSEEN)[None]
    point = file["parameters"]["POINT"]
    point["RATE"]["value"] = [columns.fps]
    point["UNITS"]["value"] = ["mm" if columns.unit == "m" else columns.unit]
    point["LABELS"]["value"] = [_cut(label) for label in columns.labels]
    for name, axis in (("X_SCREEN", "+X"), ("Y_SCREEN", "+Z")):  # the axes to the right and up on a screen
        file.add_parameter("POINT", name, axis)
    _add_subjects(file, columns)
    for name, text in (("COMPANY", "mariel"), ("SOFTWARE", "mariel"), ("TITLE", request.title)):
        if text:
            file.add_parameter("MANUFACTURER", name, _cut(text))
    if request.credit:
        file.add_parameter("MANUFACTURER", "CREDIT", pieces(request.credit))
    with TemporaryDirectory() as folder:
        path = Path(folder, "dance.c3d")
        file.write(str(path))
        return path.read_bytes()


def _add_subjects(file, columns: Columns) -> None:
    """The dancers, and what their labels begin with."""
    file.add_parameter("SUBJECTS", "USED", [len(columns.dancers)])
    file.add_parameter("SUBJECTS", "USES_PREFIXES", [int(bool(columns.prefixes))])
    file.add_parameter("SUBJECTS", "NAMES", columns.dancers)
    file.add_parameter("SUBJECTS", "LABEL_PREFIXES", columns.prefixes or [""])


def pieces(text: str, size: int = MAX_TEXT) -> list[str]:
    """A text in pieces of at most so many bytes in UTF-8, cut between words where it has any."""
    parts: list[str] = []
    for word in text.split():
        candidate = f"{parts[-1]} {word}" if parts else word
        if parts and len(candidate.encode()) <= size:
            parts[-1] = candidate
        else:
            parts.append(_cut(word, size))
    return parts


def _cut(text: str, size: int = MAX_TEXT) -> str:
    return text.encode("utf-8", "replace")[:size].decode(errors="ignore")
