"""The model that a bundle carries: packed beside the dance that it made, and installed elsewhere like any other run.

A bundle comes from anybody. Its model is read within the limits of archives, installed in the folder of runs only
after it has been loaded as every checkpoint is, without unpickling anything, and never in the place of another.
"""

import hashlib
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from mariel.errors import CheckpointError, RunError
from mariel.files import run_folders, runs_folder, write_atomically, write_error
from mariel.motion.io.formats.zip_archive import read_bundle_about, read_bundle_folder
from mariel.records import Record
from mariel.training.run_folder.names import BEST_FILE, DATA_FILE, PREPROCESSING_FILE, RUN_FILE, validate_name

MODEL_FOLDER = "model"
"""The folder of a bundle for its model."""

MODEL_FILES = (RUN_FILE, BEST_FILE, PREPROCESSING_FILE, DATA_FILE)
"""The files of a run that its model consists of; all of them are needed."""

_NETWORK_PATHS = ("\\\\", "//")


class _ModelName(Record):
    """What `bundle.json` says of the model under "checkpoint"."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    fingerprint: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True, eq=False)
class PackedModel:
    """The model in a bundle; made by `read_packed_model`.

    Args:
        name: the run's name where it was packed.
        fingerprint: of its weights, see `model_fingerprint`.
        files: contents of `MODEL_FILES` by name.
    """

    name: str
    fingerprint: str
    files: Mapping[str, bytes]


def model_fingerprint(folder: Path) -> str:
    """SHA-256 of a model's weights: that of the same name elsewhere may be another one.

    Raises:
        OSError: the weights cannot be read.
    """
    with open(folder / BEST_FILE, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def packed_files(folder: Path) -> list[Path]:
    """The files of a run's folder that are packed; a link could be to any file of this machine, and is not."""
    return [folder / name for name in MODEL_FILES if (folder / name).is_file() and not (folder / name).is_symlink()]


def read_packed_model(path: Path) -> PackedModel | None:
    """The model in a bundle, which is not installed yet; None if there is none, or the archive is no bundle.

    Raises:
        RecordingError: the archive is damaged, holds too much, or files that no bundle has.
        CheckpointError: the model is incomplete, or not the one that the bundle names.
    """
    about = read_bundle_about(path)
    files = read_bundle_folder(path, MODEL_FOLDER, MODEL_FILES) if about else {}
    if not files:
        return None
    if missing := [name for name in MODEL_FILES if name not in files]:
        raise CheckpointError(f"{path.name}: the model in the bundle lacks {', '.join(missing)}")
    try:
        named = _ModelName.model_validate(about.get("checkpoint"))
    except ValueError:
        raise CheckpointError(f"{path.name}: the bundle does not say which model it carries") from None
    if hashlib.sha256(files[BEST_FILE]).hexdigest() != named.fingerprint:
        raise CheckpointError(f"{path.name}: the weights in the bundle are not those that it names: it is damaged")
    return PackedModel(named.name, named.fingerprint, files)


def is_installed(model: PackedModel, name: str = "") -> bool:
    """Whether the same weights are here already under a name, by default the model's own.

    Raises:
        RunError: the name cannot be used, or a run of this name has other weights.
    """
    name = validate_name(name or model.name)
    folder = next((folder / name for folder in run_folders() if (folder / name).is_dir()), None)
    if folder is None:
        return False
    try:
        if model_fingerprint(folder) == model.fingerprint:
            return True
    except OSError:  # it has no weights, or may not be read
        pass
    raise RunError(
        f"a model called {name!r} with other weights is here already, so the one in the bundle is not installed"
    )


def install_model(model: PackedModel, name: str = "") -> bool:
    """Add the model of a bundle to the user's runs.

    Args:
        model: the model.
        name: what it is called here; by default as it was.

    Returns:
        Whether it is new; false if the same weights were here under this name.

    Raises:
        RunError: the name cannot be used, is that of a run with other weights, or nothing can be written.
        CheckpointError: the model is damaged, or no model of this program.
    """
    from mariel.training.checkpoints import load_checkpoint  # noqa: PLC0415 - torch, for bundles that carry a model
    from mariel.training.run_folder.status import RunStatus  # noqa: PLC0415
    from mariel.training.runs import Run, move_run  # noqa: PLC0415

    if is_installed(model, name):
        return False
    target = runs_folder() / validate_name(name or model.name)
    temporary = target.with_name(f".new-{uuid.uuid4().hex}")
    try:
        temporary.mkdir(parents=True)
    except OSError as error:
        raise write_error(target, error) from error
    try:
        for file, content in model.files.items():
            write_atomically(temporary / file, content)
        try:
            checkpoint = load_checkpoint(temporary)
        except CheckpointError as error:
            message = str(error).replace(str(temporary), "model")
            raise CheckpointError(f"the model in the bundle cannot be used: {message}") from None
        run = Run.open(temporary)
        if run.settings.data.data.startswith(_NETWORK_PATHS):  # opening it would contact another machine
            raise CheckpointError("the model in the bundle names recordings on another machine")
        run.write_status(
            RunStatus(state="finished", reason="installed from a bundle", progress=1.0, epoch=checkpoint.epoch)
        )
        move_run(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return True
