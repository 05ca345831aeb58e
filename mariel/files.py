"""Files and folders: where the program keeps them, atomic writes, append-only logs, bounded reads, and lock files.

Where things are kept, from the first that applies:

    runs        $MARIEL_CHECKPOINTS, $MARIEL_HOME/checkpoints, `checkpoints` beside the package in a copy of the
                repository, else the user's data folder
    cache       $MARIEL_CACHE, $MARIEL_HOME/cache, else the user's cache folder

Nothing is ever written beside an installed package.
"""

import errno
import json
import os
import re
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from mariel.errors import CheckpointError, RunError, WriteError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

HOME_VARIABLE = "MARIEL_HOME"
"""The environment variable that names the folder for everything that the program writes."""

RUNS_VARIABLE = "MARIEL_CHECKPOINTS"
"""The environment variable that names the folder of runs."""

CACHE_VARIABLE = "MARIEL_CACHE"
"""The environment variable that names the folder for generated files."""

_MOST_BYTES = 10**6 * 1024**5
"""Bytes above which the number says nothing to anybody: a million petabytes."""

LOCK_TIMEOUT = 1.0
"""Seconds to wait for a lock: a process that only checks the lock holds it for a few milliseconds."""

_PACKAGE = Path(__file__).resolve().parent

_ERROR_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "its folder is gone",
    errno.EFBIG: "the file would be larger than allowed",
}

_PARTIAL_NAME = re.compile(r"\..+\.(\d+)\.\d+\.part")


def home_folder() -> Path:
    """The folder for the user's own files: $MARIEL_HOME, else the system's folder for a user's data."""
    if named := _folder_of(HOME_VARIABLE):
        return named
    from platformdirs import user_data_path  # noqa: PLC0415 - most commands need no folder

    return user_data_path("mariel", appauthor=False)


def runs_folder() -> Path:
    """The folder of runs and favourites, by the first rule of the module that applies; it may not exist yet."""
    if named := _folder_of(RUNS_VARIABLE):
        return named
    if _folder_of(HOME_VARIABLE) is None and is_repository():
        return _PACKAGE.parent / "checkpoints"
    return home_folder() / "checkpoints"


def cache_folder() -> Path:
    """The folder for generated files, by the first rule of the module that applies; it may not exist yet."""
    if named := _folder_of(CACHE_VARIABLE):
        return named
    if named := _folder_of(HOME_VARIABLE):
        return named / "cache"
    from platformdirs import user_cache_path  # noqa: PLC0415

    return user_cache_path("mariel", appauthor=False)


def shipped_runs_folder() -> Path:
    """The folder of runs that come with the program: beside the package in the repository, else inside of it."""
    return (_PACKAGE.parent if is_repository() else _PACKAGE / "app_root") / "checkpoints"


def run_folders(root: str | Path | None = None) -> list[Path]:
    """The folders that are searched for runs: the user's, and after it the one that comes with the program.

    The second is left out where the user named a folder, with $MARIEL_CHECKPOINTS or as `root`.

    Args:
        root: the first folder; `runs_folder()` if None.
    """
    first = runs_folder() if root is None else Path(root).absolute()
    shipped = shipped_runs_folder()
    is_named = _folder_of(RUNS_VARIABLE) is not None or first != runs_folder()
    return [first] if is_named or first in (shipped, shipped.resolve()) else [first, shipped]


def find_run_folder(path: str | Path) -> Path:
    """The folder of a run by its path, or by its name if it is in one of `run_folders`; the path if there is none."""
    path = Path(os.path.expanduser(path))
    if not os.path.isdir(path) and path.name == str(path):
        return next((folder / path for folder in run_folders() if os.path.isdir(folder / path)), path)
    return path


def is_repository() -> bool:
    """Whether the package is a part of a copy of the repository, and not installed."""
    return (_PACKAGE.parent / "pyproject.toml").is_file() and (_PACKAGE.parent / "streamlit_app.py").is_file()


def _folder_of(variable: str) -> Path | None:
    """The folder that an environment variable names, absolute; None if it is not set."""
    named = os.environ.get(variable)
    return Path(named).expanduser().absolute() if named else None


def write_atomically(path: str | Path, content: bytes, *, durable: bool = True) -> None:
    """Replace a file's content atomically: readers see the whole old content or the whole new content.

    Args:
        path: the file; its folder must exist.
        content: the file's new content.
        durable: wait until the disk has stored it, so that it survives a power cut; otherwise it only survives the
            end of the process.

    Raises:
        WriteError: the file cannot be written; the message names file and reason, and the old file is unchanged.
    """
    with open_atomically(path, durable=durable) as file:
        file.write(content)


