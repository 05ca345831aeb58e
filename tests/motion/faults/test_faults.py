"""Faults put into a dance by hand: found where they were put, and mended to what was there before."""

from dataclasses import replace

import numpy as np
import pytest

from mariel.motion.checks import check_faults
from mariel.motion.faults.finding import find_faults
from mariel.motion.faults.repairing import repair
from mariel.motion.io.loading import load_recordings
from mariel.motion.recording import Recording


@pytest.fixture(scope="module")
def dance() -> Recording:
    take = load_recordings("demo")["waltz_for_one"]
    return replace(take.frames(500, 900), path=None)


def changed(dance: Recording, change) -> Recording:
    positions = dance.positions.copy()
    change(positions)
    return Recording.from_positions("changed", positions, dance.marker_set, fps=dance.fps)


def test_a_dance_has_no_faults(dance):
    assert find_faults(dance) == []
    assert repair(dance, ("start", "spikes", "swapped", "frozen")) is dance


def test_a_pose_apart_from_the_rest_at_the_start_is_cut(dance):
    def t_pose(positions):
        positions[:2] = positions[:1] + np.float32([0, 0, 0.5])

    take = changed(dance, t_pose)
    (fault,) = find_faults(take)
    assert (fault.kind, fault.start, fault.stop) == ("start", 0, 2)
    mended = repair(take, ("start",))
    np.testing.assert_allclose(mended.positions, dance.positions[2:], atol=1e-6)
    assert mended.notes == ("mended: 1 pose cut away at the start",)


def test_a_marker_that_jumps_away_and_back_is_filled(dance):
    hand = dance.marker_set.index("LOHAND")

    def spike(positions):
        positions[100:103, hand] += [0.3, 0.2, 0.1]

    take = changed(dance, spike)
    (fault,) = find_faults(take)
    assert (fault.kind, fault.markers, fault.start, fault.stop) == ("spikes", ("LOHAND",), 100, 103)
    mended = repair(take, ("spikes",))
    assert np.linalg.norm(mended.positions - dance.positions, axis=2).max() < 0.03
    (problem,) = check_faults(take)
    assert "markers jump away and back (LOHAND), from frame 100 for 3 frames" in problem.message
    assert "--repair spikes" in problem.message


def test_exchanged_sides_are_exchanged_back(dance):
    pair = dance.marker_set.indices(("LKNE", "RKNE"))

    def swap(positions):
        positions[100:140, pair] = positions[100:140, pair[::-1]]

    take = changed(dance, swap)
    (fault,) = find_faults(take)
    assert (fault.kind, fault.markers, fault.start, fault.stop) == ("swapped", ("LKNE", "RKNE"), 100, 140)
    np.testing.assert_allclose(repair(take, ("swapped",)).positions, dance.positions)


def test_a_frozen_marker_is_left_empty(dance):
    heel = dance.marker_set.index("LOHAND")

    def freeze(positions):
        positions[100:200, heel] = positions[100, heel]

    mended = repair(changed(dance, freeze), ("frozen",))
    missing = np.isnan(mended.positions[:, heel, 0])
    assert np.flatnonzero(missing).tolist() == list(range(100, 200))


def test_only_what_is_asked_for_is_mended(dance):
    def faults(positions):
        positions[0] += 0.5
        positions[100:103, 5] += 0.3

    mended = repair(changed(dance, faults), ("spikes",))
    assert len(mended) == len(dance)
    np.testing.assert_allclose(mended.positions[0], dance.positions[0] + 0.5, atol=1e-5)
