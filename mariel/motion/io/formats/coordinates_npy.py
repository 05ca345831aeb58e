"""Coordinates of one of Mariel's marker sets, frames first, as this program's downloads are."""

from pathlib import Path

from mariel.motion.arrays import open_npy_array
from mariel.motion.io.formats.array_npy import read_array
from mariel.motion.io.motion_file import MotionFile
from mariel.motion.io.npy_layout import KNOWN_SETS, RAW_COLUMNS, npy_layout
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import FPS, Recording


@register_format(
    "coordinates",
    files="`*.npy`, frames first",
    expects="(frames, markers, 3) or (dancers, frames, markers, 3) of 55, 53, 18 or 15 of Mariel's markers, metres, "
    "35 frames per second, as the Coordinates button of a page saves them; any axis up",
    suffixes=(".npy",),
    sniff=lambda path, head: npy_layout(path, head) == "coordinates",
)
def read_coordinates(path: Path, options: ReadOptions) -> list[Recording]:
    """Read coordinates; the helper points of all 55 raw columns are left out."""
    if options.description.axes is not None:
        return read_array(path, options)
    array = open_npy_array(path)
    dancers = array if array.ndim == 4 else array[None]
    count = dancers.shape[2]
    if count in KNOWN_SETS:  # as this program saves them, so that a lying dancer stays lying
        content = MotionFile(dancers, KNOWN_SETS[count], unit="m", up="+z", usual_fps=FPS)
    else:
        dancers = dancers[:, :, list(RAW_COLUMNS[count])]
        content = MotionFile(dancers, MARIEL_53, unit="m", zeros_are_missing=None, usual_fps=FPS)
    return recordings_of_file(path, content, options)
