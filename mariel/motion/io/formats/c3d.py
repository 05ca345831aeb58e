"""Read C3D files, as optical systems and biomechanics programs write them: labelled points per frame."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.arrays import require_size
from mariel.motion.io.c3d_layout import C3dLayout, floats_of_dec, is_c3d, read_c3d_layout
from mariel.motion.io.labels import credit_and_licence, require_marker_count
from mariel.motion.io.motion_file import one_dancer
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.io.subjects import by_subject
from mariel.motion.orientation import UP_AXES
from mariel.motion.recording import Recording

CHUNK_NUMBERS = 2**22
"""Numbers of a file that are in memory at a time."""

_COMPUTED = ("ANGLES", "FORCES", "MOMENTS", "POWERS", "SCALARS", "REACTIONS", "BONES", "MODELED_MARKERS")
_UNLABELLED = re.compile(r"\*\d*|unlabell?ed.*|unnamed.*|unidentified.*|", re.IGNORECASE)


@register_format(
    "c3d",
    files="`*.c3d`",
    expects="markers of optical systems, integers or floats of any processor; unseen where the residual is negative "
    "or all coordinates are 0; labels, rate, unit and subjects from its parameters; no angles, forces or analog data",
    suffixes=(".c3d",),
    sniff=lambda path, head: is_c3d(head),
)
def read_c3d(path: Path, options: ReadOptions) -> list[Recording]:
    """The labelled points of a C3D file: one recording, or one per subject.

    Raises:
        RecordingError: the file is damaged or cut short, or holds no markers; the message says what was expected.
    """
    layout = read_c3d_layout(path)
    labels = _labels(layout)
    columns, notes = _marker_columns(layout, labels)
    require_marker_count(len(columns))
    require_size(layout.frames * len(columns) * 3 * 8)
    if layout.analog:
        notes.append(f"{layout.analog:,} analog measurements per frame left out")
    up, usual_up = _up(layout)
    content = one_dancer(
        _positions(path, layout, columns),
        [labels[column] for column in columns],
        path,
        fps=layout.rate,
        unit=next(iter(layout.texts("POINT", "UNITS")), None) or None,
        up=up,
        usual_up=usual_up,
        notes=tuple(notes),
        **credit_and_licence(*(" ".join(layout.texts("MANUFACTURER", name)) for name in ("CREDIT", "LICENCE"))),
    )
    prefixes = layout.texts("SUBJECTS", "LABEL_PREFIXES") if layout.number("SUBJECTS", "USES_PREFIXES") else []
    content = by_subject(path, content, [labels[column] for column in columns], prefixes=prefixes)
    return recordings_of_file(path, content, options)


def _labels(layout: C3dLayout) -> list[str]:
    """A label per point: those of POINT:LABELS, then those of LABELS2, LABELS3 …, as 255 go into one."""
    lists = [layout.texts("POINT", f"LABELS{number or ''}") for number in (0, *range(2, 300))]
    labels = [label for each in lists for label in each][: layout.points]
    return labels + [""] * (layout.points - len(labels))


def _marker_columns(layout: C3dLayout, labels: list[str]) -> tuple[list[int], list[str]]:
    """The points that are markers, and notes about the others: computed ones, and those without a label."""
    listed = [name for name in layout.texts("POINT", "TYPE_GROUPS") if name and "MARKER" not in name.upper()]
    groups = dict.fromkeys((*_COMPUTED, *(name.upper() for name in listed)))
    names = [f"{group}{number}" for group in groups for number in ("", *range(2, 10))]
    computed = {label for name in names for label in layout.texts("POINT", name) if label}
    notes = []
    columns = [column for column, label in enumerate(labels) if label not in computed]
    if not columns:
        raise RecordingError(
            f"expected markers in the C3D file, found {len(labels):,} computed values only, such as {labels[0]!r}: "
            "export the trajectories too"
        )
    if len(columns) < len(labels):
        notes.append(f"{len(labels) - len(columns):,} computed points (angles, forces, virtual points) left out")
    labelled = [column for column in columns if not _UNLABELLED.fullmatch(labels[column].rpartition(":")[2].strip())]
    if labelled and len(labelled) < len(columns):
        notes.append(f"{len(columns) - len(labelled):,} points without a label left out")
    return labelled or columns, notes


def _up(layout: C3dLayout) -> tuple[str | None, str]:
    """(the axis that the file shows upwards on a screen, the axis that is probably up).

    Files with "-Z" stand along +z: so a minus tells the axis, and the body which way.
    """
    screen = next(iter(layout.texts("POINT", "Y_SCREEN")), "").strip().lower()
    up = screen if screen[:1] in ("+", "-") else f"+{screen}"
    if up not in UP_AXES:
        return None, "+z"
    return (up, up) if up[0] == "+" else (None, f"+{up[1]}")


def _positions(path: Path, layout: C3dLayout, columns: list[int]) -> np.ndarray:
    """Positions (frames, markers, 3), float32, in the file's axes and unit; NaN where a marker is not seen."""
    positions = np.empty((layout.frames, len(columns), 3), np.float32)
    every = columns == list(range(layout.points))
    for first, points in _point_chunks(path, layout):
        chosen = points if every else points[:, columns]
        xyz = chosen[..., :3].astype(np.float32)
        if layout.scale > 0:
            xyz *= np.float32(layout.scale)
        at_origin = (xyz[..., 0] == 0) & (xyz[..., 1] == 0) & (xyz[..., 2] == 0)
        unseen = at_origin | ~(chosen[..., 3] >= 0)
        xyz[unseen] = np.nan
        positions[first : first + len(xyz)] = xyz
    return positions


def _point_chunks(path: Path, layout: C3dLayout) -> Iterator[tuple[int, np.ndarray]]:
    """(first frame, points (frames, points, 4): x, y, z and residual as stored), some frames at a time."""
    shape = (layout.frames, layout.numbers)
    dec = layout.byte_order == "dec" and layout.scale < 0
    mapped = np.memmap(path, layout.dtype, "r", layout.offset, shape)
    step = max(1, CHUNK_NUMBERS // layout.numbers)
    for first in range(0, layout.frames, step):
        numbers = np.asarray(mapped[first : first + step, : 4 * layout.points])
        if dec:
            numbers = floats_of_dec(np.ascontiguousarray(numbers).view("<u2").reshape(*numbers.shape, 2))
        yield first, numbers.reshape(len(numbers), layout.points, 4)
