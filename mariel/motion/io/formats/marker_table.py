"""Read tables of markers: those of Qualisys, OptiTrack and Vicon, and any whose columns are named after markers."""

from collections.abc import Callable
from pathlib import Path

from mariel.motion.io.motion_file import MotionFile
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, Sniff, register_format
from mariel.motion.io.subjects import by_subject
from mariel.motion.io.tables.motive import is_motive, read_motive
from mariel.motion.io.tables.nexus import is_nexus, read_nexus
from mariel.motion.io.tables.plain import is_plain, read_plain
from mariel.motion.io.tables.qualisys import is_qualisys, read_qualisys
from mariel.motion.io.tables.text_table import TextTable, open_table, table_of_head
from mariel.motion.io.tables.trc import is_trc
from mariel.motion.recording import Recording

_IsTable = Callable[[TextTable], bool]
_ReadTable = Callable[[Path, TextTable], tuple[MotionFile, tuple[str, ...]]]

_VENDORS: tuple[_IsTable, ...] = (is_qualisys, is_motive, is_nexus, is_trc)


def _sniff(is_table: _IsTable) -> Sniff:
    """A test of a file's first bytes: text that is a table of some kind."""

    def sniff(path: Path, head: bytes) -> bool:
        if _is_binary(head):
            return False
        return is_table(table_of_head(path, head))

    return sniff


def _is_binary(head: bytes) -> bool:
    """Whether zeros stand among the first bytes, other than those of text in two bytes per character."""
    start = head[:1000]
    wide = start[:2] in (b"\xff\xfe", b"\xfe\xff") or 0 in start[:2]
    return start.count(0) > 0.6 * len(start) if wide else 0 in start


def _read(path: Path, options: ReadOptions, read_table: _ReadTable) -> list[Recording]:
    content, labels = read_table(path, open_table(path))
    return recordings_of_file(path, by_subject(path, content, labels), options)


@register_format(
    "qualisys",
    files="`*.tsv` of Qualisys Track Manager",
    expects="3D data with the TSV header: rate and marker names, millimetres; no 6D data",
    suffixes=(".tsv",),
    sniff=_sniff(is_qualisys),
)
def read_qualisys_tsv(path: Path, options: ReadOptions) -> list[Recording]:
    """The markers of a table of Qualisys Track Manager."""
    return _read(path, options, read_qualisys)


@register_format(
    "motive",
    files="`*.csv` of OptiTrack Motive",
    expects="markers, else the joints of skeletons, with the header; rigid bodies are left out",
    suffixes=(".csv",),
    sniff=_sniff(is_motive),
)
def read_motive_csv(path: Path, options: ReadOptions) -> list[Recording]:
    """The markers, or else the bones, of a table of Motive: one recording per skeleton."""
    return _read(path, options, read_motive)


@register_format(
    "nexus",
    files="`*.csv` of Vicon Nexus",
    expects="the part Trajectories, one recording per subject; other parts are left out",
    suffixes=(".csv",),
    sniff=_sniff(is_nexus),
)
def read_nexus_csv(path: Path, options: ReadOptions) -> list[Recording]:
    """The trajectories of a table of Nexus."""
    return _read(path, options, read_nexus)


@register_format(
    "table",
    files="any other `*.csv`, `*.tsv` or `*.txt`",
    expects="a row of names such as `LHEL_x`, `LHEL X`, `LHEL.x` or `Anna:LHEL_x`, or names in one row and `x`, `y`, "
    "`z` in the next, then a row per frame; the rate from a column of times or from a comment such as `# fps: 60`",
    suffixes=(".csv", ".tsv"),  # a .txt in a folder is a note more often than motion; by name it opens
    sniff=_sniff(lambda table: not any(each(table) for each in _VENDORS) and is_plain(table)),
)
def read_marker_table(path: Path, options: ReadOptions) -> list[Recording]:
    """The markers of any table whose columns are named after markers and axes."""
    return _read(path, options, read_plain)
