"""What has been computed from a run's weights and recordings, kept in its folder so that it is computed once.

One `.npz` file per run has the arrays of several parts, such as "map", each array as "part.name", and a digest of
what they were computed from. Results of other weights or recordings are not read.
"""

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from mariel.errors import CheckpointError, MarielError, RunError
from mariel.files import write_atomically
from mariel.motion.arrays import NpzArchive
from mariel.motion.demo.takes import VERSION as DEMO_VERSION
from mariel.motion.names import DEMO
from mariel.motion.recording import Recording
from mariel.training.run_folder.fingerprints import fingerprint
from mariel.training.run_folder.names import ANALYSIS_FILE, BEST_FILE, LAST_FILE
from mariel.training.runs import Run

Result = TypeVar("Result")

VERSION = 1
"""Increased whenever the same weights and recordings give other results, so that older files are not used."""

MAX_ARRAY_BYTES = 64 * 2**20
"""Bytes of one array that are read at most."""

_DIGEST = "digest"


def analysis_digest(run: Run, recordings: Mapping[str, Recording]) -> str:
    """A digest of all that results depend on: the weights, the recordings, and how these were divided.

    The demo dancer's takes count by their version: other processors may round their numbers differently.

    Args:
        run: a run that has weights.
        recordings: those that it was trained on, as they are now.

    Raises:
        CheckpointError: the weights cannot be read.
        RunError: a recording cannot be read.
    """
    data = run.settings.data
    takes = {"version": DEMO_VERSION} if data.data == DEMO else fingerprint(recordings)
    about = {"version": VERSION, "settings": data.model_dump(mode="json", exclude={"data"}), "recordings": takes}
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    path = run.folder / BEST_FILE
    path = path if path.exists() else run.folder / LAST_FILE
    try:
        with open(path, "rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    except OSError as error:
        raise CheckpointError(f"'{path}' cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()


def stored_or_computed(
    run: Run,
    recordings: Mapping[str, Recording],
    part: str,
    restore: Callable[[Mapping[str, np.ndarray]], Result | None],
    compute: Callable[[], tuple[Result, Mapping[str, np.ndarray]]],
) -> Result:
    """A result from the arrays of a part, or computed and stored where they are missing or of something else.

    Args:
        run: a run that has weights.
        recordings: those that it was trained on, as they are now.
        part: the name of the arrays' part.
        restore: makes the result of the arrays by name; gives None where they do not fit.
        compute: gives the result and the arrays to store.

    Raises:
        CheckpointError: the weights cannot be read.
        RunError: a recording cannot be read.
    """
    digest = analysis_digest(run, recordings)
    stored = restore(read_analysis(run, part, digest))
    if stored is not None:
        return stored
    computed, arrays = compute()
    write_analysis(run, part, digest, arrays)
    return computed


def read_analysis(run: Run, part: str, digest: str) -> dict[str, np.ndarray]:
    """The arrays of a part by name; empty if they are missing, damaged, or computed from something else."""
    return _read(run, digest, f"{part}.") or {}


def write_analysis(run: Run, part: str, digest: str, arrays: Mapping[str, np.ndarray]) -> bool:
    """Store the arrays of a part beside the other parts of the same digest.

    Returns:
        Whether they were stored: not while the run is trained, nor in a folder that cannot be written.
    """
    if run.is_locked():
        return False
    try:
        with run.lock():
            kept = _read(run, digest, "") or {}
            new = {f"{part}.{name}": array for name, array in arrays.items()}
            content = io.BytesIO()
            np.savez_compressed(content, allow_pickle=False, **{**kept, **new, _DIGEST: np.array(digest)})
            write_atomically(run.folder / ANALYSIS_FILE, content.getvalue(), durable=False)
    except (RunError, OSError):
        return False
    return True


def _read(run: Run, digest: str, prefix: str) -> dict[str, np.ndarray] | None:
    """The arrays whose names begin with a prefix, by the rest of the name; None if there are none of this digest."""
    try:
        with NpzArchive(run.folder / ANALYSIS_FILE) as archive:
            if _DIGEST not in archive or str(archive.read(_DIGEST)) != digest:
                return None
            names = [name for name in archive.names if name.startswith(prefix) and name != _DIGEST]
            return {name.removeprefix(prefix): archive.read(name, MAX_ARRAY_BYTES) for name in names} or None
    except (MarielError, OSError):
        return None
