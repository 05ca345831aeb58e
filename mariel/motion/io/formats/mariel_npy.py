"""Mariel's raw layout: a .npy of shape (55, frames, 3), or (53, frames, 3) without the two helper points."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.arrays import open_npy_array
from mariel.motion.gaps import find_gaps, longest_filled
from mariel.motion.inference.body_size import body_size
from mariel.motion.inference.unit import is_human_size
from mariel.motion.io.formats.array_npy import read_array
from mariel.motion.io.motion_file import MotionFile
from mariel.motion.io.npy_layout import RAW_COLUMNS, npy_layout
from mariel.motion.io.positions import recordings_of_file
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.mariel_markers import MARIEL_53, RAW_PADDING_FRAMES
from mariel.motion.orientation import Orientation, detect_orientation
from mariel.motion.recording import FPS, Recording


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
    """Read a raw recording, memory-mapped; its orientation and mirroring are detected from the body.

    One in another unit, or about which a person has said something, is read like any other array of named markers.
    """
    said = options.description
    if said.axes is not None:
        return read_array(path, options)
    array = open_npy_array(path)
    columns = RAW_COLUMNS[array.shape[0]]
    name = path.stem.removeprefix("mariel_") or path.stem
    source = array.transpose(1, 0, 2)
    if len(source) == 0:
        raise RecordingError("expected frames, found none")
    trim = RAW_PADDING_FRAMES if options.trim is None else options.trim
    body = source[np.unique(np.linspace(0, len(source) - 1, 100).astype(int))][:, list(columns)]
    in_metres = is_human_size(body_size(body, MARIEL_53), 1.0)
    if not options.reference and (said.changes_reading or not in_metres):
        dancers = source[None][:, :, list(columns)] if len(columns) != source.shape[1] else source[None]
        content = MotionFile(dancers, MARIEL_53, zeros_are_missing=True, usual_up="-z", usual_fps=FPS)
        takes = recordings_of_file(path, content, replace(options, trim=trim))
        return [replace(take, name=name) for take in takes]
    signs = (1.0, 1.0, -1.0)
    if not options.reference:
        orientation = detect_orientation(source, MARIEL_53, columns)
        signs = (orientation or Orientation(-1, False)).signs
    take = Recording(
        name,
        source,
        MARIEL_53,
        columns=columns,
        signs=signs,
        path=path,
        gaps=find_gaps(source, max_filled_frames=longest_filled(FPS)),
        raw_layout=True,
    )
    return [take.trim(trim)]
