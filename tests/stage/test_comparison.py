import numpy as np
import pytest

from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.stage.comparison import SPACING, comparison_scene
from mariel.stage.scene import Dancer
from tests.support.bodies import walking_positions

HANDS = MarkerSet.from_edges("hands", ("LHAND", "RHAND"), [(0, 1)])


def still(**changes) -> Dancer:
    """A body that stands and faces +x, left hand at y = 0.5, right hand at y = -0.5."""
    return Dancer(np.broadcast_to([[0, 0.5, 1], [0, -0.5, 1]], (3, 2, 3)), HANDS, **changes)


def test_the_other_stands_to_the_right_as_seen_from_the_front():
    # Seen from +x, +y is to the right.
    scene = comparison_scene(still(label="original"), [still(label="model")], fps=30, title="both")
    assert [dancer.label for dancer in scene.dancers] == ["original", "model"]
    assert scene.front == pytest.approx(0)
    assert scene.dancers[1].offset == pytest.approx((0, SPACING, 0))
    assert (scene.fps, scene.title) == (30, "both")


def test_a_third_dancer_is_twice_as_far():
    scene = comparison_scene(still(), [still(), still()])
    assert [dancer.offset[1] for dancer in scene.dancers] == pytest.approx([0, SPACING, 2 * SPACING])


def test_travelling_dancers_are_farther_apart():
    moving = still().positions + np.array([0, 1, 0]) * np.arange(3)[:, None, None]  # from -0.5 to 2.5 m
    dancer = Dancer(moving, HANDS)
    assert comparison_scene(dancer, [dancer]).dancers[1].offset == pytest.approx((0, 3.4, 0))


def test_in_an_overlay_the_first_is_a_ghost_at_the_same_position():
    scene = comparison_scene(still(), [still()], overlay=True)
    assert [dancer.ghost for dancer in scene.dancers] == [True, False]
    assert {dancer.offset for dancer in scene.dancers} == {(0.0, 0.0, 0.0)}


def test_without_travel_the_first_ones_position_is_subtracted_from_both():
    original, deviating = walking_positions(50, speed=2), walking_positions(50, speed=2)
    deviating[:, :, 0] += 0.3
    first, other = comparison_scene(Dancer(original, MARIEL_53), [Dancer(deviating, MARIEL_53)], travel=False).dancers
    np.testing.assert_allclose(first.positions[..., :2].mean(axis=1), 0, atol=1e-5)
    difference = other.positions - first.positions
    np.testing.assert_allclose(difference, np.broadcast_to([0.3, 0, 0], difference.shape), atol=1e-5)
