import numpy as np
import pytest
import torch

from mariel.data.dataset import PhraseFeed, Variation, make_split, select_marker_set, turned
from mariel.data.settings import DataSettings
from mariel.data.splits import BlockSplit
from mariel.errors import PhraseError
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording
from mariel.training.settings import TrainSettings
from tests.support.small_runs import LENGTH, takes

SETTINGS = DataSettings(length=LENGTH)


@pytest.fixture(scope="module")
def feed() -> PhraseFeed:
    return PhraseFeed(takes("one", "two", "three"), SETTINGS)


def drawn(count: int, seed: int = 0, *, turns: bool = True, **changes) -> Variation:
    settings = TrainSettings(**changes)
    changes = {"tempo": settings.tempo, "mirror": settings.mirror, "noise": settings.noise}
    rotate = settings.rotate and turns
    return Variation.draw(np.random.default_rng(seed), np.zeros(count, bool), rotate=rotate, **changes)


def plain(count: int, **changes) -> Variation:
    nothing = {"tempo": np.ones(count), "mirrored": np.zeros(count, bool), "turn": np.zeros(count)}
    return Variation(**{**nothing, "noise": np.zeros(count), **changes})


def clocks(names: tuple[str, ...] = ("one", "two"), frames: int = 120) -> dict[str, Recording]:
    """Takes that tell in every marker which take and frame it is: x is the frame, y the take's number times 1000.

    Each marker stands apart from the others in z, so that the preprocessing has a body to measure.
    """
    recordings = {}
    for number, name in enumerate(names):
        positions = np.zeros((frames, 53, 3), np.float32)
        positions[..., 0] = np.arange(frames)[:, None]
        positions[..., 1] = 1000 * number
        positions[..., 2] = np.linspace(0, 1.7, 53)
        recordings[name] = Recording.from_positions(name, positions, MARIEL_53)
    return recordings


class TestPhrases:
    def test_a_batch_is_what_was_danced(self, feed):
        recordings = takes("one", "two", "three")
        start = feed.takes["two"] + 7
        found = feed.batch(np.array([7, start]))
        np.testing.assert_array_equal(found[0], recordings["one"].positions[7 : 7 + LENGTH])
        np.testing.assert_array_equal(found[1], recordings["two"].positions[7 : 7 + LENGTH])

    def test_training_and_validation_share_no_frame(self, feed):
        frames = [
            {frame for start in starts for frame in range(start, start + LENGTH)}
            for starts in (feed.training, feed.validation)
        ]
        assert frames[0].isdisjoint(frames[1])

    def test_scaling_is_fitted_on_training_frames_only(self, feed):
        assert feed.preprocessing.fitted_on == BlockSplit(0.125, LENGTH).blocks(takes("one", "two", "three")).training

    def test_whole_takes_are_held_out_by_name(self):
        settings = DataSettings(length=LENGTH, split="takes", hold_out=("two",))
        feed = PhraseFeed(takes("one", "two"), settings)
        assert feed.training.max() + LENGTH <= feed.takes["two"]
        assert feed.validation.min() == feed.takes["two"]

    def test_evenly_gives_the_first_the_last_and_some_between(self, feed):
        np.testing.assert_array_equal(feed.evenly(np.arange(10), 4), [0, 3, 6, 9])
        np.testing.assert_array_equal(feed.evenly(np.arange(3), 4), [0, 1, 2])
        np.testing.assert_array_equal(feed.evenly(np.arange(3), None), [0, 1, 2])

    def test_no_phrases_after_the_split_are_told(self):
        with pytest.raises(PhraseError, match="nothing to hold out"):
            PhraseFeed(takes(frames=40), SETTINGS)

    def test_a_take_that_is_not_there_cannot_be_held_out(self):
        with pytest.raises(PhraseError, match="no take 'four'"):
            PhraseFeed(takes(), DataSettings(length=LENGTH, split="takes", hold_out=("four",)))

    def test_eighteen_markers_of_53(self):
        assert PhraseFeed(takes(), DataSettings(length=LENGTH, marker_set="18")).frames.shape[1] == 18

    def test_eighteen_markers_of_others_are_refused(self):
        hand = MarkerSet("hand", ("wrist", "thumb"))
        recordings = {"hand": Recording.from_positions("hand", np.zeros((40, 2, 3)), hand)}
        with pytest.raises(PhraseError, match="--marker-set 18: recording 'hand' has no marker"):
            select_marker_set(recordings, "18")


