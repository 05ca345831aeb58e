"""Read MATLAB files of the MoCap Toolbox and of Qualisys Track Manager: structs with marker positions.

Format: B. Burger and P. Toiviainen, "MoCap Toolbox – A Matlab toolbox for computational analysis of movement data",
Sound and Music Computing Conference, 2013; "MAT file export", Qualisys Track Manager's documentation.
"""

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from mariel.errors import MarielError, RecordingError
from mariel.motion.arrays import require_size
from mariel.motion.io.labels import clean_edges, clean_fps
from mariel.motion.io.mat_layout import is_mat, unpack_mat
from mariel.motion.io.motion_file import one_dancer
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.io.subjects import by_subject
from mariel.motion.recording import Recording

UNIT = "mm"
"""The unit of both."""

_MAX_VARIABLES = 100
_SAVE = "save positions (frames, 3 × markers) as a struct of the MoCap Toolbox (mcinitstruct)"


@register_format(
    "mocap toolbox",
    files="`*.mat` of the MoCap Toolbox or Qualisys",
    expects="structs with `data` (frames, 3 × markers), `markerName` and `freq`, one recording each; or the struct "
    "of Qualisys Track Manager; millimetres; versions 5 to 7 of the file, not 7.3",
    suffixes=(".mat",),
    sniff=lambda path, head: is_mat(head),
)
def read_mocap_toolbox(path: Path, options: ReadOptions) -> list[Recording]:
    """One recording per struct of motion in a MATLAB file, and per subject in it.

    Raises:
        RecordingError: the file is of version 7.3 or damaged, or no variable holds positions; the message names those
            that are there.
    """
    found = _structs(path)
    motions = [(name, each) for name, each in found if _kind(each)]
    if not motions:
        listed = ", ".join(name for name, _ in found)[:100] or "none"
        raise RecordingError(
            f"expected a struct with data, markerName and freq, found the variables {listed}; {_SAVE}"
        )
    takes: list[Recording] = []
    problems: list[str] = []
    for name, each in motions:
        try:
            own = _read_struct(path, name, each, options, _connections(found))
        except RecordingError as error:
            problems.append(f"variable {name}: {error}")
            continue
        takes += own if len(motions) == 1 else [replace(take, name=_with_variable(take, path, name)) for take in own]
    if not takes:
        raise RecordingError("; ".join(problems)[:500])
    left_out = tuple(f"{problem}; left out" for problem in problems)
    return [replace(take, notes=(*take.notes, *left_out)) for take in takes]


def _connections(found: list[tuple[str, object]]) -> dict[int, np.ndarray]:
    """The lines of the MoCap Toolbox's animation parameters, pairs counted from 1, by the number of markers."""
    lines: dict[int, np.ndarray] = {}
    for _, value in found:
        pairs = value.get("conn") if isinstance(value, Mapping) and value.get("type") == "animpar" else None
        if isinstance(pairs, np.ndarray) and pairs.ndim == 2 and pairs.shape[1] == 2 and pairs.dtype.kind in "fiu":
            lines.setdefault(int(np.nan_to_num(pairs).max(initial=0)), pairs)
    return lines


def _with_variable(take: Recording, path: Path, variable: str) -> str:
    return " ".join([path.stem, variable, *take.name.removeprefix(path.stem).split()])


def _structs(path: Path) -> list[tuple[str, object]]:
    """(name, value) of the variables of a file; a struct is a dict, and an array of structs several."""
    from scipy.io import loadmat  # noqa: PLC0415 - of files of this kind only

    content = unpack_mat(path)
    try:
        variables = loadmat(io.BytesIO(content), simplify_cells=True)
    except MarielError:
        raise
    except Exception as error:  # whatever scipy meets in a damaged file
        raise RecordingError(f"the MATLAB file is damaged: {type(error).__name__}: {str(error)[:100]}") from None
    found: list[tuple[str, object]] = []
    for name, value in variables.items():
        if name.startswith("__"):
            continue
        items = list(value.ravel()[:_MAX_VARIABLES]) if isinstance(value, np.ndarray) else value
        if isinstance(items, list) and items and all(isinstance(item, Mapping) for item in items):
            found += [(f"{name}({number})", item) for number, item in enumerate(items[:_MAX_VARIABLES], start=1)]
        else:
            found.append((name, value))
    return found[:_MAX_VARIABLES]


