"""Files that take long to make, made in the background one after another, with progress, cancelling and limits."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from mariel.errors import MarielError
from mariel.export.registry import Exporter, ExportRequest

log = logging.getLogger("mariel")

State = Literal["waiting", "running", "done", "failed", "cancelled"]
ACTIVE: tuple[State, ...] = ("waiting", "running")

MAX_JOBS = 8
"""Of one owner, with the files that are ready: the oldest ready ones make room for new ones."""

MAX_WAITING = 24
"""Of all owners."""

MAX_BYTES = 500_000_000
"""Of all files that are ready."""

KEEP_SECONDS = 3600.0
"""How long a file is kept."""


class CancelledError(Exception):
    """Ends an exporter whose file nobody wants any more."""


@dataclass(eq=False)
class Job:
    """A file that is made.

    Args:
        number: among all jobs.
        owner: who may see it, such as a session.
        exporter: makes it.
        request: what is in it.
        file_name: under which it is saved.
        state: how far it is.
        share: done, 0 to 1.
        error: in words, where it has failed.
        path: of the file that is ready.
        size: its bytes.
        ended: when it was ready or given up, by `time.monotonic`.
    """

    number: int
    owner: str
    exporter: Exporter
    request: ExportRequest | None
    file_name: str
    state: State = "waiting"
    share: float = 0.0
    error: str = ""
    path: Path | None = None
    size: int = 0
    ended: float = 0.0
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def is_active(self) -> bool:
        """Whether it waits or is made."""
        return self.state in ACTIVE


class ExportJobs:
    """The jobs of all owners: one is made at a time, in the order in which they came.

    Args:
        is_alive: whether an owner is still there; the jobs of others are removed.
    """

    def __init__(self, is_alive: Callable[[str], bool] = lambda owner: True):
        self._is_alive = is_alive
        self._jobs: list[Job] = []
        self._numbers = count(1)
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None
        self._folder = TemporaryDirectory(prefix="mariel-downloads-")

    def submit(self, owner: str, exporter: Exporter, request: ExportRequest, file_name: str) -> Job:
        """Begin to make a file, or line it up.

        Raises:
            MarielError: too many are waiting.
        """
        with self._changed:
            self._remove_old()
            own = [job for job in self._jobs if job.owner == owner]
            if (
                sum(job.is_active for job in own) >= MAX_JOBS
                or sum(job.is_active for job in self._jobs) >= MAX_WAITING
            ):
                raise MarielError("too many files are being made: wait until one is ready, or cancel one")
            for job in [each for each in own if not each.is_active][: max(0, len(own) - MAX_JOBS + 1)]:
                self._drop(job)
            job = Job(next(self._numbers), owner, exporter, request, file_name)
            self._jobs.append(job)
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="mariel exports", daemon=True)
                self._worker.start()
        return job

    def of(self, owner: str) -> list[Job]:
        """The jobs of an owner, the newest first."""
        with self._changed:
            self._remove_old()
            return [job for job in reversed(self._jobs) if job.owner == owner]

    def remove(self, job: Job) -> None:
        """Cancel a job, or forget its file."""
        with self._changed:
            self._drop(job)

    def wait(self, job: Job, timeout: float = 60.0) -> Job:
        """The job when it is over, or the time is."""
        with self._changed:
            self._changed.wait_for(lambda: not job.is_active, timeout)
        return job

    def _drop(self, job: Job) -> None:
        job.cancelled.set()
        if job.state == "waiting":
            job.state, job.request = "cancelled", None
        if job.path is not None:
            job.path.unlink(missing_ok=True)
        if job in self._jobs:
            self._jobs.remove(job)
        self._changed.notify_all()

    def _remove_old(self) -> None:
        """Remove jobs of owners who have gone, and files that are old or too many."""
        now = time.monotonic()
        for job in list(self._jobs):
            if not self._is_alive(job.owner) or (not job.is_active and now - job.ended > KEEP_SECONDS):
                self._drop(job)
        ready = [job for job in self._jobs if job.path is not None]
        while ready[1:] and sum(job.size for job in ready) > MAX_BYTES:
            self._drop(ready.pop(0))

    def _work(self) -> None:
        while True:
            with self._changed:
                job = next((each for each in self._jobs if each.state == "waiting"), None)
                if job is None:
                    self._worker = None
                    return
                job.state = "running"
            state = self._make(job)
            with self._changed:  # state and time together: others look at both to see what is old
                job.state, job.ended, job.request = state, time.monotonic(), None
                if job not in self._jobs:  # removed while its file was written
                    self._drop(job)
                self._remove_old()
                self._changed.notify_all()

    def _make(self, job: Job) -> State:
        """Make a job's file; returns the state that the job is in then."""

        def report(share: float) -> None:
            if job.cancelled.is_set():
                raise CancelledError
            job.share = min(max(share, 0.0), 1.0)

        assert job.request is not None
        try:
            content = job.exporter.export(replace(job.request, report=report))
            report(1.0)
            path = Path(self._folder.name) / f"{job.number}{job.exporter.suffix}"
            path.write_bytes(content)
            job.path, job.size = path, len(content)
            return "done"
        except CancelledError:
            return "cancelled"
        except MarielError as error:
            job.error = str(error)
        except OSError as error:
            job.error = f"the file could not be written: {error.strerror or error}"
        except Exception:
            log.exception("an export failed")
            job.error = "something went wrong inside Mariel; the details are in the terminal"
        return "failed"
