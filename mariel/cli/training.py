"""The command that trains a model, in one process or, started by `torchrun`, in several."""

import argparse
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mariel.errors import MarielError, RunError, SettingsError

if TYPE_CHECKING:
    from mariel.training.distributed import Processes
    from mariel.training.results import EpochResult
    from mariel.training.runs import Run, RunStatus
    from mariel.training.settings import RunSettings

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415

INTERRUPTED = 130
"""Exit status after ctrl-C, as shells have it."""

USAGE = (
    "mariel train DATA --out DIR [--model KIND] [--preset NAME] [--epochs N] [--minutes M] [--hold-out NAME …] "
    "[--resume] [--json] [--SETTING VALUE …]"
)

DESCRIPTION = """Train a model of phrases. The run is a folder that holds all there is to know of it: settings,
metrics, best and last weights. Ctrl-C saves it and exits with status 130; --resume goes on as if it had never
stopped. Several processes train one model when started by torchrun: torchrun --nproc-per-node 2 -m mariel train …"""


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add `train`."""
    summary = "train a model on recordings"
    command = commands.add_parser(
        "train", help=summary, description=DESCRIPTION, usage=USAGE, allow_abbrev=False, fill=_add_arguments
    )
    command.set_defaults(run=train, command="train")


def _add_arguments(command: argparse.ArgumentParser) -> None:
    from mariel.cli.recordings import DATA_HELP
    from mariel.cli.setting_flags import add_setting_flags
    from mariel.models.settings import MODELS
    from mariel.training.settings import PRESETS

    command.add_argument("data", metavar="DATA", help=DATA_HELP)
    command.add_argument("--out", required=True, type=Path, metavar="DIR", help="the run's folder, a new one")
    command.add_argument("--model", choices=tuple(MODELS), help="kind of model; by default the preset's")
    command.add_argument(
        "--preset",
        choices=tuple(name.replace(" ", "-") for name in PRESETS),
        help="where the settings begin, which flags change (default full)",
    )
    command.add_argument(
        "--resume", action="store_true", help="go on with the run in DIR, with its own settings and the same DATA"
    )
    command.add_argument("--json", action="store_true", help="print one JSON object an epoch on standard output")
    add_setting_flags(command)


def train(options: argparse.Namespace) -> int:
    """Train, or go on training; gives the exit status."""
    try:
        settings = _settings(options)
    except MarielError:
        if os.environ.get("LOCAL_RANK", "0") != "0":
            return 1  # every process has found the same, one says it
        raise
    from mariel.training.devices import pick_device
    from mariel.training.distributed import joined_processes

    with joined_processes(pick_device(settings.train.device)) as processes:
        try:
            return _train(options, settings, processes)
        except (MarielError, OSError):
            if processes.first_to_speak():
                raise
            return 1


def _settings(options: argparse.Namespace) -> "RunSettings":
    """The settings asked for, checked together with the run's folder before anything heavy is loaded.

    Raises:
        SettingsError: a setting is out of range or does not fit the others; or the run that is gone on with has
            other ones.
        RunError: the run's folder is there, or with --resume is not.
    """
    from mariel.cli.setting_flags import changed, first_difference, given_settings
    from mariel.training.runs import Run
    from mariel.training.settings import PRESETS

    given = given_settings(options) | {"data": _data(options.data)}
    preset = PRESETS[options.preset.replace("-", " ")] if options.preset else None
    if not options.resume:
        settings = changed(preset or PRESETS["full"], given, options.model)
        _check_new(options.out)
        return settings
    if not options.out.exists():
        raise RunError(f"--resume: there is no run {options.out}; leave --resume out to begin one")
    own = Run.open(options.out).settings
    difference = first_difference(own, changed(preset or own, given, options.model))
    if difference is not None:
        name, before, now = difference
        raise SettingsError(f"{name} cannot change with --resume: the run has {before!r} (got {now!r})")
    return own


def _check_new(folder: Path) -> None:
    from mariel.training.runs import checked_name

    try:
        checked_name(folder.resolve().name)
    except RunError as error:
        raise RunError(f"--out: {error}") from None
    if (folder / "run.json").exists():
        raise RunError(f"--out {folder}: there is a run already; add --resume to go on with it, or name a new folder")
    if folder.exists():
        raise RunError(f"--out {folder}: this is there already and is no run; name a new folder")


def _data(data: str) -> str:
    """DATA such that the run finds it from any working directory."""
    from mariel.motion.io.loading import DEMO

    return data if data == DEMO else os.path.abspath(os.path.expanduser(data))


def _train(options: argparse.Namespace, settings: "RunSettings", processes: "Processes") -> int:
    """Train in these processes; gives the exit status."""
    from mariel.cli.progress import Progress
    from mariel.cli.recordings import print_problems
    from mariel.training.run_training import Control, execute

    run = _open_run(options, settings, processes)
    control = Control()
    progress = Progress(sys.stderr, settings.train.epochs, sys.stdout if options.json else None)
    reader_gone = False

    def tell(result: "EpochResult") -> None:
        nonlocal reader_gone
        try:
            progress.epoch(result)
        except BrokenPipeError:  # the reader, such as `head`, has seen enough
            reader_gone = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            control.request_stop()

    telling = {"on_result": tell, "on_batch": progress.batch, "on_problems": partial(print_problems, "train")}
    try:
        status = execute(run, control=control, processes=processes, **(telling if processes.first else {}))
    except KeyboardInterrupt:
        status = run.status()
    finally:
        progress.clear()
    if processes.first:
        _print_end(options, run, status)
    return 0 if status.state == "finished" or reader_gone else INTERRUPTED


def _open_run(options: argparse.Namespace, settings: "RunSettings", processes: "Processes") -> "Run":
    """The run, made by the first process where it is new."""
    from mariel.training.runs import Run

    folder = options.out.expanduser().resolve()
    with processes.together():
        if processes.first and not options.resume:
            Run.create(folder.parent, folder.name, settings)
    with processes.together():
        return Run.open(folder)


def _print_end(options: argparse.Namespace, run: "Run", status: "RunStatus") -> None:
    """Say how it ended: on standard output, or on standard error where the former has JSON."""
    text = f"{options.out}: {status.state} after epoch {status.epoch}"
    if status.reason:
        text += f", {status.reason}"
    best = next((result for result in reversed(run.metrics()) if result.best), None)
    if best is not None:
        text += f"; best after epoch {best.epoch}, {best.validation.error_cm:.2f} cm on held-out phrases"
    if status.state == "stopped":
        text += "; saved, go on with --resume"
    print(text, file=sys.stderr if options.json else sys.stdout)