class TestTempo:
    @pytest.mark.parametrize("tempo", [0.1, 0.5])
    @pytest.mark.parametrize("split", ["blocks", "takes"])
    def test_no_phrase_leaves_its_take_or_its_training_block(self, tempo, split):
        """Seen by where its frames say that they are: in one take, and never in a frame that is held out."""
        settings = DataSettings(length=LENGTH, split=split, hold_out=("two",) if split == "takes" else ())
        recordings = clocks(("one", "two", "three"))
        feed, blocks = PhraseFeed(recordings, settings), make_split(settings).blocks(recordings).training
        starts = np.tile(feed.training, 4)
        found = feed.varied(starts, drawn(len(starts), tempo=tempo, mirror=False, rotate=False))[:, :, 0].numpy()
        assert (found[:, :, 1] == found[:, :1, 1]).all(), "a phrase is in two takes"
        for frames, take in zip(found[:, :, 0], found[:, 0, 1], strict=True):
            mine = [block for block in blocks if block.recording == list(recordings)[int(take) // 1000]]
            assert any(block.start <= frames.min() and frames.max() <= block.stop - 1 for block in mine)

    def test_no_phrase_touches_a_missing_marker(self):
        recordings = takes(frames=200)
        positions = recordings["one"].positions.copy()
        positions[50:90, 3] = np.nan  # too long to be filled
        recordings["one"] = Recording.from_positions("one", positions, MARIEL_53)
        feed = PhraseFeed(recordings, SETTINGS)
        starts = np.tile(feed.training, 4)
        assert torch.isfinite(feed.varied(starts, drawn(len(starts), tempo=0.5))).all()

    def test_frames_between_two_are_interpolated(self):
        """Half as fast from frame 10: frames 10, 10.5, 11, …; a half faster: 10, 11.5, 13, …"""
        feed = PhraseFeed(clocks(), SETTINGS)
        start = feed.training[feed.training >= 10][0]
        found = feed.varied(np.array([start, start]), plain(2, tempo=np.array([0.5, 1.5])))[:, :, 0, 0].numpy()
        first = start % 120
        np.testing.assert_allclose(found[0], first + 0.5 * np.arange(LENGTH), atol=1e-4)
        end = found[1, -1]
        np.testing.assert_allclose(found[1], end - 1.5 * np.arange(LENGTH)[::-1], atol=1e-4)

    def test_tempo_reaches_as_far_as_it_may(self):
        tempo = drawn(4000, tempo=0.2).tempo
        assert 0.8 <= tempo.min() < 0.81
        assert 1.19 < tempo.max() <= 1.2

    def test_nothing_varied_is_what_was_danced(self, feed):
        starts = feed.training[:5]
        torch.testing.assert_close(feed.varied(starts, plain(5)), feed.batch(starts), rtol=0, atol=0)

    def test_a_share_of_the_rows_is_that_share_of_the_whole(self, feed):
        starts = feed.training[:9]
        variation = drawn(9)
        whole = feed.varied(starts, variation)
        torch.testing.assert_close(feed.varied(starts, variation, slice(3, 7)), whole[3:7])


class TestMirroring:
    def test_left_and_right_change_places(self, feed):
        starts = feed.training[:2]
        danced = feed.batch(starts)
        found = feed.varied(starts, plain(2, mirrored=np.array([False, True])))
        torch.testing.assert_close(found[0], danced[0], rtol=0, atol=0)
        left, right, head = (MARIEL_53.index(label) for label in ("LKNE", "RKNE", "ARIEL"))
        flip = torch.tensor([1.0, -1.0, 1.0])
        torch.testing.assert_close(found[1][:, left], danced[1][:, right] * flip, rtol=0, atol=0)
        torch.testing.assert_close(found[1][:, right], danced[1][:, left] * flip, rtol=0, atol=0)
        torch.testing.assert_close(found[1][:, head], danced[1][:, head] * flip, rtol=0, atol=0)

    def test_half_of_the_phrases_are_mirrored_or_none(self):
        assert 0.45 < drawn(4000).mirrored.mean() < 0.55
        assert not drawn(4000, mirror=False).mirrored.any()


class TestTurning:
    def test_a_quarter_turn_takes_x_to_y(self):
        position = torch.tensor([1.0, 2.0, 3.0]).expand(1, 4, 5, 3)
        found = turned(position, torch.tensor([np.pi / 2], dtype=torch.float32))
        torch.testing.assert_close(found, torch.tensor([-2.0, 1.0, 3.0]).expand(1, 4, 5, 3))

    def test_distances_between_markers_stay(self, feed):
        starts = feed.training[:3]
        danced, found = feed.batch(starts), feed.varied(starts, plain(3, turn=np.array([0.3, -2.0, 3.0])))
        torch.testing.assert_close(torch.cdist(found, found), torch.cdist(danced, danced), atol=2e-3, rtol=1e-3)
        torch.testing.assert_close(found[..., 2], danced[..., 2])

    def test_a_model_that_looks_away_from_turns_gets_none(self):
        assert drawn(10).turn.any()
        assert not drawn(10, turns=False).turn.any()
        assert not drawn(10, rotate=False).turn.any()
