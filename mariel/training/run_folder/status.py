"""A run's status, as its folder stores it."""

from typing import Annotated, Literal

from pydantic import Field

from mariel.records import Count, Record, Seconds

RunState = Literal["queued", "running", "paused", "stopped", "finished", "failed", "interrupted"]
"""States of a run. "interrupted" is never written: it is found where a run's process ended before the run did."""

ACTIVE_STATES = ("queued", "running", "paused")
"""States in which a process holds the run's lock."""

MAX_REASON_LETTERS = 2000
"""Letters of a reason that are stored."""


class RunStatus(Record):
    """The status of a run.

    Args:
        state: see `RunState`.
        reason: why the run is in that state, for display; may be empty.
        epoch: number of finished epochs.
        progress: finished fraction of the training, 0 to 1.
        seconds: training time so far.
        eta_seconds: remaining training time, None where it is unknown.
        device: name of the device it is trained on, for display.
        pid: ID of the process that wrote this status.
        updated: when it was written, seconds since 1970.
    """

    state: RunState
    reason: str = ""
    epoch: Count = 0
    progress: Annotated[float, Field(ge=0, le=1)] = 0.0
    seconds: Seconds = 0.0
    eta_seconds: Seconds | None = None
    device: str = ""
    pid: Count = 0
    updated: Seconds = 0.0
