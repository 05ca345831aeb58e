"""A run: one training, with its folder, which holds all there is to know of it.

    run.json             settings, when it was made, and the run it came from
    data.json            what its recordings were, their markers and frame rate
    preprocessing.json   how they were prepared
    metrics.jsonl        an epoch result a line
    status.json          where it stands
    best.safetensors     the weights that did best on validation phrases
    last.safetensors     the latest weights, with all that is needed to go on from them
    preview.npz          a validation phrase beside its reconstruction
    lock                 held by the process that writes the run

Only the process that holds the lock writes anything but `run.json` and a queued run's `status.json`; every file is
replaced whole, so that others can read at any time.
"""

import io
import json
import os
import re
import shutil
import unicodedata
import uuid
import zipfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from mariel.data.preprocessing import Preprocessing
from mariel.errors import CheckpointError, MarielError, RunError
from mariel.files import as_json, cannot_write, is_alive, is_locked, locked, read_json, write_atomically
from mariel.motion.io.loading import DEMO
from mariel.motion.marker_set import MarkerSet
from mariel.training.previews import Preview, read_preview
from mariel.training.results import EpochResult
from mariel.training.settings import RunSettings
from mariel.training.status import ACTIVE, RunStatus

ROOT_VARIABLE = "MARIEL_CHECKPOINTS"
"""The environment variable that says where runs are kept."""

FAVOURITES = "favourites"
"""The folder among the runs in which dances are kept, see `mariel.generation.favourites`; no run may be called so."""

METRICS = "metrics.jsonl"
"""The log of epoch results in a run's folder."""

_VERSION = 1
_LONGEST_NAME = 80
_NAME = re.compile(r"[\w\-. ]+")
_FILES = ("run.json", "status.json", METRICS, "best.safetensors", "last.safetensors")


def runs_root() -> Path:
    """The folder of runs: `checkpoints` beside the package, or what the environment's MARIEL_CHECKPOINTS says."""
    named = os.environ.get(ROOT_VARIABLE)
    return Path(named).expanduser() if named else Path(__file__).resolve().parents[2] / "checkpoints"


