from dataclasses import replace

import numpy as np
import pytest
import torch

from mariel.data.dataset import Augmentation, PhraseDataset, make_split, rotate_positions
from mariel.data.settings import DataSettings
from mariel.data.splits import BlockSplit
from mariel.errors import PhraseError, PreprocessingError
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from mariel.training.settings import TrainSettings
from tests.support.small_runs import LENGTH, make_takes, swaying

SETTINGS = DataSettings(length=LENGTH)


@pytest.fixture(scope="module")
def dataset() -> PhraseDataset:
    return PhraseDataset(make_takes("one", "two", "three"), SETTINGS)


def random_augmentation(count: int, seed: int = 0, *, rotates: bool = True, **changes) -> Augmentation:
    settings = TrainSettings(**changes)
    changes = {"tempo": settings.tempo, "mirror": settings.mirror, "noise": settings.noise}
    rotate = settings.rotate and rotates
    return Augmentation.sample(np.random.default_rng(seed), np.zeros(count, bool), rotate=rotate, **changes)


def no_augmentation(count: int, **changes) -> Augmentation:
    unchanged = {"tempo": np.ones(count), "mirrored": np.zeros(count, bool), "rotation": np.zeros(count)}
    return Augmentation(**{**unchanged, "noise": np.zeros(count), **changes})


