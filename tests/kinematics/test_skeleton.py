import pytest

from mariel.errors import SettingsError
from mariel.kinematics.skeleton import Skeleton, has_body
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from tests.kinematics.arm import ARM


def test_a_skeleton_has_its_segments_markers_and_neighbours():
    skeleton = Skeleton.from_marker_set(ARM)
    assert skeleton.names == ("block", "stick")
    assert skeleton.parents == (-1, 0)
    assert skeleton.markers_of(1) == [3, 4]
    assert skeleton.neighbours(0) == [1]


def test_only_jointed_bodies_with_enough_markers_per_segment_count():
    assert has_body(MARIEL_53)
    assert not has_body(MARIEL_18)
    with pytest.raises(SettingsError, match=r"--decoder body .* need .* the 18 markers set has none"):
        Skeleton.from_marker_set(MARIEL_18)
