import numpy as np
import pytest

from mariel.data.dataset import PhraseDataset
from mariel.data.marker_selection import leave_out_missing_markers, matching_takes, select_marker_set
from mariel.data.settings import DataSettings
from mariel.data.splits import BlockSplit, RandomSplit, RecordingSplit
from mariel.errors import PhraseError
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording
from tests.support.marker_sets import FPS, PLAIN, SIDES, moving_positions, takes_of, without_marker
from tests.support.small_runs import make_takes

LENGTH = 8
SPLIT = BlockSplit(length=LENGTH)


def with_gap(marker: int, start: int, stop: int, *, frames: int = 100) -> dict[str, Recording]:
    """One take in which a marker is missing from one frame to another, for more than can be filled."""
    positions = moving_positions(len(PLAIN), frames)
    positions[start:stop, marker] = np.nan
    return {"a": Recording.from_positions("a", positions, PLAIN, fps=FPS)}


def kept_labels(recordings: dict[str, Recording], split: object = SPLIT) -> tuple[str, ...]:
    takes, _ = leave_out_missing_markers(recordings, split, LENGTH)
    (labels,) = {take.marker_set.labels for take in takes.values()}
    return labels


class TestLeavingOutMarkers:
    def test_without_gaps_takes_and_split_stay_as_they_are(self):
        takes = takes_of(PLAIN)
        assert leave_out_missing_markers(takes, SPLIT, LENGTH) == (takes, SPLIT)

    def test_a_marker_that_no_take_shows_is_left_out(self):
        takes = without_marker(takes_of(PLAIN), ("a", 2), ("b", 2))
        assert kept_labels(takes) == tuple(label for label in SIDES if label != "RHand")

    def test_many_markers_that_no_take_shows_are_left_out(self):
        takes = without_marker(takes_of(PLAIN, 100), *(("a", column) for column in (0, 2, 3, 4, 6, 7)))
        assert kept_labels(takes) == ("LHand", "LToe")

    def test_all_markers_are_kept_if_another_take_shows_them(self):
        assert kept_labels(without_marker(takes_of(PLAIN), ("a", 2))) == SIDES

    def test_of_markers_that_are_each_missing_in_one_take_the_one_missing_in_most_frames_is_left_out(self):
        takes = without_marker(takes_of(PLAIN, 80, 100), ("a", 2), ("b", 5))
        assert kept_labels(takes) == tuple(label for label in SIDES if label != "LToe")

    @pytest.mark.parametrize("split", [SPLIT, RandomSplit(), RecordingSplit("b")])
    def test_every_split_gets_phrases_on_both_sides(self, split):
        takes = without_marker(takes_of(PLAIN), ("a", 2), ("b", 5))
        reduced, _ = leave_out_missing_markers(takes, split, LENGTH)
        settings = {"blocks": SPLIT, "random": RandomSplit(), "takes": RecordingSplit("b")}
        name = next(name for name, each in settings.items() if type(each) is type(split))
        hold_out = ("b",) if name == "takes" else ()
        dataset = PhraseDataset(takes, DataSettings(length=LENGTH, split=name, hold_out=hold_out))
        assert dataset.marker_set == next(iter(reduced.values())).marker_set
        assert len(dataset.training)
        assert len(dataset.validation)
        assert set(dataset.left_out_markers) <= {"RHand", "LToe"}

    def test_the_held_out_block_is_put_elsewhere_before_a_marker_is_left_out(self):
        block = SPLIT.blocks({"a": range(100)}).validation[0]
        takes = with_gap(2, block.start, block.start + 20)
        reduced, split = leave_out_missing_markers(takes, SPLIT, LENGTH)
        assert reduced is takes
        assert split != SPLIT
        dataset = PhraseDataset(takes, DataSettings(length=LENGTH))
        assert not dataset.left_out_markers
        assert dataset.batch(dataset.validation).isfinite().all()

    def test_phrases_that_were_possible_before_stay_the_same(self):
        block = SPLIT.blocks({"a": range(100)}).validation[0]
        takes = with_gap(2, *((0, 20) if block.start >= 40 else (80, 100)))
        assert leave_out_missing_markers(takes, SPLIT, LENGTH) == (takes, SPLIT)

    @pytest.mark.parametrize(
        ("start", "stop", "are_kept"), [(0, 40, True), (0, 41, False), (9, 50, True), (8, 50, False)]
    )
    def test_phrases_need_velocities_in_all_their_frames(self, start, stop, are_kept):
        """Of 50 frames 10 or 9 are complete, the first of them without a velocity if a gap is before it.

        A random split needs two phrases of 8 frames, so 9 frames.
        """
        takes = with_gap(2, start, stop, frames=50)
        assert (kept_labels(takes, RandomSplit()) == SIDES) == are_kept
        dataset = PhraseDataset(takes, DataSettings(length=LENGTH, split="random"))
        assert len(dataset.training) + len(dataset.validation) == (2 if are_kept else 43)

    def test_reference_mode_leaves_out_nothing(self):
        takes = without_marker(takes_of(PLAIN), ("a", 2), ("b", 2))
        with pytest.raises(ValueError, match="reference mode cannot work with missing markers"):
            PhraseDataset(takes, DataSettings(length=LENGTH, reference=True))


class TestMatchingTakes:
    def test_takes_with_all_markers_are_reduced_to_them_and_others_are_left_out(self):
        takes = make_takes("one", frames=20) | takes_of(PLAIN, 20)
        found = matching_takes(takes, MARIEL_15)
        assert list(found) == ["one"]
        assert found["one"].marker_set == MARIEL_15
        np.testing.assert_array_equal(found["one"]["CLAV"], takes["one"]["CLAV"])

    def test_a_take_with_exactly_these_markers_stays_the_same_object(self):
        takes = make_takes("one", frames=20)
        assert matching_takes(takes, MARIEL_53)["one"] is takes["one"]


class TestReducedSet:
    def test_takes_of_the_reduced_set_have_18_markers(self):
        assert select_marker_set(make_takes("one", frames=20), "18")["one"].marker_set == MARIEL_18

    def test_takes_without_those_18_markers_are_refused(self):
        hand = MarkerSet("hand", ("wrist", "thumb"))
        recordings = {"hand": Recording.from_positions("hand", np.zeros((40, 2, 3)), hand)}
        with pytest.raises(
            PhraseError, match=r"--marker-set 18: recording 'hand' has no marker .* use --marker-set all"
        ):
            select_marker_set(recordings, "18")
