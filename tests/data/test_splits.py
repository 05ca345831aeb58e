import numpy as np
import pytest

from mariel.data.blocks import Block
from mariel.data.phrases import Phrases
from mariel.data.preprocessing import Preprocessing
from mariel.data.splits import BlockSplit, RandomSplit, RecordingSplit
from mariel.errors import PhraseError
from tests.support.bodies import walking_recording

TAKES = {"long": range(8000), "short": range(1000), "tiny": range(300)}


def phrases(*frames: int, length: int = 10, target_frames: int = 0) -> Phrases:
    recordings = {name: walking_recording(name, count) for name, count in zip("abcdef", frames, strict=False)}
    return Phrases(Preprocessing.fit(recordings).prepare(recordings), length, target_frames=target_frames)


def frames_of(blocks: tuple[Block, ...], name: str) -> set[int]:
    return {frame for block in blocks if block.recording == name for frame in range(block.start, block.stop)}


@pytest.mark.parametrize("seed", range(5))
def test_held_out_blocks_are_a_phrase_length_from_training_blocks(seed):
    training, validation = BlockSplit(seed=seed).blocks(TAKES)
    assert [(block.recording, block.frames) for block in validation] == [("long", 1000), ("short", 128)]
    for block in validation:
        trained = frames_of(training, block.recording)
        assert trained
        assert not trained & set(range(block.start - 128, block.stop + 128))
        unused = len(TAKES[block.recording]) - len(trained) - block.frames
        assert unused <= 2 * 128 + 2 * 127  # the gaps, and ends too short for a phrase
    assert frames_of(training, "tiny") == set(range(300))  # too short to divide: all its frames are for training


def test_the_division_of_a_take_does_not_depend_on_the_others():
    alone = BlockSplit().blocks({"long": range(8000)}).validation
    assert alone == BlockSplit().blocks(TAKES).validation[:1]
    assert alone != BlockSplit(seed=1).blocks({"long": range(8000)}).validation


def test_a_take_of_two_phrases_and_a_gap_is_divided_with_the_whole_gap():
    for seed in range(5):
        training, validation = BlockSplit(length=10, seed=seed).blocks({"a": range(30)})
        assert {training[0], validation[0]} == {Block("a", 0, 10), Block("a", 20, 30)}


@pytest.mark.parametrize("frames", [29, 24, 20])
def test_a_single_take_that_is_too_short_for_the_gap_gets_a_smaller_one(frames):
    for seed in range(5):
        training, validation = BlockSplit(length=10, seed=seed).blocks({"a": range(frames)})
        assert {training[0], validation[0]} == {Block("a", 0, 10), Block("a", frames - 10, frames)}


def test_a_single_take_shorter_than_two_phrases_is_refused_with_the_length_that_would_do():
    message = "A single take needs at least 20 frames .* phrases of 10, the longest of 1 has 19; .*--length 9 or less"
    with pytest.raises(PhraseError, match=message):
        BlockSplit(length=10).blocks({"a": range(19)})
    with pytest.raises(PhraseError, match=r"the longest of 2 has 12$"):  # no length of at least 8 would do
        BlockSplit(length=10).blocks({"a": range(12), "b": range(4)})


def test_of_takes_too_short_to_be_divided_some_are_held_out_completely():
    takes = {name: range(15) for name in "abcdefgh"} | {"tiny": range(4)}
    training, validation = BlockSplit(length=10, validation=0.25).blocks(takes)
    names = [{block.recording for block in side} for side in (training, validation)]
    assert (len(names[0]), len(names[1])) == (6, 2)
    assert names[0] | names[1] == set("abcdefgh")
    assert {block.frames for block in (*training, *validation)} == {15}
    assert BlockSplit(length=10, validation=0.25, seed=1).blocks(takes).validation != validation


def test_one_of_two_short_takes_is_held_out():
    training, validation = BlockSplit(length=10, validation=0.9).blocks({"a": range(12), "b": range(14)})
    assert sorted([*training, *validation]) == [Block("a", 0, 12), Block("b", 0, 14)]
    assert len(training) == len(validation) == 1


def test_training_and_validation_share_no_frame():
    all_phrases = phrases(200, 120, target_frames=3)
    training, validation = BlockSplit(length=10).divide(all_phrases)
    seen = [
        {frame for start in side.starts for frame in range(start, start + side.span)}
        for side in (training, validation)
    ]
    assert not seen[0] & seen[1]
    assert len(validation) == (25 - 12) + (15 - 12)  # blocks of 25 and 15 frames, spans of 13
    assert {phrase.recording for phrase in validation} == {"a", "b"}


def test_complete_takes_are_held_out_by_name():
    training, validation = RecordingSplit("b").divide(phrases(50, 30, 40))
    assert {phrase.recording for phrase in training} == {"a", "c"}
    assert [phrase.start for phrase in validation] == list(range(21))
    assert RecordingSplit(("b",)) == RecordingSplit("b")


def test_a_random_eighth_is_held_out_as_in_the_notebook():
    all_phrases = phrases(89)  # 80 phrases
    training, validation = RandomSplit().divide(all_phrases)
    assert (len(training), len(validation)) == (70, 10)
    assert sorted([*training.starts, *validation.starts]) == list(range(80))
    np.testing.assert_array_equal(validation.starts, RandomSplit().divide(all_phrases)[1].starts)
    assert validation.starts.tolist() != RandomSplit(seed=1).divide(all_phrases)[1].starts.tolist()
    assert round(38_181 * RandomSplit().validation) == 4_773


def test_random_split_shares_all_frames():
    training, validation = RandomSplit().blocks({"a": range(30)})
    assert training == validation == (Block("a", 0, 30),)


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (RecordingSplit(()), "name at least one take to hold out, of a, b"),
        (RecordingSplit(("a", "b")), "all 2 takes are held out, nothing is left to train on"),
        (RecordingSplit("duet"), "no take 'duet'; there are a, b"),
        (BlockSplit(length=100), "nothing to hold out. A single take needs at least 200 frames"),
        (
            BlockSplit(length=5, validation=0.1),
            "no validation phrases. A phrase is 10 frames, the longest .* block 6",
        ),
    ],
)
def test_the_error_says_why_a_side_is_empty(split, message):
    with pytest.raises(PhraseError, match=message):
        split.divide(phrases(60, 40))


@pytest.mark.parametrize(("share", "held_out"), [(0.001, 1), (0.5, 41), (0.999, 81)])
def test_a_random_split_has_at_least_one_phrase_on_each_side(share, held_out):
    training, validation = RandomSplit(validation=share).divide(phrases(60, 40))  # 51 + 31 phrases
    assert (len(training), len(validation)) == (82 - held_out, held_out)


def test_one_phrase_cannot_be_divided_at_random():
    with pytest.raises(PhraseError, match="one phrase cannot be divided"):
        RandomSplit().divide(phrases(10))


@pytest.mark.parametrize("share", [0, 1, -0.5])
@pytest.mark.parametrize("split", [BlockSplit, RandomSplit])
def test_the_validation_share_is_between_0_and_1(split, share):
    with pytest.raises(PhraseError, match="expected a share between 0 and 1"):
        split(validation=share)


def test_splits_compare_by_value():
    assert len({BlockSplit(), BlockSplit(), RandomSplit(), RecordingSplit("a")}) == 3
