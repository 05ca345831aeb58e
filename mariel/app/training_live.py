"""A run while it learns: how far it is, its curves, and a phrase dancing beside what the model makes of it."""

import time

import numpy as np
import streamlit as st

from mariel.app.chart import show_chart
from mariel.app.data import REMEMBERED
from mariel.app.player import show_player
from mariel.app.training import ACTIVE, attempt, badge, in_words, learning_of, preview_of, results_of, show_trouble
from mariel.errors import CheckpointError
from mariel.learning.manager import RunManager
from mariel.learning.published import published_curve
from mariel.learning.results import EpochResult
from mariel.learning.runs import Preview, Run, RunStatus
from mariel.motion.recording import format_duration
from mariel.stage.curves import ERROR, KL, LOSS, Learning, learning_curves
from mariel.stage.figure import facing
from mariel.stage.scene import Dancer, Scene

POLL_SECONDS = 1.0
"""How often the page looks again while a run is at work."""

CALM_SECONDS = 4.0
"""How long the model's dancer stays the same at least while it learns: about a phrase."""

SMOOTHING = {"off": 0, "a little": 2, "more": 6, "a lot": 15}
"""Epochs before and after each that are averaged."""

APART = 1.7
"""Metres between the dancer and the model's dancer, more where they travel."""

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
        _show_dancers(run, learning=status.state == "running")
    _show_curves(manager, run, others)


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
        left = f" · about {format_duration(status.eta_seconds)} left" if status.eta_seconds is not None else ""
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


def _show_dancers(run: Run, *, learning: bool) -> None:
    """A phrase that the model never learns from, beside what it makes of it."""
    try:
        preview = _calm_preview(run, learning=learning)
    except CheckpointError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return
    if preview is None:
        every = run.settings.train.validate_every
        st.caption(
            ":material/accessibility_new: The model's dancer appears here when it is first tried on new phrases, "
            f"after epoch {every}."
        )
        return
    show_player(
        preview_scene(preview, on_top=st.session_state.get("preview on top", False)),
        key="preview",
        height=400,
        camera="front",
        autoplay=True,
    )
    words, choice = st.columns([3, 1], vertical_alignment="center")
    words.caption(
        f"A phrase of {preview.take.replace('_', ' ')} that the model never learns from, and the same phrase "
        f"squeezed through the model after epoch {preview.epoch}. Warm dots are furthest from where they should be."
    )
    choice.toggle("On top of each other", key="preview on top", persist_state="session")


def _calm_preview(run: Run, *, learning: bool) -> Preview | None:
    """The latest preview, but no new one within some seconds of the last.

    A small model is tried several times a second, faster than a browser could fetch its dancers, and than one could
    watch them.
    """
    name, since, shown = st.session_state.get("preview shown", ("", 0.0, None))
    now = time.monotonic()
    if learning and name == str(run.folder) and shown is not None and now - since < CALM_SECONDS:
        return shown
    preview = preview_of(run)
    if preview is not shown:
        st.session_state["preview shown"] = (str(run.folder), now, preview)
    return preview


def preview_scene(preview: Preview, *, on_top: bool = False) -> Scene:
    """The danced phrase and the model's, side by side as seen from the front, or one inside the other."""
    original = Dancer(preview.original, preview.marker_set, label="danced", ghost=on_top)
    away = np.linalg.norm(preview.reconstruction - preview.original, axis=2) * 100
    front = facing(original)
    offset = (0.0, 0.0, 0.0)
    if not on_top:
        right = np.array([-np.sin(front), np.cos(front)])
        flat = preview.original[..., :2] @ right
        apart = max(APART, float(np.nanmax(flat) - np.nanmin(flat)) + 0.4)
        offset = (*(right * apart).tolist(), 0.0)
    rebuilt = Dancer(
        preview.reconstruction,
        preview.marker_set,
        label=f"model, epoch {preview.epoch}",
        offset=offset,
        marker_values=np.nan_to_num(away),
    )
    title = f"A phrase of {preview.take} beside its reconstruction after epoch {preview.epoch}"
    return Scene([original, rebuilt], fps=preview.fps, front=front, title=title)


def _show_curves(manager: RunManager, run: Run, others: list[str]) -> None:
    """Loss, error and KL over the epochs, of this run and those it is compared with."""
    with st.container():
        compared = _choose_compared(others)
    known = {each.name: each for each in manager.runs()}
    runs = [run, *(known[name] for name in compared if name in known)]
    choices = _choose_axes(any(each.settings.model.kind == "notebook" for each in runs))
    learned, damage = [], st.container()
    for each in runs:
        try:
            learned.append(learning_of(each))
        except CheckpointError as error:
            if each.name != run.name:  # of which it is said above already
                damage.warning(str(error), icon=":material/broken_image:")
    places = st.columns([1.25, 1, 1])
    for place, measure in zip(places, (LOSS, ERROR, KL), strict=True):
        with place:
            show_chart(
                learning_curves(learned, measure, **choices),
                key=f"curve {measure.name}",
                alt=f"{measure.title} over the epochs of {', '.join(each.name for each in learned)}",
            )
    if len(learned) > 1:
        kinds = {each.settings.model.kind for each in runs}
        text = "Solid: phrases it never learns from. Dotted: phrases it learns from."
        if len(kinds) > 1:
            text += " Different models count their loss differently; the error in centimetres compares."
        st.caption(text)


def _choose_compared(others: list[str]) -> list[str]:
    kept = [name for name in st.session_state.get("compare", ()) if name in others]
    if kept != list(st.session_state.get("compare", kept)):
        st.session_state["compare"] = kept
    if not others:
        return []
    return st.multiselect(
        "Compare with",
        others,
        key="compare",
        max_selections=7,
        placeholder="other runs, their curves in one picture",
        **REMEMBERED,
    )


def _choose_axes(published_fits: bool) -> dict:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        against = st.segmented_control(
            "Over", ["epochs", "minutes"], default="epochs", required=True, key="against", **REMEMBERED
        )
        smooth = st.segmented_control(
            "Smoothing",
            list(SMOOTHING),
            default="off",
            required=True,
            key="smooth",
            help="Means over neighbouring epochs; the bare values stay behind as a pale line.",
            **REMEMBERED,
        )
        log = st.toggle("Log scale", key="log", help="Equal steps up are equal ratios.", **REMEMBERED)
        published = st.toggle(
            "Published curve",
            key="published",
            disabled=not published_fits or against != "epochs",
            help="The loss that the published notebook prints on Mariel's recordings, counted per phrase. It means "
            "the same only for the notebook's model and recipe on those recordings, over epochs.",
            **REMEMBERED,
        )
    return {
        "against": against,
        "smooth": SMOOTHING[smooth],
        "log": log,
        "published": _published() if published and published_fits else None,
    }


@st.cache_resource(show_spinner=False)
def _published() -> Learning:
    curve = published_curve()
    train, validation = {"loss": curve.train}, {"loss": curve.validation}
    return Learning("published", curve.epochs, np.full(len(curve.epochs), np.nan), train, validation)
