"""A run while it learns: how far it is, its curves, and a phrase dancing beside what the model makes of it."""

import streamlit as st

from mariel.app.training.run_preview import show_dancers
from mariel.app.training.training_curves import show_curves
from mariel.app.widgets.runs import ACTIVE, attempt, badge, in_words, results_of, show_trouble
from mariel.errors import CheckpointError
from mariel.motion.recording import format_duration
from mariel.training.manager import RunManager
from mariel.training.results import EpochResult
from mariel.training.runs import Run, RunStatus

POLL_SECONDS = 1.0
"""How often the page looks again while a run is at work."""

SIZES = ((1.5, "a finger"), (4, "two fingers"), (8, "a palm"), (14, "a hand, from side to side"),
         (22, "a hand, from wrist to fingertip"), (32, "a foot"))  # fmt: skip
"""What an error in centimetres compares to, up to so many."""


def show_run(manager: RunManager, run: Run, others: list[str]) -> None:
    """The run, kept up to date while it or another run is at work.

    Args:
        manager: of all runs.
        run: the one to show.
        others: names of runs that can be compared with it.
    """
    seen = standing(manager, run)
    work = manager.active() is not None or seen[-1] in ACTIVE
    live = st.fragment(_show_live, run_every=POLL_SECONDS if work else None)
    live(manager, run, others, seen)


def standing(manager: RunManager, run: Run) -> tuple:
    """What the rest of the page depends on; when it changes, all of it is drawn anew."""
    folders = tuple(sorted(path.name for path in manager.root.iterdir())) if manager.root.is_dir() else ()
    return (folders, manager.active(), tuple(manager.queue()), manager.state(run.name).state)


def _show_live(manager: RunManager, run: Run, others: list[str], seen: tuple) -> None:
    if not run.folder.is_dir() or standing(manager, run) != seen:
        st.rerun()
    status = manager.state(run.name)
    results, damage = [], st.container()
    try:
        results = results_of(run)
    except CheckpointError as error:
        damage.error(str(error), icon=":material/broken_image:")
    # Containers keep their places while what is in them comes and goes; else what follows would be built anew.
    with st.container():
        _show_head(manager, run, status)
        show_trouble()
    _show_progress(manager, run, status)
    _show_gauges(manager, run, status, results)
    with st.container():
        show_dancers(run, learning=status.state == "running")
    show_curves(manager, run, others)


def _show_head(manager: RunManager, run: Run, status: RunStatus) -> None:
    """The state, and the buttons that it allows."""
    with st.container(horizontal=True, vertical_alignment="center"):
        badge(status)
        st.space("stretch")
        mine = run.name == manager.active()
        if status.state == "running" and mine:
            _button("Pause", ":material/pause:", manager.pause, run)
        if status.state == "paused" and mine:
            _button("Go on", ":material/play_arrow:", manager.resume, run, primary=True)
        if status.state in ("running", "paused") and mine:
            _button("Stop", ":material/stop:", manager.stop, run, help="Saves it; it can be taken up again later.")
        if status.state == "queued":
            _button("Take off the queue", ":material/close:", manager.stop, run)
        if status.state in ("stopped", "interrupted", "failed"):
            _button("Resume", ":material/play_arrow:", manager.resume, run, primary=True)
    if status.state in ("running", "paused") and not mine:
        st.info(
            f"Another program trains this run (process {status.pid}); it can be watched here, and stopped there.",
            icon=":material/visibility:",
        )
    if status.state == "failed":
        st.error(f"This run failed: {in_words(status.reason)}", icon=":material/error:")
    elif status.state == "interrupted":
        st.warning(
            f"This run was interrupted: {status.reason}. Nothing that was saved is lost; Resume goes on from there.",
            icon=":material/power_off:",
        )


def _button(label: str, icon: str, action, run: Run, *, primary: bool = False, help: str | None = None) -> None:
    st.button(
        label,
        icon=icon,
        on_click=attempt,
        args=(action, run.name),
        type="primary" if primary else "secondary",
        help=help,
        key=f"{label} {run.name}",
    )


def _show_progress(manager: RunManager, run: Run, status: RunStatus) -> None:
    """How far it is and how long it still takes."""
    st.progress(min(max(status.progress, 0.0), 1.0), _progress_text(manager, run, status))


def _progress_text(manager: RunManager, run: Run, status: RunStatus) -> str:
    epochs = f"epoch {status.epoch:,} of at most {run.settings.train.epochs:,}"
    if status.state == "queued":
        queue = manager.queue()
        place = queue.index(run.name) if run.name in queue else 0
        before = [name for name in (manager.active(), *queue[:place]) if name]
        return f"Waits for {' and '.join(before)}" if before else "Begins in a moment"
    if status.state == "running":
        live = manager.live(run.name)
        if live is None:
            return f"Getting ready: {status.reason}" if status.reason else "Getting ready"
        report = live.report
        left = "" if status.eta_seconds is None else f" · {_left(status.eta_seconds)}"
        if status.reason == "stopping":
            return "Stopping after this batch, and saving"
        most = run.settings.train.epochs
        return f"Epoch {report.epoch:,} of at most {most:,} · batch {report.batch} of {report.batches}{left}"
    said = {
        "paused": f"Paused after {epochs}",
        "finished": f"Finished: {in_words(status.reason)}",
        "stopped": f"Stopped after {epochs}",
    }
    return said.get(status.state, f"Came as far as {epochs}")


def _left(seconds: float) -> str:
    return f"about {format_duration(seconds)} left" if seconds >= 5 else "nearly done"


def _show_gauges(manager: RunManager, run: Run, status: RunStatus, results: list[EpochResult]) -> None:
    """The numbers of this moment, side by side where there is room."""
    live = manager.live(run.name)
    last = results[-1] if results else None
    seen = next((result for result in reversed(results) if result.validation), None)
    plain = {"delta_color": "off", "delta_arrow": "off", "width": "content"}
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Error, new phrases",
            f"{seen.validation.error_cm:.1f} cm" if seen else "–",
            comparison(seen.validation.error_cm) if seen else None,
            help="How far a marker of the model's dancer is from where the real one had it, on average, in phrases "
            "that it never learns from.",
            **plain,
        )
        st.metric(
            "Error, learned phrases",
            f"{last.train.error_cm:.1f} cm" if last else "–",
            help="The same for the phrases it learns from. Much smaller than for new phrases means that it learns "
            "them by heart.",
            **plain,
        )
        pace = live.report.phrases_a_second if live else last.phrases_a_second if last else None
        st.metric("Pace", f"{pace:,.0f} phrases/s" if pace is not None else "–", **plain)
        st.metric("Time learning", format_duration(status.seconds) if status.seconds else "–", **plain)
        st.metric("Learns on", live.device if live else status.device or "–", **plain)
        if live and live.memory:
            st.metric(
                "Memory", f"{live.memory / 2**20:,.0f} MB", help="In use on that device, by this program.", **plain
            )


def comparison(centimetres: float) -> str:
    """What an error is as wide as, on a body."""
    return next((f"≈ {what}" for most, what in SIZES if centimetres <= most), "more than a foot")
