"""Open one file of motion as recordings. Only reading and refusing happen here; `checks` judges the movement."""

import json
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.gaps import find_gaps
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_53, MARIEL_55
from mariel.motion.marker_set import MarkerSet
from mariel.motion.orientation import Orientation, read_orientation
from mariel.motion.recording import FPS, Recording

TRIM = 500
"""Frames of padding at each end of a raw recording."""

_RAW_COLUMNS = {
    len(MARIEL_55): tuple(MARIEL_55.indices(MARIEL_53.labels)),
    len(MARIEL_53): tuple(range(len(MARIEL_53))),
}


def open_file(path: Path, *, trim: int | None = None, reference: bool = False) -> list[Recording]:
    """Open a .npy, .npz or .bvh file.

    Args:
        path: the file. A .npy is Mariel's layout (55, frames, 3) or (53, frames, 3), her published 15-marker
            excerpt, or any array with a .json of the same name beside it that names markers and axes.
        trim: frames to leave out at each end; by default 500 for Mariel's raw layout and none for others.
        reference: stand the body up as the published loader does, by negating z alone, which mirrors it.

    Returns:
        One recording, or one for each dancer of a duet.

    Raises:
        RecordingError: the file is not what it should be; the message says what was expected and found.
    """
    kind = path.suffix.lower()
    if kind == ".npy":
        array = open_array(path)
        sidecar = path.with_suffix(".json")
        if array.ndim == 3 and array.shape[0] in _RAW_COLUMNS and array.shape[2] == 3:
            return [_mariel_take(path, array, trim, reference)]
        if sidecar.is_file():
            return _described_takes(path, array, sidecar, trim or 0, reference)
        if array.ndim == 3 and array.shape[0] == len(MARIEL_15) and array.shape[2] == 3:
            return [_excerpt(path, array, trim or 0, reference)]
        raise RecordingError(_wrong_shape(array.shape))
    if kind == ".npz":
        return [_optical_take(path, trim or 0)]
    if kind == ".bvh":
        from mariel.motion.io.bvh import read_bvh  # noqa: PLC0415 (one format's parser should not load for another)

        return [trimmed(read_bvh(path), trim or 0)]
    raise RecordingError(f"expected a .npy, .npz or .bvh file, found {kind or 'no ending'}")


