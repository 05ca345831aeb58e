"""A zip archive of recordings: a bundle of this program, or files of other formats packed together.

Nothing in an archive decides where a file is written: members are unpacked under numbers into a folder of their own,
at most so many bytes, and only those whose endings are those of recordings.
"""

import json
import stat
import zipfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import numpy as np

from mariel.errors import RecordingError
from mariel.files import format_bytes
from mariel.motion.arrays import DAMAGED_ZIP, zip_reason
from mariel.motion.io.registry import ReadOptions, open_recording_file, register_format, suffixes
from mariel.motion.recording import Recording

FORMAT, VERSION = "mariel bundle", 1

ABOUT_FILE, MOTION_FILE = "bundle.json", "motion.npz"
"""In a bundle: what the dance is, and its positions."""

MAX_BYTES = 512 * 2**20
"""Bytes of all members that are unpacked together."""

MAX_MEMBERS = 500
"""Files in an archive."""

MAX_RECORDINGS = 100
"""Files of motion in an archive."""

MAX_ABOUT_BYTES = 4 * 2**20

_BLOCK = 2**20
_SIDECARS = (".json",)


def _is_archive(path: Path, head: bytes) -> bool:
    """Whether it is a zip archive, but neither an .npz nor a checkpoint of PyTorch."""
    if path.suffix.lower() == ".npz" or not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return False
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    return not name.endswith((b"data.pkl", b".npy"))


@register_format(
    "zip",
    files="`*.zip`",
    expects="files of motion packed together, such as a bundle or the archives that Download makes; at most "
    f"{format_bytes(MAX_BYTES)} unpacked",
    suffixes=(".zip",),
    sniff=_is_archive,
)
def read_zip(path: Path, options: ReadOptions) -> list[Recording]:
    """The recordings of every file of motion in the archive, in memory."""
    title = _title(read_bundle_about(path))
    takes: list[Recording] = []
    with _archive(path) as archive, TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        members = _unpacked(archive, Path(folder))
        for member in members:
            for take in open_recording_file(member, options):
                in_memory = np.array(take.source) if isinstance(take.source, np.memmap) else take.source
                takes.append(replace(take, source=in_memory, path=path))
    names = [title or take.name for take in takes]
    if len(set(names)) < len(names):
        names = [f"{name} {number}" for number, name in enumerate(names, start=1)]
    return [replace(take, name=name) for take, name in zip(takes, names, strict=True)]


def read_bundle_about(path: Path) -> dict:
    """What a bundle says of its dance; empty for another archive.

    Raises:
        RecordingError: the archive is damaged, or a bundle of another version.
    """
    with _archive(path) as archive:
        if ABOUT_FILE not in archive.namelist():
            return {}
        text = _read_member(archive, archive.getinfo(ABOUT_FILE), MAX_ABOUT_BYTES)
    about = None
    with suppress(ValueError, RecursionError):
        about = json.loads(text)
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise RecordingError(f"{ABOUT_FILE} is damaged: expected an object with format {FORMAT!r}")
    if about.get("version") != VERSION:
        raise RecordingError(f"{ABOUT_FILE}: expected version {VERSION}, found {str(about.get('version'))[:40]}")
    return about


def read_bundle_folder(path: Path, folder: str, names: Collection[str]) -> dict[str, bytes]:
    """The files in a folder of a bundle by their names; none if it has no such folder.

    Args:
        path: the bundle.
        folder: the folder's name.
        names: of the files that it may have.

    Raises:
        RecordingError: the archive is damaged or has too many bytes, a name leads out of it or is there twice, a file
            is a link, or is none of `names`.
    """
    found: dict[str, bytes] = {}
    left = MAX_BYTES
    with _archive(path) as archive:
        for info in archive.infolist():
            parts = PurePosixPath(info.filename.replace("\\", "/")).parts
            if ".." in parts or (parts and (parts[0] == "/" or parts[0].endswith(":"))):
                raise RecordingError(f"the zip archive has a file that leads out of it: {info.filename[:60]!r}")
            if info.is_dir() or not parts or parts[0] != folder:
                continue
            name = "/".join(parts[1:])
            if name not in names or name in found or stat.S_ISLNK(info.external_attr >> 16):
                raise RecordingError(
                    f"{folder} in the zip archive: expected the files {', '.join(names)}, each once and no links, "
                    f"found {name[:60]!r}"
                )
            found[name] = _read_member(archive, info, left)
            left -= len(found[name])
    return found


