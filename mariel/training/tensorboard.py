"""A run's curves as TensorBoard event files, for those who have TensorBoard at hand: an optional extra."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from mariel.errors import RunError
from mariel.training.results import EpochResult

INSTALL = "pip install tensorboard"


def export_tensorboard(results: Iterable[EpochResult], folder: Path, *, began: float = 0.0) -> int:
    """Write curves into a folder for `tensorboard --logdir`, in the place of what an earlier export left there.

    Args:
        results: the epochs, in order.
        folder: made if it is not there; event files in it are replaced.
        began: when the run began, Unix seconds, so that TensorBoard's clock tells the true hours.

    Returns:
        How many values were written.

    Raises:
        RunError: TensorBoard is not installed, or the folder cannot be written.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 (an optional extra)
    except ImportError as error:
        raise RunError(f"TensorBoard is not installed: {INSTALL}, then export again") from error
    partial = folder.with_name(f"{folder.name}.part")
    count = 0
    try:
        shutil.rmtree(partial, ignore_errors=True)
        with SummaryWriter(str(partial)) as writer:
            for result in results:
                for name, value in scalars(result):
                    writer.add_scalar(name, value, result.epoch, walltime=began + result.seconds)
                    count += 1
        if folder.exists():
            shutil.rmtree(folder)
        partial.replace(folder)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise RunError(f"cannot write TensorBoard's files to '{folder}': {error.strerror or error}") from error
    return count


def scalars(result: EpochResult) -> Iterator[tuple[str, float]]:
    """The values of an epoch by the names TensorBoard shows; training and validation of a measure stand together."""
    for side in ("train", "validation"):
        if (means := getattr(result, side)) is not None:
            for measure, value in asdict(means).items():
                yield f"{measure}/{side}", value
    yield "training/gradient_norm", result.gradient_norm
    yield "training/learning_rate", result.learning_rate
    yield "training/phrases_a_second", result.phrases_a_second
