"""Samples or reconstructions of a model as one .npz file, for this program and for others; never unpickled.

Its arrays: `positions` (samples, frames, markers, 3) float32, metres, z up; `labels` of the markers; `fps`;
`marker_set`, JSON text for `MarkerSet.from_dict`; `about`, a sentence on where they come from; and, where they are
reconstructions, `original` of the same shape, `takes` and `starts`, the take and first frame of each.
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mariel.errors import MarielError, MarkerError, RecordingError
from mariel.files import write_atomically
from mariel.motion.arrays import MAX_TEXT_ARRAY_BYTES, NpzArchive
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.training.run_folder.records import MarkerSetRecord

MAX_POSITIONS_BYTES = 2 * 2**30
"""Bytes of positions that are read at most, and of originals."""

_KNOWN_SETS = {known.labels: known for known in (MARIEL_53, MARIEL_18, MARIEL_15)}


@dataclass(frozen=True, eq=False)
class Samples:
    """Motion of equal length that a model has generated: samples or reconstructions.

    Args:
        positions: (samples, frames, markers, 3), metres, z up.
        marker_set: the markers.
        fps: frames per second.
        about: a sentence on where they come from.
        original: for reconstructions, the recorded phrases, of the same shape.
        takes: name of the take each original is from, (samples,).
        starts: first frame of each original in its take, (samples,).
    """

    positions: np.ndarray
    marker_set: MarkerSet
    fps: float
    about: str = ""
    original: np.ndarray | None = None
    takes: np.ndarray | None = None
    starts: np.ndarray | None = None


def write_samples(path: str | Path, samples: Samples) -> None:
    """Write samples to a file, atomically; the same samples give the same bytes.

    Raises:
        RunError: it cannot be written.
    """
    arrays = {name: getattr(samples, name) for name in ("positions", "original", "takes", "starts")}
    buffer = io.BytesIO()
    np.savez(
        buffer,
        **{name: array for name, array in arrays.items() if array is not None},
        labels=np.array(samples.marker_set.labels),
        fps=np.array(samples.fps),
        marker_set=np.array(json.dumps(samples.marker_set.to_dict())),
        about=np.array(samples.about),
    )
    write_atomically(path, buffer.getvalue())


def is_sample_file(path: str | Path) -> bool:
    """Whether a file is an archive with an array `positions`, and so samples rather than a recording."""
    try:
        with NpzArchive(Path(path)) as archive:
            return "positions" in archive.names
    except (RecordingError, OSError):
        return False


def read_samples(path: str | Path) -> Samples:
    """The samples that `write_samples` wrote, or any archive with `positions`, `labels` and `fps`.

    Raises:
        RecordingError: it is something else or damaged; the message says what was expected and found.
    """
    try:
        with NpzArchive(Path(path)) as archive:
            if missing := {"positions", "labels", "fps"} - set(archive.names):
                raise RecordingError(
                    f"the arrays are positions, labels and fps, {' and '.join(sorted(missing))} missing"
                )
            limits = {"positions": MAX_POSITIONS_BYTES, "original": MAX_POSITIONS_BYTES}
            arrays = {name: archive.read(name, limits.get(name, MAX_TEXT_ARRAY_BYTES)) for name in archive.names}
    except (RecordingError, OSError) as error:
        raise _not_samples(path, error) from error
    labels, fps = _labels_of(arrays["labels"], path), _number_of(arrays["fps"], path)
    about = str(arrays["about"].item()) if "about" in arrays and arrays["about"].size == 1 else ""
    if "marker_set" in arrays:
        try:
            marker_set = MarkerSetRecord.from_json(str(arrays["marker_set"]), "marker_set").marker_set()
        except MarielError as error:
            raise _not_samples(path, error) from error
    else:
        marker_set = _KNOWN_SETS.get(labels) or _bare_marker_set(path, labels)
    positions, original = arrays["positions"], arrays.get("original")
    expected = f"expected positions (samples, frames, {len(labels)}, 3) of floats"
    if positions.dtype.kind != "f" or positions.ndim != 4 or positions.shape[2:] != (len(labels), 3):
        raise RecordingError(f"'{path}': {expected}, found {positions.shape} {positions.dtype}")
    if not positions.size:
        raise RecordingError(f"'{path}': {expected}, found none: {positions.shape}")
    if marker_set.labels != labels or not 0 < fps < np.inf:
        raise RecordingError(f"'{path}': its markers' names or its frame rate, {fps:g}, are damaged")
    if original is not None and (original.shape != positions.shape or original.dtype.kind != "f"):
        raise RecordingError(f"'{path}': expected originals like the positions, found {original.shape}")
    takes, starts = arrays.get("takes"), arrays.get("starts")
    if any(array is not None and array.shape != positions.shape[:1] for array in (takes, starts)):
        raise RecordingError(f"'{path}': expected a take and a first frame for each of {len(positions)} samples")
    return Samples(positions, marker_set, fps, about, original, takes, starts)


def _labels_of(array: np.ndarray, path: str | Path) -> tuple[str, ...]:
    if array.dtype.kind != "U" or array.ndim != 1:
        raise _not_samples(path, f"labels are {array.dtype} of shape {array.shape}")
    return tuple(array.tolist())


def _number_of(array: np.ndarray, path: str | Path) -> float:
    if array.dtype.kind not in "fiu" or array.size != 1:
        raise _not_samples(path, f"the frame rate is {array.dtype} of shape {array.shape}")
    return float(array.item())


def _bare_marker_set(path: str | Path, labels: tuple[str, ...]) -> MarkerSet:
    try:
        return MarkerSet.from_edges(Path(path).stem, labels, ())
    except MarkerError as error:
        raise _not_samples(path, error) from error


def _not_samples(path: str | Path, reason: object) -> RecordingError:
    return RecordingError(f"'{path}': expected samples as the commands sample and reconstruct write them; {reason}")
