"""Rows of numbers as text."""

import numpy as np

from mariel.export.registry import ExportRequest, coordinates_bytes

NUMBER_BYTES = 11
"""Of a coordinate and what comes after it."""


def table_bytes(request: ExportRequest) -> int:
    """About how many bytes a table of a request's dances takes."""
    return coordinates_bytes(request) // 4 * NUMBER_BYTES


def table_rows(positions: np.ndarray, fps: float, delimiter: str, *, first_frame: int = 0) -> str:
    """A line per frame: its number, its time in seconds, and x, y and z of every marker, empty where it is not seen.

    Coordinates have as many digits as their 32-bit floats need to be read back exactly.

    Args:
        positions: (frames, markers, 3).
        fps: frames per second.
        delimiter: between two cells.
        first_frame: number of the first frame.
    """
    numbers = np.asarray(positions, np.float32)
    template = delimiter.join(["%d", "%.9g", *["%.9g"] * (numbers.shape[1] * 3)])
    lines = [
        template % (first_frame + frame, frame / fps, *row)
        for frame, row in enumerate(numbers.reshape(len(numbers), -1).tolist())
    ]
    text = "\n".join(lines) + "\n"
    return text if np.isfinite(numbers).all() else text.replace("nan", "")
