"""Different dances side by side: on one floor and one clock, facing one way, in their true size, nobody hidden."""

from dataclasses import replace

import numpy as np
import pytest

from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording
from mariel.stage.figure import dancer_positions, facing_angle
from mariel.stage.side_by_side import (
    GAP,
    SPACING,
    Motion,
    comparison_notes,
    held_positions,
    matching_trails,
    side_by_side_scene,
)
from tests.support.bodies import walking_positions
from tests.support.marker_sets import MARKER_SETS, PLAIN, moving_positions

PLAYER_VIEWS = (0, -np.pi / 5)
"""The player's front and three-quarter view, radians from the front."""

HANDS = MarkerSet.from_edges("hands", ("LHAND", "RHAND"), [(0, 1)])
JOINTS = MarkerSet.from_edges("joints", ("Hips", "LeftHand", "RightHand"), [(0, 1), (0, 2)])


def standing(facing: float = 0.0, *, frames: int = 3, low: float = 0.0, fps: float = 30.0, **more) -> Motion:
    """A body of two hands 1 m apart and 1 m high, and low metres above the floor, that faces an angle from +x."""
    left = np.array([-np.sin(facing), np.cos(facing)]) / 2
    pose = [[*left, low], [*-left, low + 1]]
    return Motion(np.broadcast_to(np.float32(pose), (frames, 2, 3)), HANDS, fps, **more)


def travelling(velocity: tuple[float, float], *, frames: int = 30) -> Motion:
    """Somebody who faces +x and glides over the floor, metres per frame."""
    path = np.arange(frames)[:, None, None] * np.float32([*velocity, 0])
    return replace(standing(frames=frames), positions=standing(frames=frames).positions + path)


def across(scene, view: float) -> list[np.ndarray]:
    """How far to the right each marker is, seen from an angle from the front: (frames, markers) by dancer."""
    angle = scene.front + view
    right = [-np.sin(angle), np.cos(angle)]
    return [dancer_positions(each)[..., :2] @ right for each in scene.dancers]


def test_the_first_one_stays_where_it_is_and_the_other_is_to_its_right_at_the_same_height():
    # Seen from +x, which the first one faces, +y is to the right.
    scene = side_by_side_scene([standing(label="a"), standing(label="b")], title="both")
    first, other = (dancer_positions(each)[0].mean(axis=0) for each in scene.dancers)
    np.testing.assert_allclose(first, [0, 0, 0.5], atol=1e-6)
    assert other[1] > first[1] + 1
    assert np.hypot(*(other - first)[:2]) == pytest.approx(SPACING)
    assert other[2] == pytest.approx(first[2])
    assert [each.label for each in scene.dancers] == ["a", "b"]
    assert (scene.title, scene.fps, scene.tiles) == ("both", 30, None)


@pytest.mark.parametrize("facing", [0, 1, -2.5, np.pi])
def test_all_begin_facing_the_way_the_first_one_faces(facing):
    scene = side_by_side_scene([standing(0.3), standing(facing)])
    assert [facing_angle(each) for each in scene.dancers] == pytest.approx([0.3, 0.3])
    assert scene.front == pytest.approx(0.3)


def test_turning_the_other_one_changes_neither_its_height_nor_its_size():
    other = standing(2.0)
    shown = side_by_side_scene([standing(), other]).dancers[1].positions
    np.testing.assert_allclose(shown[..., 2], other.positions[..., 2])
    np.testing.assert_allclose(np.linalg.norm(np.diff(shown, axis=1), axis=-1), np.sqrt(2), rtol=1e-6)


def test_a_body_that_has_no_left_and_right_is_not_turned():
    points = MarkerSet("points", ("one", "two"))
    still = Motion(standing(2.0).positions, points, 30)
    np.testing.assert_array_equal(side_by_side_scene([standing(), still]).dancers[1].positions, still.positions)


def test_who_is_first_seen_in_a_later_frame_faces_the_front_then():
    late = np.array(standing(2.0, frames=4).positions)
    late[:2] = np.nan
    scene = side_by_side_scene([standing(), replace(standing(2.0), positions=late)])
    assert facing_angle(scene.dancers[1], 2) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("view", PLAYER_VIEWS)
@pytest.mark.parametrize("first", [(0, 0), (0, 0.2), (0.2, 0), (-0.1, -0.1)])
@pytest.mark.parametrize("other", [(0, 0), (0, -0.2), (0.2, 0.1)])
def test_nobody_hides_another_in_any_frame(view, first, other):
    left, right = across(side_by_side_scene([travelling(first), travelling(other)]), view)
    assert (right.min(axis=1) - left.max(axis=1)).min() > GAP - 1e-4


def test_those_who_travel_together_stay_as_near_as_those_who_stand():
    scene = side_by_side_scene([travelling((0, 0.5)), travelling((0, 0.5))])
    first, other = (dancer_positions(each)[0].mean(axis=0) for each in scene.dancers)
    assert np.hypot(*(other - first)[:2]) == pytest.approx(SPACING)


