"""Mariel's raw layout: a .npy of shape (55, frames, 3), or (53, frames, 3) without the two helper points."""

from pathlib import Path

from mariel.errors import RecordingError
from mariel.motion.arrays import open_npy_array
from mariel.motion.gaps import find_gaps
from mariel.motion.io.npy_layout import RAW_COLUMNS, npy_layout
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.mariel_markers import MARIEL_53, RAW_PADDING_FRAMES
from mariel.motion.orientation import Orientation, detect_orientation
from mariel.motion.recording import Recording


@register_format(
    "mariel",
    files="`mariel_<name>.npy`",
    expects="Mariel's raw layout, (55, frames, 3), or (53, frames, 3) without the two helper points; metres, 35 "
    f"frames per second, float32 or float64; {RAW_PADDING_FRAMES} frames of padding are trimmed at each end "
    "unless `trim` is given",
    suffixes=(".npy",),
    sniff=lambda path, head: npy_layout(path, head) == "raw",
)
def read_mariel_npy(path: Path, options: ReadOptions) -> list[Recording]:
    """Read a raw recording, memory-mapped; its orientation and mirroring are detected from the body."""
    array = open_npy_array(path)
    columns = RAW_COLUMNS[array.shape[0]]
    source = array.transpose(1, 0, 2)
    if len(source) == 0:
        raise RecordingError("expected frames, found none")
    signs = (1.0, 1.0, -1.0)
    if not options.reference:
        orientation = detect_orientation(source, MARIEL_53, columns)
        signs = (orientation or Orientation(-1, False)).signs
    take = Recording(
        path.stem.removeprefix("mariel_") or path.stem,
        source,
        MARIEL_53,
        columns=columns,
        signs=signs,
        path=path,
        gaps=find_gaps(source),
        raw_layout=True,
    )
    return [take.trim(RAW_PADDING_FRAMES if options.trim is None else options.trim)]