@dataclass(frozen=True, eq=False)
class Run:
    """One training and its folder; made by `Run.create` or `Run.open`.

    Args:
        folder: where it is; its name is the run's.
        settings: everything it was told.
        created: when it was made, ISO 8601 in UTC.
        parent: the name of the run it came from, if any.
    """

    folder: Path
    settings: RunSettings
    created: str
    parent: str | None = None

    @classmethod
    def create(cls, root: str | Path | None, name: str, settings: RunSettings, *, parent: str | None = None) -> "Run":
        """Make a new run's folder, whole or not at all; its status is "queued".

        A path of recordings is kept as an absolute one, so that the run can be gone on with from anywhere.

        Args:
            root: the folder of runs, made if it is not there; `runs_root()` if None.
            name: letters, digits, spaces, and - _ . between them; not taken.
            settings: everything it is told.
            parent: the name of the run it comes from.

        Raises:
            RunError: the name cannot be used or is taken, or the folder cannot be written.
        """
        root = runs_root() if root is None else Path(root)
        name = checked_name(name)
        data = settings.data.data
        if data != DEMO:
            data = os.path.abspath(os.path.expanduser(data))
        settings = replace(settings, data=replace(settings.data, data=data))
        run = cls(root / name, settings, datetime.now(UTC).isoformat(timespec="milliseconds"), parent)
        aside = root / f".new-{uuid.uuid4().hex}"
        try:
            root.mkdir(parents=True, exist_ok=True)
            aside.mkdir()
        except OSError as error:
            raise cannot_write(aside.parent, error) from error
        try:
            made = replace(run, folder=aside)
            made._write_description()
            made.write_status(RunStatus("queued"))
            _move(aside, run.folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return run

    @classmethod
    def open(cls, folder: str | Path) -> "Run":
        """The run of a folder.

        Raises:
            CheckpointError: the folder is not a run's, or its description is damaged; the message names the file.
        """
        folder = Path(folder).expanduser()
        path = folder / "run.json"
        data = read_json(path)
        if not isinstance(data, Mapping) or data.get("format") != "mariel run":
            raise CheckpointError(f"'{path}' does not describe a run of this program")
        if data.get("version") != _VERSION:
            raise CheckpointError(f"'{path}': expected version {_VERSION}, found {data.get('version')}")
        parent = data.get("parent")
        if not isinstance(data.get("created"), str) or not isinstance(parent, str | None):
            raise CheckpointError(f"'{path}': expected words in 'created' and 'parent'")
        try:
            settings = RunSettings.from_dict(data.get("settings"))
        except (MarielError, TypeError) as error:
            raise CheckpointError(f"'{path}': {error}") from error
        return cls(folder, settings, data["created"], parent)

    @property
    def name(self) -> str:
        """Its name: its folder's."""
        return self.folder.name

    def __repr__(self) -> str:
        return f"Run({self.name!r}, {self.settings.model.kind}, {self.status().state})"

    def status(self) -> RunStatus:
        """Where it stands; "interrupted" where it says that it runs, or waits to, and its process has ended."""
        status = self._written_status()
        if status.state in ACTIVE and not self.is_written():
            status = self._written_status()  # it may have ended between the two looks
            if status.state in ACTIVE:
                return replace(status, state="interrupted", reason="the process that trained it has ended")
        if status.state == "queued" and not is_alive(status.pid):
            return replace(status, state="interrupted", reason="the process that queued it has ended")
        return status

    def _written_status(self) -> RunStatus:
        try:
            return RunStatus.from_dict(read_json(self.folder / "status.json"))
        except CheckpointError:
            return RunStatus("interrupted", "its status is missing or damaged")

    def write_status(self, status: RunStatus) -> RunStatus:
        """Say where it stands; gives the status with process and time filled in.

        Raises:
            RunError: it cannot be written.
        """
        status = replace(status, pid=os.getpid(), updated=datetime.now(UTC).timestamp())
        write_atomically(self.folder / "status.json", as_json(status.to_dict()), durable=status.state not in ACTIVE)
        return status

    def is_written(self) -> bool:
        """Whether a process holds its lock."""
        return is_locked(self.folder / "lock")

    def writing(self) -> AbstractContextManager[None]:
        """Be the only one to write it, for the while.

        Raises:
            RunError: another process writes it, or it is gone.
        """
        return locked(self.folder / "lock", f"the run {self.name!r}")

    def metrics(self) -> list[EpochResult]:
        """Its epoch results, in order; a line that a killed process left torn at the end does not count.

        Raises:
            CheckpointError: another line is damaged; the message names file and line.
        """
        path = self.folder / METRICS
        try:
            lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        except OSError as error:
            raise CheckpointError(f"cannot read '{path}': {error.strerror or error}") from error
        results = {}
        for number, line in enumerate(lines, 1):
            try:
                result = EpochResult.from_dict(json.loads(line))
            except (ValueError, CheckpointError) as error:
                raise CheckpointError(f"'{path}', line {number} is damaged: {error}") from error
            results[result.epoch] = result
        return [results[epoch] for epoch in sorted(results)]

    def preview(self) -> Preview | None:
        """A validation phrase beside its latest reconstruction, None before there is one.

        Raises:
            CheckpointError: the file is damaged.
        """
        path = self.folder / "preview.npz"
        if not path.exists() or self.marker_set is None:
            return None
        return read_preview(path, self.marker_set, self.fps)

    @cached_property
    def _data(self) -> dict | None:
        path = self.folder / "data.json"
        if not path.exists():
            return None
        data = read_json(path)
        if not isinstance(data, dict) or not {"takes", "marker_set", "fps"} <= set(data):
            raise CheckpointError(f"'{path}': expected takes, marker_set and fps")
        return data

    def fingerprint(self) -> dict | None:
        """What its recordings were, see `mariel.training.fingerprints`; None before it began.

        Raises:
            CheckpointError: the file is damaged.
        """
        return None if self._data is None else {"takes": self._data["takes"]}

    @property
    def marker_set(self) -> MarkerSet | None:
        """Its phrases' markers, None before it began."""
        if self._data is None:
            return None
        try:
            return MarkerSet.from_dict(self._data["marker_set"])
        except MarielError as error:
            raise CheckpointError(f"'{self.folder / 'data.json'}': marker_set: {error}") from error

    @property
    def fps(self) -> float | None:
        """Its phrases' frames a second, None before it began."""
        return None if self._data is None else float(self._data["fps"])

    def preprocessing(self) -> Preprocessing:
        """How its recordings were prepared.

        Raises:
            CheckpointError: the file is missing or damaged.
        """
        try:
            return Preprocessing.load(self.folder / "preprocessing.json")
        except MarielError as error:
            raise CheckpointError(str(error)) from error

    def write_data(self, takes: Mapping, marker_set: MarkerSet, fps: float, preprocessing: Preprocessing) -> None:
        """Keep what is known once its recordings are open: their fingerprint, markers and preprocessing.

        Raises:
            RunError: it cannot be written.
        """
        write_atomically(self.folder / "preprocessing.json", as_json(preprocessing.to_dict()))
        data = {**takes, "marker_set": marker_set.to_dict(), "fps": float(fps)}
        write_atomically(self.folder / "data.json", as_json(data))
        self.__dict__.pop("_data", None)

    def rename(self, name: str) -> "Run":
        """Give it another name, also where other runs say that they come from it.

        Raises:
            RunError: the name cannot be used or is taken, or a process writes the run.
        """
        name = checked_name(name)
        if name == self.name:
            return self
        self._check_free()
        renamed = replace(self, folder=self.folder.with_name(name))
        _move(self.folder, renamed.folder)
        for child in list_runs(self.folder.parent):
            if child.parent == self.name:
                replace(child, parent=name)._write_description()
        return renamed

    def delete(self) -> None:
        """Delete its folder.

        Raises:
            RunError: a process writes it, or it cannot be deleted.
        """
        self._check_free()
        aside = self.folder.with_name(f".deleted-{uuid.uuid4().hex}")
        _move(self.folder, aside)
        for left in (aside, *self.folder.parent.glob(".deleted-*")):  # also what a killed process has left
            shutil.rmtree(left, ignore_errors=True)

    def write_zip(self, path: str | Path) -> None:
        """Write its folder to a zip file, which is there whole or not at all.

        Raises:
            RunError: a process writes it, or the file cannot be written.
        """
        write_atomically(path, self.zip_bytes())

    def zip_bytes(self) -> bytes:
        """Its folder as a zip file.

        Raises:
            RunError: a process writes it, or it cannot be read.
        """
        if self.is_written():
            raise RunError(f"the run {self.name!r} is being written; stop it first")
        buffer = io.BytesIO()
        try:
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                for file in sorted(self.folder.iterdir()):
                    if file.is_file() and file.name != "lock" and not file.name.startswith("."):
                        archive.write(file, f"{self.name}/{file.name}")
        except OSError as error:
            raise RunError(f"cannot read '{self.folder}': {error.strerror or error}") from error
        return buffer.getvalue()

    def _check_free(self) -> None:
        with self.writing():  # not held while moving: Windows moves no folder with an open file
            pass

    def _write_description(self) -> None:
        description = {
            "format": "mariel run",
            "version": _VERSION,
            "created": self.created,
            "parent": self.parent,
            "settings": self.settings.to_dict(),
        }
        write_atomically(self.folder / "run.json", as_json(description))


def list_runs(root: str | Path | None = None) -> list[Run]:
    """The runs of a folder that can be opened, newest first."""
    return sorted(_found(root)[0], key=lambda run: (run.created, run.name), reverse=True)


def broken_runs(root: str | Path | None = None) -> list[tuple[Path, str]]:
    """Folders of runs that cannot be opened, and why."""
    return _found(root)[1]


def _found(root: str | Path | None) -> tuple[list[Run], list[tuple[Path, str]]]:
    root = runs_root() if root is None else Path(root)
    runs, broken = [], []
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        if folder.name.startswith(".") or not any((folder / file).is_file() for file in _FILES):
            continue
        try:
            runs.append(Run.open(folder))
        except CheckpointError as error:
            broken.append((folder, str(error)))
    return runs, broken


def checked_name(name: str, what: str = "run") -> str:
    """A run's name, or that of something else that is kept in a file or folder, without spaces around it.

    Raises:
        RunError: it cannot be used.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not _NAME.fullmatch(name) or name.startswith(".") or name.endswith("."):
        raise RunError(
            f"a {what}'s name is of letters, digits, spaces, and - _ . between them (got {name!r})"
            if name
            else f"a {what} needs a name"
        )
    if len(name.encode()) > _LONGEST_NAME:
        raise RunError(f"a {what}'s name has at most {_LONGEST_NAME} letters (got {len(name)})")
    if what == "run" and name.casefold() == FAVOURITES:
        raise RunError(f"no run can be called {name!r}: dances that were kept are in a folder of that name")
    return name


def _move(folder: Path, target: Path) -> None:
    """Move a run's folder to a name that is not taken."""
    taken = RunError(f"there is a run {target.name!r} already")
    if target.exists():
        raise taken
    try:
        os.rename(folder, target)
    except OSError as error:
        if target.exists():
            raise taken from error
        raise cannot_write(target, error) from error
