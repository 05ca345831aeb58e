"""Where a run stands, as its folder says it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from mariel.errors import CheckpointError

STATES = ("queued", "running", "paused", "stopped", "finished", "failed", "interrupted")
"""What may become of a run; "interrupted" is never written, but found: it says to run, and nobody runs it."""

ACTIVE = ("running", "paused")
"""States in which a process holds the run's lock."""


@dataclass(frozen=True)
class RunStatus:
    """Where a run stands.

    Args:
        state: one of `STATES`.
        reason: why it is in that state, for people; may be empty.
        epoch: epochs that are over.
        progress: share of the training that is over, 0 to 1.
        seconds: training time so far.
        eta_seconds: training time still ahead, None where it is not known.
        device: where it is trained, for people.
        pid: the process that wrote this.
        updated: when, in seconds since 1970.
    """

    state: str
    reason: str = ""
    epoch: int = 0
    progress: float = 0.0
    seconds: float = 0.0
    eta_seconds: float | None = None
    device: str = ""
    pid: int = 0
    updated: float = 0.0

    def to_dict(self) -> dict:
        """Plain numbers and words, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping) -> "RunStatus":
        """The status that `to_dict` wrote; whatever else is in it is left out.

        Raises:
            CheckpointError: it has no known state, or numbers and words do not stand where they must.
        """
        if not isinstance(data, Mapping) or data.get("state") not in STATES:
            raise CheckpointError(f"a run's state must be one of {', '.join(STATES)}")
        known = {each.name: data[each.name] for each in fields(cls) if each.name in data}
        for each in fields(cls):
            if each.name in known and not isinstance(known[each.name], each.type | int):
                raise CheckpointError(f"a run's {each.name} cannot be {known[each.name]!r}")
        return cls(**known)
