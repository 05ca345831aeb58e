"""Export of coordinates as a NumPy array, and nothing else: no names, no frame rate."""

import io

import numpy as np

from mariel.export.registry import ExportRequest, register_exporter


def why_no_single_array(request: ExportRequest) -> str:
    """Why the positions of a request are no single array: its dancers differ in length or markers; else empty."""
    shapes = {positions.shape for positions in request.dancer_positions}
    return "" if len(shapes) == 1 else "its dancers differ in length or markers, so that no single array holds them"


@register_exporter(
    "npy",
    label="Coordinates (.npy)",
    suffixes=(".npy",),
    media_type="application/octet-stream",
    help="Marker positions in metres as a NumPy array, (frames, markers, xyz) or (dancers, frames, markers, xyz).",
    why_not=why_no_single_array,
)
def export_npy(request: ExportRequest) -> bytes:
    """An array (frames, markers, 3) of one dancer, or (dancers, frames, markers, 3) of several."""
    positions = request.dancer_positions
    buffer = io.BytesIO()
    np.save(buffer, positions[0] if len(positions) == 1 else np.stack(positions))
    return buffer.getvalue()
