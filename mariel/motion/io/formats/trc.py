"""Read TRC files of Cortex, OpenSim and others."""

from pathlib import Path

from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.io.subjects import by_subject
from mariel.motion.io.tables.text_table import open_table, table_of_head
from mariel.motion.io.tables.trc import is_trc, read_trc_table
from mariel.motion.recording import Recording


@register_format(
    "trc",
    files="`*.trc`",
    expects="marker positions as a table of tabs, with rate and unit above it; an empty cell, or 0 in all three, is "
    "unseen",
    suffixes=(".trc",),
    sniff=lambda path, head: is_trc(table_of_head(path, head)),
)
def read_trc(path: Path, options: ReadOptions) -> list[Recording]:
    """The markers of a TRC file: one recording, or one per subject where names are as in `Anna:LHEL`."""
    content, labels = read_trc_table(path, open_table(path))
    return recordings_of_file(path, by_subject(path, content, labels), options)