def test_nobody_is_much_farther_from_the_viewer_in_either_view():
    scene = side_by_side_scene([standing(), standing()])
    starts = [dancer_positions(each)[0, :, :2].mean(axis=0) for each in scene.dancers]
    for view in PLAYER_VIEWS:
        depth = [start @ [np.cos(view), np.sin(view)] for start in starts]
        assert abs(depth[1] - depth[0]) < SPACING / 3


def test_a_dance_whose_floor_is_at_another_height_stands_on_the_one_floor():
    for lows, expected in (((0.02, -1.2, 4), (0.02, 0, 0)), ((-1.2, 0.02), (0, 0.02))):
        scene = side_by_side_scene([standing(low=low) for low in lows])
        lowest = [float(dancer_positions(each)[..., 2].min()) for each in scene.dancers]
        assert lowest == pytest.approx(expected, abs=1e-6)


def test_another_frame_rate_is_brought_to_that_of_the_first_and_the_shorter_one_ends_first():
    scene = side_by_side_scene([standing(frames=30, fps=30), standing(frames=240, fps=120)])
    assert scene.fps == 30
    assert [len(each) for each in scene.dancers] == [30, 60]
    assert scene.duration == 2


def test_sizes_in_metres_stay_true():
    child = replace(standing(), positions=standing().positions * np.float32(0.6))
    heights = [np.ptp(dancer_positions(each)[0, :, 2]) for each in side_by_side_scene([standing(), child]).dancers]
    assert heights == pytest.approx([1, 0.6])


def of_unknown_unit(height: float, **more) -> Motion:
    return Motion(moving_positions(len(PLAIN), 40, height=height), PLAIN, 30.0, unit="source units", **more)


def height_of(dancer) -> float:
    return float(np.median(np.ptp(dancer_positions(dancer)[..., 2], axis=1)))


def test_a_body_of_unknown_unit_is_drawn_as_tall_as_a_person_and_that_is_said():
    motions = [of_unknown_unit(1.7, label="a"), replace(of_unknown_unit(500, label="b"), source="b.npz")]
    motions[0] = replace(motions[0], unit="m")
    assert height_of(side_by_side_scene(motions).dancers[1]) == pytest.approx(1.7, abs=0.01)
    (note,) = comparison_notes(motions)
    assert "unit of “b” is not known" in note
    assert "1.7 m tall" in note


def test_two_phrases_of_one_file_of_unknown_unit_keep_their_relative_size():
    upright, crouched = of_unknown_unit(500, source="a.npz"), of_unknown_unit(250, source="a.npz")
    heights = [height_of(each) for each in side_by_side_scene([upright, crouched]).dancers]
    assert heights[1] == pytest.approx(heights[0] / 2, rel=0.05)
    assert comparison_notes([upright, crouched]) == []


def test_other_lengths_are_said():
    (note,) = comparison_notes([standing(frames=90, label="a"), standing(frames=180, label="b")])
    assert note == "“a” lasts 3.0 s, “b” lasts 6.0 s: who ends first stays in the last pose."
    assert comparison_notes([standing(frames=90), standing(frames=360, fps=120)]) == []


def test_what_is_saved_as_one_array_is_what_is_seen():
    scene = side_by_side_scene([standing(frames=3), travelling((0.1, 0), frames=5)])
    saved = held_positions(scene)
    assert saved is not None
    assert saved.shape == (2, 5, 2, 3)
    np.testing.assert_array_equal(saved[0, 3:], saved[0, [2, 2]])
    assert held_positions(side_by_side_scene([standing(), Motion(np.zeros((3, 3, 3)), JOINTS, 30)])) is None


def test_a_trail_is_drawn_by_the_same_part_of_the_other_body():
    assert matching_trails(["LIHAND", "C7"], [MARIEL_53, MARIEL_53]) == ("LIHAND", "C7")
    assert matching_trails(["LHAND"], [HANDS, JOINTS]) == ("LHAND", "LeftHand")
    assert matching_trails(["LHAND"], [HANDS, MarkerSet("ball", ("ball",))]) == ("LHAND",)


def test_a_skeleton_that_the_other_body_has_not_is_left_to_the_first_one():
    first = Motion(walking_positions(20), MARIEL_53, 35, skeleton="notebook")
    scene = side_by_side_scene([first, replace(standing(), skeleton="notebook")])
    assert [each.skeleton for each in scene.dancers] == ["notebook", None]


def test_one_dance_is_shown_as_it_is():
    scene = side_by_side_scene([standing(label="")])
    assert scene.front is None
    assert scene.dancers[0].offset == (0, 0, 0)


@pytest.mark.parametrize("kind", MARKER_SETS)
def test_every_kind_of_marker_set_dances_beside_mariels(kind):
    *_, take = MARKER_SETS[kind]().values()
    motions = [
        Motion.of(
            Recording.from_positions("mariel", walking_positions(64)[:, :18], MARIEL_18, fps=35), label="mariel"
        ),
        Motion.of(take, label=kind),
    ]
    for scene in (side_by_side_scene(motions), side_by_side_scene(motions[::-1])):
        for dancer in scene.dancers:
            assert np.isfinite(dancer.offset).all()
            assert len(dancer) > 0
