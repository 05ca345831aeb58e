import numpy as np
import pytest

from mariel.data.phrases import Phrases
from mariel.data.preprocessing import Preprocessing
from mariel.data.splits import Block, BlockSplit, RandomSplit, RecordingSplit
from mariel.errors import PhraseError
from tests.support.bodies import walking

TAKES = {"long": range(8000), "short": range(1000), "tiny": range(300)}


def phrases(*frames: int, length: int = 10, target_frames: int = 0) -> Phrases:
    recordings = {name: walking(name, count) for name, count in zip("abcdef", frames, strict=False)}
    return Phrases(Preprocessing.fit(recordings).prepare(recordings), length, target_frames=target_frames)


def frames_of(blocks: tuple[Block, ...], name: str) -> set[int]:
    return {frame for block in blocks if block.recording == name for frame in range(block.start, block.stop)}


@pytest.mark.parametrize("seed", range(5))
def test_held_out_blocks_are_a_phrase_length_from_what_is_trained_on(seed):
    training, validation = BlockSplit(seed=seed).blocks(TAKES)
    assert [(block.recording, block.frames) for block in validation] == [("long", 1000), ("short", 128)]
    for block in validation:
        trained = frames_of(training, block.recording)
        assert trained
        assert not trained & set(range(block.start - 128, block.stop + 128))
        unused = len(TAKES[block.recording]) - len(trained) - block.frames
        assert unused <= 2 * 128 + 2 * 127  # the gaps, and ends too short for a phrase
    assert frames_of(training, "tiny") == set(range(300))  # too short to divide, trained on whole


def test_a_take_is_divided_alike_whatever_other_takes_there_are():
    alone = BlockSplit().blocks({"long": range(8000)}).validation
    assert alone == BlockSplit().blocks(TAKES).validation[:1]
    assert alone != BlockSplit(seed=1).blocks({"long": range(8000)}).validation


def test_a_take_of_two_phrases_and_a_gap_can_just_be_divided():
    for seed in range(5):
        training, validation = BlockSplit(length=10, seed=seed).blocks({"a": range(30)})
        assert {training[0], validation[0]} == {Block("a", 0, 10), Block("a", 20, 30)}
    with pytest.raises(PhraseError, match="at least 30 frames to be divided, the longest of 1 has 29"):
        BlockSplit(length=10).blocks({"a": range(29)})


def test_no_frame_is_shared_between_the_two_sides():
    everything = phrases(200, 120, target_frames=3)
    training, validation = BlockSplit(length=10).divide(everything)
    seen = [
        {frame for start in side.starts for frame in range(start, start + side.span)}
        for side in (training, validation)
    ]
    assert not seen[0] & seen[1]
    assert len(validation) == (25 - 12) + (15 - 12)  # blocks of 25 and 15 frames, spans of 13
    assert {phrase.recording for phrase in validation} == {"a", "b"}


def test_whole_takes_are_held_out_by_name():
    training, validation = RecordingSplit("b").divide(phrases(50, 30, 40))
    assert {phrase.recording for phrase in training} == {"a", "c"}
    assert [phrase.start for phrase in validation] == list(range(21))
    assert RecordingSplit(("b",)) == RecordingSplit("b")


def test_a_random_eighth_is_held_out_as_in_the_notebook():
    everything = phrases(89)  # 80 phrases
    training, validation = RandomSplit().divide(everything)
    assert (len(training), len(validation)) == (70, 10)
    assert sorted([*training.starts, *validation.starts]) == list(range(80))
    np.testing.assert_array_equal(validation.starts, RandomSplit().divide(everything)[1].starts)
    assert validation.starts.tolist() != RandomSplit(seed=1).divide(everything)[1].starts.tolist()
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
        (BlockSplit(length=100), "nothing to hold out. A take needs at least 300 frames"),
        (
            BlockSplit(length=5, validation=0.1),
            "no validation phrases. A phrase is 10 frames, the longest .* block 6",
        ),
        (RandomSplit(validation=0.001), "no validation phrases, 0 of 82 would be held out"),
        (RandomSplit(validation=0.999), "no training phrases, 82 of 82"),
    ],
)
def test_a_split_with_an_empty_side_says_why(split, message):
    with pytest.raises(PhraseError, match=message):
        split.divide(phrases(60, 40))


@pytest.mark.parametrize("share", [0, 1, -0.5])
@pytest.mark.parametrize("split", [BlockSplit, RandomSplit])
def test_shares_lie_between_nothing_and_everything(split, share):
    with pytest.raises(PhraseError, match="expected a share between 0 and 1"):
        split(validation=share)


def test_splits_are_values():
    assert len({BlockSplit(), BlockSplit(), RandomSplit(), RecordingSplit("a")}) == 3
