"""Export of coordinates with the markers' names and the frame rate, as an archive that this program opens again."""

from mariel.export.npy import why_no_single_array
from mariel.export.registry import ExportRequest, register_exporter
from mariel.motion.io.formats.npz import write_npz
from mariel.motion.recording import Recording
from mariel.stage.scene import Dancer

UNKNOWN_UNIT = "source units"
"""The unit of positions whose length in metres is not known."""


def _without_ghosts(request: ExportRequest) -> list[Dancer]:
    """The dancers without the ghosts that they are compared with, or all if there are only ghosts."""
    return [dancer for dancer in request.dancers if not dancer.ghost] or request.dancers


def _why_not(request: ExportRequest) -> str:
    labels = {dancer.marker_set.labels for dancer in _without_ghosts(request)}
    if len(labels) > 1 or len({scene.fps for scene in request.all_scenes}) > 1:
        return "its dancers differ in markers or frame rate"
    return why_no_single_array(request)


@register_exporter(
    "npz",
    label="Coordinates with names (.npz)",
    suffixes=(".npz",),
    media_type="application/octet-stream",
    help="Marker positions with names, bones and frame rate; this program opens it as a recording.",
    why_not=_why_not,
)
def export_npz(request: ExportRequest) -> bytes:
    """An archive of the arrays that `mariel.motion.io.formats.npz` reads."""
    dancers, fps = _without_ghosts(request), request.all_scenes[0].fps
    unit = "m" if all(dancer.metres_per_unit == 1 for dancer in dancers) else UNKNOWN_UNIT
    return write_npz(
        [
            Recording.from_positions(request.title or "dance", positions, dancers[0].marker_set, fps=fps, unit=unit)
            for positions in request.dancer_positions
        ]
    )
