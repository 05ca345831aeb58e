"""The classifier two-sample test against sets of phrases that are known to be alike or to differ."""

import numpy as np
import pytest
import torch

from mariel.errors import PhraseError
from mariel.evaluation.two_sample_test import (
    RealPhrases,
    area_under_curve,
    network_input,
    tell_real_from_real,
    tell_samples_from_real,
)
from mariel.motion.marker_set import MarkerSet

FRAMES, MARKERS = 32, ("LHip", "RHip", "LToe", "RToe")
FOUR = MarkerSet("four", MARKERS, mirror_pairs=(("LHip", "RHip"), ("LToe", "RToe")))


def swings(count: int, seed: int, *, tempo: float = 1.0, side: float = 1.0) -> np.ndarray:
    """Phrases (phrases, frames, markers, 3) of two hips and two toes that swing to and fro, each with its own phases.

    Args:
        count: of phrases.
        seed: of the phases and amplitudes.
        tempo: 2 swings twice as fast.
        side: how much more the left toe swings than the right one.
    """
    random = np.random.default_rng(seed)
    time = np.arange(FRAMES)[None, :, None, None] * tempo
    phases, sizes = random.uniform(0, 6.3, (count, 1, 4, 3)), random.uniform(0.05, 0.15, (count, 1, 4, 3))
    body = np.array([[0, 0.2, 1], [0, -0.2, 1], [0, 0.2, 0.1], [0, -0.2, 0.1]])
    sizes[:, :, 2] *= side
    return (body + sizes * np.sin(0.4 * time + phases)).astype(np.float32)


def takes(count: int, of: int = 4) -> np.ndarray:
    return np.repeat([f"take {number}" for number in range(of)], count // of)


REAL = RealPhrases(swings(160, 0), takes(160))


def noisy(phrases: np.ndarray) -> np.ndarray:
    return phrases + np.random.default_rng(3).normal(0, 0.02, phrases.shape).astype(np.float32)


def test_the_area_is_the_share_of_pairs_in_order_and_a_tie_counts_a_half():
    # 3 is above 1 and 2; 2 is above 1 and ties with 2; 0 is below both: 2 + 1½ + 0 of 6 pairs.
    assert area_under_curve(np.array([3, 2, 0]), np.array([2, 1])) == pytest.approx(3.5 / 6)
    assert area_under_curve(np.ones(3), np.ones(4)) == 0.5


def test_samples_from_the_distribution_of_real_phrases_cannot_be_told():
    assert tell_samples_from_real(swings(160, 1), REAL, FOUR) == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize(
    "samples", [noisy(swings(160, 1)), swings(160, 1, tempo=2.0)], ids=["noise", "twice as fast"]
)
def test_samples_that_differ_are_told(samples):
    assert tell_samples_from_real(samples, REAL, FOUR) > 0.97


def test_copies_of_real_phrases_cannot_be_told_though_takes_differ():
    real = RealPhrases(REAL.phrases * np.repeat([0.5, 0.8, 1.2, 2.0], 40)[:, None, None, None], REAL.takes)
    assert tell_samples_from_real(real.phrases[::-1], real, FOUR) == pytest.approx(0.5, abs=0.02)


def test_the_same_seed_gives_the_same_value_and_leaves_torchs_random_numbers_alone():
    torch.manual_seed(5)
    values = [tell_samples_from_real(swings(64, 1), REAL.evenly_spaced(64), FOUR, seed=2) for _ in range(2)]
    drawn = torch.rand(1)
    torch.manual_seed(5)
    assert values[0] == values[1]
    assert torch.rand(1) == drawn


def test_takes_that_are_alike_have_a_floor_of_a_half():
    assert tell_real_from_real(RealPhrases(swings(256, 0), takes(256)), 128, FOUR) == pytest.approx(0.5, abs=0.15)


def test_a_phrase_and_its_mirror_image_look_alike_wherever_they_are_and_whichever_way_they_face():
    phrase = swings(1, 0, side=2.0)
    seen = network_input(phrase, FOUR)
    mirrored = network_input(phrase[:, :, [1, 0, 3, 2]] * np.float32([1, -1, 1]), FOUR)
    turned = np.stack([-phrase[..., 1], phrase[..., 0], phrase[..., 2]], axis=-1) + np.float32([3, 4, 0])
    torch.testing.assert_close(mirrored.flip(0), seen)
    torch.testing.assert_close(network_input(turned, FOUR), seen, atol=1e-4, rtol=0)


def test_too_few_phrases_or_takes_have_no_value():
    few = RealPhrases(REAL.phrases[:40], takes(40))
    assert tell_samples_from_real(swings(160, 1), few, FOUR) is None
    assert tell_real_from_real(few, 20, FOUR) is None
    one_take = RealPhrases(REAL.phrases, takes(160, of=1))
    with pytest.raises(PhraseError, match="two takes"):
        tell_samples_from_real(swings(160, 1), one_take, FOUR)
    with pytest.raises(PhraseError, match="four takes"):
        tell_real_from_real(one_take, 80, FOUR)
    with pytest.raises(PhraseError, match="a phrase's length"):
        tell_samples_from_real(swings(160, 1)[:, :9], REAL, FOUR)
