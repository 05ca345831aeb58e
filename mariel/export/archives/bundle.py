"""Export as a bundle: all that another copy of this program needs to show the same dance, and to make it again.

    bundle.json   title, credit, frame rate, recipe, and the model's name and fingerprint
    credit.txt    for people
    motion.npz    the positions, also motion_2.npz and so on where dancers differ in length or markers
    dance.html    a page that any browser plays
    model/        the model's run folder, if it is asked for

`mariel.motion.io.formats.zip_archive` opens its motion as recordings. `mariel favourites` keeps the dances as
favourites and installs the model, see `mariel.export.archives.packed_model`.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mariel.errors import StageError
from mariel.export.archives.packed_model import MODEL_FOLDER, model_fingerprint, packed_files
from mariel.export.archives.zip_file import CREDIT_FILE, credit_text, zip_bytes
from mariel.export.dances import Dance, dances_of, frame_rate, why_no_dances
from mariel.export.html import MAX_SCENES, export_html
from mariel.export.registry import ExportRequest, coordinates_bytes, register_exporter
from mariel.files import find_run_folder, format_bytes
from mariel.motion.io.formats.npz import write_npz
from mariel.motion.io.formats.zip_archive import ABOUT_FILE, FORMAT, MAX_BYTES, MOTION_FILE, VERSION
from mariel.motion.recording import Recording
from mariel.training.run_folder.names import BEST_FILE

HTML_BYTES = 1_000_000
"""Of the page with the player, without motion: for the estimate."""


@register_exporter(
    "bundle",
    label="Bundle (.zip)",
    suffixes=(".mariel.zip", ".zip"),
    media_type="application/zip",
    help="Motion, recipe, credit and a page that plays it, in one file for another copy of this program.",
    why_not=why_no_dances,
    group="Bundle",
    estimate=lambda request: coordinates_bytes(request) + HTML_BYTES,
)
def export_bundle(request: ExportRequest) -> bytes:
    """A bundle without the model's weights."""
    return bundle_bytes(request)


def bundle_bytes(request: ExportRequest, *, with_model: bool = False) -> bytes:
    """The content of a bundle.

    Args:
        request: the dance.
        with_model: also pack the model's folder, so that the dance can be made again elsewhere.

    Raises:
        StageError: the model is asked for, but is not there or too large.
    """
    recipe = dict(request.recipe or {})
    folder = _model_folder(recipe)
    if with_model and folder is None:
        raise StageError("the model that made this dance is not here, so that it cannot be packed")
    about = {
        "format": FORMAT,
        "version": VERSION,
        "title": request.title or "dance",
        "credit": request.credit,
        "fps": frame_rate(request),
        "recipe": recipe or None,
        "checkpoint": {"name": folder.name, "fingerprint": model_fingerprint(folder)} if folder else None,
    }
    files = {ABOUT_FILE: (json.dumps(about, indent=1) + "\n").encode(), CREDIT_FILE: credit_text(request)}
    for number, content in enumerate(_motion_files(request), start=1):
        files[MOTION_FILE if number == 1 else f"{Path(MOTION_FILE).stem}_{number}.npz"] = content
    if len(request.all_scenes) <= MAX_SCENES:
        files["dance.html"] = export_html(request)
    if with_model and folder is not None:
        files |= {f"{MODEL_FOLDER}/{path.name}": path.read_bytes() for path in packed_files(folder)}
    if sum(map(len, files.values())) > MAX_BYTES:
        raise StageError(f"the bundle would hold more than {format_bytes(MAX_BYTES)}, which is not opened again")
    return zip_bytes(files)


def _model_folder(recipe: Mapping[str, Any]) -> Path | None:
    """The folder of the model that made a dance; None if none did, or it is not here."""
    name = recipe.get("checkpoint")
    if not isinstance(name, str) or not name or Path(name).name != name:
        return None
    folder = find_run_folder(name)
    return folder if (folder / BEST_FILE).is_file() else None


def _motion_files(request: ExportRequest) -> list[bytes]:
    """Archives of positions, one for all dances of one length and one marker set."""
    fps, groups = frame_rate(request), {}
    for dance in dances_of(request):
        groups.setdefault((len(dance.positions), dance.marker_set, dance.unit), []).append(dance)
    return [write_npz([_recording(dance, fps, request.credit) for dance in group]) for group in groups.values()]


def _recording(dance: Dance, fps: float, credit: str) -> Recording:
    take = Recording.from_positions(dance.name, dance.positions, dance.marker_set, fps=fps, unit=dance.unit)
    return replace(take, credit=credit)
