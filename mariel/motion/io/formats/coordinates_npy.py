"""Coordinates of one of Mariel's marker sets, frames first, as this program's downloads are."""

from pathlib import Path

import numpy as np

from mariel.motion.arrays import open_npy_array, require_size
from mariel.motion.io.npy_layout import KNOWN_SETS, RAW_COLUMNS, npy_layout
from mariel.motion.io.positions import recordings_of_dancers
from mariel.motion.io.registry import ReadOptions, register_format
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.orientation import SAMPLED_FRAMES, detect_orientation, detect_up_axis, rotation_to_z_up
from mariel.motion.recording import Recording


@register_format(
    "coordinates",
    files="`*.npy`, frames first",
    expects="(frames, markers, 3) or (dancers, frames, markers, 3) of 53, 18 or 15 of Mariel's markers, z up, "
    "metres, 35 frames per second, as the Coordinates button of a page saves them",
    suffixes=(".npy",),
    sniff=lambda path, head: npy_layout(path, head) == "coordinates",
)
def read_coordinates(path: Path, options: ReadOptions) -> list[Recording]:
    """Read coordinates; those of all 55 raw columns, which this program never saves, may have any axis up."""
    array = open_npy_array(path)
    require_size(array.size * 8)
    dancers = np.asarray(array if array.ndim == 4 else array[None])
    if dancers.shape[2] not in RAW_COLUMNS or dancers.shape[2] in KNOWN_SETS:
        return recordings_of_dancers(path, dancers, KNOWN_SETS[dancers.shape[2]], unit="m", trim=options.trim)
    dancers = dancers[:, :, list(RAW_COLUMNS[dancers.shape[2]])]
    columns = tuple(range(len(MARIEL_53)))
    order, signs = rotation_to_z_up(detect_up_axis(dancers[0], MARIEL_53) or "+z")
    upright = dancers[0, :: max(1, dancers.shape[1] // SAMPLED_FRAMES)][..., order] * signs
    orientation = detect_orientation(upright, MARIEL_53, columns)
    if orientation and orientation.mirrored and not options.reference:
        signs = (signs[0], -signs[1], signs[2])
    return recordings_of_dancers(path, dancers, MARIEL_53, unit="m", to_z_up=(order, signs), trim=options.trim)
