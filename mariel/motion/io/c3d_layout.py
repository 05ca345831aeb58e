"""The header and parameters of a C3D file, with every size checked against the file before anything is read.

Format: "The C3D File Format: A Technical User Guide", https://www.c3d.org/docs/C3D_User_Guide.pdf. A header of 512
bytes, a section of named parameters in groups, and the data: per frame x, y, z and a residual of every point, then
analog samples; as 16-bit integers with a scale, or as 32-bit floats.
"""

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mariel.errors import RecordingError
from mariel.motion.arrays import MAX_MAPPED_BYTES, require_size
from mariel.motion.recording import FPS_RANGE

BLOCK = 512
"""Bytes in which a C3D file counts."""

_MAX_PARAMETER_BYTES = 2**20  # a section has at most 255 blocks, 130,560 bytes, where its header tells the truth
_KEY = 0x50
_HEADER_LIMIT = 65_535
_PROCESSORS = {84: "<", 85: "dec", 86: ">"}

Parameter = list[str] | np.ndarray
"""A parameter's value: texts, or numbers in one row."""


@dataclass(frozen=True)
class C3dLayout:
    """What the header and parameters of a C3D file say.

    Args:
        parameters: value by group and name, both in capitals: `parameters["POINT"]["RATE"]`.
        points: points per frame.
        analog: analog numbers per frame.
        frames: frames in the file.
        scale: length of one unit of integer positions; negative where positions are floats.
        rate: frames per second; None where the file names none that is possible.
        offset: bytes before the first frame.
        byte_order: "<" or ">", or "dec" for the floats of a VAX.
    """

    parameters: Mapping[str, Mapping[str, Parameter]]
    points: int
    analog: int
    frames: int
    scale: float
    rate: float | None
    offset: int
    byte_order: str

    @property
    def dtype(self) -> np.dtype:
        """Type of the numbers in the data section."""
        return np.dtype(("<" if self.byte_order == "dec" else self.byte_order) + ("f4" if self.scale < 0 else "i2"))

    @property
    def numbers(self) -> int:
        """Numbers per frame."""
        return 4 * self.points + self.analog

    def texts(self, group: str, name: str) -> list[str]:
        """A parameter that is text; empty where it is missing or of another kind."""
        value = self.parameters.get(group, {}).get(name, [])
        return value if isinstance(value, list) else []

    def number(self, group: str, name: str) -> float:
        """The first number of a parameter; NaN where it is missing or of another kind."""
        return _first_number(self.parameters.get(group, {}).get(name))


def is_c3d(head: bytes) -> bool:
    """Whether a file begins as a C3D file does: the block of its parameters, and the number 80."""
    return len(head) > 1 and head[1] == _KEY and 1 < head[0] < 100


def read_c3d_layout(path: Path) -> C3dLayout:
    """The layout of a C3D file.

    Raises:
        RecordingError: the file is damaged, cut short, or has no points; the message says what was expected.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        header = file.read(BLOCK)
        if len(header) < BLOCK:
            raise RecordingError(f"the C3D file is cut short: expected a header of 512 bytes, found {len(header)}")
        start = (header[0] - 1) * BLOCK
        file.seek(start)
        section = file.read(_MAX_PARAMETER_BYTES)
    if len(section) < 5:
        raise RecordingError(
            f"the C3D file is cut short or damaged: its header names block {header[0]} for the parameters, found "
            f"{size:,} bytes"
        )
    byte_order = _PROCESSORS.get(section[3])
    if byte_order is None:
        raise RecordingError(
            f"the C3D file is damaged: expected a processor type of 84, 85 or 86 in its parameters, "
            f"found {section[3]}"
        )
    endian = ">" if byte_order == ">" else "<"
    points, analog, first, last = struct.unpack_from(f"{endian}4H", header, 2)
    data_block = struct.unpack_from(f"{endian}H", header, 16)[0]
    parameters = dict(_parameters(section, byte_order))
    point = parameters.get("POINT", {})
    used = _first_number(point.get("USED"))
    if used >= 0 and used != points:
        points = int(used)
    scale = _first_number(point.get("SCALE"))
    if not (math.isfinite(scale) and scale):
        scale = _floats(header[12:16], byte_order)[0]
    data_block = data_block or int(max(_first_number(point.get("DATA_START")), 0) or 0)
    layout = C3dLayout(
        parameters, points, analog, 0, float(scale), _rate(point, header, byte_order), (data_block - 1) * BLOCK,
        byte_order,
    )  # fmt: skip
    return _with_frames(layout, last - first + 1, size)


def _rate(point: Mapping[str, Parameter], header: bytes, byte_order: str) -> float | None:
    """The frame rate of the parameters, else that of the header, else None."""
    for rate in (_first_number(point.get("RATE")), float(_floats(header[20:24], byte_order)[0])):
        if FPS_RANGE[0] <= rate <= FPS_RANGE[1]:
            return round(rate, 5)
    return None


def _with_frames(layout: C3dLayout, in_header: int, size: int) -> C3dLayout:
    """The layout with its number of frames, which must lie within the file."""
    if layout.points < 1:
        raise RecordingError("expected points in the C3D file, found none: it holds other measurements only")
    if not (math.isfinite(layout.scale) and layout.scale):
        raise RecordingError(f"the C3D file is damaged: expected POINT:SCALE other than 0, found {layout.scale}")
    if layout.offset < BLOCK or layout.offset >= size:
        raise RecordingError(
            f"the C3D file is cut short or damaged: its data begin at byte {max(layout.offset, 0):,}, found "
            f"{size:,} bytes"
        )
    frame_bytes = layout.numbers * layout.dtype.itemsize
    there = (size - layout.offset) // frame_bytes
    claimed = [count for count in (in_header, *_counts_of_parameters(layout)) if count > 0]
    fitting = [count for count in claimed if count <= there]
    if not fitting:
        raise RecordingError(
            f"the C3D file is cut short or damaged: expected {max(claimed, default=0):,} frames of {layout.points:,} "
            f"points, found bytes for {there:,}; copy or export it again"
        )
    # The header cannot count beyond 65,535; else it is nearest to what was written.
    frames = max(fitting) if max(fitting) >= _HEADER_LIMIT or in_header >= _HEADER_LIMIT else fitting[0]
    require_size(frames * frame_bytes, MAX_MAPPED_BYTES)
    return C3dLayout(
        layout.parameters, layout.points, layout.analog, frames, layout.scale, layout.rate, layout.offset,
        layout.byte_order,
    )  # fmt: skip


def _counts_of_parameters(layout: C3dLayout) -> Iterator[int]:
    """Numbers of frames that parameters name; the header's cannot be above 65,535."""
    ends = [layout.parameters.get("TRIAL", {}).get(f"ACTUAL_{which}_FIELD") for which in ("START", "END")]
    numbers = [_long_number(end) for end in ends]
    if all(number > 0 for number in numbers):
        yield numbers[1] - numbers[0] + 1
    for name in ("LONG_FRAMES", "FRAMES"):
        count = layout.number("POINT", name)
        if math.isfinite(count) and 0 < count < 2**31:
            yield int(count)


