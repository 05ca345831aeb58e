"""The published excerpt of Mariel's recordings: a .npy of shape (15, frames, 3), z up, mirrored."""

from pathlib import Path

from mariel.motion.arrays import open_npy_array
from mariel.motion.gaps import find_gaps, longest_filled
from mariel.motion.io.formats.array_npy import read_array
from mariel.motion.io.motion_file import MotionFile
from mariel.motion.io.npy_layout import npy_layout
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.mariel_markers import MARIEL_15
from mariel.motion.recording import FPS, Recording


@register_format(
    "excerpt",
    files="`*.npy`, 15 markers",
    expects="the published excerpt, (15, frames, 3)",
    suffixes=(".npy",),
    sniff=lambda path, head: npy_layout(path, head) == "excerpt",
)
def read_excerpt(path: Path, options: ReadOptions) -> list[Recording]:
    """Read the excerpt: z up already, but mirrored, which is corrected unless in reference mode."""
    if options.description.axes is not None:
        return read_array(path, options)
    source = open_npy_array(path).transpose(1, 0, 2)
    if options.description.changes_reading and not options.reference:
        content = MotionFile(source[None], MARIEL_15, unit="m", up="+z", mirrored=True, usual_fps=FPS)
        return recordings_of_file(path, content, options)
    signs = (1.0, 1.0 if options.reference else -1.0, 1.0)
    take = Recording(
        path.stem,
        source,
        MARIEL_15,
        signs=signs,
        path=path,
        gaps=find_gaps(source, max_filled_frames=longest_filled(FPS)),
    )
    return [take.trim(options.trim or 0)]
