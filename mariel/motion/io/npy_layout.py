"""Recognise by shape and content what a .npy file holds, and say what would open the others."""

import io
from pathlib import Path
from typing import Literal

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.arrays import open_npy_array, read_npy_header, require_positions_dtype
from mariel.motion.io.labels import MAX_MARKERS
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_18, MARIEL_53, MARIEL_55
from mariel.motion.marker_set import MarkerSet
from mariel.motion.smpl.skeleton import JOINTS, are_rotations

RAW_COLUMNS = {
    len(MARIEL_55): tuple(MARIEL_55.indices(MARIEL_53.labels)),
    len(MARIEL_53): tuple(range(len(MARIEL_53))),
}
"""For each number of columns of a raw recording: the column of each of the 53 markers."""

KNOWN_SETS: dict[int, MarkerSet] = {len(known): known for known in (MARIEL_53, MARIEL_18, MARIEL_15)}
"""Marker sets that an array of coordinates is recognised by, by their number of markers."""

NpyLayout = Literal["described", "raw", "excerpt", "coordinates", "array", "rotations"]

ROTATION_WIDTHS = {3 * joints: joints for joints in JOINTS}
"""Numbers of joint rotations in a row, three each, and the number of joints."""

_SAMPLED_ROTATIONS = 500  # frames that are looked at
_SAMPLED = 64  # frames and markers that are compared to find out which axis is time


def sidecar_path(path: Path) -> Path:
    """The .json of the same name, which describes an array."""
    return path.with_suffix(".json")


def npy_layout(path: Path, head: bytes) -> NpyLayout | None:
    """What a .npy file holds, or None if it is no .npy file of positions that can be recognised.

    "described": its .json says; "raw": Mariel's layout, (55 or 53, frames, 3); "excerpt": (15, frames, 3);
    "coordinates": (frames, markers, 3) or (dancers, frames, markers, 3) of one of her marker sets, z up, as this
    program's own downloads are; "rotations": (frames, 3 × joints) of SMPL's family, in radians; "array": any other
    array that can be positions.
    """
    try:
        header = read_npy_header(io.BytesIO(head))
        require_positions_dtype(header.dtype)
    except RecordingError:
        return None
    if sidecar_path(path).is_file():
        return "described"
    if len(header.shape) == 2:
        return "rotations" if _holds_rotations(path, header.shape) else None
    return _layout_of_shape(path, header.shape) or ("array" if _may_be_positions(header.shape) else None)


