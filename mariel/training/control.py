"""Requests from other threads to a training: pause, resume, stop."""

import math
import threading
import time


class TrainingControl:
    """Lets other threads pause, resume or stop a training; requests take effect after the current batch."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stopping = self._paused = False

    @property
    def stopping(self) -> bool:
        """Whether a stop was requested."""
        return self._stopping

    @property
    def paused(self) -> bool:
        """Whether a pause was requested and neither a resume nor a stop since."""
        return self._paused and not self._stopping

    def request_stop(self) -> None:
        """Request to save and stop; cannot be undone."""
        # No lock: a signal handler may call this while its own thread holds the lock. Waiters poll.
        self._stopping = True

    def request_pause(self) -> None:
        """Request to save and wait."""
        self._paused = True

    def request_resume(self) -> None:
        """Request to continue after a pause."""
        self._paused = False
        with self._changed:
            self._changed.notify_all()

    def wait_while_paused(self, timeout: float | None = None) -> None:
        """Wait until the pause ends, a stop is requested, or `timeout` seconds have passed."""
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        with self._changed:
            while self.paused and time.monotonic() < deadline:
                self._changed.wait(min(0.1, max(deadline - time.monotonic(), 0)))
