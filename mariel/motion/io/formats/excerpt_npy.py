"""The published excerpt of Mariel's recordings: a .npy of shape (15, frames, 3), z up, mirrored."""

from pathlib import Path

from mariel.motion.arrays import open_npy_array
from mariel.motion.gaps import find_gaps
from mariel.motion.io.npy_layout import npy_layout
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.mariel_markers import MARIEL_15
from mariel.motion.recording import Recording


@register_format(
    "excerpt",
    files="`*.npy`, 15 markers",
    expects="the published excerpt, (15, frames, 3)",
    suffixes=(".npy",),
    sniff=lambda path, head: npy_layout(path, head) == "excerpt",
)
def read_excerpt(path: Path, options: ReadOptions) -> list[Recording]:
    """Read the excerpt: z up already, but mirrored, which is corrected unless in reference mode."""
    source = open_npy_array(path).transpose(1, 0, 2)
    signs = (1.0, 1.0 if options.reference else -1.0, 1.0)
    take = Recording(path.stem, source, MARIEL_15, signs=signs, path=path, gaps=find_gaps(source))
    return [take.trim(options.trim or 0)]
