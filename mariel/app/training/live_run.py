"""A run that is shown live: state, progress, figures, learning curves, and a phrase beside its reconstruction."""

import streamlit as st

from mariel.app.shell.layout import fragment
from mariel.app.shell.messages import plain_text, show_error, show_warning
from mariel.app.shell.query_params import FIGURES, RUN_BUTTON
from mariel.app.training.run_preview import show_preview
from mariel.app.training.training_curves import show_curves
from mariel.app.widgets.metrics import PLAIN_METRIC, show_metric
from mariel.app.widgets.runs import (
    ACTIVE,
    call_and_report,
    problems_of,
    resampled_of,
    results_of,
    show_action_error,
    show_state_badge,
    with_setting_labels,
)
from mariel.evaluation.registry import METRICS
from mariel.files import format_bytes
from mariel.motion.recording import format_duration
from mariel.training.manager import RunActivity, RunManager
from mariel.training.run_folder.results import EpochResult
from mariel.training.run_folder.status import RunStatus
from mariel.training.runs import Run

POLL_SECONDS = 1.0
"""Time between two updates of the page while a run is being trained."""

BODY_SIZES = ((1.5, "a finger"), (4, "two fingers"), (8, "a palm"), (14, "a hand, from side to side"),
         (22, "a hand, from wrist to fingertip"), (32, "a foot"))  # fmt: skip
"""Body parts to compare an error with: the largest error in centimetres, and the part."""

SPEED_HELP = "Phrases per second that the model learns from; after the training, those of its last epoch."


def show_run(manager: RunManager, run: Run, others: list[str]) -> None:
    """Show a run, and update it while it or another run is being trained.

    Args:
        manager: of all runs.
        run: the run to show.
        others: names of runs to compare it with.
    """
    state = page_state(manager, run)
    active = manager.active_run() is not None or state[-1] in ACTIVE
    live = fragment(_show_live, run_every=POLL_SECONDS if active else None)
    live(manager, run, others, state)


def page_state(manager: RunManager, run: Run) -> tuple:
    """What the rest of the page depends on; when it changes, the whole page runs again."""
    folders = tuple(sorted(path.name for path in manager.root.iterdir())) if manager.root.is_dir() else ()
    return (folders, manager.active_run(), tuple(manager.queued_runs()), manager.status(run.name).state)


def _show_live(manager: RunManager, run: Run, others: list[str], shown_state: tuple) -> None:
    if not run.folder.is_dir() or page_state(manager, run) != shown_state:
        st.rerun()
    status = manager.status(run.name)
    # Containers keep the elements below at their places when what is inside appears or disappears.
    with st.container():
        _show_status(manager, run, status)
        show_action_error()
        for problem in problems_of(run):
            show_warning(problem, icon=":material/broken_image:")
        if note := resampled_of(run):
            st.caption(f":material/speed: Recordings were {plain_text(note)}.")
    _show_progress(manager, run, status)
    preview, figures = st.columns([2.4, 1], gap="medium")
    notes = st.container()
    with preview:
        show_preview(run, status, notes)
    with figures:
        _show_figures(manager, run, status, results_of(run))
    show_curves(manager, run, others)


def _show_status(manager: RunManager, run: Run, status: RunStatus) -> None:
    """The run's state, and the buttons that the state allows."""
    with st.container(horizontal=True, vertical_alignment="center"):
        show_state_badge(status)
        st.space("stretch")
        own = run.name == manager.active_run()
        if status.state == "running" and own:
            _button("Pause", ":material/pause:", manager.pause, run, help="After the batch that is under way.")
        if status.state == "paused" and own:
            _button(
                "Resume", ":material/play_arrow:", manager.resume, run, primary=True, help="Goes on where it was."
            )
        if status.state in ("running", "paused") and own:
            _button(
                "Stop", ":material/stop:", manager.stop, run, help="Saves a checkpoint; the run can be resumed later."
            )
        if status.state == "queued":
            _button("Remove from queue", ":material/close:", manager.stop, run, help="It can be resumed later.")
        if status.state in ("stopped", "interrupted", "failed") and not run.is_shipped:
            _button(
                "Resume", ":material/play_arrow:", manager.resume, run, primary=True, help="From the last checkpoint."
            )
    if status.state in ("running", "paused") and not own:
        st.info(
            f"Another program trains this run (process {status.pid}): you can watch it here, and stop it there.",
            icon=":material/visibility:",
        )
    if status.state == "failed":
        show_error(f"This run failed: {with_setting_labels(status.reason)}")
    elif status.state == "interrupted":
        show_warning(
            f"This run was interrupted: {status.reason}. Resume continues from the last checkpoint.",
            icon=":material/power_off:",
        )


