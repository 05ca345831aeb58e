"""Train a run: load its recordings, train its model, and write checkpoints, metrics and status to its folder."""

import json
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from types import FrameType

import torch

from mariel.data.dataset import PhraseDataset
from mariel.errors import MarielError, RunError
from mariel.files import append_line, remove_stale_partials, truncate_partial_line
from mariel.models.registry import make_model
from mariel.motion.checks import Problem
from mariel.motion.io.loading import Recordings, load_recordings
from mariel.motion.resampling import OneRate, at_one_rate, main_fps, other_rates
from mariel.training.checkpoints import load_training_checkpoint, save_checkpoint, settings_of_layers
from mariel.training.control import TrainingControl
from mariel.training.devices import describe_device, pick_device
from mariel.training.distributed import Processes
from mariel.training.loop import Trainer, initialise, time_limit
from mariel.training.run_folder.fingerprints import check_unchanged, fingerprint
from mariel.training.run_folder.names import BEST_FILE, LAST_FILE, METRICS_FILE, VALIDATION_EXAMPLE_FILE
from mariel.training.run_folder.results import BatchReport, EpochResult
from mariel.training.run_folder.status import RunStatus
from mariel.training.run_folder.validation_example import make_validation_example, write_validation_example
from mariel.training.runs import Run
from mariel.training.threads import threads_limited
from mariel.training.training_clock import TrainingClock

OnResult = Callable[[EpochResult], None]
OnBatchReport = Callable[[BatchReport], None]
OnProblems = Callable[[tuple[Problem, ...]], None]

STATUS_SECONDS = 1.0
"""Seconds from one write of a run's status to the next."""

SAVE_SECONDS = 5.0
"""Minimum seconds between two saves at ends of epochs, because an epoch may be shorter than a save takes."""

_PAUSE_POLL_SECONDS = 1.0  # how often all processes check together whether a pause is over


def run_training(
    run: Run,
    *,
    control: TrainingControl | None = None,
    processes: Processes | None = None,
    on_result: OnResult | None = None,
    on_batch: OnBatchReport | None = None,
    on_problems: OnProblems | None = None,
    save_every_seconds: float = 30.0,
    threads: int | None = None,
    allow_changed_data: bool = False,
    lock_held: bool = False,
    seconds_before: float = 0.0,
) -> RunStatus:
    """Train a run until it is finished or stopped; a run that was started before resumes from its last checkpoint.

    Weights, optimiser state and training state are saved at the end of an epoch, every `save_every_seconds` within
    one, and at a pause or stop. Ctrl-C in the main thread stops the training after the current batch, saves it, and
    then raises KeyboardInterrupt.

    Args:
        run: the run.
        control: lets other threads pause, resume or stop the training.
        processes: the processes that train together; process 0 writes, prints and reads `control`.
        on_result: called after every epoch.
        on_batch: called after every batch.
        on_problems: called with the problems of the recordings, if any: skipped files, and warnings.
        save_every_seconds: time between two saves within an epoch.
        threads: processor threads, where the run's settings leave them empty.
        allow_changed_data: resume although the recordings have changed since the run started.
        lock_held: whether the caller holds the run's lock already.
        seconds_before: seconds that the caller has taken, such as to import this module; they count.

    Returns:
        The final status, "finished" or "stopped", with the reason.

    Raises:
        MarielError: training failed; the status says so too, and the last checkpoint is kept.
        KeyboardInterrupt: ctrl-C; what was trained is saved.
    """
    processes = processes or Processes()
    clock = TrainingClock(time_limit(run.settings.train), seconds_before)
    training = _RunTraining(run, control or TrainingControl(), processes, save_every_seconds, clock)
    training.on_result, training.on_batch, training.on_problems = on_result, on_batch, on_problems
    with ExitStack() as resources:
        with processes.share_errors():
            if processes.is_main:
                if not lock_held:
                    resources.enter_context(run.lock())
                remove_stale_partials(run.folder)
        try:
            with training.stop_on_interrupt(), threads_limited(run.settings.train.threads or threads):
                training.prepare(allow_changed_data=allow_changed_data)
                status = training.train()
        except KeyboardInterrupt:
            training.write_status("stopped", "by the keyboard; it can be resumed from where it was saved last")
            raise
        except Exception as error:
            failure = _as_mariel_error(error, training.device)
            training.write_status("failed", str(failure))
            if failure is error:
                raise
            raise failure from error
    if training.interrupted:
        raise KeyboardInterrupt
    return status


