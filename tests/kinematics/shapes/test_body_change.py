"""Dances of the demo dancer on other bodies: limbs of the right lengths, and feet that stand where they stood."""

from dataclasses import replace

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.kinematics.body import Body
from mariel.kinematics.shapes.body_change import BodyChange
from mariel.kinematics.shapes.choices import find_body
from mariel.kinematics.shapes.proportions import PROPORTIONS
from mariel.kinematics.shapes.shapes import body_of, body_of_frames, in_axes_of, leg_length, stature, with_proportions
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording

FRAMES = slice(500, 700)
FEET = [*MARIEL_53.indices(("LHEL", "LTOE", "LMT1", "LMT5")), *MARIEL_53.indices(("RHEL", "RTOE", "RMT1", "RMT5"))]


@pytest.fixture(scope="module")
def take() -> Recording:
    return load_recordings("demo")["waltz_for_one"]


@pytest.fixture(scope="module")
def own(take) -> Body:
    return body_of([take])


@pytest.fixture(scope="module")
def positions(take) -> np.ndarray:
    return take.positions[FRAMES]


@pytest.fixture(scope="module")
def dances(take, own, positions) -> dict[str, np.ndarray]:
    """The phrase on each body."""
    bodies = {name: with_proportions(own, MARIEL_53, each) for name, each in PROPORTIONS.items()}
    changes = {name: BodyChange(own, body, MARIEL_53) for name, body in bodies.items()}
    return {name: change.dance(positions, take.fps).positions for name, change in changes.items()}


def distance(positions: np.ndarray, one: str, other: str) -> float:
    one_path, other_path = (positions[:, MARIEL_53.index(label)] for label in (one, other))
    return float(np.linalg.norm(one_path - other_path, axis=1).mean())


def lengths(body: Body, *segments: str) -> np.ndarray:
    """Of the ways from the joints of their parents to those of some segments."""
    return body.joint_offsets[[body.skeleton.names.index(name) for name in segments]].norm(dim=1).numpy()


def test_on_ones_own_body_a_dance_is_as_recorded(take, own, positions):
    same = BodyChange(own, own, MARIEL_53).dance(positions, take.fps)
    assert np.linalg.norm(same.positions - positions, axis=2).mean() < 0.006
    assert same.warning == ""


def test_named_proportions_change_the_parts_that_they_name(own):
    arms, legs = (with_proportions(own, MARIEL_53, PROPORTIONS[name]) for name in ("long-arms", "long-legs"))
    on_arms, on_legs = ("left_forearm", "right_hand"), ("left_shank", "right_foot")
    np.testing.assert_allclose(lengths(arms, *on_arms), 1.3 * lengths(own, *on_arms), rtol=1e-5)
    np.testing.assert_allclose(lengths(arms, *on_legs), lengths(own, *on_legs), rtol=1e-5)
    np.testing.assert_allclose(lengths(legs, *on_legs), 1.25 * lengths(own, *on_legs), rtol=1e-5)
    np.testing.assert_allclose(lengths(legs, *on_arms), lengths(own, *on_arms), rtol=1e-5)


def test_a_longer_limb_is_not_thicker(own):
    arms = with_proportions(own, MARIEL_53, PROPORTIONS["long-arms"])
    inner, outer = MARIEL_53.indices(("LIEL", "LELB"))
    widths = [float((body.marker_offsets[inner] - body.marker_offsets[outer]).norm()) for body in (own, arms)]
    assert widths[1] == pytest.approx(widths[0], rel=0.05)


def test_a_child_is_of_a_childs_height_with_a_larger_head_and_shorter_legs(own, positions, dances):
    child, head = dances["child"], ("LFHD", "RBHD")
    size = 1.15 / stature(own, MARIEL_53)
    assert 1.0 < np.quantile(child[..., 2].max(axis=1), 0.5) < 1.25
    assert distance(child, *head) == pytest.approx(1.25 * size * distance(positions, *head), rel=0.02)
    legs = leg_length(with_proportions(own, MARIEL_53, PROPORTIONS["child"])) / leg_length(own)
    assert legs == pytest.approx(0.948 * size, rel=0.01)


