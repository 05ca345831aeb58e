"""What a run's recordings were, in a few numbers, so that a training is not taken up again on others."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from mariel.errors import RunError
from mariel.motion.recording import Recording

WHOLE = 64 * 2**20
"""Bytes up to which a file counts whole; of a larger one its first and last halves of that count."""


def fingerprint(recordings: Mapping[str, Recording]) -> dict:
    """Name, file, bytes, frames and SHA-256 of every take, for JSON.

    Raises:
        RunError: a file cannot be read.
    """
    return {"takes": [_take(name, take) for name, take in recordings.items()]}


def check_same(before: Mapping, now: Mapping) -> None:
    """Compare the fingerprint of a run's beginning with one of now.

    Raises:
        RunError: the recordings are not the same; the message names the first that differs, and how.
    """
    old, new = ({take["name"]: take for take in side["takes"]} for side in (before, now))
    for name, take in old.items():
        if name not in new:
            raise RunError(f"recording {name!r} ({take['file']}) is no longer there; the run began with it")
        for what in ("frames", "bytes", "sha256"):
            if take[what] != new[name][what]:
                found = (
                    "its content is another"
                    if what == "sha256"
                    else f"expected {take[what]:,} {what}, found {new[name][what]:,}"
                )
                raise RunError(f"recording {name!r} ({take['file']}) has changed since the run began: {found}")
    for name, take in new.items():
        if name not in old:
            raise RunError(f"recording {name!r} ({take['file']}) is new; the run began without it")
    if list(old) != list(new):
        raise RunError(f"the recordings come in another order than when the run began: {', '.join(new)}")


def _take(name: str, take: Recording) -> dict:
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
    # A description beside the file names its markers and axes, so it is part of the data.
    files = [take.path, *(beside for beside in [take.path.with_suffix(".json")] if beside.is_file())]
    try:
        for file in files:
            _read_into(digest, file)
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


def _read_into(digest, path: Path) -> None:
    size = path.stat().st_size
    with open(path, "rb") as file:
        if size <= WHOLE:
            digest.update(file.read())
            return
        digest.update(file.read(WHOLE // 2))
        file.seek(size - WHOLE // 2)
        digest.update(file.read(WHOLE // 2))
