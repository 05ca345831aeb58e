"""Fingerprints of a run's recordings, so that a training is not resumed on other data."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from mariel.errors import RunError
from mariel.motion.recording import Recording

MAX_HASHED_BYTES = 64 * 2**20
"""Bytes of a file that are hashed at most; of a larger file, half as many from its start and its end."""


def fingerprint(recordings: Mapping[str, Recording]) -> dict:
    """Name, file, size in bytes, frames and SHA-256 of every take, for JSON.

    Raises:
        RunError: a file cannot be read.
    """
    return {"takes": [_take_fingerprint(name, take) for name, take in recordings.items()]}


def check_unchanged(before: Mapping, now: Mapping) -> None:
    """Compare a run's stored fingerprint with the current one of its recordings.

    Raises:
        RunError: the recordings differ; the message names the first that differs, and how.
    """
    old, new = ({take["name"]: take for take in side["takes"]} for side in (before, now))
    for name, take in old.items():
        if name not in new:
            raise RunError(f"recording {name!r} ({take['file']}) is no longer there; the run began with it")
        for key in ("frames", "bytes", "sha256"):
            if take[key] != new[name][key]:
                found = (
                    "its content is different"
                    if key == "sha256"
                    else f"expected {take[key]:,} {key}, found {new[name][key]:,}"
                )
                raise RunError(f"recording {name!r} ({take['file']}) has changed since the run began: {found}")
    for name, take in new.items():
        if name not in old:
            raise RunError(f"recording {name!r} ({take['file']}) is new; the run began without it")
    if list(old) != list(new):
        raise RunError(f"the recordings come in another order than when the run began: {', '.join(new)}")


def _take_fingerprint(name: str, take: Recording) -> dict:
    digest = hashlib.sha256()
    if take.path is None:
        positions = take.positions
        digest.update(positions.tobytes())
        return {
            "name": name,
            "file": "",
            "bytes": positions.nbytes,
            "frames": len(take),
            "sha256": digest.hexdigest(),
        }
    # A JSON file beside the recording describes its markers and axes, so it is part of the data.
    files = [take.path, *(beside for beside in [take.path.with_suffix(".json")] if beside.is_file())]
    try:
        for file in files:
            _update_digest(digest, file)
        size = sum(file.stat().st_size for file in files)
    except OSError as error:
        raise RunError(f"cannot read recording '{take.path}': {error.strerror or error}") from error
    return {
        "name": name,
        "file": take.path.name,
        "bytes": size,
        "frames": len(take),
        "sha256": digest.hexdigest(),
    }


def _update_digest(digest, path: Path) -> None:
    size = path.stat().st_size
    with open(path, "rb") as file:
        if size <= MAX_HASHED_BYTES:
            digest.update(file.read())
            return
        digest.update(file.read(MAX_HASHED_BYTES // 2))
        file.seek(size - MAX_HASHED_BYTES // 2)
        digest.update(file.read(MAX_HASHED_BYTES // 2))
