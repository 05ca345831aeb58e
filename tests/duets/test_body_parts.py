import numpy as np
import pytest

from mariel.duets.body_parts import MIRRORED, PARTS, body_parts
from mariel.errors import MarkerError
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from tests.support.bodies import upright_pose


def test_parts_of_the_left_are_to_the_left_and_stand_in_order_of_height():
    pose = upright_pose()[None]
    places = dict(zip(PARTS, body_parts(MARIEL_53).places(pose)[0], strict=True))
    heights = [places[part][2] for part in ("head", "chest", "pelvis", "left thigh", "left shank", "left foot")]
    assert heights == sorted(heights, reverse=True)
    for part in ("upper arm", "forearm", "hand", "thigh", "shank", "foot"):
        assert places[f"left {part}"][1] > places[f"right {part}"][1]


def test_a_mirror_swaps_left_and_right():
    assert [PARTS[part] for part in MIRRORED[:5]] == ["head", "chest", "pelvis", "right upper arm", "left upper arm"]
    np.testing.assert_array_equal(MIRRORED[MIRRORED], np.arange(15))


@pytest.mark.parametrize("marker_set", [MARIEL_53, MARIEL_18], ids=lambda each: each.name)
def test_every_marker_belongs_to_a_part(marker_set):
    parts = body_parts(marker_set)
    np.testing.assert_allclose(parts.weights.sum(axis=1), 1)
    assert set(parts.part_of) <= set(range(15))
    assert PARTS[parts.part_of[marker_set.index("LKNE")]].startswith("left")


def test_joints_from_video_have_the_same_parts(mocap):
    take = load_recordings(mocap / "duet.npy")["duet 1"]
    places = body_parts(take.marker_set).places(take.positions)
    assert places.shape == (1200, 15, 3)
    assert (places[:, PARTS.index("head"), 2] > places[:, PARTS.index("pelvis"), 2]).mean() > 0.95


def test_points_without_a_body_are_refused_by_name():
    with pytest.raises(MarkerError, match="do not say where the head, chest, pelvis"):
        body_parts(MarkerSet("3 points", ("a", "b", "c")))
