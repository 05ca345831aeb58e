"""Carry out a run: open its recordings, train its model, and keep all of it on disk as it goes."""

import json
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace

import numpy as np
import torch

from mariel.data.dataset import PhraseFeed
from mariel.errors import MarielError, RunError
from mariel.files import append_line, cut_torn_line, sweep_partials
from mariel.models.base import PhraseModel
from mariel.models.registry import make_model
from mariel.motion.checks import Problem
from mariel.motion.io.loading import Recordings, load_recordings
from mariel.training.checkpoints import BEST, LAST, load_training, save_checkpoint
from mariel.training.devices import describe_device, pick_device
from mariel.training.distributed import Processes
from mariel.training.fingerprints import check_same, fingerprint
from mariel.training.loop import Training
from mariel.training.previews import Preview, write_preview
from mariel.training.results import BatchReport, EpochResult
from mariel.training.runs import METRICS, Run, RunStatus

OnResult = Callable[[EpochResult], None]
OnBatch = Callable[[BatchReport], None]
OnProblems = Callable[[tuple[Problem, ...]], None]

STATUS_SECONDS = 1.0
"""Seconds from one writing of a run's status to the next."""

SAVE_SECONDS = 5.0
"""Seconds from one saving to the next at the end of an epoch, for epochs may be shorter than it takes to save."""

_PAUSE_LOOK = 1.0  # seconds between two looks of all processes whether a pause is over


