"""The reference: the published loader's six arrays, in its own order and dtypes, faults included.

The published loader is `functions/load_data.py` of github.com/mariel-pettee/choreo-graph. Unlike the default
preprocessing it negates z alone, which mirrors the dancer; computes velocities after concatenating the takes, so that
they jump at every boundary between takes; fits the scaling on all frames; and fills no gaps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mariel.data.preprocessing import Preprocessing
from mariel.data.scaling import centre_in_place, in_reference_orientation, raw_positions
from mariel.motion.recording import Recording


@dataclass(frozen=True, eq=False)
class ReferenceArrays:
    """The arrays of the published loader.

    Args:
        concatenated: all takes, (frames, markers, 6) float64: positions, then velocities.
        concatenated_centred: the same with each frame's mean x and y subtracted from the positions.
        takes: each take's positions in scaled units, (frames, markers, 3) in the file's dtype, not scaled to -1 … 1.
        takes_centred: the same, centred.
        counts: frames of each take.
        offsets: first frame of each take in the concatenated arrays.
        preprocessing: the fit; its `report()` is what the loader prints.
    """

    concatenated: np.ndarray
    concatenated_centred: np.ndarray
    takes: dict[str, np.ndarray]
    takes_centred: dict[str, np.ndarray]
    counts: np.ndarray
    offsets: np.ndarray
    preprocessing: Preprocessing


def reference_arrays(recordings: Mapping[str, Recording]) -> ReferenceArrays:
    """Preprocess takes as the published loader does.

    Takes of Mariel's files get the published loader's orientation, however they were opened.

    Raises:
        PreprocessingError: the takes differ in kind, nothing moves, or a marker is missing.
    """
    preprocessing = Preprocessing.fit(recordings, reference=True)
    takes, takes_centred = {}, {}
    for name, recording in recordings.items():
        positions = raw_positions(in_reference_orientation(recording))
        preprocessing.floor_scaling.scale_in_place(positions)
        takes[name] = positions
        takes_centred[name] = positions.copy()
        centre_in_place(takes_centred[name])
    counts = np.array([len(recording) for recording in recordings.values()])
    offsets = np.cumsum(counts) - counts
    concatenated, concatenated_centred = (
        np.concatenate([chunk for _, chunk in fit.chunks(recordings.values())])
        for fit in (preprocessing.with_centring(False), preprocessing.with_centring(True))
    )
    return ReferenceArrays(concatenated, concatenated_centred, takes, takes_centred, counts, offsets, preprocessing)
