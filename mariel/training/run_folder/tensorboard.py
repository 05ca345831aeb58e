"""Export of a run's curves as TensorBoard event files; TensorBoard is an optional dependency."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from mariel.errors import PackageError, RunError
from mariel.training.run_folder.results import EpochResult

INSTALL_COMMAND = "pip install tensorboard"


def export_tensorboard(results: Iterable[EpochResult], folder: Path, *, started_at: float = 0.0) -> int:
    """Write curves into a folder for `tensorboard --logdir`, replacing an earlier export.

    Args:
        results: the epochs, in order.
        folder: created if missing; event files in it are replaced.
        started_at: when the run started, Unix seconds, so that TensorBoard shows the true times.

    Returns:
        The number of values written.

    Raises:
        PackageError: TensorBoard is not installed.
        RunError: the folder cannot be written.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 (an optional extra)
    except ImportError as error:
        raise PackageError(f"TensorBoard is not installed: {INSTALL_COMMAND}, then export again") from error
    partial = folder.with_name(f"{folder.name}.part")
    count = 0
    try:
        shutil.rmtree(partial, ignore_errors=True)
        with SummaryWriter(str(partial)) as writer:
            for result in results:
                for name, value in named_scalars(result):
                    writer.add_scalar(name, value, result.epoch, walltime=started_at + result.seconds)
                    count += 1
        if folder.exists():
            shutil.rmtree(folder)
        partial.replace(folder)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise RunError(f"cannot write TensorBoard's files to '{folder}': {error.strerror or error}") from error
    return count


def named_scalars(result: EpochResult) -> Iterator[tuple[str, float]]:
    """An epoch's values with their TensorBoard tags; training and validation of a measure share a chart."""
    for side in ("train", "validation"):
        if (means := getattr(result, side)) is not None:
            for name, value in means:
                yield f"{name}/{side}", value
    yield "training/gradient_norm", result.gradient_norm
    yield "training/learning_rate", result.learning_rate
    yield "training/phrases_per_second", result.phrases_per_second
