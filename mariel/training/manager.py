"""Training in the background: a queue of runs, trained one after the other in a thread of the app's process.

A manager lives as long as its process, independent of browser sessions. Every session sees the same runs, and each
run's folder stores its status. Other processes may train other runs of the same folder; the manager does not touch a
run that another process trains.
"""

import atexit
import math
import os
import sys
import threading
import time
from collections import deque
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from mariel.errors import MarielError, RunError
from mariel.files import runs_folder
from mariel.training.control import TrainingControl
from mariel.training.devices import describe_device, memory_in_use, pick_device
from mariel.training.run_folder.results import BatchReport
from mariel.training.run_folder.status import ACTIVE_STATES, RunStatus
from mariel.training.run_training import run_training
from mariel.training.runs import Run, find_run, list_runs
from mariel.training.settings import RunSettings
from mariel.training.threads import usable_cores

NICENESS = 10
"""Added to the nice value of the training thread, so that the threads that serve pages go first (Linux)."""

CLOSE_TIMEOUT = 60.0
"""Seconds that `close` waits for the current batch and for saving."""


@dataclass(frozen=True)
class RunActivity:
    """What a run that this manager trains is doing.

    Args:
        report: the report of its last batch.
        device: name of the device it is trained on, for display.
        memory: bytes in use on the device; on a processor, by the whole process.
    """

    report: BatchReport
    device: str
    memory: int


@dataclass(eq=False)
class _Job:
    """A run that this manager trains or has in its queue; `lock` holds the run's lock for as long."""

    run: Run
    lock: ExitStack
    control: TrainingControl = field(default_factory=TrainingControl)
    activity: RunActivity | None = None


