"""The table of all runs, and one run's settings, parent runs, and actions: copy, download, rename, delete."""

from datetime import datetime

import streamlit as st

from mariel.app.shell.layout import fragment
from mariel.app.shell.messages import plain_text
from mariel.app.shell.query_params import (
    ALL_RUNS,
    BROKEN_RUNS,
    COPY_RUN,
    DELETE_RUN_NOW,
    DELETE_RUN_OPEN,
    DOWNLOAD_RUN,
    EXPORT_CURVES,
    EXPORTED_CURVES,
    NEXT_VALUES,
    RENAME_RUN,
    RENAME_RUN_NOW,
    RENAME_RUN_OPEN,
    RESUME_RUN,
    RUN,
    RUN_SETTINGS,
    RUN_SETTINGS_OPEN,
    SessionKey,
)
from mariel.app.shell.streamlit_adapter import download_button
from mariel.app.training.training_form import prefill_form
from mariel.app.widgets.forms import label_of
from mariel.app.widgets.runs import (
    ACTIVE,
    BADGES,
    best_of,
    call_and_report,
    results_of,
    set_widgets_next,
    with_setting_labels,
)
from mariel.errors import RunError
from mariel.motion.recording import format_duration
from mariel.training.manager import RunManager
from mariel.training.run_folder.tensorboard import export_tensorboard
from mariel.training.runs import Run, broken_runs
from mariel.training.settings import PRESETS, RunSettings

TABLE_SECONDS = 5.0
"""Time between two updates of the table of runs while one is being trained."""

GROUPS = {"model": "Model", "data": "Phrases", "train": "Training"}


def show_run_actions(manager: RunManager, run: Run) -> None:
    """Settings and lineage of a run, and buttons for what can be done with it."""
    with st.expander("Settings and lineage", icon=":material/account_tree:", key=RUN_SETTINGS_OPEN):
        _show_lineage(manager, run)
        st.dataframe(settings_table(run.settings), hide_index=True, height="content", key=RUN_SETTINGS.of(run.name))
    active = manager.status(run.name).state in ACTIVE
    blocked = "Not while it is being trained or queued." if active else None
    fixed = "This run comes with the program, and stays as it is." if run.is_shipped else blocked
    with st.container(horizontal=True):
        st.button(
            "New run like this",
            icon=":material/content_copy:",
            on_click=prefill_form,
            args=(run,),
            key=COPY_RUN,
            help="Fills the form at the top with this run's settings.",
        )
        download_button(
            "Download run (.zip)",
            run.zip_bytes,
            key=DOWNLOAD_RUN,
            file_name=f"{run.name}.zip",
            media_type="application/zip",
            icon=":material/download:",
            disabled=active,
            help=blocked
            or "The whole run: weights, settings, curves. Unpacked among the runs of another machine, it can be "
            "resumed there.",
        )
        with st.popover(
            "Rename", icon=":material/edit:", disabled=fixed is not None, help=fixed, key=RENAME_RUN_OPEN
        ):
            name = st.text_input(
                "New name", run.name, key=RENAME_RUN.of(run.name), help="Letters, digits, spaces, - _ and . will do."
            )
            st.button(
                "Rename", on_click=call_and_report, args=(_rename, run, name), type="primary", key=RENAME_RUN_NOW,
                help="Its folder is renamed too.",
            )  # fmt: skip
        st.button(
            "TensorBoard",
            icon=":material/show_chart:",
            on_click=call_and_report,
            args=(_export, run),
            disabled=run.is_shipped,
            help=fixed
            if run.is_shipped
            else "Writes the learning curves as TensorBoard event files into its folder.",
            key=EXPORT_CURVES,
        )
        with st.popover(
            "Delete", icon=":material/delete:", disabled=fixed is not None, help=fixed, key=DELETE_RUN_OPEN
        ):
            st.markdown(f"Delete **{plain_text(run.name)}**, its weights and its curves, for good?")
            st.button(
                "Yes, delete it", on_click=call_and_report, args=(run.delete,), type="primary", key=DELETE_RUN_NOW,
                icon=":material/delete_forever:", help="Its folder is removed from the disk.",
            )  # fmt: skip
    if (exported := EXPORTED_CURVES.pop()) and exported[0] == run.name:
        st.success(f"Written. Look at the curves of all runs with  \n`tensorboard --logdir '{exported[1]}'`")


def _rename(run: Run, name: str) -> None:
    set_widgets_next({RUN.key: run.rename(name).name})


def _export(run: Run) -> None:
    if run.is_shipped:
        raise RunError("this run comes with the program and cannot be changed")
    began = datetime.fromisoformat(run.created).timestamp()
    export_tensorboard(results_of(run), run.folder / "tensorboard", started_at=began)
    EXPORTED_CURVES.set((run.name, str(run.folder.parent)))


def _show_lineage(manager: RunManager, run: Run) -> None:
    """The run whose settings this one copied, and the runs that copied from it."""
    runs = {each.name: each for each in manager.runs()}
    ancestors, current = [run.name], run
    while current is not None and current.parent and current.parent not in ancestors:
        ancestors.append(current.parent)
        current = runs.get(current.parent)
    children = [each.name for each in runs.values() if each.parent == run.name]
    created = datetime.fromisoformat(run.created).astimezone()
    text = f"Created {created:%-d %B %Y, %H:%M}. "
    if len(ancestors) > 1:
        gone = "" if ancestors[1] in runs else " (deleted since)"
        text += f"Its settings come from {' ← '.join(map(_bold, ancestors[1:]))}{gone}. "
    if children:
        text += f"Copied by {', '.join(map(_bold, children))}. "
    base, changes = nearest_preset(run.settings)
    if changes:
        listed = ", ".join(f"{label_of(name).lower()} {_format_value(value)}" for name, value in changes.items())
        text += f"As the preset *{base}*, but {listed}."
    else:
        text += f"As the preset *{base}*."
    st.markdown(text)


