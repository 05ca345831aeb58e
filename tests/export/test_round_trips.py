"""Files of data that this program writes and reads: the same positions, names and rate, upright, left on the left."""

import numpy as np
import pytest

from mariel.export.registry import EXPORTERS
from mariel.motion.io.loading import load_recordings
from mariel.motion.io.registry import suffixes
from mariel.motion.mariel_markers import MARIEL_53
from tests.export.dances import request_of

EXACT = {"c3d": 1e-6, "trc": 1e-6, "csv": 1e-7, "npz": 1e-7, "npy_zip": 1e-7, "bundle": 1e-7}
"""Metres by which positions may differ: what a 32-bit float of some metres, or of its millimetres, leaves."""


@pytest.fixture(scope="module")
def waltz():
    return load_recordings("demo")["waltz_for_one"].frames(400, 520)


@pytest.mark.parametrize("dancers", [1, 2])
@pytest.mark.parametrize("name", list(EXACT))
def test_a_dance_that_is_saved_and_opened_is_the_same(tmp_path, waltz, name, dancers):
    exporter = EXPORTERS[name]
    if f".{exporter.suffix.rpartition('.')[2]}" not in suffixes():
        pytest.skip("this program does not read such files yet")
    positions = [waltz.positions, waltz.positions[::-1] + np.float32([1.5, 0, 0])][:dancers]
    path = tmp_path / f"dance{exporter.suffix}"
    path.write_bytes(exporter.export(request_of(*positions, marker_set=MARIEL_53)))
    takes = list(load_recordings(path).values())
    assert len(takes) == dancers
    for take, expected in zip(takes, positions, strict=True):
        assert (take.marker_set.labels, take.fps, take.unit) == (MARIEL_53.labels, 35, "m")
        np.testing.assert_allclose(take.positions, expected, atol=EXACT[name])
        head, toe = take["ARIEL"], take["LTOE"]
        assert np.median(head[:, 2] - toe[:, 2]) > 1
        forward, left = take["LTOE"] - take["LHEL"], take["LFWT"] - take["RFWT"]
        assert np.median(forward[:, 0] * left[:, 1] - forward[:, 1] * left[:, 0]) > 0


@pytest.mark.parametrize("name", ["c3d", "trc", "csv", "npz", "npy_zip"])
def test_credit_and_licence_are_read_back(tmp_path, waltz, name):
    credit = "Danced by Ann, filmed by Ben. Licence: CC BY 4.0. The dancer is synthetic."
    path = tmp_path / f"dance{EXPORTERS[name].suffix}"
    path.write_bytes(EXPORTERS[name].export(request_of(waltz.positions[:40], marker_set=MARIEL_53, credit=credit)))
    recordings = load_recordings(path)
    (take,) = recordings.values()
    assert (take.credit, take.licence) == ("Danced by Ann, filmed by Ben. The dancer is synthetic.", "CC BY 4.0")
    assert not [problem for problem in recordings.problems if "credit" in problem.message]
