"""Dances somebody wants to keep: each a file of its own beside the runs, there whole or not at all.

    favourites/NAME.npz
      positions   (frames, markers, 3) float32, metres, z up
      about       JSON: when it was kept, markers, frame rate, and the recipe by which it was made

A favourite is watched from its file, so it outlives the model and the recordings that it came from. Nothing is ever
unpickled.
"""

import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from mariel.errors import CheckpointError, MarielError, RunError
from mariel.files import cannot_write, sweep_partials, write_atomically
from mariel.generation.credits import with_source
from mariel.motion.marker_set import MarkerSet
from mariel.training.runs import FAVOURITES, checked_name, runs_root

LARGEST = 512 * 2**20
"""Bytes of one array in a favourite's file; more is damage, or somebody's joke."""

_FORMAT, _VERSION = "mariel favourite", 1
_DAMAGE = (
    OSError, EOFError, ValueError, TypeError, KeyError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What reading a file may raise that is no .npz, or a damaged, encrypted or malicious one."""


@dataclass(frozen=True, eq=False)
class Favourite:
    """A dance that was kept; made by `keep`, found by `favourites`.

    Args:
        path: its file, whose name without `.npz` is the favourite's.
        kept: when, ISO 8601 in UTC.
        marker_set: its markers.
        fps: frames a second.
        recipe: how it was made, in plain words and numbers: checkpoint and the data it has learned from, mode,
            temperature, seed and so on.
    """

    path: Path
    kept: str
    marker_set: MarkerSet
    fps: float
    recipe: Mapping

    @property
    def name(self) -> str:
        """Its name: its file's."""
        return self.path.stem

    @property
    def credit(self) -> str:
        """A sentence or two on what it is and where it comes from."""
        dancer = self.recipe.get("checkpoint", "nobody knows which")
        return with_source(
            f"{self.name}: danced by the model {dancer}; nobody has danced this.", str(self.recipe.get("data", ""))
        )

    @cached_property
    def positions(self) -> np.ndarray:
        """The dance, (frames, markers, 3) float32, metres, z up; read when it is first asked for.

        Raises:
            CheckpointError: the file is gone, damaged, or of other markers.
        """
        try:
            positions = _read(self.path, "positions")
        except _DAMAGE as error:
            raise _damaged(self.path, error) from error
        if positions.ndim != 3 or positions.shape[1:] != (len(self.marker_set), 3) or not len(positions):
            raise CheckpointError(
                f"'{self.path}': expected positions (frames, {len(self.marker_set)}, 3), found {positions.shape}"
            )
        if positions.dtype.kind != "f":
            raise CheckpointError(f"'{self.path}': expected positions in metres, found {positions.dtype}")
        return positions.astype(np.float32)

    def rename(self, name: str) -> "Favourite":
        """Give it another name.

        Raises:
            RunError: the name cannot be used or is taken, or the file cannot be moved.
        """
        name = checked_name(name, "favourite")
        if name == self.name:
            return self
        target = self.path.with_name(f"{name}.npz")
        _check_free(target)
        try:
            os.rename(self.path, target)
        except OSError as error:
            raise cannot_write(target, error) from error
        return replace(self, path=target)

    def delete(self) -> None:
        """Delete its file; one that is gone already is no trouble.

        Raises:
            RunError: it cannot be deleted.
        """
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self.path, error) from error


def keep(
    name: str,
    positions: np.ndarray,
    marker_set: MarkerSet,
    fps: float,
    recipe: Mapping,
    *,
    root: str | Path | None = None,
) -> Favourite:
    """Keep a dance under a name.

    Args:
        name: letters, digits, spaces, and - _ . between them; not taken.
        positions: (frames, markers, 3), metres, z up.
        marker_set: its markers.
        fps: frames a second.
        recipe: how it was made, of what JSON knows.
        root: the folder of runs, `runs_root()` if None; favourites have a folder of their own in it.

    Raises:
        RunError: the name cannot be used or is taken, or the file cannot be written.
    """
    folder = favourites_folder(root)
    path = folder / f"{checked_name(name, 'favourite')}.npz"
    _check_free(path)
    kept = datetime.now(UTC).isoformat(timespec="milliseconds")
    about = {
        "format": _FORMAT,
        "version": _VERSION,
        "kept": kept,
        "fps": float(fps),
        "marker_set": marker_set.to_dict(),
        "recipe": dict(recipe),
    }
    content = io.BytesIO()
    np.savez(content, positions=np.asarray(positions, np.float32), about=np.array(json.dumps(about)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    sweep_partials(folder)
    write_atomically(path, content.getvalue())
    return Favourite(path, kept, marker_set, float(fps), dict(recipe))


def favourites(root: str | Path | None = None) -> tuple[list[Favourite], list[tuple[Path, str]]]:
    """What was kept, newest first; and the files that cannot be used, each with the reason."""
    folder = favourites_folder(root)
    found, broken = [], []
    for path in sorted(folder.glob("*.npz")) if folder.is_dir() else []:
        if path.name.startswith("."):
            continue
        try:
            found.append(open_favourite(path))
        except CheckpointError as error:
            broken.append((path, str(error)))
    return sorted(found, key=lambda each: (each.kept, each.name), reverse=True), broken


def favourites_folder(root: str | Path | None = None) -> Path:
    """Where favourites are kept: beside the runs, in a folder that is not one."""
    return (runs_root() if root is None else Path(root)) / FAVOURITES


def open_favourite(path: Path) -> Favourite:
    """The favourite of a file.

    Raises:
        CheckpointError: it is none, or damaged; the message says which.
    """
    try:
        text = _read(path, "about")
        about = json.loads(str(text[()]))
        if text.dtype.kind != "U" or not isinstance(about, dict) or about.get("format") != _FORMAT:
            raise CheckpointError(f"'{path}' is not a favourite of this program")
        if about.get("version") != _VERSION:
            raise CheckpointError(f"'{path}': expected version {_VERSION}, found {about.get('version')}")
        kept, fps, recipe = str(about["kept"]), float(about["fps"]), about["recipe"]
        marker_set = MarkerSet.from_dict(about["marker_set"])
    except CheckpointError:
        raise
    except (*_DAMAGE, AttributeError, MarielError) as error:
        raise _damaged(path, error) from error
    if not isinstance(recipe, dict) or not 0 < fps < 10_000:
        raise CheckpointError(f"'{path}': expected a recipe and frames a second, found {fps} frames a second")
    return Favourite(path, kept, marker_set, fps, recipe)


def holds_favourite(path: str | Path) -> bool:
    """Whether a file is a favourite, sound or damaged beyond what it says of itself."""
    try:
        about = json.loads(str(_read(Path(path), "about")[()]))
    except _DAMAGE:
        return False
    return isinstance(about, dict) and about.get("format") == _FORMAT


def _read(path: Path, name: str) -> np.ndarray:
    """One array of an .npz file, which says how large it is before it is read."""
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(f"{name}.npy").file_size
        if size > LARGEST:
            raise ValueError(f"{name} would take {size / 2**20:,.0f} MB")
        return np.lib.format.read_array(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False)


def _damaged(path: Path, error: Exception) -> CheckpointError:
    return CheckpointError(f"'{path}' is damaged: {error}")


def _check_free(path: Path) -> None:
    if path.exists():
        raise RunError(f"there is a favourite {path.stem!r} already")
