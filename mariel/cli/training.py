"""The command `train`: trains a model in one process or, started by `torchrun`, in several."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from mariel.cli.description_flags import NO_DESCRIPTION, DescriptionFlags, keep_description
from mariel.cli.parameters import Data, Json, Switch
from mariel.errors import MarielError, RunError, SettingsError
from mariel.training.run_folder.names import RUN_FILE

if TYPE_CHECKING:
    from mariel.training.distributed import Processes
    from mariel.training.run_folder.results import EpochResult
    from mariel.training.run_folder.status import RunStatus
    from mariel.training.runs import Run
    from mariel.training.settings import RunSettings

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415

INTERRUPTED_STATUS = 130
"""Exit status after ctrl-C, as in shells."""

NO_SETTINGS: Mapping[str, Any] = {}
"""No setting is given by a flag."""


@dataclass(frozen=True)
class TrainOptions:
    """What the command line says about a training.

    Args:
        data: DATA.
        out: the run's folder.
        model: the kind of model, None for the preset's.
        preset: the preset's name, None for none.
        resume: whether to resume the run in `out`.
        as_json: whether to print one JSON object per epoch.
        settings: the settings given by flags, by name.
    """

    data: str
    out: Path
    model: str | None
    preset: str | None
    resume: bool
    as_json: bool
    settings: Mapping[str, Any]


def __getattr__(name: str) -> Any:
    """Makes `train` at each access, so that it has flags for all models registered by then."""
    if name == "train":
        return make_train_command()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def make_train_command() -> Callable[..., int]:
    """The command `train`, with a flag for every setting."""
    from mariel.cli.setting_flags import setting_flags
    from mariel.models.settings import MODELS
    from mariel.training.settings import PRESETS

    def train(
        data: Data,
        /,
        *,
        out: Annotated[Path, Parameter(metavar="DIR", help="the run's folder, a new one")],
        model: str | None = None,
        preset: str | None = None,
        resume: Annotated[
            Switch, Parameter(help="resume the run in DIR, with its own settings and the same DATA")
        ] = False,
        described: DescriptionFlags = NO_DESCRIPTION,
        as_json: Annotated[Json, Parameter(help="print one JSON object per epoch on standard output")] = False,
        settings: Mapping[str, Any] = NO_SETTINGS,
    ) -> int:
        """Train a model on phrases.

        The run is a folder with settings, metrics, best and last weights. Ctrl-C saves the run and exits with status
        130; --resume continues it as if it had never stopped. What is said about the files is kept beside them, since
        the run needs it again.

        Several processes train one model when started by torchrun: torchrun --nproc-per-node 2 -m mariel train …
        """
        if described != NO_DESCRIPTION:
            keep_description("train", data, described)
        return run_command(TrainOptions(data, out, model, preset, resume, as_json, settings))

    models = Literal[tuple(MODELS)]  # pyright: ignore[reportInvalidTypeForm] - the choices are known at run time
    presets = Literal[tuple(_flag_word(name) for name in PRESETS)]  # pyright: ignore[reportInvalidTypeForm]
    model_help = "kind of model; by default the preset's"
    preset_help = "the settings to start from, which flags change (default full)"
    train.__annotations__ |= {
        "model": Annotated[models | None, Parameter(metavar="|".join(MODELS), help=model_help, show_choices=False)],
        "preset": Annotated[
            presets | None,
            Parameter(metavar="|".join(map(_flag_word, PRESETS)), help=preset_help, show_choices=False),
        ],
        "settings": Annotated[setting_flags(), Parameter(name="*")],
    }
    return train


def _flag_word(preset: str) -> str:
    """A preset's name as one word."""
    return preset.replace(" ", "-")


def run_command(options: TrainOptions) -> int:
    """Train, or resume training; returns the exit status."""
    from mariel.training.threads import limit_spinning

    started = time.monotonic()
    limit_spinning()
    try:
        settings = _checked_settings(options)
    except MarielError:
        if os.environ.get("LOCAL_RANK", "0") != "0":
            return 1  # every process has found the same error; only one prints it
        raise
    from mariel.training.devices import pick_device
    from mariel.training.distributed import process_group

    with process_group(pick_device(settings.train.device)) as processes:
        try:
            return _train(options, settings, processes, started)
        except (MarielError, OSError):
            if processes.claim_error_report():
                raise
            return 1


