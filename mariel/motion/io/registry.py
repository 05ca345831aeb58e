"""The registry of file formats, and the one function that opens a recording's file.

A format is a function that reads a file, registered with its name, suffixes and a test of the file's content:

    @register_format("toy", files="*.toy", expects="one number per line", suffixes=(".toy",), sniff=is_toy)
    def read_toy(path: Path, options: ReadOptions) -> list[Recording]: ...

Its module is imported in `mariel/motion/io/formats/__init__.py`. Folders, messages, help texts and the README's table
take what there is from `FORMATS`.
"""

import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from mariel.errors import MarielError, RecordingError
from mariel.motion.io.description import MotionDescription, read_description
from mariel.motion.io.file_content import explain_file
from mariel.motion.recording import Recording
from mariel.registry import Registry

HEAD_BYTES = 2**16
"""Bytes at the beginning of a file that a format is recognised by."""

UNREADABLE_MESSAGE = "the file is damaged, or of a variety that this program cannot read"
"""Beginning of the message for an exception that no reader foresees."""


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file.

    Args:
        trim: frames to leave out at each end; None for the format's own number, 500 for Mariel's raw layout.
        reference: make the body upright as the reference does, by negating z alone, which mirrors it.
        description: what a person says about the file; what has been kept beside it counts where this says nothing.
    """

    trim: int | None = None
    reference: bool = False
    description: MotionDescription = field(default_factory=MotionDescription)


Sniff = Callable[[Path, bytes], bool]
"""Whether a file is of a format, from its path and first bytes. It need not find out whether the file is damaged."""

Read = Callable[[Path, ReadOptions], list[Recording]]
"""Reads a file: one recording, or one per dancer. May raise anything; `open_recording_file` makes it a message."""

Write = Callable[[Sequence[Recording]], bytes]
"""The content of a file that holds recordings of one length, marker set and frame rate."""


@dataclass(frozen=True)
class RecordingFormat:
    """A file format of recordings.

    Args:
        name: its key in `FORMATS`.
        files: which files, for people: "`*.bvh`".
        expects: what is expected in them, one sentence without a full stop.
        suffixes: endings by which files are found in a folder, in lower case with the dot.
        sniff: whether a file is of this format.
        read: how to read it.
        write: how to write it, where the program can.
    """

    name: str
    files: str
    expects: str
    suffixes: tuple[str, ...]
    sniff: Sniff
    read: Read
    write: Write | None = None


FORMATS: Registry[RecordingFormat] = Registry("file format")
"""Every format by name. A file belongs to the first one that recognises it; the built-in ones exclude each other."""


def register_format(
    name: str, *, files: str, expects: str, suffixes: tuple[str, ...], sniff: Sniff, write: Write | None = None
) -> Callable[[Read], Read]:
    """A decorator that registers the function it is put on as the reader of a format; see `RecordingFormat`."""

    def register(read: Read) -> Read:
        FORMATS.add(name, RecordingFormat(name, files, expects, suffixes, sniff, read, write))
        return read

    return register


def suffixes() -> tuple[str, ...]:
    """The endings of files that can be recordings, each once, sorted."""
    return tuple(sorted({suffix for each in FORMATS.values() for suffix in each.suffixes}))


def describe_suffixes() -> str:
    """The endings of files that can be recordings, as words: ".bvh, .npy or .npz"."""
    *most, last = suffixes()
    return f"{', '.join(most)} or {last}" if most else last


def format_table() -> str:
    """The formats as a Markdown table, for the documentation."""
    rows = [f"| {each.files} | {each.expects} |" for each in FORMATS.values()]
    return "\n".join(["| file | what is expected |", "|---|---|", *rows])


def open_recording_file(path: str | Path, options: ReadOptions | None = None) -> list[Recording]:
    """Open a file of motion of any registered format, recognised by its content.

    Returns:
        One recording, or one per dancer of a duet.

    Raises:
        RecordingError: the file is missing, damaged, of an unknown format, or too large. The message says what was
            expected, what the file seems to be, and what would open it. Nothing else is raised, whatever the file is.
    """
    path = Path(path)
    options = options or ReadOptions()
    if options.trim is not None and options.trim < 0:
        raise RecordingError(f"trim must be 0 or more frames, found {options.trim}")
    with recording_errors_only():
        head = read_head(path)
        options = replace(options, description=options.description.over(read_description(path)))
        for each in list(FORMATS.values()):
            if each.sniff(path, head):
                return [take if take.path else replace(take, path=path) for take in each.read(path, options)]
        raise RecordingError(explain_file(path, head, describe_suffixes()))


@contextmanager
def recording_errors_only() -> Iterator[None]:
    """Let nothing but RecordingError out of the block, and no numpy warning about numbers out of range."""
    try:
        with np.errstate(all="ignore"):
            yield
    except RecordingError:
        raise
    except MarielError as error:
        raise RecordingError(str(error)) from error
    except OSError as error:
        raise RecordingError(f"the file cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise RecordingError("the file needs more memory than there is") from error
    except Exception as error:
        raise RecordingError(f"{UNREADABLE_MESSAGE} ({type(error).__name__}: {str(error)[:200]})") from error


def read_head(path: Path) -> bytes:
    """The first bytes of a regular file; anything else, such as a pipe, is never opened.

    Raises:
        RecordingError: there is no such file, it is a folder, pipe or device, it is empty, or it cannot be read.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise RecordingError(f"a link to '{path.readlink()}', which does not exist") from None
        raise RecordingError("no such file") from None
    except (OSError, ValueError) as error:
        raise RecordingError(f"the file cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not stat.S_ISREG(mode):
        raise RecordingError(f"expected a file, found {_kind_of(mode)}")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise RecordingError(f"the file cannot be read: {(error.strerror or str(error)).lower()}") from error
    if not head:
        raise RecordingError("expected motion, found an empty file")
    return head


def _kind_of(mode: int) -> str:
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((name for test, name in kinds if test(mode)), "a device")