class RunManager:
    """Trains runs of one folder in the background, one at a time; the others wait in a queue.

    All methods may be called from any thread and return at once: requests to the run in training take effect after
    the current batch. The queue waits while a run is paused.

    Args:
        root: the folder of runs; `runs_folder()` if None.
        threads: processor threads for training; None for one fewer than the cores, so that pages stay responsive.
    """

    def __init__(self, root: Path | None = None, *, threads: int | None = None) -> None:
        self.root = runs_folder() if root is None else Path(root)
        self.threads = threads or max(1, usable_cores() - 1)
        self._changed = threading.Condition()
        self._queue: deque[_Job] = deque()
        self._active_job: _Job | None = None
        self._failures: dict[str, RunStatus] = {}
        self._thread: threading.Thread | None = None
        self._closed = False
        atexit.register(self.close)

    def runs(self) -> list[Run]:
        """All runs of the folder, newest first, whichever process trains them."""
        return list_runs(self.root)

    def start(self, settings: RunSettings, name: str, parent: str | None = None) -> Run:
        """Create a run and append it to the queue.

        Raises:
            RunError: the name is invalid or taken, the folder cannot be written, or the manager is closed.
        """
        with self._changed:
            self._check_open()
            run = Run.create(self.root, name, settings, parent=parent)
            self._enqueue(run)
        return run

    def resume(self, name: str) -> None:
        """Resume a paused run at once, or append a stopped, interrupted or failed run to the queue.

        Raises:
            RunError: the run is finished or stopping, another process trains it, or the manager is closed.
            CheckpointError: there is no such run.
        """
        with self._changed:
            self._check_open()
            if job := self._find_job(name):
                if job.control.stopping:
                    raise RunError(f"the run {name!r} is stopping; it can be resumed in a moment")
                job.control.request_resume()
                return
            run = find_run(name, self.root)
            status = self._last_known_status(run)
            if status.state == "finished":
                raise RunError(f"the run {name!r} is finished: {status.reason}")
            _check_not_elsewhere(run, status)
            self._enqueue(run)

    def pause(self, name: str) -> None:
        """Pause the run in training, and save it.

        Raises:
            RunError: this manager does not train the run.
        """
        with self._changed:
            if self._active_job is None or self._active_job.run.name != name:
                raise RunError(f"the run {name!r} is not being trained by this program, so it cannot be paused")
            self._active_job.control.request_pause()

    def stop(self, name: str) -> None:
        """Stop and save a run in training, or remove one from the queue; any other run stays as it is.

        Raises:
            RunError: another process trains it.
            CheckpointError: there is no such run.
        """
        with self._changed:
            job = self._find_job(name)
            if job is None:
                run = find_run(name, self.root)
                _check_not_elsewhere(run, self._last_known_status(run))
            elif job is self._active_job:
                job.control.request_stop()
            else:
                self._queue.remove(job)
                _mark_stopped(job, "removed from the queue")

    def active_run(self) -> str | None:
        """Name of the run that this manager trains or has paused; None if there is none."""
        with self._changed:
            return None if self._active_job is None else self._active_job.run.name

    def queued_runs(self) -> list[str]:
        """Names of the runs in the queue, the next one first."""
        with self._changed:
            return [job.run.name for job in self._queue]

    def activity(self, name: str) -> RunActivity | None:
        """What a run is doing; None if this manager does not train it, or before its first batch."""
        with self._changed:
            return (
                self._active_job.activity
                if self._active_job is not None and self._active_job.run.name == name
                else None
            )

    def status(self, name: str) -> RunStatus:
        """A run's status: up to its last batch if this manager trains it, else as its folder stores it.

        Raises:
            CheckpointError: there is no such run.
        """
        with self._changed:
            job = self._find_job(name)
            is_active = job is not None and job is self._active_job
        if job is None:
            return self._last_known_status(find_run(name, self.root))
        return _active_status(job) if is_active else job.run.status().replace(state="queued", reason="")

    def _last_known_status(self, run: Run) -> RunStatus:
        """The status of a run that this manager neither trains nor has in its queue."""
        status, failure = run.status(), self._failures.get(run.name)
        # A failure that could not be written to the folder, such as on a full disk, is stored here only.
        return failure if failure is not None and failure.updated > status.updated else status

    def close(self) -> None:
        """Stop and save the run in training, and mark queued runs as stopped; called at exit too."""
        with self._changed:
            self._closed = True
            while self._queue:
                _mark_stopped(self._queue.popleft(), "the program was closed before it started")
            if self._active_job is not None:
                self._active_job.control.request_stop()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(CLOSE_TIMEOUT)
        atexit.unregister(self.close)

    def _check_open(self) -> None:
        if self._closed:
            raise RunError("no more runs can be started: the program is closing")

    def _find_job(self, name: str) -> _Job | None:
        """The job of a run that this manager trains or has in its queue; the caller holds `_changed`."""
        jobs = [*self._queue] if self._active_job is None else [self._active_job, *self._queue]
        return next((job for job in jobs if job.run.name == name), None)

    def _enqueue(self, run: Run) -> None:
        """Append a run to the queue. Its lock is held from now on: whoever finds it queued and unlocked knows that
        the process that queued it has ended, also where another process has that one's ID now.
        """
        lock = ExitStack()
        lock.enter_context(run.lock())
        try:
            run.write_status(run.status().replace(state="queued", reason=""))
        except MarielError:
            lock.close()
            raise
        self._failures.pop(run.name, None)
        self._queue.append(_Job(run, lock))
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._train_queue, name="training", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _train_queue(self) -> None:
        """Train the queued runs, until the manager is closed."""
        _lower_priority()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closed)
                if self._closed:
                    return
                job = self._active_job = self._queue.popleft()
            try:
                self._train_job(job)
            except Exception as error:  # any error ends this run only, not the manager
                status = job.run.status().replace(state="failed", reason=str(error), updated=time.time())
                with self._changed:
                    self._failures[job.run.name] = status
            finally:
                job.lock.close()
                with self._changed:
                    self._active_job = None
                    self._changed.notify_all()

    def _train_job(self, job: _Job) -> None:
        def record_activity(report: BatchReport) -> None:
            device = pick_device(job.run.settings.train.device)
            job.activity = RunActivity(report, describe_device(device), memory_in_use(device))

        run_training(job.run, control=job.control, on_batch=record_activity, threads=self.threads, lock_held=True)


def _check_not_elsewhere(run: Run, status: RunStatus) -> None:
    """Raise a RunError if another process trains a run or has it in its queue."""
    if status.state in ACTIVE_STATES:
        raise RunError(f"the run {run.name!r} is {status.state} in another process (pid {status.pid})")
    if run.is_locked():
        raise RunError(f"another process writes the run {run.name!r}")


def _mark_stopped(job: _Job, reason: str) -> None:
    """Mark a queued run as stopped; if that cannot be written, the run is found "interrupted" later."""
    with job.lock, suppress(MarielError):
        job.run.write_status(job.run.status().replace(state="stopped", reason=reason))


def _active_status(job: _Job) -> RunStatus:
    status = job.run.status()
    state = "paused" if job.control.paused else "running"
    reason = "stopping" if job.control.stopping else status.reason if status.state == state else ""
    status = status.replace(state=state, reason=reason)
    if job.activity is None:
        return status
    report = job.activity.report
    return status.replace(
        epoch=report.epoch - 1,
        progress=report.progress,
        seconds=report.seconds,
        eta_seconds=report.eta_seconds if math.isfinite(report.eta_seconds) else None,
        device=job.activity.device,
    )


def _lower_priority() -> None:
    """Lower the priority of the calling thread, and of those it starts, below threads that serve pages (Linux)."""
    if sys.platform == "linux":
        with suppress(OSError):
            thread = threading.get_native_id()
            nice = os.getpriority(os.PRIO_PROCESS, thread)  # the program may have been started with `nice`
            os.setpriority(os.PRIO_PROCESS, thread, min(nice + NICENESS, 19))
