import numpy as np
import pytest

from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.stage.comparison import APART, comparison_scene
from mariel.stage.scene import Dancer
from tests.support.bodies import walker

HANDS = MarkerSet.from_edges("hands", ("LHAND", "RHAND"), [(0, 1)])


def still(**changes) -> Dancer:
    """Somebody who stands and faces +x, left hand at y = 0.5, right hand at y = -0.5."""
    return Dancer(np.broadcast_to([[0, 0.5, 1], [0, -0.5, 1]], (3, 2, 3)), HANDS, **changes)


def test_the_other_stands_to_the_right_as_seen_from_the_front():
    # Who looks at the dancer from +x has +y to the right.
    scene = comparison_scene(still(label="danced"), [still(label="model")], fps=30, title="both")
    assert [dancer.label for dancer in scene.dancers] == ["danced", "model"]
    assert scene.front == pytest.approx(0)
    assert scene.dancers[1].offset == pytest.approx((0, APART, 0))
    assert (scene.fps, scene.title) == (30, "both")


def test_a_third_one_stands_twice_as_far():
    scene = comparison_scene(still(), [still(), still()])
    assert [dancer.offset[1] for dancer in scene.dancers] == pytest.approx([0, APART, 2 * APART])


def test_who_crosses_the_stage_is_given_room():
    moving = still().positions + np.array([0, 1, 0]) * np.arange(3)[:, None, None]  # from -0.5 to 2.5 m
    dancer = Dancer(moving, HANDS)
    assert comparison_scene(dancer, [dancer]).dancers[1].offset == pytest.approx((0, 3.4, 0))


def test_on_top_the_first_is_a_ghost_in_the_same_place():
    scene = comparison_scene(still(), [still()], on_top=True)
    assert [dancer.ghost for dancer in scene.dancers] == [True, False]
    assert {dancer.offset for dancer in scene.dancers} == {(0.0, 0.0, 0.0)}


def test_kept_in_place_both_lose_where_the_first_one_is():
    danced, astray = walker(50, speed=2), walker(50, speed=2)
    astray[:, :, 0] += 0.3
    first, other = comparison_scene(Dancer(danced, MARIEL_53), [Dancer(astray, MARIEL_53)], travel=False).dancers
    np.testing.assert_allclose(first.positions[..., :2].mean(axis=1), 0, atol=1e-5)
    away = other.positions - first.positions
    np.testing.assert_allclose(away, np.broadcast_to([0.3, 0, 0], away.shape), atol=1e-5)
