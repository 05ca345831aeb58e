"""Runs trained in the background, one after the other, whoever looks on or leaves.

A manager lives as long as its process, outside any browser session, and trains in a thread of its own. Whatever is
asked of it by whichever session, the run's folder says what became of it; other processes may train other runs of
the same folder, and a run that another process trains is left to it.
"""

import atexit
import os
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from mariel.errors import MarielError, RunError
from mariel.training.devices import describe_device, memory_in_use, pick_device
from mariel.training.results import BatchReport
from mariel.training.run_training import Control, execute
from mariel.training.runs import Run, RunStatus, list_runs, runs_root
from mariel.training.settings import RunSettings

NICENESS = 10
"""How far the training thread stands back behind the threads that answer people (Linux)."""

CLOSING_SECONDS = 60.0
"""How long `close` waits for the batch under way and for the disk."""


@dataclass(frozen=True)
class Live:
    """What a run that is trained here is doing.

    Args:
        report: where it stands.
        device: where it is trained, for people.
        memory: bytes in use on the device; on a processor, of the whole program.
    """

    report: BatchReport
    device: str
    memory: int


@dataclass(eq=False)
class _Job:
    """A run in this manager's hands."""

    run: Run
    control: Control = field(default_factory=Control)
    live: Live | None = None


class RunManager:
    """Trains runs of one folder in the background, one at a time; the others wait in a queue.

    All methods may be called from any thread and answer at once: what is asked of a run that is being trained
    happens after the batch under way. A paused run keeps its place, those in the queue wait for it.

    Args:
        root: the folder of runs; `runs_root()` if None.
        threads: processor threads for training; one fewer than there are cores if None, so that pages stay quick.
    """

    def __init__(self, root: Path | None = None, *, threads: int | None = None) -> None:
        self.root = runs_root() if root is None else Path(root)
        self.threads = threads or max(1, cores() - 1)
        self._changed = threading.Condition()
        self._queue: deque[_Job] = deque()
        self._active: _Job | None = None
        self._failures: dict[str, RunStatus] = {}
        self._thread: threading.Thread | None = None
        self._closed = False
        atexit.register(self.close)

    def runs(self) -> list[Run]:
        """All runs of the folder, newest first, whoever trains them."""
        return list_runs(self.root)

    def start(self, settings: RunSettings, name: str, parent: str | None = None) -> Run:
        """Make a run and put it at the end of the queue.

        Raises:
            RunError: the name cannot be used or is taken, the folder cannot be written, or the manager is closed.
        """
        with self._changed:
            self._check_open()
            run = Run.create(self.root, name, settings, parent=parent)
            self._enqueue(run)
        return run

    def resume(self, name: str) -> None:
        """Go on with a paused run at once, or put one that was stopped, interrupted or failed into the queue.

        Raises:
            RunError: the run is finished, stopping, or in another process' hands, or the manager is closed.
            CheckpointError: there is no such run.
        """
        with self._changed:
            self._check_open()
            if job := self._job(name):
                if job.control.stopping:
                    raise RunError(f"the run {name!r} is stopping; it can be resumed in a moment")
                job.control.request_resume()
                return
            run = Run.open(self.root / name)
            status = self._last_known(run)
            if status.state == "finished":
                raise RunError(f"the run {name!r} is finished: {status.reason}")
            _check_free(run, status)
            run.write_status(replace(status, state="queued", reason=""))
            self._enqueue(run)

    def pause(self, name: str) -> None:
        """Pause a run that is being trained; it is saved.

        Raises:
            RunError: it is not being trained here.
        """
        with self._changed:
            if self._active is None or self._active.run.name != name:
                raise RunError(f"the run {name!r} is not being trained here, so it cannot pause")
            self._active.control.request_pause()

    def stop(self, name: str) -> None:
        """Stop a run, saving it, or take it off the queue; nothing happens to one that does not run.

        Raises:
            RunError: it is in another process' hands.
            CheckpointError: there is no such run.
        """
        with self._changed:
            job = self._job(name)
            if job is None:
                run = Run.open(self.root / name)
                _check_free(run, self._last_known(run))
            elif job is self._active:
                job.control.request_stop()
            else:
                self._queue.remove(job)
                _put_back(job.run, "taken off the queue")

    def active(self) -> str | None:
        """The run that is being trained, or is paused, here."""
        with self._changed:
            return None if self._active is None else self._active.run.name

    def queue(self) -> list[str]:
        """The runs that wait, the next one first."""
        with self._changed:
            return [job.run.name for job in self._queue]

    def live(self, name: str) -> Live | None:
        """What a run is doing; None where it is not being trained here, or has not done its first batch."""
        with self._changed:
            return self._active.live if self._active is not None and self._active.run.name == name else None

    def state(self, name: str) -> RunStatus:
        """Where a run stands: of those in this manager's hands up to the last batch, else as its folder says.

        Raises:
            CheckpointError: there is no such run.
        """
        with self._changed:
            job = self._job(name)
            active = job is not None and job is self._active
        if job is None:
            return self._last_known(Run.open(self.root / name))
        return _active_status(job) if active else replace(job.run.status(), state="queued", reason="")

    def _last_known(self, run: Run) -> RunStatus:
        """Where a run stands that is not in this manager's hands."""
        status, failure = run.status(), self._failures.get(run.name)
        # A failure that could not be written, such as on a full disk, is known here alone.
        return failure if failure is not None and failure.updated > status.updated else status

    def close(self) -> None:
        """Stop the run that is being trained, saving it, and let go of those that wait; done once, also at exit."""
        with self._changed:
            self._closed = True
            while self._queue:
                _put_back(self._queue.popleft().run, "the program was closed before its turn")
            if self._active is not None:
                self._active.control.request_stop()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(CLOSING_SECONDS)
        atexit.unregister(self.close)

    def _check_open(self) -> None:
        if self._closed:
            raise RunError("no run can be trained here any more: the program is closing")

    def _job(self, name: str) -> _Job | None:
        """The run of a name if it is in this manager's hands; the lock is held."""
        jobs = [*self._queue] if self._active is None else [self._active, *self._queue]
        return next((job for job in jobs if job.run.name == name), None)

    def _enqueue(self, run: Run) -> None:
        self._failures.pop(run.name, None)
        self._queue.append(_Job(run))
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="training", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _work(self) -> None:
        """Train what is in the queue, until the manager is closed."""
        _give_way()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closed)
                if self._closed:
                    return
                job = self._active = self._queue.popleft()
            try:
                self._train(job)
            except Exception as error:  # whatever it is ends this run, not the manager
                status = replace(job.run.status(), state="failed", reason=str(error), updated=time.time())
                with self._changed:
                    self._failures[job.run.name] = status
            finally:
                with self._changed:
                    self._active = None
                    self._changed.notify_all()

    def _train(self, job: _Job) -> None:
        def tell(report: BatchReport) -> None:
            device = pick_device(job.run.settings.train.device)
            job.live = Live(report, describe_device(device), memory_in_use(device))

        execute(job.run, control=job.control, on_batch=tell, threads=self.threads)


def cores() -> int:
    """Processor cores that this program may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check_free(run: Run, status: RunStatus) -> None:
    """That no other process has a run in its hands."""
    if status.state in ("queued", "running", "paused"):
        raise RunError(f"the run {run.name!r} is {status.state} in another process (pid {status.pid})")
    if run.is_written():
        raise RunError(f"another process writes the run {run.name!r}")


def _put_back(run: Run, reason: str) -> None:
    """Say of a run that waited that it no longer does; one that cannot be written to is found interrupted later."""
    with suppress(MarielError):
        run.write_status(replace(run.status(), state="stopped", reason=reason))


def _active_status(job: _Job) -> RunStatus:
    status = job.run.status()
    state = "paused" if job.control.paused else "running"
    reason = "stopping" if job.control.stopping else status.reason if status.state == state else ""
    status = replace(status, state=state, reason=reason)
    if job.live is None:
        return status
    report = job.live.report
    return replace(
        status,
        epoch=report.epoch - 1,
        progress=report.progress,
        seconds=report.seconds,
        eta_seconds=report.eta_seconds,
        device=job.live.device,
    )


def _give_way() -> None:
    """Let the threads that answer people go first; the threads that the calling one starts follow it."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
