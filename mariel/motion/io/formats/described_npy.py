"""Any array of positions as .npy with a .json of the same name beside it that names its markers and axes."""

import reprlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.arrays import open_npy_array
from mariel.motion.inference.array_axes import axis_of_word
from mariel.motion.io.description import parse_up
from mariel.motion.io.labels import clean_edges, clean_fps, clean_labels, credit_and_licence
from mariel.motion.io.motion_file import MotionFile, marker_set_of
from mariel.motion.io.npy_layout import npy_layout, sidecar_path
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.orientation import UP_AXES
from mariel.motion.recording import Recording
from mariel.motion.text_files import read_json


@register_format(
    "described",
    files="`*.npy` with a `.json` of the same name beside it",
    expects="any markers or joints, one dancer or several; the `.json` has `markers` or `joints` (their names), "
    "`axes` (such as `frame, joint, xyz`), `up` (such as `+y`), and perhaps `edges`, `fps` and `unit`",
    suffixes=(".npy",),
    sniff=lambda path, head: npy_layout(path, head) == "described",
)
def read_described_npy(path: Path, options: ReadOptions) -> list[Recording]:
    """Read an array as its .json describes it."""
    array, sidecar = open_npy_array(path), sidecar_path(path)
    about = read_json(sidecar)
    try:
        if not isinstance(about, Mapping):
            raise RecordingError("expected an object with markers or joints")
        labels = _labels(about)
        axes = list(options.description.axes or _axes(about, array.shape, len(labels)))
        up = _up(about)
        edges = clean_edges(about.get("edges") or (), labels)
        fps = clean_fps(about["fps"]) if about.get("fps") is not None else None
    except RecordingError as error:
        raise RecordingError(f"{sidecar.name} does not describe the array: {error}") from None
    dancers = np.moveaxis(array, [axes.index(axis) for axis in ("frame", "marker", "xyz")], [-3, -2, -1])
    if dancers.ndim == 3:
        dancers = dancers[None]
    if dancers.shape[2:] != (len(labels), 3):
        raise RecordingError(
            f"expected {len(labels)} markers as in {sidecar.name} on the axes {', '.join(axes)}, found shape "
            f"{array.shape}"
        )
    left_right = about.get("left_right")
    unit = about.get("units", about.get("unit"))
    content = MotionFile(
        dancers,
        marker_set_of(path.stem, labels, edges),
        fps=fps,
        unit=unit if isinstance(unit, str) else None,
        up=up,
        mirrored=left_right.startswith("mirrored") if isinstance(left_right, str) else None,
        zeros_are_missing=None,
        usual_up="+z",
        **credit_and_licence(about.get("credit"), about.get("licence", about.get("license"))),
    )
    return recordings_of_file(path, content, options)


def _labels(about: Mapping) -> tuple[str, ...]:
    """The names of the markers or joints."""
    names = about.get("markers") or about.get("joints")
    if not isinstance(names, list):
        raise RecordingError('it has no list of names, "markers" or "joints"')
    return clean_labels(names)


def _axes(about: Mapping, shape: tuple[int, ...], markers: int) -> list[str]:
    """The name of each axis; where the description has none, the only one that fits the number of markers."""
    if len(shape) not in (3, 4):
        raise RecordingError(
            f"expected three axes, such as frame, joint, xyz, or four with dancers, found shape {shape}"
        )
    words = about.get("axes")
    if words is None:
        frame_first = shape[-2:] == (markers, 3) and shape[-3] != markers
        default = ["frame", "marker", "xyz"] if frame_first else ["marker", "frame", "xyz"]
        return default if len(shape) == 3 else ["dancer", *default]
    if isinstance(words, str):
        words = words.split(",")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise RecordingError(f"expected axes as text, such as frame, joint, xyz, found {reprlib.repr(words)}")
    axes: list[str] = []
    for word in words:
        axes.append(axis_of_word(word))
    expected = ["dancer", "frame", "marker", "xyz"][4 - len(shape) :]
    if sorted(axes) != sorted(expected):
        raise RecordingError(f"expected the axes {', '.join(axes)}, found shape {shape}")
    return axes


def _up(about: Mapping) -> str | None:
    """The axis that points up, one of `UP_AXES`; None where the description has none."""
    up = about.get("up")
    if up is None:
        return None
    if not isinstance(up, str):
        raise RecordingError(f"expected up to be {', '.join(UP_AXES)}, found {reprlib.repr(up)}")
    return parse_up(up)