def _button(label: str, icon: str, action, run: Run, *, primary: bool = False, help: str) -> None:
    st.button(
        label,
        icon=icon,
        on_click=call_and_report,
        args=(action, run.name),
        type="primary" if primary else "secondary",
        help=help,
        key=RUN_BUTTON.of(label, run.name),
    )


def _show_progress(manager: RunManager, run: Run, status: RunStatus) -> None:
    """A progress bar with epoch, batch and remaining time."""
    st.progress(min(max(status.progress, 0.0), 1.0), plain_text(_progress_text(manager, run, status)))


def _progress_text(manager: RunManager, run: Run, status: RunStatus) -> str:
    epochs = f"epoch {status.epoch:,} of at most {run.settings.train.epochs:,}"
    if status.state == "queued":
        queue = manager.queued_runs()
        index = queue.index(run.name) if run.name in queue else 0
        before = [name for name in (manager.active_run(), *queue[:index]) if name]
        return f"Waiting for {' and '.join(before)}" if before else "Starting"
    if status.state == "running":
        live = manager.activity(run.name)
        remaining = "" if status.eta_seconds is None else f" · {_format_remaining(status.eta_seconds)}"
        if live is None and status.progress:  # another program trains it
            return f"Reached {epochs}{remaining}"
        if live is None:
            return f"Preparing: {status.reason}" if status.reason else "Preparing"
        report = live.report
        if status.reason == "stopping":
            return "Stopping after this batch and saving a checkpoint"
        epoch = f"Epoch {report.epoch:,} of at most {run.settings.train.epochs:,}"
        return f"{epoch} · batch {report.batch} of {report.batches}{remaining}"
    texts = {
        "paused": f"Paused after {epochs}",
        "finished": f"Finished: {with_setting_labels(status.reason)}",
        "stopped": f"Stopped after {epochs}",
    }
    return texts.get(status.state, f"Reached {epochs}")


def _format_remaining(seconds: float) -> str:
    return f"about {format_duration(seconds)} left" if seconds >= 5 else "almost done"


def _show_figures(manager: RunManager, run: Run, status: RunStatus, results: list[EpochResult]) -> None:
    """Errors, speed, time, device and memory, in two columns."""
    live = manager.activity(run.name)
    last = results[-1] if results else None
    validated = next((result.validation for result in reversed(results) if result.validation), None)
    with st.container(horizontal=True, key=FIGURES):
        error = METRICS["position_error"]
        show_metric(
            error,
            error.format(validated.error_cm if validated else None),
            label="new phrases",
            help="In phrases that the model never learns from (validation).",
            delta=body_comparison(validated.error_cm) if validated else None,
        )
        show_metric(
            error,
            error.format(last.train.error_cm if last else None),
            label="learned phrases",
            help="In the phrases that the model learns from (training). If it is much smaller than in new phrases, "
            "the model is overfitting.",
        )
        st.metric("Training speed", _training_speed(live, status, last), help=SPEED_HELP, **PLAIN_METRIC)
        duration = format_duration(status.seconds) if status.seconds else "–"
        st.metric("Training time", duration, help="Without pauses.", **PLAIN_METRIC)
        device = live.device if live else status.device or "–"
        st.metric("Device", device, help="What computes the training.", **PLAIN_METRIC)
        if live and live.memory:
            st.metric(
                "Memory",
                format_bytes(live.memory),
                help="Memory of that device used by this program.",
                **PLAIN_METRIC,
            )


def _training_speed(live: RunActivity | None, status: RunStatus, last: EpochResult | None) -> str:
    """Phrases per second at present, or in the last epoch of a run that has ended; none while it waits."""
    if status.state in ("paused", "queued"):
        return "–"
    speed = live.report.phrases_per_second if live else last.phrases_per_second if last else None
    return "–" if speed is None else f"{speed:,.0f} phrases/s"


def body_comparison(centimetres: float) -> str:
    """A body part about as large as an error."""
    return next((f"≈ {part}" for most, part in BODY_SIZES if centimetres <= most), "more than a foot")
