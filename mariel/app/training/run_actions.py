"""All runs at a glance, and what can be done with one: its settings and where they come from, and its folder."""

from dataclasses import fields
from datetime import datetime

import streamlit as st

from mariel.app.training.training_form import begin_like
from mariel.app.widgets.forms import label_of
from mariel.app.widgets.runs import ACTIVE, BADGES, attempt, best_of, choose_next, in_words, results_of
from mariel.errors import CheckpointError
from mariel.motion.recording import format_duration
from mariel.training.manager import RunManager
from mariel.training.runs import Run, broken_runs
from mariel.training.settings import PRESETS, RunSettings
from mariel.training.tensorboard import export_tensorboard

GROUPS = {"model": "Model", "data": "Phrases", "train": "Training"}


def show_care(manager: RunManager, run: Run) -> None:
    """Settings and lineage of a run, and what can be done with its folder."""
    with st.expander("Settings and lineage", icon=":material/account_tree:"):
        _show_lineage(manager, run)
        st.dataframe(settings_table(run.settings), hide_index=True, height="content", key=f"settings {run.name}")
    active = manager.state(run.name).state in ACTIVE
    wait = "Not while it is learning or waits to." if active else None
    with st.container(horizontal=True):
        st.button("New run like this", icon=":material/content_copy:", on_click=begin_like, args=(run,))
        st.download_button(
            "Download",
            run.zip_bytes,
            f"{run.name}.zip",
            "application/zip",
            on_click="ignore",
            icon=":material/download:",
            disabled=active,
            help=wait
            or "The whole run as a zip: weights, settings, curves. Unpacked among the runs of another "
            "machine it can be taken up there.",
        )
        with st.popover("Rename", icon=":material/edit:", disabled=active, help=wait):
            name = st.text_input("New name", run.name, key=f"rename {run.name}")
            st.button("Rename", on_click=attempt, args=(_rename, run, name), type="primary", key="rename now")
        st.button(
            "TensorBoard",
            icon=":material/show_chart:",
            on_click=attempt,
            args=(_export, run),
            help="Writes its curves as TensorBoard event files into its folder.",
        )
        with st.popover("Delete", icon=":material/delete:", disabled=active, help=wait):
            st.markdown(f"Delete **{run.name}**, its weights and its curves, for good?")
            st.button(
                "Yes, delete it", on_click=attempt, args=(_delete, run), type="primary", key="delete now",
                icon=":material/delete_forever:",
            )  # fmt: skip
    if (said := st.session_state.pop("exported", None)) and said[0] == run.name:
        st.success(f"Written. Look at the curves of all runs with  \n`tensorboard --logdir '{said[1]}'`")


def _rename(run: Run, name: str) -> None:
    renamed = run.rename(name)
    choose_next(run=renamed.name)


def _delete(run: Run) -> None:
    run.delete()
    st.session_state.pop("run", None)


def _export(run: Run) -> None:
    began = datetime.fromisoformat(run.created).timestamp()
    export_tensorboard(results_of(run), run.folder / "tensorboard", began=began)
    st.session_state["exported"] = (run.name, str(run.folder.parent))


def _show_lineage(manager: RunManager, run: Run) -> None:
    """Where its settings come from, and which runs took theirs from it."""
    runs = {each.name: each for each in manager.runs()}
    line, at = [run.name], run
    while at is not None and at.parent and at.parent not in line:
        line.append(at.parent)
        at = runs.get(at.parent)
    children = [each.name for each in runs.values() if each.parent == run.name]
    made = datetime.fromisoformat(run.created).astimezone()
    text = f"Made {made:%-d %B %Y, %H:%M}. "
    if len(line) > 1:
        gone = "" if line[1] in runs else " (deleted since)"
        text += f"Its settings come from {' ← '.join(f'**{name}**' for name in line[1:])}{gone}. "
    if children:
        text += f"Taken over by {', '.join(f'**{name}**' for name in children)}. "
    base, changes = nearest_preset(run.settings)
    if changes:
        told = ", ".join(f"{label_of(name).lower()} {_said(value)}" for name, value in changes.items())
        text += f"As the preset *{base}*, but {told}."
    else:
        text += f"As the preset *{base}*."
    st.markdown(text)


def nearest_preset(settings: RunSettings) -> tuple[str, dict]:
    """The preset that settings differ least from, and where they differ; which recordings apart."""
    differences = {name: _differences(settings, preset) for name, preset in PRESETS.items()}
    name = min(differences, key=lambda name: len(differences[name]))
    return name, differences[name]


