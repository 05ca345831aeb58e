"""Damaged copies of files: flipped bits, cuts, other numbers, and headers that lie."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from random import Random

HEAD = 1024
"""Bytes in which headers are, which are changed more often than the rest."""

_NUMBER = re.compile(rb"-?\d+(?:[.,]\d+)?")
_NUMBERS = (
    b"0", b"-1", b"1", b"2", b"3", b"53", b"255", b"0.5", b"1e400", b"-1e-400", b"nan", b"inf", b"65535",
    b"4294967296", b"1000000000", b"18446744073709551617", b"9" * 40, b"", b"x", b"0,5", b"=1+1", b"<b>",
)  # fmt: skip
_WORDS = (
    b"\0", b"\n", b"\r", b"\r\n", b"\t", b",", b";", b'"', b"'", b"{", b"}", b"[[[[", b"((((", b"X", b"Y1", b":",
    b"*",
    b"Frame", b"Marker", b"Trajectories\n", b"Name", b"mm", b"6D", b"POINT", b"LABELS", b"\xff\xfe", b"\xef\xbb\xbf",
    b"PK\x03\x04", b"\x93NUMPY", b"MATLAB", b"'shape': (1,)", b"|O", b"<U9", b"\x50\x02", b"\xff" * 8, b"9" * 300,
    b"JOINT x", b"End Site", b"MOTION", b"CHANNELS 3",
)  # fmt: skip
_INTEGERS = (0, 1, 2, 3, 127, 128, 255, 256, 32767, 32768, 65535, 2**31 - 1, 2**31, 2**32 - 1)


def mutate(content: bytes, random: Random) -> bytes:
    """A copy of a file's content with one to three changes; archives also with changes in what is packed."""
    inside = _REPACK.get(content[:4])
    if inside and random.random() < 0.6:
        return inside(content, random)
    for _ in range(random.randint(1, 3)):
        content = random.choice(_CHANGES)(content, random)
    return content


def _place(content: bytes, random: Random) -> int:
    return random.randrange(max(1, min(len(content), HEAD if random.random() < 0.6 else len(content))))


def _flip(content: bytes, random: Random) -> bytes:
    at = _place(content, random)
    return content[:at] + bytes([content[at] ^ (1 << random.randrange(8))]) + content[at + 1 :] if content else b""


def _set_byte(content: bytes, random: Random) -> bytes:
    at = _place(content, random)
    return content[:at] + bytes([random.randrange(256)]) + content[at + 1 :]


def _set_integer(content: bytes, random: Random) -> bytes:
    """Another whole number of two or four bytes, such as a size in a header."""
    at = _place(content, random) & ~1
    value, wide, order = random.choice(_INTEGERS), random.random() < 0.5, random.choice("<<<>")
    number = struct.pack(f"{order}I", value) if wide else struct.pack(f"{order}H", value % 65536)
    return content[:at] + number + content[at + len(number) :]


def _cut(content: bytes, random: Random) -> bytes:
    return content[: random.randrange(len(content) + 1)]


def _remove(content: bytes, random: Random) -> bytes:
    at = _place(content, random)
    return content[:at] + content[at + random.choice((1, 2, 4, 8, 64, 512)) :]


def _double(content: bytes, random: Random) -> bytes:
    at = _place(content, random)
    end = at + random.choice((1, 2, 4, 64, 512))
    return content[:end] + content[at:end] + content[end:]


def _insert(content: bytes, random: Random) -> bytes:
    at = _place(content, random)
    return content[:at] + random.choice(_WORDS) + content[at:]


def _numbers(content: bytes, random: Random) -> bytes:
    """Another number in text, or two exchanged."""
    first = 0 if random.random() < 0.6 else _place(content, random)
    found = list(_NUMBER.finditer(content, first, first + 4 * HEAD))
    if not found:
        return _set_byte(content, random)
    one, other = sorted((random.choice(found), random.choice(found)), key=lambda match: match.start())
    if one is other or random.random() < 0.5:
        return content[: one.start()] + random.choice(_NUMBERS) + content[one.end() :]
    between = content[one.end() : other.start()]
    return content[: one.start()] + other[0] + between + one[0] + content[other.end() :]


def _exchange_lines(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    i, j = random.randrange(len(lines)), random.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]
    return b"\n".join(lines)


_CHANGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip, _set_byte, _set_integer, _set_integer, _cut, _remove, _double, _insert, _numbers, _numbers,
    _exchange_lines,
)  # fmt: skip


def _change_member(content: bytes, random: Random) -> bytes:
    """An archive with one of its members changed, renamed or missing, and checksums that fit."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = random.choice(sorted(members))
    changed = members.pop(name)
    for _ in range(random.randint(1, 3)):
        changed = random.choice(_CHANGES)(changed, random)
    names = [name] * 6 + ["positions.npy", "labels.npy", "joints.npy", "poses.npy", "fps.npy", "x/y.npy", ""]
    members[random.choice(names) or name] = changed
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for each, data in members.items():
            archive.writestr(each, data)
    return buffer.getvalue()


def _change_variable(content: bytes, random: Random) -> bytes:
    """A MATLAB file whose first variable is changed and packed again."""
    length = struct.unpack_from("<I", content, 132)[0]
    changed = zlib.decompress(content[136 : 136 + length])
    for _ in range(random.randint(1, 3)):
        changed = random.choice(_CHANGES)(changed, random)
    packed = zlib.compress(changed)
    if random.random() < 0.5:
        return content[:128] + changed
    return content[:128] + struct.pack("<2I", 15, len(packed)) + packed


_REPACK: dict[bytes, Callable[[bytes, Random], bytes]] = {b"PK\x03\x04": _change_member, b"MATL": _change_variable}
