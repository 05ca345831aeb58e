"""Results of training: one per epoch, which is a line of the metrics log, and one per batch."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import AliasChoices, Field

from mariel.errors import CheckpointError
from mariel.files import read_file
from mariel.records import Count, Record, Seconds

MAX_LOG_BYTES = 64 * 2**20
"""Bytes of a metrics log that are read at most; the log of 100,000 epochs has 42 MB."""


class MeanLosses(Record):
    """Mean losses per phrase over training or validation phrases, so that the two are comparable.

    Args:
        loss: the total that training minimises.
        reconstruction: the model's own reconstruction loss, without the KL term.
        kl: KL divergence between posterior and prior, nats.
        error_cm: mean distance between markers and their reconstruction, centimetres.
    """

    loss: float
    reconstruction: float
    kl: float
    error_cm: float


class EpochResult(Record):
    """The result of one epoch, a line of the metrics log.

    Args:
        epoch: number of finished epochs, this one included; the last may have ended early.
        train: means over the epoch's training phrases, measured while the model was learning them.
        validation: means over validation phrases after the epoch; None where the epoch had no validation.
        best: whether this validation loss is the lowest so far.
        gradient_norm: mean norm of the gradient, before clipping.
        learning_rate: that of the last step.
        phrases_per_second: training speed, without validation; `phrases_a_second` in logs of older versions.
        seconds: training time so far, with validation, without pauses.
        eta_seconds: remaining training time unless training stops early.
    """

    epoch: Count
    train: MeanLosses
    validation: MeanLosses | None
    best: bool
    gradient_norm: float
    learning_rate: float
    phrases_per_second: float = Field(validation_alias=AliasChoices("phrases_per_second", "phrases_a_second"))
    seconds: Seconds
    eta_seconds: float


@dataclass(frozen=True)
class BatchReport:
    """The state of a training after a batch.

    Args:
        epoch: the current epoch, from 1.
        batch: finished batches of the current epoch.
        batches: batches per epoch.
        loss: mean loss per phrase of the last batch.
        phrases_per_second: training speed in the last batch.
        seconds: training time so far.
        eta_seconds: remaining training time unless training stops early.
        progress: finished fraction of the training, 0 to 1.
    """

    epoch: int
    batch: int
    batches: int
    loss: float
    phrases_per_second: float
    seconds: float
    eta_seconds: float
    progress: float


def read_metrics(path: Path, *, skip_damaged: bool = False) -> list[EpochResult]:
    """The epoch results of a metrics log, in order; an incomplete last line is ignored, a missing log is empty.

    Args:
        path: the log.
        skip_damaged: leave out damaged lines, and a log that cannot be read at all.

    Raises:
        CheckpointError: a line is damaged; the message names file and line. Never if `skip_damaged`.
    """
    results: dict[int, EpochResult] = {}
    try:
        lines = read_file(path, MAX_LOG_BYTES).split(b"\n")[:-1] if path.exists() else []
    except (CheckpointError, OSError) as error:
        if skip_damaged:
            return []
        raise CheckpointError(str(error)) from error
    for number, line in enumerate(lines, 1):
        try:
            result = EpochResult.from_json(line, f"'{path}', line {number}")
        except CheckpointError:
            if not skip_damaged:
                raise
            continue
        results[result.epoch] = result
    return [results[epoch] for epoch in sorted(results)]