def _differences(settings: RunSettings, other: RunSettings) -> dict:
    found = {}
    for group in GROUPS:
        ours, theirs = getattr(settings, group), getattr(other, group)
        if type(ours) is not type(theirs):
            found["model"] = ours.kind
            continue
        for known in fields(ours):
            value = getattr(ours, known.name)
            if known.name not in ("data", "trim") and value != getattr(theirs, known.name):
                found[known.name] = value
    return found


def settings_table(settings: RunSettings) -> dict[str, list[str]]:
    """Every setting in words: group, name, value, meaning; columns of a table."""
    rows = [("Model", "Kind", settings.model.kind, "Which model is trained.")]
    for group, title in GROUPS.items():
        part = getattr(settings, group)
        rows += [
            (title, label_of(each.name), _said(getattr(part, each.name)), in_words(each.metadata["about"]))
            for each in fields(part)
        ]
    return dict(zip(("part", "setting", "value", "meaning"), map(list, zip(*rows, strict=True)), strict=True))


def _said(value: object) -> str:
    """A setting's value for people."""
    if value is None:
        return "open"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def show_interrupted(manager: RunManager) -> None:
    """Runs that a closed program or a lost machine has cut short, each with a way to go on."""
    states = {run.name: manager.state(run.name) for run in manager.runs()}
    cut = [name for name, status in states.items() if status.state == "interrupted"]
    if not cut:
        return
    with st.container(border=True):
        what = f"{len(cut)} runs were" if len(cut) > 1 else "A run was"
        st.markdown(f":orange[:material/power_off:] **{what} cut short** when the program or the machine stopped.")
        for name in cut:
            with st.container(horizontal=True, vertical_alignment="center"):
                status = states[name]
                st.markdown(
                    f"**{name}**, {status.progress:.0%} done, {format_duration(status.seconds)} of learning",
                    width="stretch",
                )
                st.button(
                    "Resume", icon=":material/play_arrow:", key=f"take up {name}", on_click=_take_up,
                    args=(manager, name),
                )  # fmt: skip


def _take_up(manager: RunManager, name: str) -> None:
    attempt(manager.resume, name)
    choose_next(run=name)


def show_all_runs(manager: RunManager) -> None:
    """Every run in a row of a table, a click on which shows it; and the folders that cannot be opened."""
    runs = manager.runs()
    queue = manager.queue()
    if len(runs) > 1:
        st.subheader("All runs", anchor=False)
        rows = [_row(manager, run, queue) for run in runs]
        st.dataframe(
            {column: [row[column] for row in rows] for column in rows[0]},
            hide_index=True,
            height="content",
            key="all runs",
            on_select=lambda: _show_clicked([run.name for run in runs]),
            selection_mode="single-row",
            column_config={
                "done": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
                "error, cm": st.column_config.NumberColumn(
                    format="%.1f", help="Of the best weights, in phrases it never learned from."
                ),
                "settings from": st.column_config.TextColumn(help="The run that it was made like."),
                "made": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
            },
        )
    broken = broken_runs(manager.root)
    if broken:
        what = f"{len(broken)} folders" if len(broken) > 1 else "One folder"
        with st.expander(f"{what} among the runs cannot be opened", icon=":material/broken_image:"):
            for folder, reason in broken:
                st.warning(f"**{folder.name}**: {reason}")


def _row(manager: RunManager, run: Run, queue: list[str]) -> dict:
    status = manager.state(run.name)
    try:
        best = best_of(results_of(run))
    except CheckpointError:
        best = None
    state = BADGES[status.state][2]
    if run.name in queue:
        state += f", number {queue.index(run.name) + 1}"
    return {
        "run": run.name,
        "state": state,
        "done": min(status.progress, 1.0),
        "error, cm": best.validation.error_cm if best else None,
        "epochs": status.epoch,
        "time": format_duration(status.seconds) if status.seconds else "",
        "model": run.settings.model.kind,
        "recordings": _short(run.settings.data.data),
        "settings from": run.parent or "",
        "made": datetime.fromisoformat(run.created).astimezone().replace(tzinfo=None),
    }


def _short(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


def _show_clicked(names: list[str]) -> None:
    rows = st.session_state["all runs"].selection.rows
    if rows:
        choose_next(run=names[rows[0]])
