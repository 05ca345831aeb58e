import numpy as np
import pytest

from mariel.motion.demo import perform_movement
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.marker_sets.clusters import rigid_clusters, with_clusters
from mariel.motion.marker_sets.known import find_marker_set

LABELS = tuple(f"marker {number}" for number in range(1, 54))


@pytest.fixture(scope="module")
def dance() -> np.ndarray:
    """(frames, 53, 3): movements of the demo dancer in which all limbs move, the markers in another order."""
    movements = ("roll_down", "grand_plie", "spiral", "lunge", "port_de_bras", "leap", "kneel", "reach_and_gather")
    takes = [perform_movement(name, side=side) for name in movements for side in "RL"]
    return np.concatenate([take.markers(MARIEL_53).positions for take in takes])[:, ORDER]


ORDER = np.random.default_rng(0).permutation(53)


def partition(groups) -> set[frozenset[str]]:
    return {frozenset(group) for group in groups}


def test_the_segments_of_the_demo_dancer_are_found_without_names(dance):
    found = find_marker_set("points", LABELS, (), dance)
    name_of = {label: MARIEL_53.labels[column] for label, column in zip(LABELS, ORDER, strict=True)}
    groups = {segment: frozenset(name_of[label] for label in labels) for segment, labels in found.segments}
    truth = {frozenset(labels): segment for segment, labels in MARIEL_53.segments}
    assert set(groups.values()) == set(truth)
    parents = {tuple(sorted((truth[groups[child]], truth[groups[parent]]))) for child, parent in found.parents}
    assert parents == {tuple(sorted(pair)) for pair in MARIEL_53.parents}
    assert found.bones()


def test_noise_of_millimetres_merges_few_segments(dance):
    noisy = dance + np.random.default_rng(1).normal(scale=0.002, size=dance.shape)
    found = with_clusters(MarkerSet("points", LABELS), noisy)
    assert 14 <= len(found.segments) <= 17


def test_points_that_move_on_their_own_have_no_segments():
    positions = np.random.default_rng(0).normal(size=(200, 12, 3))
    assert rigid_clusters(positions) is None


def test_a_body_that_hardly_moves_has_no_segments(dance):
    assert rigid_clusters(dance[:1] + np.random.default_rng(0).normal(scale=1e-3, size=(100, 53, 3))) is None


def test_a_recording_with_gaps_is_clustered_by_its_complete_frames(dance):
    gappy = dance.copy()
    gappy[::3, 5] = np.nan
    assert (rigid_clusters(gappy) == rigid_clusters(dance[np.isfinite(gappy).all(axis=(1, 2))])).all()


def test_too_few_complete_frames_tell_nothing(dance):
    gappy = dance.copy()
    gappy[10:, 5] = np.nan
    assert rigid_clusters(gappy) is None


def test_lines_and_segments_of_a_file_are_kept(dance):
    whole = MarkerSet.from_edges("points", LABELS, [(0, 1)])
    assert with_clusters(whole, dance) is whole