def _checked_settings(options: TrainOptions) -> "RunSettings":
    """The requested settings, checked together with the run's folder before slow imports.

    Raises:
        SettingsError: a setting is out of range or contradicts others, or differs from those of the resumed run.
        RunError: the run's folder exists already, or does not exist with --resume.
    """
    from mariel.cli.setting_flags import first_difference, replace_settings
    from mariel.training.runs import Run
    from mariel.training.settings import PRESETS

    given = {**options.settings, "data": _absolute_data(options.data)}
    preset = next((PRESETS[name] for name in PRESETS if _flag_word(name) == options.preset), None)
    if not options.resume:
        settings = replace_settings(preset or PRESETS["full"], given, options.model)
        _check_new_folder(options.out)
        return settings
    if not options.out.exists():
        raise RunError(f"--resume: there is no run {options.out}; leave --resume out to start one")
    run_settings = Run.open(options.out).settings
    difference = first_difference(run_settings, replace_settings(preset or run_settings, given, options.model))
    if difference is not None:
        name, stored, requested = difference
        raise SettingsError(f"{name} cannot change with --resume: the run has {stored!r} (got {requested!r})")
    return run_settings


def _check_new_folder(folder: Path) -> None:
    from mariel.training.run_folder.names import validate_name

    try:
        validate_name(folder.resolve().name)
    except RunError as error:
        raise RunError(f"--out: {error}") from None
    if (folder / RUN_FILE).exists():
        raise RunError(f"--out {folder}: this run already exists; add --resume to continue it, or name a new folder")
    if folder.exists():
        raise RunError(f"--out {folder}: this already exists and is not a run; name a new folder")


def _absolute_data(data: str) -> str:
    """DATA as an absolute path, so that the run finds it from any working directory."""
    from mariel.motion.names import DEMO

    return data if data == DEMO else os.path.abspath(os.path.expanduser(data))


def _train(options: TrainOptions, settings: "RunSettings", processes: "Processes", started: float) -> int:
    """Train in these processes; returns the exit status. `started` is when the command began, a monotonic time."""
    from mariel.cli.progress import ProgressDisplay
    from mariel.cli.recordings import print_problems
    from mariel.training.control import TrainingControl
    from mariel.training.run_training import run_training
    from mariel.training.threads import free_cores

    run = _open_run(options, settings, processes)
    control = TrainingControl()
    progress = ProgressDisplay(sys.stderr, settings.train.epochs, sys.stdout if options.as_json else None)
    pipe_closed = False

    def show_epoch(result: "EpochResult") -> None:
        nonlocal pipe_closed
        try:
            progress.show_epoch(result)
        except BrokenPipeError:  # the reader, such as `head`, has closed the pipe
            pipe_closed = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            control.request_stop()

    callbacks = {
        "on_result": show_epoch,
        "on_batch": progress.show_batch,
        "on_problems": partial(print_problems, "train"),
    }
    try:
        status = run_training(
            run,
            control=control,
            processes=processes,
            threads=free_cores() if processes.world_size == 1 else None,
            seconds_before=time.monotonic() - started,
            **(callbacks if processes.is_main else {}),
        )
    except KeyboardInterrupt:
        status = run.status()
    finally:
        progress.close()
    if processes.is_main:
        _print_outcome(options, run, status)
    return 0 if status.state == "finished" or pipe_closed else INTERRUPTED_STATUS


def _open_run(options: TrainOptions, settings: "RunSettings", processes: "Processes") -> "Run":
    """The run; process 0 creates it if it is new."""
    from mariel.training.runs import Run

    folder = options.out.expanduser().resolve()
    with processes.share_errors():
        if processes.is_main and not options.resume:
            Run.create(folder.parent, folder.name, settings)
    with processes.share_errors():
        return Run.open(folder)


def _print_outcome(options: TrainOptions, run: "Run", status: "RunStatus") -> None:
    """Print how the run ended: on standard output, or on standard error if standard output has JSON."""
    text = f"{options.out}: {status.state} after epoch {status.epoch}"
    if status.reason:
        text += f", {status.reason}"
    best = next((result for result in reversed(run.metrics(skip_damaged=True)) if result.best), None)
    if best is not None and best.validation is not None:
        text += f"; best after epoch {best.epoch}, {best.validation.error_cm:.2f} cm on validation phrases"
    if status.state == "stopped":
        text += "; saved, continue with --resume"
    print(text, file=sys.stderr if options.as_json else sys.stdout)
