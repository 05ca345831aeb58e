"""Runs: one training each, with a folder that contains everything about it.

    run.json             settings, time of creation, and the run it was derived from
    data.json            fingerprint of its recordings, their markers and frame rate
    preprocessing.json   how they were prepared
    metrics.jsonl        one epoch result per line
    status.json          its state and progress
    best.safetensors     the weights with the lowest validation loss
    last.safetensors     the latest weights, with what is needed to resume training
    preview.npz          a validation phrase and its reconstruction
    analysis.npz         what pages show of the model, computed once, see `mariel.training.stored_analysis`
    lock                 locked by the process that trains the run or has it in its queue

Only the process that holds the lock writes files other than `run.json`. Every file is replaced atomically, so that
other processes can read it at any time. A folder may come from anywhere: whatever it contains, opening and reading it
raises nothing but a CheckpointError.
"""

import os
import shutil
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from mariel.data.preprocessing import Preprocessing
from mariel.errors import CheckpointError, MarielError, RunError
from mariel.files import (
    hold_lock,
    is_locked,
    json_bytes,
    read_file,
    run_folders,
    runs_folder,
    shipped_runs_folder,
    write_atomically,
    write_error,
)
from mariel.motion.marker_set import MarkerSet
from mariel.motion.names import DEMO
from mariel.training.run_folder import names
from mariel.training.run_folder.archive import zip_folder
from mariel.training.run_folder.records import (
    FORMAT,
    VERSION,
    DataDescription,
    PreprocessingRecord,
    parse_description,
)
from mariel.training.run_folder.results import EpochResult, read_metrics
from mariel.training.run_folder.status import ACTIVE_STATES, MAX_REASON_LETTERS, RunStatus
from mariel.training.run_folder.validation_example import ValidationExample, read_validation_example
from mariel.training.settings import RunSettings

MAX_JSON_BYTES = 16 * 2**20
"""Bytes of a run's JSON file that are read at most."""

_RUN_FILES = (names.RUN_FILE, names.STATUS_FILE, names.METRICS_FILE, names.BEST_FILE, names.LAST_FILE)


