"""Sweeps as bytes: what the player reads is what was packed."""

import json
import zlib

import numpy as np
import pytest

from mariel.errors import StageError
from mariel.stage.packing import STEP
from mariel.stage.sweep import SWEEP_MAGIC, Sweep, pack_sweep

VALUES = [0.0, 0.5, 1.0, 1.5, 2.0]


def dances(count: int = 2) -> list[np.ndarray]:
    """Dances that grow with the value: (values, frames, markers, 3)."""
    shape = np.random.default_rng(0).normal(0, 0.3, (count, 12, 3, 3)).cumsum(axis=1)
    return [np.stack([value * each for value in VALUES]) for each in shape]


def unpack(block: bytes) -> tuple[dict, list[np.ndarray]]:
    """Header, and counts (values, frames, markers, 3) of each dance, as the module describes them."""
    assert block[:4] == SWEEP_MAGIC
    length = int.from_bytes(block[4:8], "little")
    header, payload = json.loads(block[8 : 8 + length]), zlib.decompress(block[8 + length :])
    counts, at = [], 0
    for dancer in header["dancers"]:
        shape = len(header["values"]), dancer["frames"], dancer["markers"], 3
        each = np.frombuffer(payload, "<i2", np.prod(shape), at).reshape(shape)
        at += each.nbytes
        for axis in (0, 1, 1):
            each = each.cumsum(axis=axis, dtype=np.int16)
        counts.append(each)
    assert at == len(payload)
    return header, counts


def test_every_position_is_kept_to_a_quarter_of_a_millimetre():
    packed = dances()
    header, counts = unpack(pack_sweep(Sweep(VALUES, packed)))
    assert header["values"] == VALUES
    for dancer, each, expected in zip(header["dancers"], counts, packed, strict=True):
        assert np.abs(each * dancer["step"] + dancer["origin"] - expected).max() <= STEP / 2 * 1.01


def test_each_value_has_the_box_around_its_dance():
    (dance,) = dances(1)
    header, _ = unpack(pack_sweep(Sweep(VALUES, [dance])))
    bounds = np.array(header["dancers"][0]["bounds"])
    assert bounds.shape == (5, 2, 3)
    assert bounds[0] == pytest.approx(np.zeros((2, 3)))
    assert bounds[4] == pytest.approx(np.stack([dance[4].min(axis=(0, 1)), dance[4].max(axis=(0, 1))]), abs=0.001)


@pytest.mark.parametrize(
    ("values", "shape"),
    [([0, 1, 2], (3, 9, 2, 3)), ([0, 1, 2, 4], (4, 9, 2, 3)), (VALUES, (4, 9, 2, 3)), (VALUES, (5, 9, 2))],
)
def test_values_that_cannot_be_blended_are_refused(values, shape):
    with pytest.raises(StageError, match="sweep"):
        Sweep(values, [np.zeros(shape)])
