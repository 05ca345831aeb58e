"""Export as a NumPy array with a JSON file of the same name, which says what the array alone does not."""

import json

from mariel.export.archives.zip_file import zip_bytes
from mariel.export.dances import dances_of, frame_rate
from mariel.export.npy import export_npy
from mariel.export.npz import why_no_archive
from mariel.export.registry import ExportRequest, coordinates_bytes, register_exporter


@register_exporter(
    "npy_zip",
    label="Coordinates and names (.npy + .json)",
    suffixes=(".npy.zip",),
    media_type="application/zip",
    help="The array and a .json with its axes, names, bones, unit, frame rate and credit.",
    why_not=why_no_archive,
    estimate=lambda request: coordinates_bytes(request) * 9 // 10,
)
def export_npy_zip(request: ExportRequest) -> bytes:
    """`dance.json` and `dance.npy`; the .json is read by this program too."""
    dances = dances_of(request)
    marker_set = dances[0].marker_set
    about = {
        "title": request.title,
        "credit": request.credit,
        "axes": ["dancer", "frame", "marker", "xyz"][0 if len(dances) > 1 else 1 :],
        "up": "+z",
        "unit": dances[0].unit,
        "fps": frame_rate(request),
        "dancers": [dance.name for dance in dances],
        "markers": list(marker_set.labels),
        "edges": marker_set.edges,
    }
    text = json.dumps(about, indent=1) + "\n"
    return zip_bytes({"dance.json": text.encode(), "dance.npy": export_npy(request)})
