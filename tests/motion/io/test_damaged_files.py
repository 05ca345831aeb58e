"""Damaged files of every format, made by changing valid ones: each opens, or is refused in words that name its fault.

Nothing but RecordingError may be raised, and never the message for what no reader foresees. The changes are the same
in every run; with MARIEL_FUZZ_EXAMPLES=5000 there are as many others.
"""

import io
import json
import os
import re
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mariel.errors import RecordingError
from mariel.motion.io.loading import load_recordings
from mariel.motion.io.registry import UNREADABLE_MESSAGE
from tests.support.recording_files import write_every_format

EXAMPLES = int(os.environ.get("MARIEL_FUZZ_EXAMPLES", "150"))

MAX_SECONDS = 5.0
"""Processor time for one file; the largest takes 0.1 s."""

TOKENS = (
    b"{", b"}", b"(", b"[[[[", b"]", b",", b"\0", b"\n", b" ", b"-", b"nan", b"inf", b"1e400", b"JOINT x",
    b"End Site", b"ROOT", b"MOTION", b"OFFSET", b"CHANNELS 3", b"Frames: 9", b"null", b"true", b'"', b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY", b"'descr': '|O'", b"'shape': (1,)", b"<f8", b"<U9", b"9" * 400,
)  # fmt: skip

NUMBERS = (
    b"0", b"-1", b"1", b"2", b"3", b"53", b"55", b"0.5", b"1e400", b"-1e-400", b"nan", b"Infinity", b"4294967296",
    b"18446744073709551617", b"9" * 30, b"9" * 5000, b"", b"x",
)  # fmt: skip

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_HEAD = 4000  # bytes that contain the header of every format

run = settings(
    max_examples=EXAMPLES,
    derandomize="MARIEL_FUZZ_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,  # wall time varies on a busy machine; opens_or_is_refused measures processor time
    suppress_health_check=list(HealthCheck),
)

positions = st.one_of(st.integers(0, 200), st.integers(0, _HEAD), st.integers(0, 2**31))


@dataclass(frozen=True)
class Change:
    """A change of bytes: a flipped bit, a cut, a piece taken out or doubled, a token, another number."""

    kind: str
    at: int
    to: int
    bit: int
    token: bytes
    number: bytes
    in_head: bool

    def __call__(self, content: bytes) -> bytes:
        if not content:
            return self.token
        first, last = sorted((self.at % len(content), self.to % len(content)))
        before, between, after = content[:first], content[first:last], content[last:]
        changed = {
            "flip": before + bytes([content[first] ^ (1 << self.bit)]) + content[first + 1 :],
            "cut": before + between,
            "remove": before + after,
            "double": before + between + between + after,
            "insert": before + self.token + between + after,
        }
        return changed[self.kind] if self.kind in changed else self._change_number(content)

    def _change_number(self, content: bytes) -> bytes:
        first = 0 if self.in_head else self.bit * len(content) // 8
        found = list(_NUMBER.finditer(content, first, first + _HEAD))
        if not found:
            return content + self.token
        one, other = sorted(
            (found[self.at % len(found)], found[self.to % len(found)]), key=lambda match: match.start()
        )
        if self.kind == "number" or one is other:
            return content[: one.start()] + self.number + content[one.end() :]
        between = content[one.end() : other.start()]
        return content[: one.start()] + other[0] + between + one[0] + content[other.end() :]


changes = st.builds(
    Change,
    kind=st.sampled_from(["flip", "cut", "remove", "double", "insert", "number", "swap"]),
    at=positions,
    to=positions,
    bit=st.integers(0, 7),
    token=st.sampled_from(TOKENS),
    number=st.sampled_from(NUMBERS),
    in_head=st.booleans(),
)


_plain = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=5)
_pairs = st.lists(st.lists(_plain, max_size=3), max_size=4)
json_values = (
    _plain | st.lists(_plain, max_size=4) | _pairs | st.dictionaries(st.text(max_size=3), _pairs, max_size=2)
)


class Samples(dict[str, bytes]):
    """Content of a small valid file of every format by name; the description's is under the name of its .json."""

    def __repr__(self) -> str:  # hypothesis prints it where it fails
        return f"Samples({', '.join(self)})"


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> Samples:
    folder = tmp_path_factory.mktemp("valid")
    write_every_format(folder)
    return Samples({path.name: path.read_bytes() for path in sorted(folder.iterdir())})


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("damaged")


