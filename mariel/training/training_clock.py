"""The duration of a training, and when its last batch has to end so that validation and saving fit in its minutes."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MARGIN = 1.25
"""Factor on measured durations: what comes last may take longer than it did before."""


class TrainingClock:
    """Counts a training's seconds, without pauses, and estimates those of the work that ends it.

    Everything counts: loading the recordings, initialising the model, training, validation and saving. So a training
    that has a limit stops early enough for one last validation and for saving.

    Args:
        limit: seconds that the whole training may take; None for no limit.
        seconds_before: seconds that count already.
        now: the time in seconds, of any origin.
    """

    def __init__(
        self, limit: float | None = None, seconds_before: float = 0.0, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit, self._now = limit, now
        self._before, self._started = seconds_before, now()
        self._durations: dict[str, list[float]] = {}

    @property
    def seconds(self) -> float:
        """Seconds so far, without pauses."""
        return self._before + self._now() - self._started

    def add(self, seconds: float) -> None:
        """Count seconds of an earlier part of the same training."""
        self._before += seconds

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count the seconds of the block."""
        began = self._now()
        try:
            yield
        finally:
            self._before -= self._now() - began

    @contextmanager
    def measured(self, work: str, share: float = 1.0) -> Iterator[None]:
        """Measure how long a kind of work takes.

        Args:
            work: what the block does: "batch", or a part of what ends a training.
            share: the part of it that the block does.
        """
        began = self._now()
        yield
        self.record(work, (self._now() - began) / share)

    def record(self, work: str, seconds: float) -> None:
        """Remember how long a kind of work has taken; the last two of each count."""
        self._durations[work] = [*self._durations.get(work, [])[-1:], seconds]

    def expected(self, work: str) -> float:
        """Seconds that a kind of work is expected to take; 0 if it has not been measured."""
        return MARGIN * max(self._durations.get(work, [0.0]))

    def is_measured(self, work: str) -> bool:
        """Whether a kind of work has been measured."""
        return work in self._durations

    @property
    def final_seconds(self) -> float:
        """Seconds expected from the last batch to the end: everything that was measured except batches."""
        return sum(self.expected(work) for work in self._durations if work != "batch")

    @property
    def training_limit(self) -> float:
        """The time, in seconds of this clock, at which the last batch has to end; infinite without a limit."""
        return math.inf if self.limit is None else self.limit - self.final_seconds

    def allows(self, *work: str) -> bool:
        """Whether some more work fits in before the training has to end."""
        return self.seconds + sum(self.expected(each) for each in work) <= self.training_limit
