"""A validation phrase beside its reconstruction, kept with a run so that a page can let both dance."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mariel.errors import CheckpointError
from mariel.files import write_atomically
from mariel.motion.marker_set import MarkerSet


@dataclass(frozen=True, eq=False)
class Preview:
    """A phrase as it was danced and as a model rebuilds it, both where the model looks at it.

    Args:
        original, reconstruction: (frames, markers, 3) float32, metres, z up.
        fps: frames a second.
        marker_set: the markers.
        take: the take it is from.
        frame: its first frame in that take.
        epoch: epochs after which the model was so.
    """

    original: np.ndarray
    reconstruction: np.ndarray
    fps: float
    marker_set: MarkerSet
    take: str
    frame: int
    epoch: int


def write_preview(path: Path, preview: Preview) -> None:
    """Keep a preview; markers and frame rate are kept elsewhere.

    Raises:
        RunError: it cannot be written.
    """
    content = io.BytesIO()
    np.savez(
        content,
        original=preview.original.astype(np.float32),
        reconstruction=preview.reconstruction.astype(np.float32),
        take=np.array(preview.take),
        frame=np.array(preview.frame),
        epoch=np.array(preview.epoch),
    )
    write_atomically(path, content.getvalue(), durable=False)


def read_preview(path: Path, marker_set: MarkerSet, fps: float) -> Preview:
    """The preview that `write_preview` kept; nothing is unpickled.

    Raises:
        CheckpointError: it is damaged, or of other markers.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            original, reconstruction = arrays["original"], arrays["reconstruction"]
            take, frame, epoch = str(arrays["take"]), int(arrays["frame"]), int(arrays["epoch"])
    except (OSError, EOFError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"'{path}' is damaged: {error}") from error
    if original.shape != reconstruction.shape or original.shape[1:] != (len(marker_set), 3):
        raise CheckpointError(
            f"'{path}': expected phrases of {len(marker_set)} markers, found shapes "
            f"{original.shape} and {reconstruction.shape}"
        )
    return Preview(original, reconstruction, fps, marker_set, take, frame, epoch)
