"""Names of exported files, made of a dance's title."""

import re
import unicodedata

MAX_NAME_BYTES = 120
"""Bytes of a file name without its ending; systems allow 255, and folders and lists show about this many."""

CUT = " … "
"""What stands in the middle of a name that was too long."""

_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(10))}


def file_name(words: str, suffix: str) -> str:
    """A file name that every system accepts, made of some words: no slashes, colons or quotes, no reserved names.

    A long name is cut in the middle: a dance's model stands at its beginning, and its seed or frame at its end.

    Args:
        words: any text.
        suffix: the ending, with the dot.
    """
    words = re.sub(r"[^\w.,() -]+", "-", unicodedata.normalize("NFC", words))
    stem = cut_middle(re.sub(r"\s+", " ", words).strip(" .-"), MAX_NAME_BYTES)
    if not stem or stem.split(".")[0].strip().upper() in _RESERVED:
        stem = f"dance {stem}".strip()
    return f"{stem}{suffix}"


def cut_middle(text: str, max_bytes: int) -> str:
    """A text of at most so many bytes in UTF-8: whole characters of its beginning and of its end."""
    if len(text.encode()) <= max_bytes:
        return text
    room = max_bytes - len(CUT.encode())
    start = text.encode()[: room // 2].decode(errors="ignore")
    end = text.encode()[-(room - room // 2) :].decode(errors="ignore")
    while end and unicodedata.combining(end[0]):  # an accent without its letter
        end = end[1:]
    return f"{start.rstrip(' .,-')}{CUT}{end.lstrip(' .,-')}"
