"""The demo dancer's takes on disk, in the raw layout, so that everything downstream reads them as it reads any."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.demo.choreography import TAKES, dance
from mariel.motion.demo.timeline import Performed
from mariel.motion.mariel_markers import RAW_LABELS

VERSION = 4
"""Goes up whenever the same seed gives another dance, so that older files are made anew."""
KIND = "synthetic demo dancer"
SCORE_FILE = "demo.json"

Progress = Callable[[str, float], None]
"""Told the take that is being made and the share that is done."""


def cache_root() -> Path:
    """Where generated files are kept: $MARIEL_CACHE, else $XDG_CACHE_HOME/mariel, else ~/.cache/mariel."""
    if chosen := os.environ.get("MARIEL_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "mariel"


def demo_folder(cache: Path | None = None, seed: int = 0, *, progress: Progress | None = None) -> Path:
    """A folder with the six takes of the demo dancer, made on first use and kept.

    The files are written elsewhere and moved into place at once, so that nobody sees half of them. They are made
    anew when the seed or this version differs, or a file is missing or cut short.

    Args:
        cache: a folder to keep them in; by default `cache_root`, or the system's temporary folder if that cannot
            be written.
        seed: of the choreography.
        progress: called with a take's name and the share of takes done, before each take and at the end.
    """
    name = f"demo-dancer-{VERSION}-{seed}"
    roots = [Path(cache)] if cache is not None else [cache_root(), Path(tempfile.gettempdir()) / "mariel"]
    for root in roots:
        folder = root / name
        if _complete(folder, seed):
            return folder
    for root in roots:
        try:
            root.mkdir(parents=True, exist_ok=True)
            making = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=root))
        except OSError as error:
            refused = error
            continue
        try:
            _write(making, seed, progress)
            return _install(making, root / name, seed)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    raise RecordingError(f"the demo dancer cannot be kept in {' or '.join(map(str, roots))}: {refused}") from refused


def is_demo_folder(path: str | Path) -> bool:
    """Whether a folder (or the folder of a file) holds the synthetic demo dancer's takes."""
    try:
        return _description(Path(path)).get("kind") == KIND
    except (OSError, ValueError):
        return False


def read_score(path: str | Path) -> dict[str, list[Performed]]:
    """Which movements each take of a demo folder is made of; frames count from the first useful one.

    Raises:
        RecordingError: the folder is not the demo dancer's.
    """
    if not is_demo_folder(path):
        raise RecordingError(f"no demo dancer in '{path}': expected a {SCORE_FILE} that names a {KIND}")
    takes = _description(Path(path))["takes"]
    return {name: [Performed(*entry) for entry in take["score"]] for name, take in takes.items()}


def _description(path: Path) -> dict:
    folder = path if path.is_dir() else path.parent
    found = json.loads((folder / SCORE_FILE).read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def _complete(folder: Path, seed: int) -> bool:
    """Whether a folder holds every file, whole, of this version and seed."""
    try:
        description = _description(folder)
        if (description.get("kind"), description.get("version"), description.get("seed")) != (KIND, VERSION, seed):
            return False
        for name, take in TAKES.items():
            raw = np.load(folder / f"mariel_{name}.npy", mmap_mode="r", allow_pickle=False)
            if raw.shape != (len(RAW_LABELS), take.frames, 3) or raw.dtype != np.float32:
                return False
    except (OSError, ValueError):
        return False
    return True


def _write(folder: Path, seed: int, progress: Progress | None) -> None:
    description = {"kind": KIND, "about": "Generated, not captured.", "version": VERSION, "seed": seed, "takes": {}}
    for i, (name, take) in enumerate(TAKES.items()):
        if progress:
            progress(name, i / len(TAKES))
        positions, score = dance(name, seed)
        np.save(folder / f"mariel_{name}.npy", positions)
        entries = [[performed.movement, performed.frame, performed.side] for performed in score]
        description["takes"][name] = {"about": take.about, "score": entries}
    (folder / SCORE_FILE).write_text(json.dumps(description, indent=1), encoding="utf-8")
    if progress:
        progress("", 1.0)


def _install(making: Path, folder: Path, seed: int) -> Path:
    """Move a finished folder to its place; whoever else finished first is right too."""
    making.chmod(0o755)
    for _ in range(3):
        try:
            making.rename(folder)
            return folder
        except OSError:
            if _complete(folder, seed):
                return folder
            # A damaged folder is in the way: out with it in one move, then again.
            try:
                damaged = Path(tempfile.mkdtemp(prefix=f"{folder.name}.old.", dir=folder.parent))
                folder.rename(damaged / folder.name)
                shutil.rmtree(damaged, ignore_errors=True)
            except FileNotFoundError:
                continue
    raise RecordingError(f"the demo dancer cannot be put into '{folder}': something else keeps writing there")
