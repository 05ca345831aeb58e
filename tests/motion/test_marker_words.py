"""Markers in words: a dancer's hands and feet have names, other markers keep theirs."""

import pytest

from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.marker_words import marker_words
from tests.support.marker_sets import MARKER_SETS


def test_hands_feet_and_head_come_first_and_are_called_by_their_names():
    words = marker_words(MARIEL_53)
    assert list(words.items())[:5] == [
        ("LIHAND", "left hand"),
        ("RIHAND", "right hand"),
        ("LTOE", "left foot"),
        ("RTOE", "right foot"),
        ("ARIEL", "head"),
    ]


def test_a_marker_that_stands_for_no_part_keeps_its_label_beside_the_parts_name():
    words = marker_words(MARIEL_53)
    assert words["LHEL"] == "LHEL (left foot)"
    assert words["C7"] == "C7 (chest)"


def test_a_reduced_set_names_the_parts_that_it_still_has():
    words = marker_words(MARIEL_18)
    assert (words["LTOE"], words["RIWR"], words["LHEL"]) == ("left foot", "right forearm", "LHEL (left foot)")


def test_a_set_without_segments_keeps_its_labels_in_their_order():
    words = marker_words(MarkerSet("three", ("nose", "hand", "foot")))
    assert list(words.items()) == [("nose", "nose"), ("hand", "hand"), ("foot", "foot")]


def test_a_part_with_the_name_of_another_marker_gives_way_to_it():
    words = marker_words(MarkerSet("two", ("A", "head"), segments=(("head", ("A",)),)))
    assert words == {"A": "A (head)", "head": "head"}


@pytest.mark.parametrize("name", MARKER_SETS)
def test_every_marker_has_words_of_its_own(name):
    for take in MARKER_SETS[name]().values():
        words = marker_words(take.marker_set)
        assert set(words) == set(take.marker_set.labels)
        assert len(set(words.values())) == len(words)
