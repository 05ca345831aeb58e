"""Any array of positions as .npy, with nothing beside it: axes, up and unit are taken from the motion."""

from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.arrays import open_npy_array
from mariel.motion.inference.array_axes import AXES, infer_axes
from mariel.motion.inference.assumption import Assumption
from mariel.motion.io.labels import require_marker_count
from mariel.motion.io.motion_file import MotionFile
from mariel.motion.io.npy_layout import explain_npy, npy_layout
from mariel.motion.io.positions import marker_set_of, recordings_of_file
from mariel.motion.io.registry import HEAD_BYTES, ReadOptions, register_format
from mariel.motion.recording import Recording


@register_format(
    "array",
    files="`*.npy`, any other",
    expects="positions of any markers or joints in any order of axes, such as (frames, joints, 3); the rate and what "
    "the motion does not show are asked for once",
    suffixes=(".npy",),
    sniff=lambda path, head: npy_layout(path, head) == "array",
)
def read_array(path: Path, options: ReadOptions) -> list[Recording]:
    """Read an array whose axes a person has named, or which are told apart by how markers move."""
    array = open_npy_array(path)
    axes = _axes(path, array, options)
    names = list(axes.value)  # type: ignore[call-overload]
    order = [names.index(axis) for axis in AXES if axis in names]
    positions = np.transpose(array, order)
    if positions.ndim == 3:
        positions = positions[None]
    require_marker_count(positions.shape[2])
    labels = tuple(f"marker {number}" for number in range(1, positions.shape[2] + 1))
    content = MotionFile(
        positions,
        marker_set_of(path.stem, labels, []),
        zeros_are_missing=None,
        usual_up="+z",
        one_dancer_per_frame=False,
        assumptions=(axes,),
    )
    return recordings_of_file(path, content, options)


def _axes(path: Path, array: np.ndarray, options: ReadOptions) -> Assumption:
    """The names of an array's axes.

    Raises:
        RecordingError: the description names others than the array has, or no axis can be x, y and z.
    """
    said = options.description.axes
    if said is None:
        found = infer_axes(array)
        if found is None:
            with path.open("rb") as file:
                raise RecordingError(explain_npy(path, file.read(HEAD_BYTES)))
        return found
    if len(said) != array.ndim or array.shape[said.index("xyz")] != 3:
        raise RecordingError(
            f"the axes {', '.join(said)} do not fit: found an array of shape {array.shape}, of which xyz must have 3"
        )
    return Assumption("axes", said, 1.0, "answer")
