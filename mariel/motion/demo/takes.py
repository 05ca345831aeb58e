"""The demo dancer's takes on disk, in the raw layout of real recordings, cached after the first use."""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.files import cache_folder
from mariel.motion.arrays import open_npy_array
from mariel.motion.demo.choreography import TAKES, choreograph_with_score
from mariel.motion.demo.timeline import ScoreEntry
from mariel.motion.mariel_markers import RAW_LABELS
from mariel.motion.text_files import read_json
from mariel.progress import Progress

VERSION = 4
"""Increased whenever the same seed gives another take, so that older files are generated again."""
KIND = "synthetic demo dancer"
SCORE_FILE = "demo.json"


def demo_folder(cache: Path | None = None, seed: int = 0, *, progress: Progress | None = None) -> Path:
    """A folder with the six takes of the demo dancer, generated on first use and kept.

    The files are written to a temporary folder that is renamed when complete, so no other process reads an
    incomplete one. They are generated again if the seed or VERSION differs, or a file is missing or cut short.

    Args:
        cache: a folder to keep them in; by default `cache_folder()`, or the system's temporary folder if that
            cannot be written.
        seed: seed of the choreography.
        progress: called with a take's name and the share of takes done, before each take and at the end.

    Raises:
        RecordingError: no folder can be written.
    """
    name = f"demo-dancer-{VERSION}-{seed}"
    roots = [Path(cache)] if cache is not None else [cache_folder(), Path(tempfile.gettempdir()) / "mariel"]
    for root in roots:
        folder = root / name
        if _is_complete(folder, seed):
            return folder
    failure: OSError | None = None
    for root in roots:
        try:
            root.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=root))
        except OSError as error:
            failure = error
            continue
        try:
            _write_takes(temporary, seed, progress)
            return _move_into_place(temporary, root / name, seed)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    raise RecordingError(f"the demo dancer cannot be saved in {' or '.join(map(str, roots))}: {failure}") from failure


def is_demo_folder(path: str | Path) -> bool:
    """Whether a folder (or the folder of a file) holds the synthetic demo dancer's takes."""
    try:
        return _read_description(Path(path)).get("kind") == KIND
    except RecordingError:
        return False


def read_score(path: str | Path) -> dict[str, list[ScoreEntry]]:
    """The movements of each take of a demo folder; frames count from the first one after the padding.

    Raises:
        RecordingError: the folder is not the demo dancer's, or its description is damaged.
    """
    if not is_demo_folder(path):
        raise RecordingError(f"no demo dancer in '{path}': expected a {SCORE_FILE} of kind {KIND!r}")
    try:
        takes = _read_description(Path(path))["takes"]
        return {name: [ScoreEntry(*entry) for entry in take["score"]] for name, take in takes.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise RecordingError(f"{SCORE_FILE} in '{path}' is damaged: expected the movements of each take") from error


def _read_description(path: Path) -> dict:
    """The description of a demo folder. Raises RecordingError if there is none that can be read."""
    folder = path if path.is_dir() else path.parent
    found = read_json(folder / SCORE_FILE)
    return found if isinstance(found, dict) else {}


def _is_complete(folder: Path, seed: int) -> bool:
    """Whether a folder contains every file of this version and seed, none cut short."""
    try:
        description = _read_description(folder)
        if (description.get("kind"), description.get("version"), description.get("seed")) != (KIND, VERSION, seed):
            return False
        for name, take in TAKES.items():
            raw = open_npy_array(folder / f"mariel_{name}.npy")
            if raw.shape != (len(RAW_LABELS), take.frames, 3) or raw.dtype != np.float32:
                return False
    except RecordingError:
        return False
    return True


def _write_takes(folder: Path, seed: int, progress: Progress | None) -> None:
    """Generate all takes of a seed and write them, with their description, into a folder."""
    description = {"kind": KIND, "about": "Generated, not captured.", "version": VERSION, "seed": seed, "takes": {}}
    for i, (name, take) in enumerate(TAKES.items()):
        if progress:
            progress(name, i / len(TAKES))
        positions, score = choreograph_with_score(name, seed)
        np.save(folder / f"mariel_{name}.npy", positions)
        entries = [[performed.movement, performed.frame, performed.side] for performed in score]
        description["takes"][name] = {"about": take.description, "score": entries}
    (folder / SCORE_FILE).write_text(json.dumps(description, indent=1), encoding="utf-8")
    if progress:
        progress("", 1.0)


def _move_into_place(temporary: Path, folder: Path, seed: int) -> Path:
    """Rename a finished folder to its final name; if another process finished first, use that one."""
    temporary.chmod(0o755)
    for _ in range(3):
        try:
            temporary.rename(folder)
            return folder
        except OSError:
            if _is_complete(folder, seed):
                return folder
            # A damaged folder has that name: rename it away in one step, then try again.
            try:
                damaged = Path(tempfile.mkdtemp(prefix=f"{folder.name}.old.", dir=folder.parent))
                folder.rename(damaged / folder.name)
                shutil.rmtree(damaged, ignore_errors=True)
            except FileNotFoundError:
                continue
    raise RecordingError(f"the demo dancer cannot be saved in '{folder}': another process keeps writing there")