def _title(about: dict) -> str:
    title = about.get("title")
    return " ".join(title.split())[:120] if isinstance(title, str) else ""


def _archive(path: Path) -> zipfile.ZipFile:
    """The archive, to be used as a context manager. Raises RecordingError if it is damaged or has too many files."""
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGED_ZIP as error:
        raise RecordingError(f"the zip archive is cut short or damaged: {zip_reason(error)}") from None
    if len(archive.infolist()) > MAX_MEMBERS:
        archive.close()
        raise RecordingError(
            f"expected at most {MAX_MEMBERS} files in a zip archive, found {len(archive.infolist()):,}"
        )
    return archive


def _unpacked(archive: zipfile.ZipFile, folder: Path) -> list[Path]:
    """The files of motion of an archive, unpacked; with those beside them that describe them.

    Raises:
        RecordingError: there are none, or too many bytes; the message says what there is.
    """
    known = tuple(suffix for suffix in suffixes() if suffix != ".zip")
    infos = [info for info in archive.infolist() if not info.is_dir() and not _is_hidden(info.filename)]
    is_bundle = any(info.filename == ABOUT_FILE for info in infos)
    motion = [info for info in infos if PurePosixPath(info.filename).suffix.lower() in known]
    if is_bundle:
        motion = [info for info in motion if info.filename.startswith(PurePosixPath(MOTION_FILE).stem)]
    else:
        motion = [info for info in motion if info.filename.rpartition("/")[2].lower() != "credit.txt"]
    if not motion:
        kinds = sorted({PurePosixPath(info.filename).suffix.lower()[:12] for info in infos} - {""})
        found = f"files of the kinds {', '.join(kinds[:6])}" if kinds else "none"
        raise RecordingError(
            f"expected files of motion in the zip archive ({', '.join(known)}), found {found}; unpack it, and open "
            "the recordings in it"
        )
    if len(motion) > MAX_RECORDINGS:
        raise RecordingError(
            f"expected at most {MAX_RECORDINGS} files of motion in a zip archive, found {len(motion):,}"
        )
    stems = {_stem(info): number for number, info in enumerate(motion)}
    beside = [info for info in infos if info.filename.endswith(_SIDECARS) and _stem(info) in stems]
    left = MAX_BYTES
    paths = []
    for info in [*beside, *motion]:
        content = _read_member(archive, info, left)
        left -= len(content)
        place = folder / str(stems[_stem(info)])
        place.mkdir(exist_ok=True)
        path = place / _plain_name(info.filename)
        path.write_bytes(content)
        if info not in beside:
            paths.append(path)
    return paths


def _is_hidden(name: str) -> bool:
    """Whether a member is of a system, such as what macOS adds."""
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _stem(info: zipfile.ZipInfo) -> str:
    return info.filename.rpartition(".")[0]


def _plain_name(name: str) -> str:
    """The last part of a member's name, of letters and digits only: it names a recording, never a place."""
    base, _, suffix = name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    plain = "".join(letter if letter.isalnum() or letter in "-_ " else "_" for letter in base)[:80]
    return f"{plain or 'motion'}.{suffix.lower()}"


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """The bytes of a member. Raises RecordingError if they are damaged or more than the limit."""
    too_large = RecordingError(
        f"the files of motion in the zip archive take over {format_bytes(MAX_BYTES)}: unpack it and open its folder"
    )
    if info.file_size > limit:
        raise too_large
    content = bytearray()
    try:
        with archive.open(info) as file:
            while block := file.read(_BLOCK):
                content += block
                if len(content) > limit:  # a header may claim less than there is
                    raise too_large
    except DAMAGED_ZIP as error:
        raise RecordingError(
            f"{info.filename[:60]} in the zip archive is damaged: {zip_reason(error)[:100]}"
        ) from None
    return bytes(content)