def _bold(name: str) -> str:
    """A name as Markdown."""
    return f"**{plain_text(name)}**"


def nearest_preset(settings: RunSettings) -> tuple[str, dict]:
    """The preset with the fewest differences from some settings, and the differences, except the recordings."""
    differences = {name: _differences(settings, preset) for name, preset in PRESETS.items()}
    name = min(differences, key=lambda name: len(differences[name]))
    return name, differences[name]


def _differences(settings: RunSettings, other: RunSettings) -> dict:
    found = {}
    for group in GROUPS:
        own, preset = getattr(settings, group), getattr(other, group)
        if type(own) is not type(preset):
            found["model"] = own.kind
            continue
        for name, value in own:
            if name not in ("data", "trim") and value != getattr(preset, name):
                found[name] = value
    return found


def settings_table(settings: RunSettings) -> dict[str, list[str]]:
    """Every setting with group, label, value and meaning, as columns of a table."""
    rows = [("Model", "Kind", settings.model.kind, "Which model is trained.")]
    for group, title in GROUPS.items():
        part = getattr(settings, group)
        rows += [
            (
                title,
                label_of(name),
                _format_value(getattr(part, name)),
                with_setting_labels(field.description or ""),
            )
            for name, field in type(part).model_fields.items()
        ]
    return dict(zip(("part", "setting", "value", "meaning"), map(list, zip(*rows, strict=True)), strict=True))


def _format_value(value: object) -> str:
    """A setting's value as text."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def show_interrupted_runs(manager: RunManager) -> None:
    """Runs that were interrupted because the program or the machine stopped, each with a button to resume it."""
    states = {run.name: manager.status(run.name) for run in manager.runs()}
    interrupted = [name for name, status in states.items() if status.state == "interrupted"]
    if not interrupted:
        return
    with st.container(border=True):
        what = f"{len(interrupted)} runs were" if len(interrupted) > 1 else "A run was"
        st.markdown(f":orange[:material/power_off:] **{what} interrupted** when the program or the machine stopped.")
        for name in interrupted:
            with st.container(horizontal=True, vertical_alignment="center"):
                status = states[name]
                st.markdown(
                    f"{_bold(name)}, {status.progress:.0%} done, {format_duration(status.seconds)} of training",
                    width="stretch",
                )
                st.button(
                    "Resume", icon=":material/play_arrow:", key=RESUME_RUN.of(name), on_click=_resume,
                    args=(manager, name), help="Goes on from the last checkpoint.",
                )  # fmt: skip


def _resume(manager: RunManager, name: str) -> None:
    call_and_report(manager.resume, name)
    set_widgets_next({RUN.key: name})


def show_all_runs(manager: RunManager, shown: str | None) -> None:
    """A table of all runs, a click on a row of which shows that run; and the folders that cannot be opened.

    Args:
        manager: of all runs.
        shown: name of the run that the page shows, if there is one.
    """
    active = manager.active_run() is not None
    fragment(_show_table, run_every=TABLE_SECONDS if active else None)(manager, shown)
    broken = broken_runs(manager.root)
    if broken:
        what = f"{len(broken)} folders" if len(broken) > 1 else "One folder"
        with st.expander(f"{what} among the runs cannot be opened", icon=":material/broken_image:", key=BROKEN_RUNS):
            for folder, reason in broken:
                st.warning(f"{_bold(folder.name)}: {plain_text(reason)}")


def _show_table(manager: RunManager, shown: str | None) -> None:
    if NEXT_VALUES.get():  # a click on a row: the whole page shows that run
        st.rerun()
    runs, queue = manager.runs(), manager.queued_runs()
    if len(runs) < 2:
        return
    st.header("All runs", anchor=False)
    rows = [_row(manager, run, queue) for run in runs]
    key = ALL_RUNS.of(shown)  # another key for each shown run, or a row would stay marked when another is shown
    st.dataframe(
        {column: [row[column] for row in rows] for column in rows[0]},
        hide_index=True,
        height="content",
        key=key,
        on_select=lambda: _select_clicked(key, [run.name for run in runs]),
        selection_mode="single-row",
        column_config={
            "done": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
            "error, cm": st.column_config.NumberColumn(
                format="%.1f", help="Validation error of the best weights: in phrases the model never learned from."
            ),
            "settings from": st.column_config.TextColumn(help="The run whose settings it copied."),
            "made": st.column_config.DatetimeColumn(format="D MMM, HH:mm"),
        },
    )


def _row(manager: RunManager, run: Run, queue: list[str]) -> dict:
    status = manager.status(run.name)
    best = best_of(results_of(run))
    state = BADGES[status.state][2]
    if run.name in queue:
        state += f", number {queue.index(run.name) + 1}"
    return {
        "run": run.name,
        "state": state,
        "done": min(status.progress, 1.0),
        "error, cm": best.validation.error_cm if best and best.validation else None,
        "epochs": status.epoch,
        "time": format_duration(status.seconds) if status.seconds else "",
        "model": run.settings.model.kind,
        "recordings": _base_name(run.settings.data.data),
        "settings from": run.parent or "",
        "made": datetime.fromisoformat(run.created).astimezone().replace(tzinfo=None),
    }


def _base_name(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


def _select_clicked(key: SessionKey, names: list[str]) -> None:
    if rows := key.get().selection.rows:
        set_widgets_next({RUN.key: names[rows[0]]})