@dataclass(frozen=True, eq=False)
class Run:
    """One training and its folder; made by `Run.create` or `Run.open`.

    Args:
        folder: the run's folder; its name is the run's name.
        settings: all its settings.
        created: when it was created, ISO 8601 in UTC.
        parent: name of the run it was derived from, if any.
    """

    folder: Path
    settings: RunSettings
    created: str
    parent: str | None = None

    @classmethod
    def create(cls, root: str | Path | None, name: str, settings: RunSettings, *, parent: str | None = None) -> "Run":
        """Create a new run's folder atomically; its status is "stopped" until it is queued or trained.

        The path of its recordings is made absolute, so that the run can be resumed from any working directory.

        Args:
            root: the folder of runs, created if missing; `runs_folder()` if None.
            name: letters, digits, spaces, and - _ . between them; not taken yet.
            settings: all its settings.
            parent: name of the run it is derived from.

        Raises:
            RunError: the name is invalid or taken, or the folder cannot be written.
        """
        root = runs_folder() if root is None else Path(root)
        name = names.validate_name(name)
        data = settings.data.data
        if data != DEMO:
            data = os.path.abspath(os.path.expanduser(data))
        settings = settings.replace(data=settings.data.replace(data=data))
        run = cls(root / name, settings, datetime.now(UTC).isoformat(timespec="milliseconds"), parent)
        temporary = root / f".new-{uuid.uuid4().hex}"
        try:
            root.mkdir(parents=True, exist_ok=True)
            temporary.mkdir()
        except OSError as error:
            raise write_error(temporary.parent, error) from error
        try:
            created = replace(run, folder=temporary)
            created._write_description()
            created.write_status(RunStatus(state="stopped", reason="not started yet"))
            move_run(temporary, run.folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return run

    @classmethod
    def open(cls, folder: str | Path) -> "Run":
        """The run of a folder, of this version or an older one. Only its description is read.

        Raises:
            CheckpointError: the folder is not a run's, or its description is damaged; the message names the file.
        """
        try:
            folder = Path(folder).expanduser()
        except (RuntimeError, ValueError) as error:  # such as the home folder of a user who does not exist
            raise CheckpointError(f"'{folder}': {error}") from error
        path = folder / names.RUN_FILE
        description, settings = parse_description(read_file(path, MAX_JSON_BYTES), f"'{path}'")
        return cls(folder, settings, description.created, description.parent)

    @property
    def name(self) -> str:
        """The run's name: its folder's name."""
        return self.folder.name

    def __repr__(self) -> str:
        return f"Run({self.name!r}, {self.settings.model.kind}, {self.status().state})"

    def status(self) -> RunStatus:
        """The run's status; "interrupted" if it is stored as running, paused or queued and its process has ended."""
        status = self._stored_status()
        if status.state in ACTIVE_STATES and not self.is_locked():
            status = self._stored_status()  # it may have ended between reading and checking the lock
            if status.state in ACTIVE_STATES:
                action = "queued" if status.state == "queued" else "trained"
                return status.replace(state="interrupted", reason=f"the process that {action} it has ended")
        return status

    def _stored_status(self) -> RunStatus:
        path = self.folder / names.STATUS_FILE
        try:
            return RunStatus.from_json(read_file(path, MAX_JSON_BYTES), f"'{path}'")
        except CheckpointError:
            return RunStatus(state="interrupted", reason="its status file is missing or damaged")

    def write_status(self, status: RunStatus) -> RunStatus:
        """Write the run's status; returns it with process ID and time filled in.

        Raises:
            WriteError: the file cannot be written.
        """
        reason = status.reason[:MAX_REASON_LETTERS]
        status = status.replace(reason=reason, pid=os.getpid(), updated=datetime.now(UTC).timestamp())
        durable = status.state not in ("running", "paused")
        write_atomically(self.folder / names.STATUS_FILE, json_bytes(status.to_dict()), durable=durable)
        return status

    @property
    def is_shipped(self) -> bool:
        """Whether the run comes with the program and lies in the program's own folder, which is never changed."""
        folder = self.folder.absolute().parent
        return folder == shipped_runs_folder() and folder != runs_folder()

    def is_locked(self) -> bool:
        """Whether a process holds the run's lock, that is, trains the run or has it in its queue."""
        return is_locked(self.folder / "lock")

    def lock(self) -> AbstractContextManager[None]:
        """Hold the run's lock while the block runs: nobody else writes the run.

        Raises:
            RunError: another process writes it, its folder is gone, or it comes with the program.
        """
        if self.is_shipped:
            raise RunError(f"the run {self.name!r} comes with the program and cannot be changed")
        return hold_lock(self.folder / "lock", f"the run {self.name!r}")

    def metrics(self, *, skip_damaged: bool = False) -> list[EpochResult]:
        """Its epoch results, in order; an incomplete last line, left by a killed process, is ignored.

        Args:
            skip_damaged: leave out damaged lines, and a log that cannot be read at all.

        Raises:
            CheckpointError: another line is damaged; the message names file and line. Never if `skip_damaged`.
        """
        return read_metrics(self.folder / names.METRICS_FILE, skip_damaged=skip_damaged)

    def validation_example(self) -> ValidationExample | None:
        """A validation phrase and its latest reconstruction; None before the first validation.

        Raises:
            CheckpointError: the file is damaged.
        """
        path = self.folder / names.VALIDATION_EXAMPLE_FILE
        if not os.path.exists(path) or self.marker_set is None or self.fps is None:
            return None
        return read_validation_example(path, self.marker_set, self.fps)

    def problems(self) -> list[str]:
        """What is damaged in the run's folder, apart from its weights; empty for a sound run.

        Such a run can be used as far as it goes: without its curves, its example, or its model.
        """
        found = []
        for read in (self.metrics, self.validation_example, self.fingerprint, self._preprocessing_if_written):
            try:
                read()
            except CheckpointError as error:
                found.append(str(error))
        return list(dict.fromkeys(found))

    @property
    def _data_description(self) -> DataDescription | None:
        """None before the training has written the file, for a run may be opened and watched before that."""
        return self._read_data_description if os.path.exists(self.folder / names.DATA_FILE) else None

    @cached_property
    def _read_data_description(self) -> DataDescription:
        path = self.folder / names.DATA_FILE
        return DataDescription.from_json(read_file(path, MAX_JSON_BYTES), f"'{path}'")

    def fingerprint(self) -> dict | None:
        """The fingerprint of its recordings, see `mariel.training.run_folder.fingerprints`; None before it started.

        Raises:
            CheckpointError: the file is damaged.
        """
        description = self._data_description
        return None if description is None else description.model_dump(include={"takes"})

    @property
    def marker_set(self) -> MarkerSet | None:
        """Its phrases' markers, None before it started. Raises CheckpointError if `data.json` is damaged."""
        description = self._data_description  # in which the marker set has been checked
        return None if description is None else description.marker_set.marker_set()

    @property
    def fps(self) -> float | None:
        """Frames per second of its phrases, None before it started. Raises CheckpointError like `marker_set`."""
        return self._data_description.fps if self._data_description else None

    @property
    def resampled(self) -> str:
        """Which recordings were resampled, in words; empty if none. Raises CheckpointError like `marker_set`."""
        return self._data_description.resampled_text if self._data_description else ""

    def preprocessing(self) -> Preprocessing:
        """How its recordings were prepared.

        Raises:
            CheckpointError: the file is missing or damaged.
        """
        path = self.folder / names.PREPROCESSING_FILE
        record = PreprocessingRecord.from_json(read_file(path, MAX_JSON_BYTES), f"'{path}'")
        try:
            return record.preprocessing()
        except MarielError as error:
            raise CheckpointError(f"'{path}': {error}") from error

    def _preprocessing_if_written(self) -> None:
        if os.path.exists(self.folder / names.PREPROCESSING_FILE):
            self.preprocessing()

    def write_data(self, takes: Mapping, marker_set: MarkerSet, fps: float, preprocessing: Preprocessing) -> None:
        """Write what is known once its recordings are loaded: their fingerprint, markers and preprocessing.

        With the fingerprint may come "resampled", see `DataDescription`. Raises WriteError if it cannot be written.
        """
        write_atomically(self.folder / names.PREPROCESSING_FILE, json_bytes(preprocessing.to_dict()))
        data = {**takes, "marker_set": marker_set.to_dict(), "fps": float(fps)}
        write_atomically(self.folder / names.DATA_FILE, json_bytes(data))
        self.__dict__.pop("_read_data_description", None)  # what an older file said

    def rename(self, name: str) -> "Run":
        """Rename the run, also where other runs name it as their parent.

        Raises:
            RunError: the name is invalid or taken, or a process writes the run.
        """
        name = names.validate_name(name)
        if name == self.name:
            return self
        self._check_unlocked()
        renamed = replace(self, folder=self.folder.with_name(name))
        move_run(self.folder, renamed.folder)
        for child in list_runs(self.folder.parent):
            if child.parent == self.name and not child.is_shipped:
                replace(child, parent=name)._write_description()
        return renamed

    def delete(self) -> None:
        """Delete the run's folder.

        Raises:
            RunError: a process writes it, or it cannot be deleted.
        """
        self._check_unlocked()
        temporary = self.folder.with_name(f".deleted-{uuid.uuid4().hex}")
        move_run(self.folder, temporary)
        for folder in (temporary, *self.folder.parent.glob(".deleted-*")):  # also leftovers of killed processes
            if folder.is_symlink():
                folder.unlink(missing_ok=True)
            else:
                shutil.rmtree(folder, ignore_errors=True)

    def zip_bytes(self) -> bytes:
        """The run's folder as a zip file, see `zip_folder`.

        Raises:
            RunError: a process writes it, or it cannot be read.
        """
        if self.is_locked():
            raise RunError(f"the run {self.name!r} is being written; stop it first")
        return zip_folder(self.folder, self.name)

    def _check_unlocked(self) -> None:
        with self.lock():  # not held while moving: Windows cannot move a folder with an open file
            pass

    def _write_description(self) -> None:
        description = {
            "format": FORMAT,
            "version": VERSION,
            "created": self.created,
            "parent": self.parent,
            "settings": self.settings.to_dict(),
        }
        write_atomically(self.folder / names.RUN_FILE, json_bytes(description))


def list_runs(root: str | Path | None = None) -> list[Run]:
    """The runs in a folder that can be opened, newest first; in the user's folder also those of the program."""
    return sorted(_scan_runs(root)[0], key=lambda run: (run.created, run.name), reverse=True)


def broken_runs(root: str | Path | None = None) -> list[tuple[Path, str]]:
    """Folders of damaged runs, each with the reason it cannot be opened."""
    return _scan_runs(root)[1]


def find_run(name: str, root: str | Path | None = None) -> Run:
    """The run of a name, among those that `list_runs` lists.

    Raises:
        CheckpointError: there is no such run, or it is damaged.
    """
    folders = run_folders(root)
    if not name or name != os.path.basename(name) or name in (os.curdir, os.pardir):
        raise CheckpointError(f"there is no run {name[:80]!r}")
    return Run.open(next((folder / name for folder in folders if os.path.isdir(folder / name)), folders[0] / name))


def _scan_runs(root: str | Path | None) -> tuple[list[Run], list[tuple[Path, str]]]:
    runs: dict[str, Run] = {}
    broken = []
    for root_folder in run_folders(root):
        for folder in _subfolders(root_folder):
            if folder.name in runs or not any(os.path.isfile(folder / file) for file in _RUN_FILES):
                continue
            try:
                folder.name.encode()
                runs[folder.name] = Run.open(folder)
            except CheckpointError as error:
                broken.append((folder, str(error)))
            except UnicodeEncodeError:
                printable = Path(os.fsencode(folder).decode("utf-8", "replace"))
                broken.append((printable, "the folder's name is not valid UTF-8"))
    return list(runs.values()), broken


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    except OSError:  # it is missing, or may not be read
        return []


def move_run(folder: Path, target: Path) -> None:
    """Move a run's folder to a new path; an existing one is an error."""
    taken = RunError(f"a run {target.name!r} already exists")
    if target.exists():
        raise taken
    try:
        os.rename(folder, target)
    except OSError as error:
        if target.exists():
            raise taken from error
        raise write_error(target, error) from error
