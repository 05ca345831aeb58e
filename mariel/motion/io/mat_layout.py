"""MATLAB's files of versions 5 to 7, unpacked and checked before scipy reads them.

scipy allocates what the dimensions of cells and structs claim, unpacks a whole variable at once, and ends the process
where an element is of a type that does not exist; so the elements of a file are walked here first.

Format: "MAT-File Format", The MathWorks, chapter 1.
"""

import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from mariel.errors import RecordingError
from mariel.files import format_bytes
from mariel.motion.arrays import MAX_EMPTY_BYTES, MAX_PACKING

MAX_MAT_BYTES = 512 * 2**20
"""Most bytes of a file after unpacking: five hours of 53 markers at 35 frames per second."""

_HEADER = 128
_COMPRESSED, _MATRIX = 15, 14
_CELL, _STRUCT, _CHAR = 1, 2, 4
_NUMERIC_CLASSES = range(6, 16)
_OBJECTS = (3, 16, 17)  # objects, functions, and what newer classes such as tables and dates are stored as
_INT8, _INT32, _UINT32 = 1, 5, 6
_NUMBERS = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}  # bytes by type
_TEXTS = (1, 2, 4, 16, 17, 18)
_COMPLEX = 0x800
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
    parts, size, at = [content[:_HEADER]], _HEADER, _HEADER
    while at + 8 <= len(content):
        kind, length = struct.unpack_from(f"{endian}2I", content, at)
        body = content[at + 8 : at + 8 + length]
        if len(body) < length or kind > 18:
            raise RecordingError(
                f"the MATLAB file is cut short or damaged: expected {length:,} bytes at byte {at:,}, found "
                f"{len(body):,}"
            )
        part = _unpack(body, MAX_MAT_BYTES - size) if kind == _COMPRESSED else content[at : at + 8] + body
        part += bytes(-len(part) % 8)
        if _Walk(part, endian).is_read():
            parts.append(part)
            size += len(part)
        at += 8 + length
    return b"".join(parts)


def _unpack(body: bytes, most: int) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        # A variable of one value, packed a thousand times, is no motion.
        unpacked = unpacker.decompress(body, max(1, min(most, max(MAX_EMPTY_BYTES, MAX_PACKING * len(body)))))
    except zlib.error as error:
        raise RecordingError(f"the MATLAB file is damaged: a variable cannot be unpacked ({error})") from None
    if unpacker.unconsumed_tail:
        raise RecordingError(f"found more than the {format_bytes(MAX_MAT_BYTES)} that are read, after unpacking")
    return unpacked


@dataclass
class _Walk:
    """A walk over the elements of an unpacked variable, which raises RecordingError where they claim too much."""

    content: bytes
    endian: str
    elements: int = 0

    def is_read(self) -> bool:
        """Whether the variable can be read: it is damaged in no way, and no object of MATLAB."""
        kind, start, length, _ = self.tag(0, len(self.content))
        if kind != _MATRIX:
            raise RecordingError(f"the MATLAB file is damaged: expected a variable, found an element {kind}")
        if self.class_and_flags(start, start + length)[0] in _OBJECTS:
            return False
        self.matrix(start, start + length, 0)
        return True

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

    def class_and_flags(self, start: int, end: int) -> tuple[int, int, int]:
        """(class, flags, place of the next element) of a matrix."""
        kind, flags, length, at = self.tag(start, end)
        if kind != _UINT32 or length != 8:
            raise self.damaged()
        word = struct.unpack_from(f"{self.endian}I", self.content, flags)[0]
        return word & 0xFF, word & 0xFF00, at

    def matrix(self, start: int, end: int, depth: int) -> None:
        """Check a matrix; an empty one has no content."""
        if start == end:
            return
        if depth > _MAX_DEPTH:
            raise RecordingError(f"expected structs and cells nested up to {_MAX_DEPTH} deep, found deeper ones")
        matlab_class, flags, at = self.class_and_flags(start, end)
        if matlab_class in _OBJECTS:
            raise RecordingError("expected numbers and text in the struct, found an object such as a table or a date")
        kind, dims, dims_length, at = self.tag(at, end)
        if kind != _INT32 or dims_length % 4 or not 8 <= dims_length <= 64:
            raise self.damaged()
        shape = struct.unpack_from(f"{self.endian}{dims_length // 4}i", self.content, dims)
        count = math.prod(shape)
        if min(shape) < 0 or count > len(self.content):
            raise RecordingError(f"the MATLAB file is damaged: it claims a variable of {str(shape)[:60]}")
        kind, _, _, at = self.tag(at, end)
        if kind != _INT8:  # its name
            raise self.damaged()
        if matlab_class in (_CELL, _STRUCT):
            self.members(at, end, count, is_struct=matlab_class == _STRUCT, depth=depth)
        elif matlab_class == _CHAR or matlab_class in _NUMERIC_CLASSES:
            for _ in range(2 if flags & _COMPLEX else 1):
                at = self.values(at, end, count, is_text=matlab_class == _CHAR)
        else:
            raise RecordingError(f"the MATLAB file has a variable that is not read, of class {matlab_class}")

    def values(self, at: int, end: int, count: int, *, is_text: bool) -> int:
        """Check the numbers or the text of a matrix; the place after them."""
        kind, _, length, at = self.tag(at, end)
        if is_text:
            fits = kind in _TEXTS and length <= 4 * count
        else:
            fits = kind in _NUMBERS and length == count * _NUMBERS[kind]
        if not fits:
            raise self.damaged()
        return at

    def members(self, at: int, end: int, count: int, *, is_struct: bool, depth: int) -> None:
        """Check the cells or the fields of a matrix, each of which is a matrix of its own."""
        if is_struct:
            fields, at = self.fields(at, end)
            count *= fields
        if count * 8 > end - at + 8:  # every one of them has a tag
            raise RecordingError(f"the MATLAB file is damaged: it claims {count:,} cells or fields")
        for _ in range(count):
            kind, inner, length, at = self.tag(at, end)
            if kind != _MATRIX:
                raise self.damaged()
            self.matrix(inner, inner + length, depth + 1)

    def fields(self, at: int, end: int) -> tuple[int, int]:
        """(number of fields, place after their names)."""
        kind, start, length, at = self.tag(at, end)
        if kind != _INT32 or length != 4:
            raise self.damaged()
        width = struct.unpack_from(f"{self.endian}i", self.content, start)[0]
        kind, _, names, at = self.tag(at, end)
        if kind != _INT8 or not 1 <= width <= 64 or names % width:
            raise self.damaged()
        return names // width, at

    @staticmethod
    def damaged() -> RecordingError:
        return RecordingError(
            "the MATLAB file is cut short or damaged: an element is of another size or type than what holds it"
        )