@contextmanager
def open_atomically(path: str | Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Write a file piece by piece; it replaces the old one when the block ends, and is dropped if the block fails.

    >>> with open_atomically("prepared.npz") as file, zipfile.ZipFile(file, "w") as archive:
    ...     archive.writestr("about", "…")

    Args:
        path: the file; its folder must exist.
        durable: see `write_atomically`.

    Raises:
        WriteError: see `write_atomically`; also where the block raises an OSError.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_native_id()}.part")
    try:
        with open(partial, "wb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(partial, path)
        if durable:
            _sync_folder(path.parent)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def append_line(path: str | Path, line: bytes) -> None:
    """Append a line to a log and wait until the disk has stored it; a partly written line is removed again.

    Raises:
        WriteError: the line cannot be written; the message names file and reason.
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
        raise write_error(path, error) from error


def truncate_partial_line(path: str | Path) -> None:
    """Remove a log's last line if it has no line end: a process was killed while writing it.

    Raises:
        WriteError: the log cannot be read or written.
    """
    path = Path(path)
    try:
        content = path.read_bytes() if path.exists() else b""
        if content and not content.endswith(b"\n"):
            os.truncate(path, content.rfind(b"\n") + 1)
    except OSError as error:
        raise write_error(path, error) from error


def remove_stale_partials(folder: Path) -> None:
    """Delete the partly written files of processes that were killed."""
    for path in folder.glob(".*.part"):
        written = _PARTIAL_NAME.fullmatch(path.name)
        if written and not _is_alive(int(written[1])):
            with suppress(OSError):
                path.unlink()


def _is_alive(pid: int) -> bool:
    """Whether a process of this machine is running; always true on Windows, where checking needs another package."""
    if os.name == "nt" or pid <= 0:
        return pid > 0
    with suppress(ProcessLookupError, OverflowError):
        with suppress(PermissionError):
            os.kill(pid, 0)
        return True
    return False


def read_file(path: str | Path, max_bytes: int) -> bytes:
    """The content of a regular file of at most `max_bytes`.

    Raises:
        CheckpointError: the file is missing, too large, no regular file, or cannot be read; the message names it.
    """
    try:
        # A named pipe would otherwise wait for a writer, forever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise CheckpointError(f"'{path}' is damaged: it is no plain file")
            content = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise CheckpointError(f"'{path}' is missing") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        raise CheckpointError(f"cannot read '{path}': {getattr(error, 'strerror', None) or error}") from error
    if len(content) > max_bytes:
        raise CheckpointError(f"'{path}' is damaged: it has more than {max_bytes:,} bytes")
    return content


def format_bytes(size: float, digits: int = 3) -> str:
    """A number of bytes in words, such as "640 B", "12.3 kB" or "2 GB", where each unit is 1,024 of the one before.

    Args:
        size: bytes.
        digits: how many are shown at least, but for zeros after the point; 2 for estimates.
    """
    amount = float(min(size, _MOST_BYTES))
    if size > _MOST_BYTES:
        return f"more than {format_bytes(_MOST_BYTES, digits)}"
    for unit in ("B", "kB", "MB", "GB", "TB", "PB"):
        if amount < 999.5 or unit == "PB":
            break
        amount /= 1024
    decimals = 0 if unit == "B" else max(0, digits - len(str(int(amount))))
    text = f"{amount:,.{decimals}f}"
    return f"{text.rstrip('0').rstrip('.') if decimals else text} {unit}"


def json_bytes(data: Mapping) -> bytes:
    """Indented JSON, UTF-8 encoded, with a line end."""
    return (json.dumps(data, indent=1) + "\n").encode()


def _sync_folder(folder: Path) -> None:
    """Wait until the disk has stored a folder's list of files; does nothing on Windows."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_error(path: Path, error: OSError) -> WriteError:
    """The error for a file that cannot be written, with the reason."""
    reason = _ERROR_REASONS.get(error.errno or 0) or error.strerror or str(error)
    return WriteError(f"cannot write '{path}': {reason}")


@contextmanager
def hold_lock(path: str | Path, what: str, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Hold an exclusive lock on a lock file while the block runs.

    The system releases the lock when the process ends, however it ends. The file stays; it contains the process ID of
    the last process that locked it.

    Args:
        path: the lock file; created if missing.
        what: what the lock protects, for the message.
        timeout: seconds to wait for it.

    Raises:
        RunError: another thread or process holds the lock; the message names the process.
        WriteError: the file cannot be created or locked.
    """
    from filelock import lock_descriptor, unlock_descriptor  # noqa: PLC0415 - 16 ms that most commands do not need

    path = Path(path)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise write_error(path, error) from error
    try:
        deadline = time.monotonic() + timeout
        while not _acquire(lock_descriptor, handle, path):
            if time.monotonic() >= deadline:
                raise RunError(f"another process (pid {_lock_owner(path)}) writes {what}")
            time.sleep(0.02)
        with suppress(OSError):  # a full disk must not prevent locking
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, f" {os.getpid()}".encode())  # on Windows nobody else can read byte 0, which is locked
        try:
            yield
        finally:
            unlock_descriptor(handle)
    finally:
        os.close(handle)


def _acquire(lock_descriptor, handle: int, path: Path) -> bool:
    """Try to lock an open file once. Raises WriteError if its disk has no locks."""
    try:
        return lock_descriptor(handle, blocking=False)
    except OSError as error:
        raise WriteError(f"cannot lock '{path}': {error.strerror or error}") from error


def file_version(path: str | Path) -> tuple:
    """A small key for caches that changes whenever a file does; a missing file has one too."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return (str(path), 0, 0, 0)
    return (str(path), found.st_size, found.st_mtime_ns, found.st_ino)


def is_locked(path: str | Path) -> bool:
    """Whether a thread or process holds a lock file; creates and writes nothing, and needs no permission to write."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):
        return False
    try:
        if fcntl is None:
            from filelock import lock_descriptor  # noqa: PLC0415

            return not lock_descriptor(handle, blocking=False)
        # A shared lock, so that two processes that check at the same time do not take each other for the owner.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:  # on a disk without locks nobody holds one
        return error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    finally:
        os.close(handle)
    return False


def _lock_owner(path: Path) -> str:
    """The process ID in a lock file, or "unknown"."""
    with suppress(OSError, ValueError), open(path, "rb", buffering=0) as file:
        file.seek(0 if fcntl else 1)
        return str(int(file.read(20)))
    return "unknown"
