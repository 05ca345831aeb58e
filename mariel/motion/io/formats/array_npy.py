"""Any array of positions as .npy, with nothing beside it: axes, up and unit are taken from the motion."""

from pathlib import Path

from mariel.errors import RecordingError
from mariel.motion.arrays import open_npy_array
from mariel.motion.io.axis_order import arrange_axes
from mariel.motion.io.known_joints import KNOWN_JOINTS, fits_known_joints
from mariel.motion.io.labels import require_marker_count
from mariel.motion.io.motion_file import MotionFile, marker_set_of
from mariel.motion.io.npy_layout import explain_npy, npy_layout
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import HEAD_BYTES, ReadOptions, register_format
from mariel.motion.recording import Recording


@register_format(
    "array",
    files="`*.npy`, any other",
    expects="positions of any markers or joints in any order of axes, such as (frames, joints, 3), the joints of "
    "HumanML3D among them; the rate and what the motion does not show are asked for once",
    suffixes=(".npy",),
    sniff=lambda path, head: npy_layout(path, head) == "array",
)
def read_array(path: Path, options: ReadOptions) -> list[Recording]:
    """Read an array whose axes a person has named, or which are told apart by how markers move."""
    arranged = arrange_axes(open_npy_array(path), None, options.description.axes)
    if arranged is None:
        with path.open("rb") as file:
            raise RecordingError(explain_npy(path, file.read(HEAD_BYTES)))
    positions, assumptions = arranged
    require_marker_count(positions.shape[2])
    labels, lines = tuple(f"marker {number}" for number in range(1, positions.shape[2] + 1)), []
    if note := fits_known_joints(positions):
        labels, lines = KNOWN_JOINTS[positions.shape[2]]
    content = MotionFile(
        positions,
        marker_set_of(path.stem, labels, lines),
        zeros_are_missing=None,
        notes=(note,) if note else (),
        usual_up="+y" if note else "+z",
        one_dancer_per_frame=False,
        assumptions=assumptions,
    )
    return recordings_of_file(path, content, options)