def open_array(path: Path) -> np.ndarray:
    """A .npy file, memory-mapped and never unpickled.

    Raises:
        RecordingError: it is not a .npy file, is cut short, holds Python objects, or no floating-point numbers.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise RecordingError("no such file") from None
    except PermissionError:
        raise RecordingError("the file may not be read: permission denied") from None
    except (ValueError, EOFError, OSError) as error:
        raise RecordingError(_why_not_an_array(path, error)) from error
    if not isinstance(array, np.ndarray):
        array.close()
        raise RecordingError("expected one array, found an archive of several")
    if array.dtype.kind != "f" or array.dtype.itemsize < 4:
        raise RecordingError(f"expected float32 or float64 numbers, found {array.dtype}")
    return array


def trimmed(recording: Recording, trim: int) -> Recording:
    """The recording without `trim` frames at each end. Raises RecordingError if none are left."""
    if trim < 0:
        raise RecordingError(f"trim must be 0 or more frames, found {trim}")
    frames = len(recording)
    if frames <= 2 * trim:
        raise RecordingError(
            f"expected more than {2 * trim:,} frames, since {trim:,} are trimmed at each end; found {frames:,}"
        )
    return recording.frames(trim, frames - trim) if trim else recording


def _why_not_an_array(path: Path, error: Exception) -> str:
    size = path.stat().st_size
    with path.open("rb") as file:
        magic = file.read(6)
    if size == 0:
        return "expected a .npy array, found an empty file"
    if magic != b"\x93NUMPY":
        if magic[:1] == b"\x80":
            return "expected a .npy array, found a Python pickle, which is never opened"
        return "expected a .npy array, found a file of another kind"
    if "objects" in str(error).lower() or "pickle" in str(error):
        return "expected plain numbers, found an array of Python objects (a pickle), which is never opened"
    return f"the .npy file is cut short or damaged: found {size:,} bytes, fewer than its header announces"


def _wrong_shape(shape: tuple[int, ...]) -> str:
    message = f"expected shape (55, frames, 3), found {shape}"
    if len(shape) == 3 and shape[1] in _RAW_COLUMNS and shape[2] == 3:
        return message + "; the first two axes look exchanged: markers come first"
    if len(shape) == 3 and shape[0] == 3:
        return message + "; the axes look reversed: markers, frames, xyz"
    return message


def _mariel_take(path: Path, array: np.ndarray, trim: int | None, reference: bool) -> Recording:
    columns = _RAW_COLUMNS[array.shape[0]]
    source = array.transpose(1, 0, 2)
    if len(source) == 0:
        raise RecordingError("expected frames, found none")
    signs = (1.0, 1.0, -1.0)
    if not reference:
        found = read_orientation(source, MARIEL_53, columns)
        signs = (found or Orientation(-1, False)).signs
    take = Recording(
        path.stem.removeprefix("mariel_"),
        source,
        MARIEL_53,
        columns=columns,
        signs=signs,
        path=path,
        gaps=find_gaps(source),
    )
    return trimmed(take, TRIM if trim is None else trim)


def _excerpt(path: Path, array: np.ndarray, trim: int, reference: bool) -> Recording:
    """The published excerpt: z up already, and its own mirror image, which the default undoes."""
    source = array.transpose(1, 0, 2)
    signs = (1.0, 1.0 if reference else -1.0, 1.0)
    take = Recording(path.stem, source, MARIEL_15, signs=signs, path=path, gaps=find_gaps(source))
    return trimmed(take, trim)


_AXIS_WORDS = {"dancer": "dancer", "frame": "frame", "marker": "marker", "joint": "marker", "xyz": "xyz"}

_TO_Z_UP = {
    "+z": ((0, 1, 2), (1, 1, 1)),
    "-z": ((0, 1, 2), (1, -1, -1)),
    "+y": ((0, 2, 1), (1, -1, 1)),
    "-y": ((0, 2, 1), (1, 1, -1)),
}
"""For each up axis: the order of axes and their signs that stand a right-handed body up without mirroring it."""


def _described_takes(path: Path, array: np.ndarray, sidecar: Path, trim: int, reference: bool) -> list[Recording]:
    """An array whose .json names its markers (or joints), edges, axes, up axis, and perhaps fps and unit."""
    try:
        about = json.loads(sidecar.read_text())
        labels = tuple(str(label) for label in about.get("markers") or about["joints"])
        axes = [_AXIS_WORDS[word.strip()] for word in str(about.get("axes", "marker, frame, xyz")).split(",")]
        order, signs = _TO_Z_UP[str(about.get("up", "+z"))]
        edges = [(int(a), int(b)) for a, b in about.get("edges", ())]
        fps = float(about.get("fps", FPS))
        marker_set = MARIEL_15 if labels == MARIEL_15.labels else MarkerSet.from_edges(path.stem, labels, edges)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise RecordingError(f"{sidecar.name} beside it does not describe it: {error}") from error
    if sorted(axes) != sorted(["dancer", "frame", "marker", "xyz"][4 - array.ndim :]):
        raise RecordingError(f"expected the axes {', '.join(axes)}, found shape {array.shape}")
    dancers = np.moveaxis(array, [axes.index(axis) for axis in ("frame", "marker", "xyz")], [-3, -2, -1])
    dancers = dancers.reshape(-1, *dancers.shape[-3:])
    if dancers.shape[2:] != (len(labels), 3):
        raise RecordingError(f"expected {len(labels)} markers as in {sidecar.name}, found shape {array.shape}")
    signs = np.array(signs, np.float32)
    if str(about.get("left_right", "")).startswith("mirrored") and not reference:
        signs[1] *= -1
    takes = []
    for number, dancer in enumerate(dancers, start=1):
        name = path.stem if len(dancers) == 1 else f"{path.stem} {number}"
        takes.append(_z_up_take(name, dancer[..., order] * signs, marker_set, fps=fps, path=path, trim=trim))
    return takes


def _optical_take(path: Path, trim: int) -> Recording:
    """A .npz with `data` (frames, markers, xyz), z up, and `names`, and perhaps `fps` and `edges`."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            if missing := {"data", "names"} - set(archive.files):
                raise RecordingError(f"expected the arrays data and names, {' and '.join(sorted(missing))} missing")
            data, labels = archive["data"], tuple(str(name) for name in archive["names"])
            fps = float(archive["fps"]) if "fps" in archive.files else FPS
            edges = archive["edges"].tolist() if "edges" in archive.files else ()
    except RecordingError:
        raise
    except (OSError, ValueError, TypeError, EOFError) as error:
        raise RecordingError(f"expected a .npz archive of plain arrays; {error}") from error
    if data.dtype.kind != "f" or data.ndim != 3 or data.shape[1:] != (len(labels), 3):
        raise RecordingError(f"expected data (frames, {len(labels)}, 3) of floats, found {data.shape} {data.dtype}")
    return _z_up_take(path.stem, data, MarkerSet.from_edges(path.stem, labels, edges), fps=fps, path=path, trim=trim)


def _z_up_take(
    name: str, positions: np.ndarray, marker_set: MarkerSet, *, fps: float, path: Path, trim: int
) -> Recording:
    """A take read into memory, brought to metres where its size tells which unit it is in."""
    factor, unit = guess_unit(positions)
    positions = np.asarray(positions * factor, np.float32)
    return trimmed(Recording.from_positions(name, positions, marker_set, fps=fps, unit=unit, path=path), trim)


def guess_unit(positions: np.ndarray) -> tuple[float, str]:
    """The factor to metres for a body z up, by its height: metres, centimetres, millimetres or inches.

    Returns:
        (factor, "m"), or (1, "source units") if no unit makes the body 1.0 to 2.3 m tall.
    """
    with np.errstate(invalid="ignore"):
        heights = np.ptp(positions[:: max(1, len(positions) // 200), :, 2], axis=1)
    seen = heights[np.isfinite(heights)]
    height = float(np.median(seen)) if len(seen) else 0.0
    for factor in (1.0, 0.01, 0.001, 0.0254):
        if 1.0 <= height * factor <= 2.3:
            return factor, "m"
    return 1.0, "source units"
