"""Read NumPy's .npy and .npz files: nothing is unpickled, and every size is checked before memory is taken.

Format: `numpy.lib.format`, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. The header is
parsed here because `numpy.load` allocates what a header claims before it looks at the file, and lets a nested header
raise RecursionError.
"""

import ast
import lzma
import math
import re
import struct
import sys
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from mariel.errors import RecordingError
from mariel.files import format_bytes

MAX_POSITION_BYTES = 2 * 2**30
"""Most bytes of positions that are read into memory: 13 hours of 53 markers at 35 frames per second, as float64."""

MAX_MAPPED_BYTES = 16 * 2**30
"""Most bytes of a memory-mapped file: 200 hours of Mariel's layout. Opening reads every byte once."""

MAX_TEXT_ARRAY_BYTES = 16 * 2**20
"""Most bytes of an array of names, edges or settings."""

MAX_EMPTY_BYTES = 256 * 2**20
MAX_PACKING = 100
"""An array above the first size, packed to less than one part in so many, is no motion: that packs to a third."""

MAX_MEMBERS = 1000
"""Most arrays in an archive."""

_PART_BYTES = 2**18  # read at a time: parts that fit into a processor's cache

_MAGIC = b"\x93NUMPY"
_MAX_HEADER_BYTES = 10_000  # as in numpy
_MAX_BRACKETS = 40  # a header of the kind that is read has three
_DTYPE = re.compile(r"[<>=|]?[?biufcSUaVOMm]\d{0,9}(\[\w+\])?")
DAMAGED_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, ValueError, OverflowError,
    OSError,
)  # fmt: skip
"""What zipfile raises for a member that is cut short, encrypted, or packed in a way it does not know."""


@dataclass(frozen=True)
class NpyHeader:
    """What the header of a .npy file says.

    Args:
        shape: the array's shape.
        dtype: its type of numbers or text; never Python objects.
        fortran_order: whether the first axis varies fastest.
        offset: bytes before the first number.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    fortran_order: bool
    offset: int

    @property
    def nbytes(self) -> int:
        """Bytes of the array; a Python integer, so that it does not overflow."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_npy_header(file: IO[bytes]) -> NpyHeader:
    """The header of a .npy file or archive member; the file is left at the array's first byte.

    Raises:
        RecordingError: it is no .npy file, its header is damaged, or it holds Python objects.
    """
    start = file.read(8)
    if start[:6] != _MAGIC:
        raise RecordingError("expected a .npy array, found a file of another format")
    length_bytes = 2 if start[6:7] == b"\x01" else 4
    length = int.from_bytes(file.read(length_bytes), "little")
    text = file.read(min(length, _MAX_HEADER_BYTES + 1))
    if start[6:7] not in (b"\x01", b"\x02", b"\x03") or len(text) != length or length > _MAX_HEADER_BYTES:
        raise RecordingError("the .npy file is cut short or damaged: its header cannot be read")
    shape, descr, fortran_order = _parse_header(
        text.decode("utf-8" if start[6:7] == b"\x03" else "latin-1", "replace")
    )
    return NpyHeader(shape, _parse_dtype(descr), fortran_order, 8 + length_bytes + length)


def _parse_header(text: str) -> tuple[tuple[int, ...], object, bool]:
    """(shape, descr, fortran_order) from a header's text, a Python dict of three entries."""
    damaged = RecordingError("the .npy file is damaged: its header cannot be read")
    if sum(map(text.count, "([{")) > _MAX_BRACKETS:
        raise RecordingError("the .npy file is damaged: brackets are nested in its header, of an array of records")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged text that is nearly a number
            header = ast.literal_eval(re.sub(r"(\d)L\b", r"\1", text).strip())  # Python 2 wrote 55L
        shape, descr, fortran_order = header["shape"], header["descr"], header["fortran_order"]
    except (SyntaxError, ValueError, TypeError, KeyError, IndexError, MemoryError, RecursionError):
        raise damaged from None
    if not isinstance(shape, tuple) or len(shape) > 32 or not isinstance(fortran_order, bool):
        raise damaged
    if not all(type(size) is int and 0 <= size < 2**62 for size in shape):
        raise RecordingError(f"the .npy file is damaged: its header claims a shape of {str(shape)[:60]}")
    return shape, descr, fortran_order


def _parse_dtype(descr: object) -> np.dtype:
    """The type that a header names. Raises RecordingError if it is no type of plain numbers or text."""
    if not isinstance(descr, str):
        raise RecordingError("expected an array of plain numbers, found an array of records")
    if not _DTYPE.fullmatch(descr):
        raise RecordingError(f"the .npy file is damaged: its header names a type {descr[:20]!r}")
    try:
        dtype = np.dtype(descr)
    except (TypeError, ValueError):
        raise RecordingError(f"the .npy file is damaged: its header names a type {descr[:20]!r}") from None
    if dtype.hasobject:
        raise RecordingError(
            "it holds Python objects (a pickle), which are never loaded; save plain numbers, and names with dtype=str"
        )
    return dtype