def opens_or_is_refused(path: Path) -> None:
    """Check that a file opens soon as usable recordings, or is refused with a message for the fault found."""
    begin = time.process_time()
    try:
        recordings = load_recordings(path, trim=0)
    except RecordingError as error:
        recordings, messages = {}, [str(error)]
    else:
        messages = list(map(str, recordings.problems))
    assert time.process_time() - begin < MAX_SECONDS
    assert not [message for message in messages if UNREADABLE_MESSAGE in message]
    for take in recordings.values():
        assert take.positions.shape == (len(take), len(take.marker_set), 3)
        assert take.positions.dtype == np.float32
        assert 0 < take.duration < np.inf


def write_sample(folder: Path, samples: Samples, name: str, change) -> Path:
    """A changed copy of a file; the array stays valid where the description is changed, and the other way round."""
    for other in ("described.npy", "described.json"):
        (folder / other).write_bytes(samples[other])
    (folder / name).write_bytes(change(samples[name]))
    return (folder / name).with_suffix(".npy") if name == "described.json" else folder / name


@run
@given(st.data())
def test_a_file_with_changed_bytes_opens_or_is_refused_with_a_message(samples, folder, data):
    name = data.draw(st.sampled_from(sorted(samples)))
    several = data.draw(st.lists(changes, min_size=1, max_size=3))

    def change(content: bytes) -> bytes:
        for each in several:
            content = each(content)
        return content

    opens_or_is_refused(write_sample(folder, samples, name, change))


@run
@given(st.data())
def test_an_archive_with_a_changed_array_opens_or_is_refused_with_a_message(samples, folder, data):
    with zipfile.ZipFile(io.BytesIO(samples["named.npz"])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(members)))
    members[name] = data.draw(changes)(members[name])
    renamed = data.draw(
        st.sampled_from([name, name, name, "positions.npy", "about.npy", "labels.npy", "x/y.npy", "z"])
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for each, content in members.items():
            archive.writestr(renamed if each == name else each, content)
    opens_or_is_refused(write_sample(folder, samples, "named.npz", lambda _: buffer.getvalue()))


@run
@given(st.sampled_from(["joints", "markers", "edges", "axes", "up", "fps", "left_right"]), json_values)
def test_an_array_with_a_changed_description_opens_or_is_refused_with_a_message(samples, folder, key, value):
    about = json.loads(samples["described.json"]) | {key: value}
    opens_or_is_refused(write_sample(folder, samples, "described.json", lambda _: json.dumps(about).encode()))


array_values = st.one_of(
    st.integers(-(2**60), 2**60).map(np.array),
    st.floats().map(np.array),
    st.text(max_size=9).map(np.array),
    st.lists(st.floats(width=32), max_size=8).map(np.array),
    st.lists(st.lists(st.integers(-2, 9), min_size=2, max_size=2), max_size=5).map(np.array),
    st.lists(st.lists(st.floats(-2, 9), min_size=2, max_size=2), max_size=5).map(np.array),
    st.lists(st.text(max_size=4), min_size=4, max_size=4).map(np.array),
    st.lists(st.binary(max_size=4), min_size=4, max_size=4).map(np.array),
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 4)).map(np.zeros),
)


@run
@given(st.sampled_from(["data", "names", "edges", "fps", "marker_set", "positions", "about"]), array_values)
def test_an_archive_with_an_array_of_another_kind_opens_or_is_refused_with_a_message(folder, samples, key, array):
    with np.load(io.BytesIO(samples["named.npz"])) as archive:
        arrays = dict(archive) | {key: array}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    opens_or_is_refused(write_sample(folder, samples, "named.npz", lambda _: buffer.getvalue()))


@settings(run, max_examples=max(EXAMPLES // 8, 1))
@given(st.data())
def test_a_changed_real_file_opens_or_is_refused_with_a_message(mocap, folder, data):
    files = [mocap / "mariel15.npy", mocap / "mariel55_y_up.npy", mocap / "optical28.npz", mocap / "duet.npy"]
    files += [mocap / "mariel15.json", mocap / "duet.json", *sorted((mocap / "bvh").glob("*.bvh"))]
    source = data.draw(st.sampled_from(files))
    for each in (source, source.with_suffix(".json"), source.with_suffix(".npy")):
        if each.is_file():
            (folder / each.name).write_bytes(each.read_bytes())
    (folder / source.name).write_bytes(data.draw(changes)(source.read_bytes()))
    opens_or_is_refused(
        folder / source.with_suffix(".npy").name if source.suffix == ".json" else folder / source.name
    )
