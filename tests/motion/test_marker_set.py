import json

import numpy as np
import pytest

from mariel.errors import MarkerError
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet, guess_mirror_pairs

HAND = MarkerSet.from_edges("hand", ["wrist", "thumb", "tip"], [(0, 1), (1, 2)])


def test_from_edges_has_one_bone_per_edge():
    assert HAND.bones() == ((("wrist",), ("thumb",)), (("thumb",), ("tip",)))
    assert HAND.styles == ("lines",)


def test_bone_ends_are_means_of_their_groups():
    leg = MarkerSet("leg", ("KNE", "KNI", "HEL"), (("paper", ((("KNE", "KNI"), ("HEL",)),)),))
    positions = np.array([[[0, 0, 1], [2, 0, 1], [1, 0, 0]]], np.float32)
    ends = np.einsum("bem,fmx->fbex", leg.bone_weights(), positions)
    np.testing.assert_allclose(ends[0, 0], [[1, 0, 1], [1, 0, 0]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MarkerSet("twice", ("A", "B", "A")), "labels must be unique, A repeat"),
        (lambda: MarkerSet("s", ("A",), segments=(("head", ("A", "ARIEL")),)), "no marker 'ARIEL'"),
        (lambda: HAND.index("thum"), "no marker 'thum' in the hand set"),
        (lambda: HAND.bones("paper"), "no skeleton 'paper' in the hand set; it has lines"),
        (lambda: HAND.segment("palm"), "no segment 'palm'"),
    ],
)
def test_errors_name_what_is_missing(make, message):
    with pytest.raises(MarkerError, match=message):
        make()


def test_a_misspelt_marker_gets_the_nearest_labels_as_a_hint():
    with pytest.raises(MarkerError, match="did you mean LKNE or"):
        MarkerSet("legs", ("LKNE", "RKNE", "LANK")).index("LKNEE")


def test_a_subset_keeps_bones_with_both_ends_in_it():
    whole = MarkerSet(
        "whole", ("A", "B", "C", "D"), (("s", ((("A", "B"), ("C",)), (("C",), ("D",)))),), (("seg", ("C", "D")),)
    )
    part = whole.subset(["C", "A"], "part")
    assert part.labels == ("C", "A")
    assert part.bones() == ((("A",), ("C",)),)
    assert part.segments == (("seg", ("C",)),)


def test_a_subset_keeps_the_segments_parents_while_every_segment_has_a_marker():
    whole = MarkerSet(
        "arm", ("A", "B", "C"), segments=(("hand", ("A",)), ("arm", ("B", "C"))), parents=(("hand", "arm"),)
    )
    assert whole.subset(["A", "C"], "part").parents == (("hand", "arm"),)
    assert whole.subset(["B", "C"], "part").parents == ()


def test_segments_that_lose_all_markers_leave_their_children_to_the_next_parent():
    whole = MarkerSet(
        "arm", ("A", "B", "C"),
        segments=(("arm", ("A",)), ("forearm", ("B",)), ("hand", ("C",))),
        parents=(("forearm", "arm"), ("hand", "forearm")),
        joints=(("forearm", ("A",)), ("hand", ("B",))),
    )  # fmt: skip
    part = whole.subset(["A", "C"], "part")
    assert part.parents == (("hand", "arm"),)
    assert part.joints == ()
    assert whole.subset(["B", "C"], "part").parents == ()


def test_a_joint_is_rigid_with_what_hangs_from_it():
    markers = MarkerSet("m", ("A", "B", "C"), segments=(("head", ("B", "C")),), joints=(("head", ("A",)),))
    assert markers.rigid_groups() == (("head", ("A", "B", "C")),)
    assert markers.is_skeleton
    assert not MarkerSet("m", ("A", "B"), segments=(("head", ("A", "B")),)).is_skeleton


def test_the_toes_belong_to_the_foot():
    markers = MarkerSet("m", ("A", "B"), segments=(("left_foot", ("A",)), ("left_toes", ("B",))))
    assert markers.feet() == (("A", "B"),)


def test_joints_survive_being_saved():
    markers = MarkerSet("m", ("A", "B"), segments=(("head", ("B",)),), joints=(("head", ("A",)),))
    assert MarkerSet.from_dict(json.loads(json.dumps(markers.to_dict()))) == markers


@pytest.mark.parametrize(("name", "words"), [("53 markers", "53 markers"), ("walk", "2 walk markers")])
def test_a_set_is_described_with_the_number_of_its_markers(name, words):
    labels = tuple(f"m{number}" for number in range(53 if "53" in name else 2))
    assert MarkerSet(name, labels).describe() == words


def test_mirror_order_exchanges_left_and_right_only():
    markers = MarkerSet("m", ("HEAD", "LKNE", "RKNE"), mirror_pairs=(("LKNE", "RKNE"),))
    assert markers.mirror_order().tolist() == [0, 2, 1]


@pytest.mark.parametrize(
    ("labels", "pairs"),
    [
        (["left_hip", "right_hip", "neck"], [("left_hip", "right_hip")]),
        (["LeftArm", "RightArm", "Hips"], [("LeftArm", "RightArm")]),
        (["LOWR", "ROOT"], []),
        (["LKNE", "RKNE"], [("LKNE", "RKNE")]),
        (["Hand_L", "Hand_R"], [("Hand_L", "Hand_R")]),
    ],
)
def test_mirror_pairs_are_guessed_from_names(labels, pairs):
    assert list(guess_mirror_pairs(labels)) == pairs


def test_no_label_is_in_two_guessed_pairs():
    labels = ("left_L", "left_R", "right_L", "right_R")
    markers = MarkerSet.from_edges("both", labels, ())
    assert markers.mirror_pairs == (("left_L", "right_L"), ("left_R", "right_R"))
    assert sorted(markers.mirror_order()) == [0, 1, 2, 3]


def test_equal_marker_sets_are_equal_and_hash_alike():
    again = MarkerSet.from_edges("hand", ["wrist", "thumb", "tip"], [(0, 1), (1, 2)])
    assert again == HAND
    assert len({again, HAND}) == 1


@pytest.mark.parametrize("marker_set", [MARIEL_53, MARIEL_18, HAND], ids=lambda each: each.name)
def test_a_marker_set_is_the_same_after_json(marker_set):
    assert MarkerSet.from_dict(json.loads(json.dumps(marker_set.to_dict()))) == marker_set


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "expected a saved marker set"),
        ({"name": "hand"}, "expected a saved marker set"),
        ({"name": "hand", "labels": ["a"], "thumbs": 2}, "expected a saved marker set"),
        ({"name": "hand", "labels": 3}, "damaged"),
        ({"name": "hand", "labels": ["a", "a"]}, "labels must be unique"),
    ],
)
def test_data_of_another_form_are_rejected(data, message):
    with pytest.raises(MarkerError, match=message):
        MarkerSet.from_dict(data)