class Control:
    """How other threads tell a training to pause, go on, or stop; it does so after the batch under way."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stopping = self._paused = False

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping

    @property
    def paused(self) -> bool:
        """Whether it was told to pause, and not to stop since."""
        return self._paused and not self._stopping

    def request_stop(self) -> None:
        """Save and end; cannot be taken back."""
        # No lock: a signal's handler may call this while its own thread holds it. Waiters look again soon.
        self._stopping = True

    def request_pause(self) -> None:
        """Save and wait."""
        self._paused = True

    def request_resume(self) -> None:
        """Go on after a pause."""
        self._paused = False
        with self._changed:
            self._changed.notify_all()

    def wait_while_paused(self, timeout: float | None = None) -> None:
        """Until the pause is over, it is told to stop, or some seconds are over."""
        until = math.inf if timeout is None else time.monotonic() + timeout
        with self._changed:
            while self.paused and time.monotonic() < until:
                self._changed.wait(min(0.1, max(until - time.monotonic(), 0)))


def execute(
    run: Run,
    *,
    control: Control | None = None,
    processes: Processes | None = None,
    on_result: OnResult | None = None,
    on_batch: OnBatch | None = None,
    on_problems: OnProblems | None = None,
    save_every_seconds: float = 30.0,
    threads: int | None = None,
    changed_data: bool = False,
) -> RunStatus:
    """Train a run until it is over or told to stop; one that was begun before goes on where it was saved last.

    Weights, optimiser and state are saved at the end of an epoch, every so many seconds within one, and when it
    pauses or stops. Ctrl-C in the main thread stops it after the batch under way, saved, and then raises
    KeyboardInterrupt.

    Args:
        run: the run.
        control: told from outside to pause, go on, or stop.
        processes: the processes that train together; the first writes, prints and listens to `control`.
        on_result: told after every epoch.
        on_batch: told after every batch.
        on_problems: told what is wrong with the recordings, if anything: files left out, and warnings.
        save_every_seconds: between two savings within an epoch.
        threads: processor threads, where the run's settings leave it open.
        changed_data: go on although the recordings are not those of the run's beginning.

    Returns:
        How it ended: "finished" or "stopped", with the reason.

    Raises:
        MarielError: it failed, which its status says too; what was saved last is kept.
        KeyboardInterrupt: ctrl-C; what was trained is saved.
    """
    processes = processes or Processes()
    execution = _Execution(run, control or Control(), processes, save_every_seconds)
    execution.on_result, execution.on_batch, execution.on_problems = on_result, on_batch, on_problems
    with ExitStack() as held:
        with processes.together():
            if processes.first:
                held.enter_context(run.writing())
                sweep_partials(run.folder)
        try:
            with execution.stopping_on_interrupt(), _threads(run.settings.train.threads or threads):
                execution.prepare(changed_data=changed_data)
                status = execution.train()
        except KeyboardInterrupt:
            execution.tell("stopped", "by the keyboard; it goes on from where it was saved last")
            raise
        except Exception as error:
            failure = _failure(error, execution.device)
            execution.tell("failed", str(failure))
            if failure is error:
                raise
            raise failure from error
    if execution.interrupted:
        raise KeyboardInterrupt
    return status


class _Execution:
    """One carrying out of a run: what it is told, what it is at, and when it last wrote."""

    def __init__(self, run: Run, control: Control, processes: Processes, save_every_seconds: float) -> None:
        self.run, self.control, self.processes = run, control, processes
        self.save_every_seconds = save_every_seconds
        self.on_result: OnResult | None = None
        self.on_batch: OnBatch | None = None
        self.on_problems: OnProblems | None = None
        self.interrupted = False
        self.device: torch.device | None = None
        self.feed: PhraseFeed | None = None
        self.training: Training | None = None
        self.result: EpochResult | None = None
        self.status = replace(run.status(), device="", eta_seconds=None)
        self._saved = self._told = time.monotonic()

    @contextmanager
    def stopping_on_interrupt(self) -> Iterator[None]:
        """Take ctrl-C as a request to stop, for the while; a second one interrupts at once."""
        main = threading.current_thread() is threading.main_thread()
        if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return

        def stop(number: int, frame: object) -> None:
            if self.interrupted:
                signal.default_int_handler(number, frame)
            self._interrupt()

        signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _interrupt(self) -> None:
        self.interrupted = True
        self.control.request_stop()

    def prepare(self, *, changed_data: bool) -> None:
        """Open the recordings, and make the model and its training or load them."""
        run, settings = self.run, self.run.settings
        with self.processes.together():
            self.device = pick_device(settings.train.device)
            self.tell("running", "opening the recordings")
            recordings = load_recordings(settings.data.data, trim=settings.data.trim)
            if self.processes.first and self.on_problems is not None and recordings.problems:
                self.on_problems(recordings.problems)
            self.feed = feed = PhraseFeed(recordings, settings.data, self.device)
            begun = (run.folder / LAST).exists()
            self._keep_data(recordings, begun=begun, changed_data=changed_data)
            torch.manual_seed(settings.train.seed)
            model = make_model(settings.model, feed.marker_set, feed.length, feed.fps).to(self.device)
            moments, state = None, None
            if begun:
                saved = load_training(run.folder / LAST, settings)
                model.load(saved.weights, f"'{run.folder / LAST}'")
                moments, state, self.result = saved.moments, saved.state, saved.result
            else:
                self.tell("running", "measuring the dancer")
                model.fit(feed)
        self.training = Training(
            model,
            feed,
            settings.train,
            state=state,
            moments=moments,
            processes=self.processes,
            on_batch=self._after_batch,
        )
        with self.processes.together():
            if not begun:
                self._save()
            self._complete_metrics()

    def _keep_data(self, recordings: Recordings, *, begun: bool, changed_data: bool) -> None:
        """Keep what the recordings are, or compare them with what they were when the run began."""
        if not self.processes.first:
            return
        before, takes = self.run.fingerprint(), fingerprint(recordings)
        if begun and before is not None and not changed_data:
            check_same(before, takes)
        if not begun or before is None:
            feed = self.feed
            self.run.write_data(takes, feed.marker_set, feed.fps, feed.preprocessing)

    def _complete_metrics(self) -> None:
        """Take a torn line from the log, and add the last result where a kill came between saving and log."""
        if not self.processes.first:
            return
        log = self.run.folder / METRICS
        cut_torn_line(log)
        logged = self.run.metrics()
        if self.result is not None and (not logged or logged[-1].epoch < self.result.epoch):
            append_line(log, _line(self.result))

    def train(self) -> RunStatus:
        """Train until it is over or told to stop."""
        self.tell("running")
        while not self.training.state.finished:
            for result in self.training:
                with self.processes.together():
                    self._after_epoch(result)
                if self._look():
                    return self._stopped()
            if not self.training.state.finished:  # a batch stopped it: to save, to pause, or to stop
                if not self._look():
                    self.save()
                else:
                    return self._stopped()
        return self.tell("finished", self.training.state.finished)

    def _stopped(self) -> RunStatus:
        if self.training.state.finished:
            return self.tell("finished", self.training.state.finished)
        self.save()
        return self.tell("stopped", "by the keyboard" if self.interrupted else "as asked")

    def _look(self) -> bool:
        """Whether it is to stop, after waiting as long as it is to pause; all processes answer alike."""
        first, paused_before = self.processes.first, False
        while True:
            stopping, paused = self.processes.agree(
                float(first and self.control.stopping), float(first and self.control.paused)
            )
            if stopping or not paused:
                if paused_before and not stopping:
                    self.tell("running")
                return bool(stopping)
            if not paused_before:
                self.save()
                self.tell("paused")
                paused_before = True
            if first:
                self.control.wait_while_paused(_PAUSE_LOOK)

    def _after_batch(self, report: BatchReport) -> bool:
        """Whether to leave the loop after this batch, which is not counted yet, in order to save, pause or stop."""
        if not self.processes.first:
            return False
        if self.on_batch is not None:
            try:
                self.on_batch(report)
            except KeyboardInterrupt:  # what the batch has taught is to be saved first
                self._interrupt()
        now = time.monotonic()
        if now - self._told >= STATUS_SECONDS:
            self.tell("running")
        return self.control.stopping or self.control.paused or now - self._saved >= self.save_every_seconds

    def _after_epoch(self, result: EpochResult) -> None:
        """Save best before last before the log: wherever a kill falls, going on from last makes up for it."""
        self.result = result
        if not self.processes.first:
            return
        run, model = self.run, self.training.model
        if result.best:
            save_checkpoint(run.folder / BEST, model, result=result)
        since = time.monotonic() - self._saved
        if self.training.state.finished or since >= min(SAVE_SECONDS, self.save_every_seconds):
            self._save()
        append_line(run.folder / METRICS, _line(result))
        if result.validation is not None:
            write_preview(run.folder / "preview.npz", preview_of(model, self.feed, result.epoch))
        self.tell("running")
        if self.on_result is not None:
            try:
                self.on_result(result)
            except KeyboardInterrupt:
                self._interrupt()

    def save(self) -> None:
        """Write the last weights and all that is needed to go on from them; a failure fails all processes."""
        with self.processes.together():
            self._save()

    def _save(self) -> None:
        if self.processes.first:
            save_checkpoint(self.run.folder / LAST, self.training.model, self.training, result=self.result)
        self._saved = time.monotonic()

    def tell(self, state: str, reason: str = "") -> RunStatus:
        """Write where it stands. A disk that cannot be written hides no other failure."""
        status = replace(self.status, state=state, reason=reason)
        if self.device is not None:
            status = replace(status, device=describe_device(self.device))
        if self.training is not None:
            eta = self.training.eta_seconds
            status = replace(
                status,
                epoch=self.training.state.epoch,
                progress=1.0 if state == "finished" else self.training.progress,
                seconds=self.training.state.seconds,
                eta_seconds=eta if state in ("running", "paused") and math.isfinite(eta) else None,
            )
        if self.processes.first:
            with suppress(RunError) if state == "failed" else nullcontext():
                status = self.run.write_status(status)
            self._told = time.monotonic()
        self.status = status
        return status


def preview_of(model: PhraseModel, feed: PhraseFeed, epoch: int) -> Preview:
    """The liveliest validation phrase beside a model's reconstruction of it."""
    start = liveliest(feed)
    model.eval()
    with torch.no_grad():
        positions = feed.batch(np.array([start]))
        original, reconstruction = model.place(positions)[0], model.reconstruct(positions)[0]
    take, frame = feed.place_of(start)
    return Preview(
        original.float().cpu().numpy(),
        reconstruction.float().cpu().numpy(),
        feed.fps,
        feed.marker_set,
        take,
        frame,
        epoch,
    )


def liveliest(feed: PhraseFeed) -> int:
    """First frame of the validation phrase whose markers travel farthest."""
    steps = (feed.frames[1:] - feed.frames[:-1]).norm(dim=-1).mean(dim=1).cpu().numpy()
    travelled = np.concatenate([[0.0], np.cumsum(np.nan_to_num(steps, nan=0.0), dtype=np.float64)])
    far = travelled[feed.validation + feed.length - 1] - travelled[feed.validation]
    return int(feed.validation[far.argmax()])


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """So many processor threads, for the while; as it is if None."""
    before = torch.get_num_threads()
    if count:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _line(result: EpochResult) -> bytes:
    return json.dumps(result.to_dict()).encode()


def _failure(error: Exception, device: torch.device | None) -> MarielError:
    """The error to raise and to show for whatever went wrong."""
    if isinstance(error, MarielError):
        return error
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        where = f" on {describe_device(device)}" if device else ""
        return RunError(f"out of memory{where}: a smaller --batch-size may help")
    return RunError(f"training failed with a fault of the program: {type(error).__name__}: {error}")
