"""Damaged copies of a file of each format: each opens, or is refused in words that name its fault.

`python -m benchmarks.fuzz` opens thousands of each, in child processes with limits.
"""

import time
from pathlib import Path
from random import Random

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.registry import FORMATS, UNREADABLE_MESSAGE, ReadOptions, open_recording_file
from tests.support.mutations import mutate
from tests.support.recording_files import write_every_format

FILES = 300
"""Damaged files of each format."""

MAX_SECONDS = 5.0
"""Processor time for one file; the slowest takes 0.02 s."""


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> dict[str, Path]:
    """A valid file by format."""
    found = {}
    for path in write_every_format(tmp_path_factory.mktemp("valid")):
        head = path.read_bytes()[: 2**16]
        found[next(name for name, each in FORMATS.items() if each.sniff(path, head))] = path
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_file_opens_or_is_refused_with_a_message(samples, name):
    path = samples[name]  # beside its description, where it has one
    content = path.read_bytes()
    for number in range(FILES):
        path.write_bytes(mutate(content, Random(f"{name} {number}")))
        begun, message, takes = time.process_time(), "", []
        try:
            takes = open_recording_file(path, ReadOptions(trim=0))
        except RecordingError as error:
            message = str(error)
        assert UNREADABLE_MESSAGE not in message, f"{name} {number}"
        assert time.process_time() - begun < MAX_SECONDS, f"{name} {number}"
        for take in takes:
            assert take.positions.shape == (len(take), len(take.marker_set), 3)
            assert take.positions.dtype == np.float32
