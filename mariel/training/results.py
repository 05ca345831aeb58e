"""What a training says of itself: plain values, a line of JSON each."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from mariel.errors import CheckpointError


@dataclass(frozen=True)
class Means:
    """Means a phrase over training or validation phrases, so that the two compare.

    Args:
        loss: what training makes small.
        reconstruction: the model's own measure of its reconstruction, without the KL term.
        kl: nats between posterior and prior.
        error_cm: mean distance between markers and their reconstruction, centimetres.
    """

    loss: float
    reconstruction: float
    kl: float
    error_cm: float


@dataclass(frozen=True)
class EpochResult:
    """One epoch of a training.

    Args:
        epoch: how many epochs are over, this one included; the last may have been cut short.
        train: means over the epoch's phrases while the model was learning them.
        validation: means over validation phrases after the epoch, where they were looked at.
        best: whether this validation is the best so far.
        gradient_norm: mean length of the gradient.
        learning_rate: the last step's.
        phrases_a_second: phrases trained on a second, validation apart.
        seconds: training time so far, validation included, pauses not.
        eta_seconds: training time still ahead if nothing stops it early.
    """

    epoch: int
    train: Means
    validation: Means | None
    best: bool
    gradient_norm: float
    learning_rate: float
    phrases_a_second: float
    seconds: float
    eta_seconds: float

    def to_dict(self) -> dict:
        """Plain numbers for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping) -> "EpochResult":
        """The result that `to_dict` wrote.

        Raises:
            CheckpointError: something is missing or no number.
        """
        try:
            values = {each.name: data[each.name] for each in fields(cls)}
            for side in ("train", "validation"):
                if values[side] is not None:
                    values[side] = Means(**values[side])
            return cls(**values)
        except (KeyError, TypeError) as error:
            raise CheckpointError(f"a line of the metrics log is damaged: {error}") from error


@dataclass(frozen=True)
class BatchReport:
    """Where a training stands between two batches.

    Args:
        epoch: the epoch under way, from 1.
        batch: batches of it that are done.
        batches: batches it has.
        loss: of the last batch, mean a phrase.
        phrases_a_second: over the last batches.
        seconds: training time so far.
        eta_seconds: training time still ahead if nothing stops it early.
        progress: share of the training that is over, 0 to 1.
    """

    epoch: int
    batch: int
    batches: int
    loss: float
    phrases_a_second: float
    seconds: float
    eta_seconds: float
    progress: float
