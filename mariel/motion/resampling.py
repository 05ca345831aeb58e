"""Motion at another frame rate."""

import numpy as np


def resampled(positions: np.ndarray, fps: float, to: float) -> np.ndarray:
    """Positions at another frame rate, on straight lines between frames.

    Args:
        positions: (frames, markers, 3); between a frame in which a marker is missing and another it is missing too.
        fps: their frames per second.
        to: frames per second of the result.

    Returns:
        (frames, markers, 3), as long in seconds, to the nearest frame; the positions themselves at the same rate.
    """
    if fps == to:
        return positions
    count = max(1, round(len(positions) * to / fps))
    at = (np.arange(count) * (fps / to)).clip(0, len(positions) - 1)
    before = np.floor(at).astype(int)
    share = (at - before).astype(np.float32)[:, None, None]
    between = share[:, 0, 0] > 0
    result = np.asarray(positions, np.float32)[before]
    after = np.asarray(positions, np.float32)[before[between] + 1]
    result[between] += share[between] * (after - result[between])
    return result
