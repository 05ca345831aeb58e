"""MATLAB's files of versions 5 to 7, unpacked and checked before scipy reads them.

scipy allocates what the dimensions of cells and structs claim, and unpacks a whole variable at once; so the elements
of a file are walked here first. Format: "MAT-File Format", The MathWorks, chapter 1.
"""

import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from mariel.errors import RecordingError
from mariel.motion.arrays import format_bytes

MAX_MAT_BYTES = 512 * 2**20
"""Most bytes of a file after unpacking: five hours of 53 markers at 35 frames per second."""

_HEADER = 128
_COMPRESSED, _MATRIX = 15, 14
_CELL, _STRUCT, _OBJECT = 1, 2, 3
_MAX_DEPTH = 12
_MAX_ELEMENTS = 200_000


def is_mat(head: bytes) -> bool:
    """Whether a file begins with MATLAB's text, of versions 5 to 7.3."""
    return head.startswith((b"MATLAB 5.0 MAT-file", b"MATLAB 7.3 MAT-file"))


def unpack_mat(path: Path) -> bytes:
    """The content of a .mat file without compression, every claim in it checked.

    Raises:
        RecordingError: it is of version 7.3, damaged, cut short, or too large after unpacking.
    """
    size = path.stat().st_size
    if size > MAX_MAT_BYTES:
        raise RecordingError(f"found {format_bytes(size)}, more than the {format_bytes(MAX_MAT_BYTES)} that are read")
    content = path.read_bytes()
    if content.startswith(b"MATLAB 7.3"):
        raise RecordingError(
            "found a MATLAB file of version 7.3 (HDF5), which is not read: save it with save(file, '-v7')"
        )
    if len(content) < _HEADER + 8 or content[126:128] not in (b"IM", b"MI"):
        raise RecordingError("the MATLAB file is cut short or damaged: its header of 128 bytes is incomplete")
    endian = "<" if content[126:128] == b"IM" else ">"
    unpacked = bytearray(content[:_HEADER])
    at = _HEADER
    while at + 8 <= len(content):
        kind, length = struct.unpack_from(f"{endian}2I", content, at)
        body = content[at + 8 : at + 8 + length]
        if len(body) < length or kind > 18:
            raise RecordingError(
                f"the MATLAB file is cut short or damaged: expected {length:,} bytes at byte {at:,}, found "
                f"{len(body):,}"
            )
        if kind == _COMPRESSED:
            unpacked += _unpack(body, MAX_MAT_BYTES - len(unpacked))
        else:
            unpacked += content[at : at + 8] + body
            unpacked += bytes(-len(unpacked) % 8)
        at += 8 + length
    _Walk(bytes(unpacked), endian).check()
    return bytes(unpacked)


def _unpack(body: bytes, most: int) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(body, max(most, 1))
    except zlib.error as error:
        raise RecordingError(f"the MATLAB file is damaged: a variable cannot be unpacked ({error})") from None
    if unpacker.unconsumed_tail:
        raise RecordingError(f"found more than the {format_bytes(MAX_MAT_BYTES)} that are read, after unpacking")
    return unpacked


@dataclass
class _Walk:
    """A walk over the elements of an unpacked file, which raises RecordingError where they claim too much."""

    content: bytes
    endian: str
    elements: int = 0

    def check(self) -> None:
        at = _HEADER
        while at + 8 <= len(self.content):
            kind, start, length, at = self.tag(at, len(self.content))
            if kind != _MATRIX:
                raise RecordingError(f"the MATLAB file is damaged: expected a variable, found an element {kind}")
            self.matrix(start, start + length, 0)

    def tag(self, at: int, end: int) -> tuple[int, int, int, int]:
        """(type, start, length, next) of the element at a place."""
        self.elements += 1
        if self.elements > _MAX_ELEMENTS:
            raise RecordingError(f"expected a MATLAB file of at most {_MAX_ELEMENTS:,} elements, found more")
        if at + 8 > end:
            raise self.damaged()
        kind, length = struct.unpack_from(f"{self.endian}2I", self.content, at)
        if kind >> 16:  # up to four bytes within the tag
            small = kind >> 16
            if small > 4:
                raise self.damaged()
            return kind & 0xFFFF, at + 4, small, at + 8
        if at + 8 + length > end:
            raise self.damaged()
        following = at + 8 + length + (-length % 8 if kind != _COMPRESSED else 0)
        return kind, at + 8, length, following

    def matrix(self, start: int, end: int, depth: int) -> None:
        """Check a matrix; an empty one has no content."""
        if start == end:
            return
        if depth > _MAX_DEPTH:
            raise RecordingError(f"expected structs and cells nested up to {_MAX_DEPTH} deep, found deeper ones")
        _, flags, flag_length, at = self.tag(start, end)
        if flag_length < 4:
            raise self.damaged()
        matlab_class = struct.unpack_from(f"{self.endian}I", self.content, flags)[0] & 0xFF
        if matlab_class > 15:
            return  # opaque objects: tables, dates, functions
        _, dims, dims_length, at = self.tag(at, end)
        if dims_length % 4 or not 8 <= dims_length <= 64:
            raise self.damaged()
        shape = struct.unpack_from(f"{self.endian}{dims_length // 4}i", self.content, dims)
        count = math.prod(shape)
        if min(shape) < 0 or count > len(self.content):
            raise RecordingError(f"the MATLAB file is damaged: it claims a variable of {str(shape)[:60]}")
        _, _, _, at = self.tag(at, end)  # its name
        if matlab_class not in (_CELL, _STRUCT, _OBJECT):
            return
        if matlab_class == _OBJECT:
            _, _, _, at = self.tag(at, end)
        fields = 1
        if matlab_class != _CELL:
            fields, at = self.fields(at, end)
        if count * fields * 8 > end - at + 8:  # every one of them has a tag of its own
            raise RecordingError(f"the MATLAB file is damaged: it claims {count * fields:,} cells or fields")
        for _ in range(count * fields):
            kind, inner, length, at = self.tag(at, end)
            if kind != _MATRIX:
                raise self.damaged()
            self.matrix(inner, inner + length, depth + 1)

    def fields(self, at: int, end: int) -> tuple[int, int]:
        """(number of fields, place after their names)."""
        _, start, length, at = self.tag(at, end)
        if length != 4:
            raise self.damaged()
        width = struct.unpack_from(f"{self.endian}i", self.content, start)[0]
        _, _, names, at = self.tag(at, end)
        if width < 1 or names % width:
            raise self.damaged()
        return names // width, at

    @staticmethod
    def damaged() -> RecordingError:
        return RecordingError("the MATLAB file is cut short or damaged: an element is longer than what holds it")
