"""Read text and JSON files of other people's programs: bounded in size, in any common encoding."""

import json
import os
import stat
from pathlib import Path

from mariel.errors import RecordingError
from mariel.files import format_bytes

MAX_TEXT_BYTES = 512 * 2**20
"""Longest text file that is read: about 290,000 frames of a BVH skeleton of 60 joints."""

MAX_JSON_BYTES = 16 * 2**20
"""Longest JSON file that is read; the description of a recording has a few kB."""

_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decode_text(content: bytes) -> str:
    """Text from bytes in UTF-8 or UTF-16, with or without a byte-order mark.

    Bytes that are neither become U+FFFD, so that one foreign letter in a joint's name does not close the file.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    # Text that begins with a Latin letter, in two bytes per character, has a zero in one of its first two bytes.
    if len(content) > 1 and 0 in content[:2]:
        return content.decode("utf-16-be" if content[0] == 0 else "utf-16-le", errors="replace")
    return content.decode("utf-8", errors="replace")


def read_text(path: Path, max_bytes: int = MAX_TEXT_BYTES) -> str:
    """The text of a file.

    Raises:
        RecordingError: the file cannot be read, is no regular file, or is longer than `max_bytes`.
    """
    try:
        # without waiting: opening a pipe would wait for a program that writes into it
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise RecordingError(f"'{path.name}' cannot be read: it is no file")
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise RecordingError(f"'{path.name}' cannot be read: {error.strerror or error}") from error
    if len(content) > max_bytes:
        raise RecordingError(f"'{path.name}' is longer than the {format_bytes(max_bytes)} of text that are read")
    return decode_text(content)


def read_json(path: Path) -> object:
    """The content of a JSON file.

    Raises:
        RecordingError: the file cannot be read, is too long, or is not valid JSON; the message says where.
    """
    text = read_text(path, MAX_JSON_BYTES)
    try:
        return json.loads(text)
    except RecursionError:
        raise RecordingError(f"{path.name} is not a description: brackets are nested too deep in it") from None
    except ValueError as error:
        raise RecordingError(f"{path.name} is not valid JSON: {error}") from None
