"""A run's folder as a zip file."""

import io
import os
import stat
import zipfile
from pathlib import Path

from mariel.errors import RunError
from mariel.files import format_bytes

MAX_ZIP_BYTES = 4 * 2**30
"""Bytes of a run's files that are packed at most."""


def zip_folder(folder: Path, name: str) -> bytes:
    """The plain files of a run's folder as a zip file, without the lock, hidden files and links.

    Links are left out because a folder that comes from elsewhere could link to any file of this machine, and
    whoever downloads the run would receive that file.

    Args:
        folder: the run's folder.
        name: the folder that the files have in the archive.

    Raises:
        RunError: a file cannot be read, or the files are too large.
    """
    buffer = io.BytesIO()
    left = MAX_ZIP_BYTES
    try:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in sorted(folder.iterdir()):
                if path.name == "lock" or path.name.startswith(".") or not stat.S_ISREG(path.lstat().st_mode):
                    continue
                # O_NOFOLLOW: the file may have been replaced by a link since it was checked.
                handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
                with open(handle, "rb") as file:
                    status = os.fstat(handle)
                    left -= status.st_size
                    if left < 0:
                        raise RunError(f"the run {name!r} has more than {format_bytes(MAX_ZIP_BYTES)} of files")
                    info = zipfile.ZipInfo.from_file(path, f"{name}/{path.name}", strict_timestamps=False)
                    info.compress_type = zipfile.ZIP_DEFLATED
                    with archive.open(info, "w", force_zip64=True) as member:
                        while block := file.read(2**20):
                            member.write(block)
    except (OSError, ValueError) as error:
        raise RunError(f"cannot read '{folder}': {getattr(error, 'strerror', None) or error}") from error
    return buffer.getvalue()