def _holds_rotations(path: Path, shape: tuple[int, ...]) -> bool:
    """Whether an array (frames, numbers) holds rotations of as many joints as a model of SMPL's family has."""
    if shape[1] not in ROTATION_WIDTHS or not shape[0]:
        return False
    try:
        array = open_npy_array(path)
    except RecordingError:
        return False  # the file is damaged, which the explanation says
    return are_rotations(array[:: max(1, len(array) // _SAMPLED_ROTATIONS)])


def _may_be_positions(shape: tuple[int, ...]) -> bool:
    """Whether an array of such a shape can be positions of markers that move."""
    if len(shape) not in (3, 4) or 3 not in shape or 0 in shape or any(size in _SURFACES for size in shape):
        return False
    others = list(shape)
    others.remove(3)
    return min(others) <= MAX_MARKERS


def _layout_of_shape(path: Path, shape: tuple[int, ...]) -> NpyLayout | None:
    """The layout of an array without a description; the file is read where the shape fits two of them."""
    if shape[-1:] != (3,) or len(shape) not in (3, 4):
        return None
    if len(shape) == 4:
        return "coordinates" if shape[2] in KNOWN_SETS else None
    by_first: NpyLayout | None = (
        "raw" if shape[0] in RAW_COLUMNS else "excerpt" if shape[0] == len(MARIEL_15) else None
    )
    by_second: NpyLayout | None = "coordinates" if shape[1] in (*KNOWN_SETS, *RAW_COLUMNS) else None
    frames_first = None
    if by_second or (by_first and shape[1] <= MAX_MARKERS):  # else the array cannot be frames first
        frames_first = frames_come_first(path)
    if frames_first is None:
        return by_first or by_second
    return by_second if frames_first else by_first


def frames_come_first(path: Path) -> bool | None:
    """Whether the first axis of a .npy of shape (a, b, 3) is time; None if the positions cannot tell.

    From one frame to the next a marker moves little, while two neighbouring markers of a list lie apart.
    """
    try:
        array = open_npy_array(path)
    except RecordingError:
        return None  # the file is damaged, which its reader reports
    sample = np.asarray(array[:_SAMPLED, :_SAMPLED], np.float64)
    with np.errstate(all="ignore"):
        along_first, along_second = (np.linalg.norm(np.diff(sample, axis=axis), axis=2) for axis in (0, 1))
    steps = [
        float(np.median(known)) if (known := each[np.isfinite(each)]).size else 0.0
        for each in (along_first, along_second)
    ]
    if 2 * steps[0] < steps[1]:
        return True
    return False if 2 * steps[1] < steps[0] else None


def explain_npy(path: Path, head: bytes) -> str:
    """Why a .npy file is not opened: what it seems to hold, and what would open it."""
    try:
        header = read_npy_header(io.BytesIO(head))
        require_positions_dtype(header.dtype)
        open_npy_array(path)
    except RecordingError as error:
        return str(error)
    return _explain_shape(path, header.shape)


_FEATURES = {
    263: "HumanML3D's features of motion, not positions: its folder new_joints has positions, (frames, 22, 3)",
    251: "features of KIT-ML's motion, not positions: its folder new_joints has positions, (frames, 21, 3)",
    135: "SMPL's body parameters (6-number rotations), not positions",
}

_SURFACES = (6890, 10475)
"""Numbers of vertices of SMPL's and SMPL-X's body surface."""

_JOINTS = {
    17: "the 17 joints of COCO or Human3.6M",
    21: "the 21 joints of KIT-ML, y up, 12.5 frames per second",
    22: "SMPL's 22 body joints, as HumanML3D and MotionGPT write them, y up, 20 frames per second",
    24: "SMPL's 24 joints",
    25: "the 25 joints of Kinect, NTU RGB+D or OpenPose",
    33: "the 33 points of MediaPipe",
    52: "SMPL+H's 52 joints",
}


def _explain_shape(path: Path, shape: tuple[int, ...]) -> str:
    """What an array of some shape seems to hold, and what would open it."""
    found = f"found an array of shape {shape}"
    last = shape[-1] if shape else 0
    if 0 in shape:
        reason = f"expected frames, {found}"
    elif len(shape) == 3 and last == 3:
        reason = _explain_positions(path, shape)
    elif len(shape) == 4 and last == 3:
        advice = _sidecar_advice(path, shape[2], "dancer, frame, marker, xyz", "+z")
        reason = f"{found}, perhaps {shape[0]:,} dancers in {shape[1]:,} frames, without names of markers; {advice}"
    elif len(shape) > 1 and last in _FEATURES:
        reason = f"{found}, which seems to be {_FEATURES[last]}. Compute joint positions and save those"
    elif len(shape) == 3 and last == 2:
        reason = f"{found}, which seems to be points in a picture, x and y: three coordinates are needed"
    elif len(shape) == 3 and shape[0] == 3:
        reason = f"{found}: the axes seem to be reversed; save array.T, which is (frames, markers, xyz)"
    elif len(shape) == 2 and last % 3 == 0 and last > 3:
        markers = last // 3
        reason = (
            f"{found}, perhaps {shape[0]:,} frames with x, y and z of {markers} markers in a row: save "
            f"array.reshape(-1, {markers}, 3); {_sidecar_advice(path, markers, 'frame, marker, xyz', '+z')}"
            f"{_explain_rotations(last)}"
        )
    else:
        reason = (
            f"expected positions (frames, markers, 3) with a {sidecar_path(path).name} beside it that lists the "
            f"markers, or Mariel's layout (55, frames, 3); {found}"
        )
    return reason


def _explain_rotations(width: int) -> str:
    """What would open rows of so many numbers if they are rotations, perhaps with a translation; empty if not."""
    alone = width in ROTATION_WIDTHS
    joints = ROTATION_WIDTHS.get(width if alone else width - 3)
    if joints is None:
        return ""
    save = "poses=array" if alone else f"poses=array[:, :{3 * joints}], trans=array[:, {3 * joints}:]"
    what = f"{joints} joint rotations{'' if alone else ' and trans'}"
    return (
        f"; if they are SMPL's body parameters ({what}), not positions: save them in radians as "
        f"numpy.savez(file, {save}, fps=rate)"
    )


def _explain_positions(path: Path, shape: tuple[int, ...]) -> str:
    """What an array (a, b, 3) seems to hold, and what would open it."""
    first_is_time = frames_come_first(path)
    if first_is_time is None:
        first_is_time = shape[0] >= shape[1] or shape[1] in _SURFACES
    frames, markers = (shape[0], shape[1]) if first_is_time else (shape[1], shape[0])
    axes = "frame, joint, xyz" if first_is_time else "joint, frame, xyz"
    seems = f"found an array of shape {shape}, which seems to be {frames:,} frames of {markers:,} joints or markers"
    if markers > MAX_MARKERS:
        return f"{seems}: a body's surface (a mesh), not a set of markers; choose joints of it"
    known = f", perhaps {_JOINTS[markers]}," if markers in _JOINTS else ""
    up = "+y" if markers in (21, 22, 24, 52) else "+z"
    return f"{seems}{known} without their names; " + _sidecar_advice(path, markers, axes, up)


def _sidecar_advice(path: Path, markers: int, axes: str, up: str) -> str:
    """What to write into the .json beside an array of so many markers."""
    return (
        f'write {sidecar_path(path).name} beside it: {{"joints": [{markers} names], "axes": "{axes}", "up": "{up}", '
        '"fps": frames per second, "edges": [[0, 1], …]}'
    )
