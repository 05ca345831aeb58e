"""A run's validation example: one validation phrase and the model's reconstruction of it, shown while it trains."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mariel.errors import CheckpointError, RecordingError
from mariel.files import write_atomically
from mariel.motion.arrays import NpzArchive
from mariel.motion.marker_set import MarkerSet

if TYPE_CHECKING:
    from mariel.data.dataset import PhraseDataset
    from mariel.models.base import PhraseModel

MAX_EXAMPLE_BYTES = 256 * 2**20
"""Bytes of one phrase that are read at most."""

MAX_NAME_LETTERS = 1000
"""Letters of a take's name that are read at most."""


@dataclass(frozen=True, eq=False)
class ValidationExample:
    """A validation phrase and a model's reconstruction of it, both in the model's canonical frame.

    Args:
        original, reconstruction: (frames, markers, 3) float32, metres, z up.
        fps: frames per second.
        marker_set: the markers.
        take: the take it is from.
        frame: its first frame in that take.
        epoch: number of epochs the model was trained for.
    """

    original: np.ndarray
    reconstruction: np.ndarray
    fps: float
    marker_set: MarkerSet
    take: str
    frame: int
    epoch: int


def make_validation_example(model: "PhraseModel", dataset: "PhraseDataset", epoch: int) -> ValidationExample:
    """The most active validation phrase and a model's reconstruction of it."""
    import torch  # noqa: PLC0415 - pages read examples without it

    start = most_active(dataset)
    model.eval()
    with torch.no_grad():
        positions = dataset.batch(np.array([start]))
        original, reconstruction = model.to_canonical(positions)[0], model.reconstruct(positions)[0]
    take, frame = dataset.locate(start)
    return ValidationExample(
        original.float().cpu().numpy(),
        reconstruction.float().cpu().numpy(),
        dataset.fps,
        dataset.marker_set,
        take,
        frame,
        epoch,
    )


def most_active(dataset: "PhraseDataset") -> int:
    """First frame of the validation phrase whose markers move the longest distance."""
    steps = (dataset.frames[1:] - dataset.frames[:-1]).norm(dim=-1).mean(dim=1).cpu().numpy()
    distance = np.concatenate([[0.0], np.cumsum(np.nan_to_num(steps, nan=0.0), dtype=np.float64)])
    phrase_distance = distance[dataset.validation + dataset.length - 1] - distance[dataset.validation]
    return int(dataset.validation[phrase_distance.argmax()])


def write_validation_example(path: Path, example: ValidationExample) -> None:
    """Write an example as `.npz`, without marker set and frame rate, which the run stores elsewhere.

    Raises:
        RunError: the file cannot be written.
    """
    content = io.BytesIO()
    np.savez(
        content,
        original=example.original.astype(np.float32),
        reconstruction=example.reconstruction.astype(np.float32),
        take=np.array(example.take),
        frame=np.array(example.frame),
        epoch=np.array(example.epoch),
    )
    write_atomically(path, content.getvalue(), durable=False)


def read_validation_example(path: Path, marker_set: MarkerSet, fps: float) -> ValidationExample:
    """Read the example that `write_validation_example` wrote; nothing is unpickled.

    Raises:
        CheckpointError: the file is damaged, or has other markers.
    """
    try:
        with NpzArchive(path) as archive:
            if missing := {"original", "reconstruction", "take", "frame", "epoch"} - set(archive.names):
                raise RecordingError(f"{' and '.join(sorted(missing))} missing")
            original, reconstruction = (
                archive.read(name, MAX_EXAMPLE_BYTES) for name in ("original", "reconstruction")
            )
            take, frame, epoch = (archive.read(name) for name in ("take", "frame", "epoch"))
    except (RecordingError, OSError) as error:
        raise CheckpointError(f"'{path}' is damaged: {error}") from error
    if take.dtype.kind != "U" or any(each.size != 1 for each in (take, frame, epoch)):
        raise CheckpointError(f"'{path}' is damaged: expected a take, a frame and an epoch")
    if any(each.dtype.kind not in "iu" or each.item() < 0 for each in (frame, epoch)):
        raise CheckpointError(f"'{path}' is damaged: expected a frame and an epoch, found {frame} and {epoch}")
    if {original.dtype.kind, reconstruction.dtype.kind} != {"f"} or not original.size:
        raise CheckpointError(f"'{path}' is damaged: expected phrases of floating-point numbers")
    if original.shape != reconstruction.shape or original.shape[1:] != (len(marker_set), 3):
        raise CheckpointError(
            f"'{path}': expected phrases of {len(marker_set)} markers, found shapes "
            f"{original.shape} and {reconstruction.shape}"
        )
    if not np.isfinite(original).all() or not np.isfinite(reconstruction).all():
        raise CheckpointError(f"'{path}' is damaged: a position is not finite")
    name = str(take.item())[:MAX_NAME_LETTERS]
    return ValidationExample(original, reconstruction, fps, marker_set, name, frame.item(), epoch.item())