def _long_number(value: Parameter | None) -> int:
    """A number of 32 bits in two of 16; 0 where there is none."""
    if not isinstance(value, np.ndarray) or value.size < 2 or not np.isfinite(value[:2]).all():
        return 0
    low, high = (int(each) % 65536 for each in value[:2])
    return low + 65536 * high


def _first_number(value: Parameter | None) -> float:
    return float(value[0]) if isinstance(value, np.ndarray) and value.size else math.nan


def _parameters(section: bytes, byte_order: str) -> Iterator[tuple[str, dict[str, Parameter]]]:
    """(group, its parameters) of a parameter section; a parameter that is damaged is left out."""
    names: dict[int, str] = {}
    values: dict[int, dict[str, Parameter]] = {}
    for number, name, content in _records(section, ">" if byte_order == ">" else "<"):
        if number < 0:
            names[-number] = name
        elif (value := _value(content, byte_order)) is not None:
            values.setdefault(number, {})[name] = value
    for number, name in names.items():
        yield name, values.get(number, {})


def _records(section: bytes, endian: str) -> Iterator[tuple[int, str, bytes]]:
    """(number, name in capitals, content) of groups, whose number is negative, and of their parameters.

    Each record says how far it is to the next, always forwards, so that the walk ends.
    """
    at = 4
    while at + 4 <= len(section):
        length, number = struct.unpack_from("bb", section, at)
        length = abs(length)
        link = at + 2 + length
        if length == 0 or number == 0 or link + 2 > len(section):
            return
        name = section[at + 2 : link].decode("latin-1").strip().upper()
        step = struct.unpack_from(f"{endian}H", section, link)[0]
        end = link + step if step else len(section)
        yield number, name, section[link + 2 : min(end, len(section))]
        if step < 2:
            return
        at = end


def _value(content: bytes, byte_order: str) -> Parameter | None:
    """The value of a parameter from its type, dimensions and bytes; None if these do not fit."""
    if len(content) < 2:
        return None
    kind, rank = struct.unpack_from("bB", content)
    shape = content[2 : 2 + rank]
    if kind not in (-1, 1, 2, 4) or rank > 7 or len(shape) < rank:
        return None
    count = math.prod(shape)
    data = content[2 + rank : 2 + rank + count * abs(kind)]
    if len(data) < count * abs(kind):
        return None
    if kind == -1:
        width = shape[0] if rank else 1
        rows = [data[i : i + width] for i in range(0, len(data), width)] if width else []
        return [row.decode("utf-8", "replace").replace("\0", " ").strip() for row in rows]
    if kind == 4:
        return _floats(data, byte_order)
    endian = ">" if byte_order == ">" else "<"
    # Counts are without a sign, although the format calls them integers: so they reach 65,535.
    return np.frombuffer(data, "u1" if kind == 1 else f"{endian}u2").astype(np.float64)


def _floats(data: bytes, byte_order: str) -> np.ndarray:
    """32-bit floats from bytes, as float64."""
    if byte_order == "dec":
        return floats_of_dec(np.frombuffer(data, "<u2").reshape(-1, 2)).astype(np.float64)
    return np.frombuffer(data, f"{byte_order}f4").astype(np.float64)


def floats_of_dec(words: np.ndarray) -> np.ndarray:
    """Floats of a VAX, given as pairs of 16-bit words (…, 2), as float32 (…,).

    The words are in the other order and the exponent is two larger: a quarter of the IEEE value of the same bits.
    """
    words = np.ascontiguousarray(words[..., ::-1], dtype="<u2")
    return words.view("<f4")[..., 0] / np.float32(4)
