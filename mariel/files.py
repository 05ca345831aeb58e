"""Files that are there whole or not at all, and a lock by which one process at a time writes a folder."""

import errno
import json
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from mariel.errors import CheckpointError, RunError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

LOCK_PATIENCE = 1.0
"""Seconds to wait for a lock: whoever only looks whether a run is written holds it for an instant."""

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "its folder is gone",
    errno.EFBIG: "the file would be larger than allowed",
}

_PARTIAL = re.compile(r"\..+\.(\d+)\.\d+\.part")

_FAR = 1 << 30  # on Windows a locked byte cannot be read, so one beyond the text is locked


def write_atomically(path: str | Path, content: bytes, *, durable: bool = True) -> None:
    """Replace a file by other content such that it is there whole, old or new, whenever one looks.

    Args:
        path: the file; its folder must be there.
        content: all of it.
        durable: wait until disk has it, so that it outlasts a power cut; without, it outlasts the process only.

    Raises:
        RunError: it cannot be written; the message names file and reason, and the old file is as it was.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_native_id()}.part")
    try:
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(partial, path)
        if durable:
            sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def append_line(path: str | Path, line: bytes) -> None:
    """Add a line to a log and wait until the disk has it; what could not be written whole is taken away again.

    Raises:
        RunError: it cannot be written; the message names file and reason.
    """
    path = Path(path)
    try:
        with open(path, "ab") as file:
            size = file.tell()
            try:
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                with suppress(OSError):
                    os.truncate(path, size)
                raise
    except OSError as error:
        raise cannot_write(path, error) from error


def cut_torn_line(path: str | Path) -> None:
    """Take away a log's last line if it has no end: a process was killed while writing it.

    Raises:
        RunError: the log cannot be read or written.
    """
    path = Path(path)
    try:
        content = path.read_bytes() if path.exists() else b""
        if content and not content.endswith(b"\n"):
            os.truncate(path, content.rfind(b"\n") + 1)
    except OSError as error:
        raise cannot_write(path, error) from error


def sweep_partials(folder: Path) -> None:
    """Take away the half-written files of processes that were killed."""
    for path in folder.glob(".*.part"):
        written = _PARTIAL.fullmatch(path.name)
        if written and not is_alive(int(written[1])):
            with suppress(OSError):
                path.unlink()


def is_alive(pid: int) -> bool:
    """Whether a process of this machine runs; on Windows, where asking takes another package, always true."""
    if os.name == "nt" or pid <= 0:
        return pid > 0
    with suppress(ProcessLookupError, OverflowError):
        with suppress(PermissionError):
            os.kill(pid, 0)
        return True
    return False


def read_json(path: Path) -> object:
    """What a JSON file holds.

    Raises:
        CheckpointError: it is missing or damaged; the message names it.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"'{path}' is missing") from None
    except OSError as error:
        raise CheckpointError(f"cannot read '{path}': {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"'{path}' is damaged: {error}") from error


def as_json(data: Mapping) -> bytes:
    """JSON that people can read."""
    return (json.dumps(data, indent=1) + "\n").encode()


def sync_folder(folder: Path) -> None:
    """Wait until the disk has a folder's list of files, where the system can tell."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def cannot_write(path: Path, error: OSError) -> RunError:
    """The error that says which file cannot be written, and why."""
    reason = _REASONS.get(error.errno) or error.strerror or str(error)
    return RunError(f"cannot write '{path}': {reason}")


@contextmanager
def locked(path: str | Path, what: str, patience: float = LOCK_PATIENCE) -> Iterator[None]:
    """Hold a lock file that nobody else can hold at the same time, in this process or another.

    The lock goes with the process, however it ends; the file stays and holds the number of the last to lock it.

    Args:
        path: the lock file; made if it is not there.
        what: what the lock protects, for the message.
        patience: seconds to wait for it.

    Raises:
        RunError: another holds it; the message names its process.
    """
    path = Path(path)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        until = time.monotonic() + patience
        while not _try_lock(handle, path):
            if time.monotonic() >= until:
                raise RunError(f"another process (pid {_owner(path)}) writes {what}")
            time.sleep(0.02)
        with suppress(OSError):  # a full disk keeps nobody from locking
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        _unlock(handle)
        os.close(handle)


def is_locked(path: str | Path) -> bool:
    """Whether somebody holds a lock file."""
    try:
        handle = os.open(path, os.O_RDWR if fcntl is None else os.O_RDONLY)
    except OSError:
        return False
    try:
        free = _try_lock(handle, Path(path), shared=True)
        if free:
            _unlock(handle)
        return not free
    finally:
        os.close(handle)


def _owner(path: Path) -> str:
    with suppress(OSError, ValueError):
        return str(int(path.read_text(encoding="ascii")))
    return "unknown"


def _try_lock(handle: int, path: Path, *, shared: bool = False) -> bool:
    """Whether the lock could be had. Two that only look, sharing it, do not keep one another from it."""
    try:
        if fcntl is not None:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        else:
            import msvcrt  # noqa: PLC0415 - Windows alone has it

            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        raise RunError(f"cannot lock '{path}': {error.strerror or error}") from error
    return True


def _unlock(handle: int) -> None:
    with suppress(OSError):
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_UN)
        else:
            import msvcrt  # noqa: PLC0415 - Windows alone has it

            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