def numbered_takes(names: tuple[str, ...] = ("one", "two"), frames: int = 120) -> dict[str, Recording]:
    """Takes whose positions are numbers: x of every marker is the frame, y the take's number times 1000.

    Markers differ in z, so that the preprocessing has a body to measure.
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
    def test_a_batch_has_the_recorded_positions(self, dataset):
        recordings = make_takes("one", "two", "three")
        start = dataset.take_offsets["two"] + 7
        found = dataset.batch(np.array([7, start]))
        np.testing.assert_array_equal(found[0], recordings["one"].positions[7 : 7 + LENGTH])
        np.testing.assert_array_equal(found[1], recordings["two"].positions[7 : 7 + LENGTH])

    def test_training_and_validation_share_no_frame(self, dataset):
        frames = [
            {frame for start in starts for frame in range(start, start + LENGTH)}
            for starts in (dataset.training, dataset.validation)
        ]
        assert frames[0].isdisjoint(frames[1])

    def test_scaling_is_fitted_on_training_frames_only(self, dataset):
        blocks = BlockSplit(0.125, LENGTH).blocks(make_takes("one", "two", "three"))
        assert dataset.preprocessing.fitted_on == blocks.training

    def test_complete_takes_are_held_out_by_name(self):
        settings = DataSettings(length=LENGTH, split="takes", hold_out=("two",))
        dataset = PhraseDataset(make_takes("one", "two"), settings)
        assert dataset.training.max() + LENGTH <= dataset.take_offsets["two"]
        assert dataset.validation.min() == dataset.take_offsets["two"]

    def test_evenly_spaced_starts_include_the_first_and_the_last(self, dataset):
        np.testing.assert_array_equal(dataset.evenly_spaced(np.arange(10), 4), [0, 3, 6, 9])
        np.testing.assert_array_equal(dataset.evenly_spaced(np.arange(3), 4), [0, 1, 2])
        np.testing.assert_array_equal(dataset.evenly_spaced(np.arange(3), None), [0, 1, 2])

    def test_a_split_without_validation_phrases_is_refused(self):
        with pytest.raises(PhraseError, match="nothing to hold out"):
            PhraseDataset(make_takes("one", frames=30), SETTINGS)

    def test_an_unknown_take_cannot_be_held_out(self):
        with pytest.raises(PhraseError, match="no take 'four'"):
            PhraseDataset(make_takes(), DataSettings(length=LENGTH, split="takes", hold_out=("four",)))

    def test_the_reduced_set_has_18_markers(self):
        assert PhraseDataset(make_takes(), DataSettings(length=LENGTH, marker_set="18")).frames.shape[1] == 18

    def test_takes_whose_frame_rates_differ_by_rounding_are_of_one_rate(self):
        recordings = {
            name: replace(take, fps=fps)
            for (name, take), fps in zip(make_takes().items(), (30.00003, 30.0003), strict=True)
        }
        assert PhraseDataset(recordings, SETTINGS).fps == 30.00003


class TestFrameRates:
    def test_takes_of_another_rate_are_resampled_with_a_warning(self, dataset):
        takes = make_takes()
        fast = Recording.from_positions("two", swaying(240, 1, 70), MARIEL_53, fps=70)
        with pytest.warns(UserWarning, match="resampled to 35 frames per second: two from 70"):
            mixed = PhraseDataset({**takes, "two": fast, "three": takes["two"]}, DataSettings(length=LENGTH))
        assert (mixed.fps, mixed.take_offsets) == (35, {"one": 0, "two": 120, "three": 240})
        np.testing.assert_allclose(mixed.frames[125:235], mixed.frames[245:355], atol=2e-4)

    def test_the_reference_refuses_several_rates(self):
        takes = {"one": make_takes()["one"], "two": replace(make_takes()["two"], fps=70)}
        settings = DataSettings(length=LENGTH, reference=True, split="random")
        with pytest.raises(PreprocessingError, match="frame rate of 'two' is 70 frames/s, of 'one' 35 frames/s; "):
            PhraseDataset(takes, settings)


class TestTempo:
    @pytest.mark.parametrize("tempo", [0.1, 0.5])
    @pytest.mark.parametrize("split", ["blocks", "takes"])
    def test_no_phrase_leaves_its_take_or_its_training_block(self, tempo, split):
        """By the numbers in its frames: all are of one take and of one training block."""
        settings = DataSettings(length=LENGTH, split=split, hold_out=("two",) if split == "takes" else ())
        recordings = numbered_takes(("one", "two", "three"))
        dataset, blocks = PhraseDataset(recordings, settings), make_split(settings).blocks(recordings).training
        starts = np.tile(dataset.training, 4)
        augmentation = random_augmentation(len(starts), tempo=tempo, mirror=False, rotate=False)
        found = dataset.augmented(starts, augmentation)[:, :, 0].numpy()
        assert (found[:, :, 1] == found[:, :1, 1]).all(), "a phrase is in two takes"
        for frames, take in zip(found[:, :, 0], found[:, 0, 1], strict=True):
            own_blocks = [block for block in blocks if block.recording == list(recordings)[int(take) // 1000]]
            assert any(block.start <= frames.min() and frames.max() <= block.stop - 1 for block in own_blocks)

    def test_no_phrase_has_a_missing_marker(self):
        recordings = make_takes(frames=200)
        positions = recordings["one"].positions.copy()
        positions[50:90, 3] = np.nan  # too long to be filled
        recordings["one"] = Recording.from_positions("one", positions, MARIEL_53)
        dataset = PhraseDataset(recordings, SETTINGS)
        starts = np.tile(dataset.training, 4)
        assert torch.isfinite(dataset.augmented(starts, random_augmentation(len(starts), tempo=0.5))).all()

    def test_positions_between_frames_are_interpolated(self):
        """At tempo 0.5 from frame 10: frames 10, 10.5, 11, …; at tempo 1.5: 10, 11.5, 13, …"""
        dataset = PhraseDataset(numbered_takes(), SETTINGS)
        start = dataset.training[dataset.training >= 10][0]
        augmentation = no_augmentation(2, tempo=np.array([0.5, 1.5]))
        found = dataset.augmented(np.array([start, start]), augmentation)[:, :, 0, 0].numpy()
        first = start % 120
        np.testing.assert_allclose(found[0], first + 0.5 * np.arange(LENGTH), atol=1e-4)
        end = found[1, -1]
        np.testing.assert_allclose(found[1], end - 1.5 * np.arange(LENGTH)[::-1], atol=1e-4)

    def test_tempos_fill_their_range(self):
        tempo = random_augmentation(4000, tempo=0.2).tempo
        assert 0.8 <= tempo.min() < 0.81
        assert 1.19 < tempo.max() <= 1.2

    def test_without_augmentation_positions_are_the_recorded_ones(self, dataset):
        starts = dataset.training[:5]
        found = dataset.augmented(starts, no_augmentation(5))
        torch.testing.assert_close(found, dataset.batch(starts), rtol=0, atol=0)

    def test_some_rows_are_those_rows_of_the_whole_batch(self, dataset):
        starts = dataset.training[:9]
        augmentation = random_augmentation(9)
        whole = dataset.augmented(starts, augmentation)
        torch.testing.assert_close(dataset.augmented(starts, augmentation, slice(3, 7)), whole[3:7])


class TestMirroring:
    def test_left_and_right_are_exchanged(self, dataset):
        starts = dataset.training[:2]
        recorded = dataset.batch(starts)
        found = dataset.augmented(starts, no_augmentation(2, mirrored=np.array([False, True])))
        torch.testing.assert_close(found[0], recorded[0], rtol=0, atol=0)
        left, right, head = (MARIEL_53.index(label) for label in ("LKNE", "RKNE", "ARIEL"))
        flip = torch.tensor([1.0, -1.0, 1.0])
        torch.testing.assert_close(found[1][:, left], recorded[1][:, right] * flip, rtol=0, atol=0)
        torch.testing.assert_close(found[1][:, right], recorded[1][:, left] * flip, rtol=0, atol=0)
        torch.testing.assert_close(found[1][:, head], recorded[1][:, head] * flip, rtol=0, atol=0)

    def test_half_of_the_phrases_are_mirrored_or_none(self):
        assert 0.45 < random_augmentation(4000).mirrored.mean() < 0.55
        assert not random_augmentation(4000, mirror=False).mirrored.any()


class TestRotation:
    def test_a_quarter_turn_rotates_x_to_y(self):
        position = torch.tensor([1.0, 2.0, 3.0]).expand(1, 4, 5, 3)
        found = rotate_positions(position, torch.tensor([np.pi / 2], dtype=torch.float32))
        torch.testing.assert_close(found, torch.tensor([-2.0, 1.0, 3.0]).expand(1, 4, 5, 3))

    def test_distances_between_markers_are_preserved(self, dataset):
        starts = dataset.training[:3]
        recorded = dataset.batch(starts)
        found = dataset.augmented(starts, no_augmentation(3, rotation=np.array([0.3, -2.0, 3.0])))
        torch.testing.assert_close(torch.cdist(found, found), torch.cdist(recorded, recorded), atol=2e-3, rtol=1e-3)
        torch.testing.assert_close(found[..., 2], recorded[..., 2])

    def test_without_rotation_no_angle_is_sampled(self):
        assert random_augmentation(10).rotation.any()
        assert not random_augmentation(10, rotates=False).rotation.any()
        assert not random_augmentation(10, rotate=False).rotation.any()


def test_training_spans_are_what_training_phrases_cover(dataset):
    covered = np.zeros(len(dataset.frames), bool)
    for start in dataset.training:
        covered[start : start + LENGTH] = True
    spans = dataset.training_spans()
    assert [frame for start, stop in spans for frame in range(start, stop)] == np.flatnonzero(covered).tolist()
    assert all(dataset.locate(start)[0] == dataset.locate(stop - 1)[0] for start, stop in spans)


def test_training_spans_of_neighbouring_takes_are_two():
    settings = DataSettings(length=LENGTH, split="takes", hold_out=("three",))
    dataset = PhraseDataset(numbered_takes(("one", "two", "three")), settings)
    assert dataset.training_spans() == [(0, 120), (120, 240)]
