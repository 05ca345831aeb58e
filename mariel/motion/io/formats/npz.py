"""An .npz archive with the arrays `data` and `names`, or one that this program wrote: samples, or a favourite."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mariel.errors import MarkerError, RecordingError
from mariel.files import format_bytes
from mariel.motion.arrays import MAX_POSITION_BYTES, NpyHeader, NpzArchive
from mariel.motion.inference.assumption import Assumption
from mariel.motion.io.axis_order import arrange_axes
from mariel.motion.io.description import parse_up
from mariel.motion.io.labels import clean_edges, clean_fps, clean_labels, credit_and_licence, names_of_array
from mariel.motion.io.motion_file import MotionFile, marker_set_of
from mariel.motion.io.npz_layout import npz_layout
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import FPS, Recording

_HOW_TO_SAVE = (
    "save numpy.savez(file, data=positions, names=labels, fps=rate): positions (frames, markers, 3), z up, and one "
    "name per marker"
)


def write_npz(recordings: Sequence[Recording]) -> bytes:
    """The content of an .npz file that `read_npz` reads: recordings of one length, marker set and frame rate.

    Raises:
        RecordingError: they differ, or there are none.
    """
    kinds = {(len(take), take.marker_set, take.fps, take.unit) for take in recordings}
    if len(kinds) != 1:
        raise RecordingError(f"one file holds dancers of one length, marker set and frame rate, found {len(kinds)}")
    first = recordings[0]
    positions = [take.positions for take in recordings]
    buffer = io.BytesIO()
    said = {name: np.array(text) for name in ("credit", "licence") if (text := getattr(first, name))}
    np.savez(
        buffer,
        allow_pickle=False,
        data=positions[0] if len(positions) == 1 else np.stack(positions),
        names=np.array(first.marker_set.labels),
        fps=np.array(first.fps),
        unit=np.array(first.unit),
        up=np.array("+z"),
        marker_set=np.array(json.dumps(first.marker_set.to_dict())),
        **said,
    )
    return buffer.getvalue()


@register_format(
    "npz",
    files="`*.npz`",
    expects="`data`, (frames, markers, 3) or (dancers, frames, markers, 3), or these axes in another order, z up; "
    "`names`; perhaps `fps`, `edges` and `unit`; or a file that `sample` or `reconstruct` wrote, or a favourite",
    suffixes=(".npz",),
    sniff=lambda path, head: npz_layout(path, head) == "named",
    write=write_npz,
)
def read_npz(path: Path, options: ReadOptions) -> list[Recording]:
    """Read an archive; the header of every array is checked before the array is read."""
    with NpzArchive(path) as archive:
        if "data" in archive and "names" in archive:
            labels = clean_labels(names_of_array(archive.read("names")))
            data, assumptions = _read_positions(archive, "data", len(labels), options)
            edges = clean_edges(archive.read("edges"), labels) if "edges" in archive else []
            data = _without_negative_residuals(archive, data)
        elif "positions" in archive and ("labels" in archive or "about" in archive) and "training" not in archive:
            return _read_own_file(path, archive, options)
        else:
            raise RecordingError(_explain_arrays(archive))
        saved = _saved_marker_set(archive, labels)
        up = _text_of(archive, "up")
        content = MotionFile(
            data,
            saved or marker_set_of(path.stem, labels, edges),
            fps=clean_fps(archive.read("fps")) if "fps" in archive else None,
            unit=_text_of(archive, "unit") or None,
            up=parse_up(up) if up else "+z" if saved else None,
            mirrored=False if saved else None,
            zeros_are_missing=False if saved else None,
            usual_up="+z",
            assumptions=assumptions,
            trusted=saved is not None,
            **credit_and_licence(_text_of(archive, "credit"), _text_of(archive, "licence")),
        )
    return recordings_of_file(path, content, options)


def _read_own_file(path: Path, archive: NpzArchive, options: ReadOptions) -> list[Recording]:
    """Samples or reconstructions, (samples, frames, markers, 3), or a favourite, (frames, markers, 3)."""
    about = _json_of(archive, "about") or {}
    saved = about.get("marker_set") if isinstance(about, Mapping) else None
    if "labels" in archive:
        labels = clean_labels(names_of_array(archive.read("labels")))
        marker_set = _saved_marker_set(archive, labels) or marker_set_of(path.stem, labels, [])
    elif saved is not None:
        marker_set = MarkerSet.from_dict(saved)
    else:
        raise RecordingError(_explain_arrays(archive))
    fps = archive.read("fps") if "fps" in archive else about.get("fps", FPS) if isinstance(about, Mapping) else FPS
    content = MotionFile(
        _read_positions(archive, "positions", len(marker_set), options)[0],
        marker_set,
        fps=clean_fps(fps),
        unit="m",
        up="+z",
        mirrored=False,
        trusted=True,
    )
    return recordings_of_file(path, content, options)


def _read_positions(
    archive: NpzArchive, name: str, markers: int, options: ReadOptions
) -> tuple[np.ndarray, tuple[Assumption, ...]]:
    """Positions as (dancers, frames, markers, 3), from axes in any order, and what was assumed about them."""
    header = archive.header(name)
    shape = header.shape
    arranged = None
    if header.dtype.kind == "f" and 2 <= len(shape) <= 4 and (markers in shape or 3 * markers in shape):
        arranged = arrange_axes(archive.read(name, MAX_POSITION_BYTES), markers, options.description.axes)
    if arranged is None:
        raise RecordingError(
            f"expected {name} (frames, {markers}, 3) of floats, one name per marker, found {_size_text(header)}"
        )
    return arranged


def _without_negative_residuals(archive: NpzArchive, positions: np.ndarray) -> np.ndarray:
    """Positions with NaN where a residual is negative, which motion capture programs write for an unseen marker."""
    name = next((name for name in ("residuals", "residual") if name in archive), None)
    if name is None:
        return positions
    header = archive.header(name)
    if header.dtype.kind not in "fi" or header.shape not in (positions.shape[:-1], positions.shape[1:-1]):
        raise RecordingError(
            f"expected {name} {positions.shape[1:-1]}, one per frame and marker, found {_size_text(header)}"
        )
    unseen = np.broadcast_to(archive.read(name, MAX_POSITION_BYTES) < 0, positions.shape[:-1])
    return np.where(unseen[..., None], np.nan, positions).astype(positions.dtype)


def _saved_marker_set(archive: NpzArchive, labels: tuple[str, ...]) -> MarkerSet | None:
    """The marker set that this program saved with the positions, where there is one and it has the labels."""
    saved = _json_of(archive, "marker_set")
    if not isinstance(saved, Mapping):
        return None
    try:
        marker_set = MarkerSet.from_dict(saved)
    except MarkerError:
        return None
    return marker_set if marker_set.labels == labels else None


def _text_of(archive: NpzArchive, name: str) -> str:
    """The text of an array that holds one; empty if it holds something else or is missing."""
    if name not in archive:
        return ""
    text = archive.read(name)
    return str(text.ravel()[0]) if text.dtype.kind == "U" and text.size == 1 else ""


def _json_of(archive: NpzArchive, name: str) -> object:
    """JSON in an array of one text; None if it is something else, such as a sentence."""
    try:
        return json.loads(_text_of(archive, name))
    except (ValueError, RecursionError):
        return None


def _explain_arrays(archive: NpzArchive) -> str:
    """What an archive without positions and names seems to be, and what would open it."""
    names = set(archive.names)
    if not names:
        return f"expected the arrays data and names, found an archive without arrays; {_HOW_TO_SAVE}"
    if {"positions", "training", "preprocessing"} <= names:
        return (
            "this is prepared data for training, as the command prepare writes it, scaled to -1 … 1: open the "
            "recordings it was made from"
        )
    headers = {}
    for name in archive.names[:8]:
        try:
            headers[name] = archive.header(name)
        except RecordingError:
            continue
    listed = ", ".join(f"{name[:40]} {_size_text(header)}" for name, header in headers.items()) or "damaged arrays"
    found = f"expected the arrays data and names; found {listed}"
    missing = " and ".join(sorted({"data", "names"} - names))
    if len(names & {"data", "names"}) == 1:
        return f"{found}; {missing} missing: {_HOW_TO_SAVE}"
    for name, header in headers.items():
        if header.dtype.kind == "f" and len(header.shape) == 3 and header.shape[2] == 3:
            frames, markers, _ = header.shape
            return (
                f"{found}. {name[:40]} seems to be positions of {markers:,} joints in {frames:,} frames: name it "
                f"data, and add names: {_HOW_TO_SAVE}"
            )
    return f"{found}; {_HOW_TO_SAVE}"


def _size_text(header: NpyHeader) -> str:
    large = f", {format_bytes(header.nbytes)}" if header.nbytes > MAX_POSITION_BYTES else ""
    return f"{header.shape} {header.dtype}{large}"
