import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from mariel.data.blocks import Block
from mariel.data.phrases import Phrases
from mariel.data.preprocessing import PreparedTakes, Preprocessing
from mariel.errors import PhraseError
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from tests.support.bodies import walking_positions


def prepared(*frames: int, reference: bool = False, gap: slice | None = None) -> PreparedTakes:
    """Takes "0", "1", … of so many frames; in the frames of `gap` a marker of the first is missing."""
    recordings = {}
    for number, count in enumerate(frames):
        positions = walking_positions(count, speed=1 + number)
        if gap and number == 0:
            positions[gap, 5] = np.nan
        recordings[str(number)] = Recording.from_positions(str(number), positions, MARIEL_53)
    return Preprocessing.fit(recordings, reference=reference).prepare(recordings)


@pytest.mark.parametrize(
    ("length", "stride", "target_frames", "starts"),
    [
        (4, 1, 0, [0, 1, 2, 3, 4, 5, 6, 10, 11]),  # takes of 10 and 5 frames
        (4, 4, 0, [0, 4, 10]),
        (4, 3, 0, [0, 3, 6, 10]),
        (2, 5, 0, [0, 5, 10]),
        (4, 1, 1, [0, 1, 2, 3, 4, 5, 10]),
        (4, 4, 3, [0]),
        (6, 1, 0, [0, 1, 2, 3, 4]),
    ],
)
def test_phrases_start_at_every_stride_and_never_cross_takes(length, stride, target_frames, starts):
    phrases = Phrases(prepared(10, 5), length, stride=stride, target_frames=target_frames)
    assert phrases.starts.tolist() == starts


@pytest.mark.parametrize(
    ("length", "stride", "target_frames", "count"),
    [
        (4, 1, 1, 15 - 4),  # overlapping: one fewer than possible without targets
        (4, 1, 0, 15 - 4),
        (4, 4, 1, 3),  # not overlapping: 15 / 4
        (5, 5, 0, 3),
        (5, 5, 1, 2),  # the third would need a 16th frame, at which the published loader fails
    ],
)
def test_reference_mode_has_as_many_phrases_as_the_published_loader(length, stride, target_frames, count):
    phrases = Phrases(prepared(10, 5, reference=True), length, stride=stride, target_frames=target_frames)
    assert len(phrases) == count


def test_reference_mode_lets_phrases_cross_takes():
    data = prepared(10, 5, reference=True)
    phrase = Phrases(data, 4, target_frames=1)[8]
    assert (phrase.recording, phrase.start) == ("0", 8)
    np.testing.assert_array_equal(phrase.target.numpy(), data.array[8:13])


def test_a_phrase_has_its_recording_start_sequence_and_target():
    data = prepared(10, 8)
    phrase = Phrases(data, 4, target_frames=2)[-1]
    assert (phrase.recording, phrase.start) == ("1", 2)
    np.testing.assert_array_equal(phrase.sequence.numpy(), data["1"][2:6])
    np.testing.assert_array_equal(phrase.target.numpy(), data["1"][2:8])


def test_phrases_are_views():
    data = prepared(300)
    phrases = Phrases(data, 128)
    assert len(phrases) == 173
    data.array[40, 7, 2] = 123.0
    assert phrases[40].sequence[0, 7, 2] == phrases[0].sequence[40, 7, 2] == 123.0
    assert {phrase.sequence.untyped_storage().data_ptr() for phrase in phrases} == {data.array.ctypes.data}


def test_a_batch_has_the_phrases_in_the_given_order():
    phrases = Phrases(prepared(40, 30), 8)
    expected = torch.stack([phrases[i].sequence for i in (5, 50, 5, 0)])
    assert torch.equal(phrases.batch([5, 50, 5, 0]), expected)
    out = torch.empty(4, 8, 53, 6)
    assert torch.equal(phrases.batch(torch.tensor([5, 50, 5, 0]), out=out), expected)
    assert torch.equal(out, expected)


def test_phrases_with_a_long_gap_are_left_out_and_counted():
    # Marker 5 is missing in frames 50 to 69 and has no velocity in frame 70: phrases of 10 frames that begin at
    # 41 to 70 are incomplete, 30 of them.
    phrases = Phrases(prepared(200, gap=slice(50, 70)), 10)
    assert phrases.left_out == 30
    assert set(range(191)) - set(phrases.starts.tolist()) == set(range(41, 71))
    assert all(torch.isfinite(phrase.sequence).all() for phrase in phrases)
    assert "30 left out" in repr(phrases)


def test_phrases_within_blocks_lie_completely_in_them_with_their_targets():
    phrases = Phrases(prepared(40, 30), 8, target_frames=2)
    inside = phrases.within([Block("0", 10, 21), Block("1", 0, 10)])
    assert [(phrase.recording, phrase.start) for phrase in inside] == [("0", 10), ("0", 11), ("1", 0)]


def test_a_phrase_is_found_by_take_and_frame():
    phrases = Phrases(prepared(40, 30), 8, stride=3)
    assert phrases[phrases.find("1", 7)][:2] == ("1", 6)
    assert phrases[phrases.find("1", 29)][:2] == ("1", 21)
    with pytest.raises(PhraseError, match="no take 'duet'; there are 0, 1"):
        phrases.find("duet", 0)
    with pytest.raises(PhraseError, match="no phrase of '1' begins at frame 0 or before"):
        phrases.within([Block("1", 5, 30)]).find("1", 0)


def test_slices_are_phrases_too():
    phrases = Phrases(prepared(40), 8)
    assert [phrase.start for phrase in phrases[30:]] == [30, 31, 32]
    assert len(phrases[::2]) == 17
    with pytest.raises(IndexError):
        phrases[33]


def test_a_short_take_is_named_and_the_others_give_phrases():
    phrases = Phrases(prepared(40, 7), 8)
    assert phrases.short_takes == ("1",)
    assert len(phrases) == 33


def test_torchs_data_loader_batches_phrases():
    batch = next(iter(DataLoader(Phrases(prepared(40), 8, target_frames=1), batch_size=4)))
    assert batch.sequence.shape == (4, 8, 53, 6)
    assert batch.target.shape == (4, 9, 53, 6)
    assert batch.start.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": 1}, "length of phrases: expected at least 2, found 1"),
        ({"length": 8, "stride": 0}, "stride of phrases: expected at least 1, found 0"),
        ({"length": 8, "target_frames": -1}, "target_frames of phrases: expected at least 0"),
        ({"length": 128}, "no phrases of 128 frames: the longest of 2 takes, '0', has 40"),
        ({"length": 40, "target_frames": 1}, "no phrases of 40 frames with 1 to predict"),
    ],
)
def test_the_error_says_why_there_are_no_phrases(options, message):
    with pytest.raises(PhraseError, match=message):
        Phrases(prepared(40, 30), **options)


def test_takes_with_too_many_gaps_give_no_phrases():
    with pytest.raises(PhraseError, match="no phrases of 30 frames: in all 11 a marker is missing"):
        Phrases(prepared(40, gap=slice(15, 30)), 30)