def _kind(value: object) -> str:
    """Whose struct a value is; empty if it is none of motion."""
    if not isinstance(value, Mapping):
        return ""
    if {"data", "markerName"} <= set(value) or str(value.get("type", "")).endswith(" data"):
        return "MoCap Toolbox"
    return "Qualisys" if "Trajectories" in value else ""


def _read_struct(
    path: Path, name: str, value: object, options: ReadOptions, connections: Mapping[int, np.ndarray]
) -> list[Recording]:
    if not isinstance(value, Mapping):
        raise RecordingError("expected a struct")
    read = _mocap_toolbox if _kind(value) == "MoCap Toolbox" else _qualisys
    positions, labels, rate, notes = read(value)
    require_size(positions.size * 8)
    content = one_dancer(
        positions, labels, path, fps=_rate(rate), unit=UNIT, usual_up="+z", zeros_are_missing=True, notes=notes
    )
    edges = clean_edges(connections[len(labels)], labels) if len(labels) in connections else []
    return recordings_of_file(path, by_subject(path, content, labels, edges=edges), options)


_Motion = tuple[np.ndarray, list[str], object, tuple[str, ...]]
"""(positions (frames, markers, 3), labels, frames per second, notes)."""


def _mocap_toolbox(value: Mapping) -> _Motion:
    kind = value.get("type", "MoCap data")
    if kind != "MoCap data":
        raise RecordingError(f"expected type 'MoCap data', found {str(kind)[:40]!r}: positions of markers are needed")
    order = value.get("timederOrder", 0)
    if isinstance(order, int | float) and order:
        raise RecordingError(
            f"expected positions, timederOrder 0, found {order}: velocities or accelerations; save the struct that "
            "mctimeder was given"
        )
    data = _numbers(value.get("data"), "data")
    if data.ndim == 1:
        data = data[None]
    if data.ndim != 2 or data.shape[1] % 3 or not data.size:
        raise RecordingError(f"expected data (frames, 3 × markers), found {data.shape}")
    labels = _texts(value.get("markerName"), data.shape[1] // 3)
    positions = np.array(data, np.float32, order="C")  # of its own, as zeros become NaN
    return positions.reshape(len(data), -1, 3), labels, value.get("freq"), ()


def _qualisys(value: Mapping) -> _Motion:
    labelled = value["Trajectories"]
    labelled = labelled.get("Labeled") if isinstance(labelled, Mapping) else None
    if not isinstance(labelled, Mapping):
        raise RecordingError("expected Trajectories.Labeled, found none: identify the markers, and export again")
    data = _numbers(labelled.get("Data"), "Trajectories.Labeled.Data")
    if data.ndim == 2:
        data = data[None] if data.shape[0] in (3, 4) else data[..., None]
    if data.ndim != 3 or data.shape[1] not in (3, 4) or not data.size:
        raise RecordingError(f"expected Trajectories.Labeled.Data (markers, 4, frames), found {data.shape}")
    labels = _texts(labelled.get("Labels"), len(data))
    positions = np.ascontiguousarray(data[:, :3].transpose(2, 0, 1), np.float32)
    return positions, labels, value.get("FrameRate"), ()


def _numbers(value: object, name: str) -> np.ndarray:
    """Numbers of a field."""
    array = np.asarray(value) if isinstance(value, np.ndarray | int | float) else np.empty(0)
    if array.dtype.kind not in "fiu" or not array.size:
        found = f"{array.dtype} {array.shape}" if isinstance(value, np.ndarray) else type(value).__name__
        raise RecordingError(f"expected {name} as numbers, found {found}")
    return array


def _texts(value: object, count: int) -> list[str]:
    """One name per marker; empty ones where the field has none, as the MoCap Toolbox leaves them."""
    if isinstance(value, str):
        return [value] if count == 1 else [""] * count
    names = value.ravel().tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(names, list) or not names:
        return [""] * count
    if len(names) != count:
        raise RecordingError(f"expected {count} names of markers, as there are coordinates, found {len(names)}")
    return [name.strip() if isinstance(name, str) else "" for name in names]


def _rate(value: object) -> float | None:
    """Frames per second; None for NaN, which the MoCap Toolbox writes where it is not known."""
    if not isinstance(value, int | float | np.number) or isinstance(value, complex) or not np.isfinite(float(value)):
        return None
    return clean_fps(float(value))
