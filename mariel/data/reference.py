"""The published loader's six arrays, reproduced in its own order and dtypes, faults included.

The reference is `functions/load_data.py` of github.com/mariel-pettee/choreo-graph. What it does that the default
preprocessing does not: it negates z alone, which mirrors the dancer; it takes velocities after joining the takes, so
that every seam is a leap; it scales by all frames; and it looks at the files' values as they lie, gaps included.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mariel.data.preprocessing import Preprocessing, as_reference
from mariel.data.scaling import centre_in_place, raw_positions
from mariel.motion.recording import Recording


@dataclass(frozen=True, eq=False)
class ReferenceArrays:
    """What the published loader works out.

    Args:
        joined: all takes one after another, (frames, markers, 6) float64: positions, then velocities.
        joined_centred: the same with each frame's mean x and y taken from the positions.
        takes: each take's positions on the stage, (frames, markers, 3) in the file's dtype, not brought to -1 … 1.
        takes_centred: the same, centred.
        counts: frames of each take.
        offsets: first frame of each take in the joined arrays.
        preprocessing: the fit; its `report()` is what the loader prints.
    """

    joined: np.ndarray
    joined_centred: np.ndarray
    takes: dict[str, np.ndarray]
    takes_centred: dict[str, np.ndarray]
    counts: np.ndarray
    offsets: np.ndarray
    preprocessing: Preprocessing


def reference_arrays(recordings: Mapping[str, Recording]) -> ReferenceArrays:
    """Do to takes all that the published loader does to its files.

    Takes of Mariel's files are stood up as the reference does it, whichever way they were opened.

    Raises:
        PreprocessingError: the takes differ in kind, nothing moves, or a marker is missing.
    """
    preprocessing = Preprocessing.fit(recordings, reference=True)
    takes, takes_centred = {}, {}
    for name, recording in recordings.items():
        positions = raw_positions(as_reference(recording))
        preprocessing.stage.scale_in_place(positions)
        takes[name] = positions
        takes_centred[name] = positions.copy()
        centre_in_place(takes_centred[name])
    counts = np.array([len(recording) for recording in recordings.values()])
    offsets = np.cumsum(counts) - counts
    joined, joined_centred = (
        np.concatenate([block for _, block in fit.chunks(recordings.values())])
        for fit in (preprocessing.with_centring(False), preprocessing.with_centring(True))
    )
    return ReferenceArrays(joined, joined_centred, takes, takes_centred, counts, offsets, preprocessing)