class _RunTraining:
    """The state of one call of `run_training`: its arguments, its trainer, and when it last wrote files."""

    def __init__(
        self,
        run: Run,
        control: TrainingControl,
        processes: Processes,
        save_every_seconds: float,
        clock: TrainingClock,
    ) -> None:
        self.run, self.control, self.processes = run, control, processes
        self.save_every_seconds, self.clock = save_every_seconds, clock
        self.on_result: OnResult | None = None
        self.on_batch: OnBatchReport | None = None
        self.on_problems: OnProblems | None = None
        self.interrupted = False
        self.device: torch.device | None = None
        self._dataset: PhraseDataset | None = None
        self._trainer: Trainer | None = None
        self.result: EpochResult | None = None
        self.status = run.status().replace(device="", eta_seconds=None)
        self._saved_at = self._status_written_at = time.monotonic()

    @property
    def trainer(self) -> Trainer:
        """The trainer, once `prepare` has made it."""
        assert self._trainer is not None
        return self._trainer

    @property
    def dataset(self) -> PhraseDataset:
        """The phrases, once `prepare` has loaded them."""
        assert self._dataset is not None
        return self._dataset

    @contextmanager
    def stop_on_interrupt(self) -> Iterator[None]:
        """While the block runs, ctrl-C requests a stop; a second ctrl-C interrupts at once."""
        in_main_thread = threading.current_thread() is threading.main_thread()
        if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return

        def stop(number: int, frame: FrameType | None) -> None:
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

    def prepare(self, *, allow_changed_data: bool) -> None:
        """Load the recordings, and create the model and its trainer or load them from the last checkpoint."""
        run, settings = self.run, self.run.settings
        with self.processes.share_errors():
            self.device = pick_device(settings.train.device)
            self.write_status("running", "loading the recordings")
            recordings = load_recordings(settings.data.data, trim=settings.data.trim)
            one_rate = self._at_one_rate(recordings)
            problems = (*recordings.problems, *one_rate.problems)
            if self.processes.is_main and self.on_problems is not None and problems:
                self.on_problems(problems)
            self._dataset = dataset = PhraseDataset(one_rate.takes, settings.data, self.device)
            if self.processes.is_main and self.on_problems is not None and dataset.left_out_markers:
                self.on_problems((_describe_left_out(dataset.left_out_markers),))
            resuming = (run.folder / LAST_FILE).exists()
            self._record_data(recordings, one_rate.recorded, resuming=resuming, allow_changed_data=allow_changed_data)
            torch.manual_seed(settings.train.seed)
            optimiser_state, state = None, None
            if resuming:
                saved = load_training_checkpoint(run.folder / LAST_FILE, settings)
                known = run.marker_set  # an older version may have seen no body in the same markers
                marker_set = known if known and known.labels == dataset.marker_set.labels else dataset.marker_set
                layers = settings_of_layers(settings.model, saved.weights)
                model = make_model(layers, marker_set, dataset.length, dataset.fps).to(self.device)
                model.load(saved.weights, f"'{run.folder / LAST_FILE}'")
                optimiser_state, state, self.result = saved.optimiser_state, saved.state, saved.result
                self.clock.add(state.seconds)
            else:
                model = make_model(settings.model, dataset.marker_set, dataset.length, dataset.fps).to(self.device)
                self.write_status("running", "initialising the model from the data")
                initialise(model, dataset, self.clock)
        self._trainer = Trainer(
            model,
            dataset,
            settings.train,
            state=state,
            optimiser_state=optimiser_state,
            processes=self.processes,
            on_batch=self._after_batch,
            clock=self.clock,
        )
        with self.processes.share_errors():
            if not resuming:
                with self.clock.measured("saving", 0.5):  # the last epoch may save twice, also as the best
                    self._save()
            self._repair_metrics()

    def _at_one_rate(self, recordings: Recordings) -> OneRate:
        """The recordings at the rate that the run began with, or that of most of the motion; as they are for the
        reference, which refuses several."""
        if self.run.settings.data.reference:
            return OneRate(recordings, main_fps(recordings), {})
        others = other_rates(recordings, self.run.fps or main_fps(recordings))
        if others:
            self.write_status("running", f"resampling {len(others)} of {len(recordings)} recordings")
        return at_one_rate(recordings, self.run.fps)

    def _record_data(
        self, recordings: Recordings, recorded: Mapping[str, float], *, resuming: bool, allow_changed_data: bool
    ) -> None:
        """Write the recordings' fingerprint, or compare it with the one written when the run started.

        Args:
            recordings: as they were opened.
            recorded: the frame rates of those that were resampled.
            resuming: whether the run started before.
            allow_changed_data: do not compare.
        """
        if not self.processes.is_main:
            return
        before, current = self.run.fingerprint(), fingerprint(recordings)
        if resuming and before is not None and not allow_changed_data:
            check_unchanged(before, current)
        if not resuming or before is None:
            dataset = self.dataset
            current |= {"resampled": dict(recorded)}
            self.run.write_data(current, dataset.marker_set, dataset.fps, dataset.preprocessing)

    def _repair_metrics(self) -> None:
        """Remove an incomplete line of the log; add the last result if the process was killed before logging it."""
        if not self.processes.is_main:
            return
        log = self.run.folder / METRICS_FILE
        truncate_partial_line(log)
        logged = self.run.metrics(skip_damaged=True)
        if self.result is not None and (not logged or logged[-1].epoch < self.result.epoch):
            append_line(log, _json_line(self.result))

    def train(self) -> RunStatus:
        """Train until finished or stopped."""
        self.write_status("running")
        while not self.trainer.state.finished:
            for result in self.trainer:
                with self.processes.share_errors(), self.clock.measured("saving") if result.best else nullcontext():
                    self._after_epoch(result)
                if self._handle_requests():
                    return self._finish_stopped()
            if not self.trainer.state.finished:  # `_after_batch` left the loop: to save, pause or stop
                if not self._handle_requests():
                    self.save()
                else:
                    return self._finish_stopped()
        return self.write_status("finished", self.trainer.state.finished)

    def _finish_stopped(self) -> RunStatus:
        if self.trainer.state.finished:
            return self.write_status("finished", self.trainer.state.finished)
        self.save()
        return self.write_status("stopped", "by the keyboard" if self.interrupted else "on request")

    def _handle_requests(self) -> bool:
        """Wait while a pause is requested; returns whether a stop is requested, the same in all processes."""
        is_main, paused_before = self.processes.is_main, False
        while True:
            stopping, paused = self.processes.all_reduce_max(
                float(is_main and self.control.stopping), float(is_main and self.control.paused)
            )
            if stopping or not paused:
                if paused_before and not stopping:
                    self.write_status("running")
                return bool(stopping)
            if not paused_before:
                self.save()
                self.write_status("paused")
                paused_before = True
            if is_main:
                with self.clock.paused():
                    self.control.wait_while_paused(_PAUSE_POLL_SECONDS)

    def _after_batch(self, report: BatchReport) -> bool:
        """Whether to leave the loop after this batch, to save, pause or stop; `state` does not count it yet."""
        if not self.processes.is_main:
            return False
        if self.on_batch is not None:
            try:
                self.on_batch(report)
            except KeyboardInterrupt:  # stop after saving this batch
                self._interrupt()
        now = time.monotonic()
        if now - self._status_written_at >= STATUS_SECONDS:
            self.write_status("running")
        return self.control.stopping or self.control.paused or now - self._saved_at >= self.save_every_seconds

    def _after_epoch(self, result: EpochResult) -> None:
        """Save and log an epoch: best, then last, then log, so that resuming from last repairs any interruption."""
        self.result = result
        if not self.processes.is_main:
            return
        run, model = self.run, self.trainer.model
        if result.best:
            save_checkpoint(run.folder / BEST_FILE, model, result=result)
        elapsed = time.monotonic() - self._saved_at
        if self.trainer.state.finished or elapsed >= min(SAVE_SECONDS, self.save_every_seconds):
            self._save()
        append_line(run.folder / METRICS_FILE, _json_line(result))
        if result.validation is not None:
            write_validation_example(
                run.folder / VALIDATION_EXAMPLE_FILE, make_validation_example(model, self.dataset, result.epoch)
            )
        self.write_status("running")
        if self.on_result is not None:
            try:
                self.on_result(result)
            except KeyboardInterrupt:
                self._interrupt()

    def save(self) -> None:
        """Write `last.safetensors`; an error in one process is raised in all."""
        with self.processes.share_errors():
            self._save()

    def _save(self) -> None:
        if self.processes.is_main:
            save_checkpoint(self.run.folder / LAST_FILE, self.trainer.model, self.trainer, result=self.result)
        self._saved_at = time.monotonic()

    def write_status(self, state: str, reason: str = "") -> RunStatus:
        """Write the run's status; an error while writing "failed" is ignored, since the failure itself is raised."""
        status = self.status.replace(state=state, reason=reason)
        if self.device is not None:
            status = status.replace(device=describe_device(self.device))
        if self._trainer is not None:
            eta = self.trainer.eta_seconds
            status = status.replace(
                epoch=self.trainer.state.epoch,
                progress=1.0 if state == "finished" else self.trainer.progress,
                seconds=self.trainer.state.seconds,
                eta_seconds=eta if state in ("running", "paused") and math.isfinite(eta) else None,
            )
        if self.processes.is_main:
            with suppress(RunError) if state == "failed" else nullcontext():
                status = self.run.write_status(status)
            self._status_written_at = time.monotonic()
        self.status = status
        return status


def _describe_left_out(labels: Sequence[str]) -> Problem:
    """The warning about markers that are missing too often to be learned."""
    listed = ", ".join(labels[:8]) + (f" and {len(labels) - 8} more" if len(labels) > 8 else "")
    return Problem("markers", f"missing too often for whole phrases, so the model does not learn them: {listed}")


def _json_line(result: EpochResult) -> bytes:
    return json.dumps(result.to_dict()).encode()


def _as_mariel_error(error: Exception, device: torch.device | None) -> MarielError:
    """The project's error for any exception, to raise and to show."""
    if isinstance(error, MarielError):
        return error
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        where = f" on {describe_device(device)}" if device else ""
        return RunError(f"out of memory{where}: a smaller --batch-size may help")
    return RunError(f"training failed with an error in the program: {type(error).__name__}: {error}")
