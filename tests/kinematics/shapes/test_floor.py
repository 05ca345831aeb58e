"""Faults of feet, on two feet that stand still for two seconds."""

import numpy as np
import pytest

from mariel.kinematics.shapes.floor import Standing
from mariel.motion.marker_set import MarkerSet

FEET = MarkerSet(
    "feet", ("LA", "LB", "RA", "RB"), segments=(("left_foot", ("LA", "LB")), ("right_foot", ("RA", "RB")))
)
FPS = 50
STILL = np.tile([[0, 0.1, 0.02], [0.2, 0.1, 0.02], [0, -0.1, 0.02], [0.2, -0.1, 0.02]], (100, 1, 1))
SECOND_HALF = slice(50, 75)


@pytest.fixture
def standing() -> Standing:
    return Standing(STILL, FEET, FPS)


@pytest.mark.parametrize(
    ("kind", "markers", "moved", "words"),
    [
        ("float", [0, 1], (0, 0, 0.05), "from 1.0 to 1.5 s a foot is up to 5 cm above the floor"),
        ("sink", [0, 1], (0, 0, -0.05), "from 1.0 to 1.5 s the body is up to 5 cm below the floor"),
    ],
)
def test_feet_that_leave_the_floor_are_told_with_their_times(standing, kind, markers, moved, words):
    placed = STILL.copy()
    placed[SECOND_HALF, markers] += moved
    (fault,) = standing.faults(placed, 1.0, 1.0)
    assert (fault.kind, str(fault)) == (kind, words)


def test_a_foot_that_slides_is_told_with_how_far(standing):
    placed = STILL.copy()
    placed[:, :2, 0] += np.linspace(0, 0.3, 100)[:, None]
    (fault,) = standing.faults(placed, 1.0, 1.0)
    assert str(fault) == "from 0.0 to 2.0 s a foot slides 30 cm"


def test_feet_that_stand_as_recorded_have_no_faults_and_no_corrections(standing):
    assert standing.faults(STILL, 1.0, 1.0) == ()
    np.testing.assert_allclose(standing.height_correction(STILL, 1.0, 1.0), 0, atol=1e-9)
    np.testing.assert_allclose(standing.path_correction(STILL, 1.0), 0, atol=1e-9)


def test_a_body_that_floats_and_slides_is_brought_back(standing):
    slid = STILL + np.array([0, 0, 0.1])
    slid[..., 0] += np.linspace(0, 0.3, 100)[:, None]
    corrected = slid.copy()
    corrected[..., 2] += standing.height_correction(slid, 1.0, 1.0)[:, None]
    corrected[..., :2] += standing.path_correction(slid, 1.0)[:, None]
    np.testing.assert_allclose(corrected, STILL, atol=0.02)
