"""Dances of a model as one .npz file, for this program and for others; nothing in it is ever unpickled.

Its arrays: `positions` (dances, frames, markers, 3) float32, metres, z up; `labels` of the markers; `fps`;
`marker_set`, JSON text for `MarkerSet.from_dict`; `about`, a sentence on where they come from; and, where they are
reconstructions, `original` of the same shape, `takes` and `starts`, the take and first frame of each.
"""

import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mariel.errors import MarkerError, RecordingError
from mariel.files import write_atomically
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet

_UNREADABLE = (OSError, EOFError, ValueError, TypeError, MemoryError, MarkerError, zipfile.BadZipFile, zlib.error)
"""What numpy, zipfile and JSON raise over a damaged archive, or one that claims more than memory holds."""

_KNOWN_SETS = {known.labels: known for known in (MARIEL_53, MARIEL_18, MARIEL_15)}


@dataclass(frozen=True, eq=False)
class Dances:
    """Dances of equal length that a model has danced.

    Args:
        positions: (dances, frames, markers, 3), metres, z up.
        marker_set: the markers.
        fps: frames a second.
        about: where they come from, for people.
        original: what they are reconstructions of, of the same shape.
        takes: name of the take each original is from, (dances,).
        starts: its first frame in that take, (dances,).
    """

    positions: np.ndarray
    marker_set: MarkerSet
    fps: float
    about: str = ""
    original: np.ndarray | None = None
    takes: np.ndarray | None = None
    starts: np.ndarray | None = None


def write_dances(path: str | Path, dances: Dances) -> None:
    """Write dances to a file that is there whole or not at all; the same dances give the same bytes.

    Raises:
        RunError: it cannot be written.
    """
    arrays = {name: getattr(dances, name) for name in ("positions", "original", "takes", "starts")}
    buffer = io.BytesIO()
    np.savez(
        buffer,
        **{name: array for name, array in arrays.items() if array is not None},
        labels=np.array(dances.marker_set.labels),
        fps=np.array(dances.fps),
        marker_set=np.array(json.dumps(dances.marker_set.to_dict())),
        about=np.array(dances.about),
    )
    write_atomically(path, buffer.getvalue())


def holds_dances(path: str | Path) -> bool:
    """Whether a file is an archive with an array `positions`, and so no recording."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "positions.npy" in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def read_dances(path: str | Path) -> Dances:
    """The dances that `write_dances` wrote, or any archive with `positions`, `labels` and `fps`.

    Raises:
        RecordingError: it is something else or damaged; the message says what was expected and found.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            if missing := {"positions", "labels", "fps"} - set(archive.files):
                raise RecordingError(
                    f"'{path}': expected the arrays positions, labels and fps, as sample and reconstruct write them; "
                    f"{' and '.join(sorted(missing))} missing"
                )
            arrays = {name: archive[name] for name in archive.files}
        labels, fps = tuple(str(label) for label in arrays["labels"]), float(arrays["fps"])
        about = str(arrays.get("about", ""))
        if "marker_set" in arrays:
            marker_set = MarkerSet.from_dict(json.loads(str(arrays["marker_set"])))
        else:
            marker_set = _KNOWN_SETS.get(labels) or MarkerSet.from_edges(Path(path).stem, labels, ())
    except RecordingError:
        raise
    except _UNREADABLE as error:
        raise RecordingError(f"'{path}': expected dances as sample and reconstruct write them; {error}") from error
    positions, original = arrays["positions"], arrays.get("original")
    expected = f"expected positions (dances, frames, {len(labels)}, 3) of floats"
    if positions.dtype.kind != "f" or positions.ndim != 4 or positions.shape[2:] != (len(labels), 3):
        raise RecordingError(f"'{path}': {expected}, found {positions.shape} {positions.dtype}")
    if not positions.size:
        raise RecordingError(f"'{path}': {expected}, found none: {positions.shape}")
    if marker_set.labels != labels or not 0 < fps < np.inf:
        raise RecordingError(f"'{path}': its markers' names or its frame rate, {fps:g}, are damaged")
    if original is not None and (original.shape != positions.shape or original.dtype.kind != "f"):
        raise RecordingError(f"'{path}': expected originals like the positions, found {original.shape}")
    takes, starts = arrays.get("takes"), arrays.get("starts")
    if any(each is not None and each.shape != positions.shape[:1] for each in (takes, starts)):
        raise RecordingError(f"'{path}': expected a take and a first frame for each of {len(positions)} dances")
    return Dances(positions, marker_set, fps, about, original, takes, starts)
