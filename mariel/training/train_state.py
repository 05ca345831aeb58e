"""The state of a training, which its checkpoint stores so that it can be resumed."""

import math
from dataclasses import asdict, dataclass, field
from typing import Annotated

from pydantic import Field

from mariel.records import Count, Record, Seconds


@dataclass
class TrainState:
    """The state of a training besides weights and optimiser state: plain numbers, for JSON.

    Args:
        epoch: number of finished epochs.
        batch: finished batches of the current epoch.
        seconds: time so far, see `TrainingClock`.
        started: the same when the first batch began.
        validation_phrases: phrases of a validation, where the time is too short for all; else 0.
        best_loss: lowest validation loss so far.
        best_epoch: the epoch with that loss.
        misses: validations since then.
        sums: sums over the current epoch: loss, reconstruction, kl, error, phrases, gradient norm, seconds.
        finished: why the training is finished, empty while it is not.
    """

    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0
    started: float = 0.0
    validation_phrases: int = 0
    best_loss: float = math.inf
    best_epoch: int = 0
    misses: int = 0
    sums: list[float] = field(default_factory=lambda: [0.0] * 7)
    finished: str = ""

    def to_dict(self) -> dict:
        """Plain numbers, for JSON; `best_loss` is null before the first validation."""
        return asdict(self) | {"best_loss": None if math.isinf(self.best_loss) else self.best_loss}

    @classmethod
    def from_json(cls, content: str, origin: str) -> "TrainState":
        """The state that `to_dict` made, from JSON.

        Raises:
            CheckpointError: the text is damaged; the message names `origin` and the field.
        """
        saved = _SavedTrainState.from_json(content, origin)
        state = cls(**saved.model_dump(exclude={"best_loss"}))
        state.best_loss = math.inf if saved.best_loss is None else saved.best_loss
        return state


class _SavedTrainState(Record):
    epoch: Count
    batch: Count
    seconds: Seconds
    started: Seconds = 0.0
    validation_phrases: Count = 0
    best_loss: float | None
    best_epoch: Count
    misses: Count
    sums: Annotated[list[float], Field(min_length=7, max_length=7)]
    finished: str
