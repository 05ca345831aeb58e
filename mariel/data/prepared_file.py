"""Prepared takes as one .npz file, for other programs."""

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from mariel.data.preprocessing import Preprocessing
from mariel.files import open_atomically
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording


def write_archive(
    path: str | Path,
    recordings: Mapping[str, Recording],
    preprocessing: Preprocessing,
    *,
    marker_set: MarkerSet | None = None,
) -> dict[str, tuple[int, ...]]:
    """Prepare takes, not centred and centred, and write both to one .npz file, atomically.

    Its arrays, none of which needs pickle: `positions` and `centered` (frames, markers, 6) float32; `takes`,
    `counts` and `offsets`, one entry per take; `labels` of the markers; `training` (frames,) bool, the frames that
    the scaling was fitted on; `preprocessing`, JSON text for `Preprocessing.from_dict`.

    Args:
        path: the file; replaced if it exists.
        recordings: the takes.
        preprocessing: how to prepare them.
        marker_set: write the data of these markers only.

    Returns:
        Shape of each array by name.

    Raises:
        PreprocessingError: the takes' markers, frame rate or unit are not those that the preprocessing was fitted on.
        WriteError: the file cannot be written.
    """
    shapes = {}
    with open_atomically(path) as target, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        # One array at a time, so that only one of the two large arrays is in memory.
        for name, array in _arrays(recordings, preprocessing, marker_set):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
            shapes[name] = array.shape
    return shapes


def _arrays(
    recordings: Mapping[str, Recording], preprocessing: Preprocessing, marker_set: MarkerSet | None
) -> Iterable[tuple[str, np.ndarray]]:
    """The arrays of the file by name, one at a time."""
    for name, centred in (("positions", False), ("centered", True)):
        prepared = preprocessing.with_centring(centred).prepare(recordings)
        if marker_set is not None:
            prepared = prepared.markers(marker_set)
        yield name, prepared.array
    offsets = prepared.offsets
    training = np.zeros(len(prepared.array), bool)
    for block in preprocessing.fitted_on:
        if block.recording in offsets:
            training[offsets[block.recording] + block.start : offsets[block.recording] + block.stop] = True
    yield "takes", np.array(list(prepared))
    yield "counts", np.array([frames for _, frames in prepared.takes])
    yield "offsets", np.array(list(offsets.values()))
    yield "labels", np.array(prepared.marker_set.labels)
    yield "training", training
    yield "preprocessing", np.array(json.dumps(preprocessing.to_dict()))