def require_positions_dtype(dtype: np.dtype) -> None:
    """Check that numbers are positions' floats. Raises RecordingError with how to save them otherwise."""
    if dtype.kind != "f" or dtype.itemsize < 4:
        raise RecordingError(f"expected float32 or float64 numbers, found {dtype}: save array.astype('float32')")


def require_size(nbytes: int, limit: int = MAX_POSITION_BYTES) -> None:
    """Check that an array is not too large to read. Raises RecordingError with both sizes."""
    if nbytes > limit:
        raise RecordingError(
            f"found {format_bytes(nbytes)} of numbers, more than the {format_bytes(limit)} that are read"
        )


def open_npy_array(path: Path) -> np.ndarray:
    """The floating-point array of a .npy file, memory-mapped.

    Raises:
        RecordingError: it is not a .npy file, is cut short, holds no floating-point numbers, or is too large.
    """
    try:
        with path.open("rb") as file:
            header = read_npy_header(file)
            size = file.seek(0, 2)
    except OSError as error:
        raise RecordingError(f"the file cannot be read: {error.strerror or error}") from error
    require_positions_dtype(header.dtype)
    if header.offset + header.nbytes > size:
        raise RecordingError(
            f"the .npy file is cut short or damaged: found {size:,} bytes, fewer than its shape {header.shape} "
            "takes; copy or download it again"
        )
    require_size(header.nbytes, MAX_MAPPED_BYTES)
    if not header.nbytes:
        return np.empty(header.shape, header.dtype)
    order = "F" if header.fortran_order else "C"
    return np.memmap(path, header.dtype, "r", header.offset, header.shape, order)


class NpzArchive:
    """An .npz file whose arrays are read one by one, each checked against a limit first.

    Use it as a context manager.

    Raises:
        RecordingError: the file is no archive, or is cut short.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except DAMAGED_ZIP as error:
            raise RecordingError(f"the .npz archive is cut short or damaged: {zip_reason(error)}") from None
        members = [info for info in self._zip.infolist() if info.filename.endswith(".npy")]
        if len(members) > MAX_MEMBERS:
            self._zip.close()
            raise RecordingError(f"expected a few arrays, found an archive of {len(members):,}")
        self._members = {info.filename.removesuffix(".npy"): info for info in members}
        self.names = tuple(self._members)
        """Names of the arrays."""

    def __enter__(self) -> "NpzArchive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def header(self, name: str) -> NpyHeader:
        """Shape and type of an array, without reading it.

        Raises:
            RecordingError: the array is damaged or holds Python objects; the message names it.
        """
        with _errors_of(name), self._zip.open(self._members[name]) as file:
            return read_npy_header(file)

    def read(self, name: str, max_bytes: int = MAX_TEXT_ARRAY_BYTES) -> np.ndarray:
        """An array of numbers or text.

        Raises:
            RecordingError: the array is damaged, larger than `max_bytes`, or holds Python objects.
        """
        with _errors_of(name), self._zip.open(self._members[name]) as file:
            header = read_npy_header(file)
            require_size(header.nbytes, max_bytes)
            if header.offset + header.nbytes != self._members[name].file_size:
                raise RecordingError("the array is cut short or damaged")
            packed = self._members[name].compress_size
            if header.nbytes > max(MAX_EMPTY_BYTES, MAX_PACKING * packed):
                raise RecordingError(
                    f"expected motion, found {format_bytes(header.nbytes)} of one value, packed in "
                    f"{format_bytes(packed)}"
                )
            content = np.empty(header.nbytes, np.uint8)
            filled, view = 0, content.data
            while filled < len(content) and (part := file.read(min(_PART_BYTES, len(content) - filled))):
                view[filled : filled + len(part)] = part
                filled += len(part)
            if filled != len(content) or file.read(1):  # reading to the end checks the archive's checksum
                raise RecordingError("the array is cut short or damaged")
        if not len(content):
            return np.zeros(header.shape, header.dtype)
        if header.dtype.kind == "U":
            characters = np.frombuffer(content, np.dtype(np.uint32).newbyteorder(header.dtype.byteorder))
            if characters.max() > sys.maxunicode:  # numpy raises SystemError when such text is read
                raise RecordingError(f"array {name[:60]} is damaged: its text has characters that do not exist")
        return np.frombuffer(content, header.dtype).reshape(header.shape, order="F" if header.fortran_order else "C")


@contextmanager
def _errors_of(name: str) -> Iterator[None]:
    """Turn whatever reading an array raises into a RecordingError that names the array."""
    try:
        yield
    except RecordingError as error:
        raise RecordingError(f"array {name[:60]}: {error}") from None
    except DAMAGED_ZIP as error:
        raise RecordingError(f"array {name[:60]} is cut short or damaged: {zip_reason(error)}") from None


def zip_reason(error: Exception) -> str:
    """Why an archive cannot be read, in words, from what zipfile raised."""
    text = str(error)
    if "encrypt" in text or "password" in text:
        return "it is encrypted"
    if "compress" in text or "zip file version" in text:
        return "it is compressed in a way that is not known"
    if "not a zip file" in text:
        return "its end is missing; copy or download it again"
    return text or type(error).__name__
