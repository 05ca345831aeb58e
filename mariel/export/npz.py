"""Export of coordinates with the markers' names and the frame rate, as an archive that this program opens again."""

from dataclasses import replace

from mariel.export.dances import UNKNOWN_UNIT, shown_dancers
from mariel.export.npy import why_no_single_array
from mariel.export.registry import ExportRequest, register_exporter
from mariel.motion.io.formats.npz import write_npz
from mariel.motion.recording import Recording


def why_no_archive(request: ExportRequest) -> str:
    """Why the dances of a request are no array with one list of names; empty if they are."""
    labels = {dancer.marker_set.labels for dancer in shown_dancers(request)}
    if len(labels) > 1 or len({scene.fps for scene in request.all_scenes}) > 1:
        return "its dancers differ in markers or frame rate"
    return why_no_single_array(request)


@register_exporter(
    "npz",
    label="Coordinates with names (.npz)",
    suffixes=(".npz",),
    media_type="application/octet-stream",
    help="Marker positions with names, bones, frame rate and credit; this program opens it as a recording.",
    why_not=why_no_archive,
)
def export_npz(request: ExportRequest) -> bytes:
    """An archive of the arrays that `mariel.motion.io.formats.npz` reads."""
    dancers, fps = shown_dancers(request), request.all_scenes[0].fps
    unit = "m" if all(dancer.metres_per_unit == 1 for dancer in dancers) else UNKNOWN_UNIT
    takes = [
        Recording.from_positions(request.title or "dance", positions, dancers[0].marker_set, fps=fps, unit=unit)
        for positions in request.dancer_positions
    ]
    return write_npz([replace(take, credit=request.credit) for take in takes])