@pytest.mark.parametrize("name", PROPORTIONS)
def test_limbs_keep_their_lengths_in_every_frame(dances, name):
    for one, other in (("LFHD", "ARIEL"), ("LKNE", "LTHI"), ("RTOE", "RHEL")):
        paths = [dances[name][:, MARIEL_53.index(label)] for label in (one, other)]
        assert np.linalg.norm(paths[0] - paths[1], axis=1).std() < 1e-4


@pytest.mark.parametrize(("name", "size"), [("child", 0.676), ("long-arms", 1.0), ("long-legs", 1.25)])
def test_feet_stand_on_the_floor_and_steps_fit_the_legs(positions, dances, name, size):
    lowest, recorded = (each[..., 2].min(axis=1) for each in (dances[name], positions))
    standing = recorded < 0.04
    assert np.abs(lowest - recorded)[standing].max() < 0.02
    went, walked = (np.linalg.norm(np.diff(each[:, FEET].mean(axis=1)[:, :2], axis=0), axis=1).sum()
                    for each in (dances[name], positions))  # fmt: skip
    assert went / walked == pytest.approx(size, rel=0.06)


def test_a_smaller_person_who_moves_alike_gives_the_same_dance_smaller(take, own, positions):
    # seen in other frames and turned, so that the axes of the segments are others
    x, y, z = np.moveaxis(take.positions[::9], -1, 0)
    smaller = body_of_frames(0.8 * np.stack([-y, x, z], axis=-1), MARIEL_53)
    change = BodyChange(own, in_axes_of(smaller, own), MARIEL_53)
    dance = change.dance(positions, take.fps).positions
    offset = (dance - 0.8 * positions)[0].mean(axis=0) * [1, 1, 0]
    assert np.linalg.norm(dance - 0.8 * positions - offset, axis=2).mean() < 0.015


def test_a_marker_on_no_segment_goes_with_the_nearest(take, own, positions):
    segments = tuple((name, tuple(each for each in on if each != "ARIEL")) for name, on in MARIEL_53.segments)
    loose = replace(MARIEL_53, segments=segments)
    body = body_of_frames(take.positions[::9], loose)
    child = with_proportions(body, loose, PROPORTIONS["child"])
    dance = BodyChange(body, child, loose).dance(positions, take.fps).positions
    ratio = distance(dance, "ARIEL", "LFHD") / distance(dance, "LFHD", "RFHD")
    assert ratio == pytest.approx(distance(positions, "ARIEL", "LFHD") / distance(positions, "LFHD", "RFHD"), rel=0.1)


def test_missing_markers_stay_missing_and_one_that_is_never_seen_is_named(take, own, positions):
    change = BodyChange(own, with_proportions(own, MARIEL_53, PROPORTIONS["child"]), MARIEL_53)
    gaps = positions.copy()
    gaps[20:30, 7] = np.nan
    dance = change.dance(gaps, take.fps).positions
    assert np.array_equal(np.isnan(dance), np.isnan(gaps))
    gaps[:, 7] = np.nan
    with pytest.raises(RecordingError, match=f"{MARIEL_53.labels[7]} is never seen"):
        change.dance(gaps, take.fps)


def test_bodies_that_are_not_there_are_named_with_those_that_are(own):
    takes = {
        "one": Recording.from_positions(
            "one", np.zeros((20, 2, 3), np.float32), MARIEL_53.subset(("C7", "T10"), "two")
        )
    }
    for choice, message in (
        ("giant", "no body is known by the name 'giant'.*child, long-arms"),
        ("take:two", "no take 'two' among these recordings; there are one"),
        ("take:one", "one has other markers than this dance"),
    ):
        with pytest.raises(RecordingError, match=message):
            find_body(choice, own, MARIEL_53, takes)
