import numpy as np
import pytest
import torch

from mariel.evaluation.figures import evaluate
from mariel.models.base import PhraseModel
from mariel.models.settings import NotebookSettings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from tests.support.small_runs import swaying

LENGTH = 16


class CopyingModel(PhraseModel):
    """Returns its input as reconstruction, and its training phrases as samples."""

    kind = "copying"

    def __init__(self, training: np.ndarray, marker_set=MARIEL_53) -> None:
        super().__init__(NotebookSettings(latent=4), marker_set, LENGTH, 35.0)
        self.phrases = torch.nn.Parameter(torch.from_numpy(training))

    def to_canonical(self, positions):
        return positions

    reconstruct = to_canonical

    def encode(self, positions):
        pytest.fail("figures of reconstructions need no latents")

    def losses(self, positions, noise):
        pytest.fail("figures need no losses")

    def decode(self, latents, *, pin_feet=False):
        return self.phrases[torch.arange(len(latents)) % len(self.phrases)]


def phrases(seed: int, count: int = 40) -> np.ndarray:
    take = swaying(4 * count + LENGTH, seed).astype(np.float32)
    return np.stack([take[start : start + LENGTH] for start in range(0, 4 * count, 4)])


@pytest.fixture(scope="module")
def figures():
    training = phrases(0)
    return {figure.name: figure for figure in evaluate(CopyingModel(training), phrases(1), training, count=40)}


def test_a_copy_has_no_error(figures):
    assert figures["marker error"].value == 0
    assert figures["marker error"].profile == (0,) * 8
    assert figures["velocity error"].value == 0
    assert figures["speed, reconstructed"].value == figures["speed, reconstructed"].real > 0


def test_samples_that_are_copies_are_near_training_phrases_and_held_out_phrases_are_not(figures):
    assert figures["nearest training phrase"].value == pytest.approx(0, abs=0.1)
    assert figures["nearest training phrase"].real > 1


def test_samples_that_are_the_training_phrases_have_their_figures(figures):
    for name in ("speed, sampled", "jerk, sampled", "diversity", "skull variation"):
        assert figures[name].value == pytest.approx(figures[name].real, rel=0.05)


def test_few_phrases_have_no_frechet_distance_but_a_note(figures):
    distance = figures["Fréchet distance, kinetic"]
    assert (distance.value, distance.note, distance.interval) == (None, "too few phrases", None)


def test_without_the_takes_of_phrases_no_classifier_is_trained_and_a_note_says_why(figures):
    told = figures["classifier AUC"]
    assert (told.value, told.real) == (None, None)
    assert told.note == "takes are not known"


def test_with_takes_and_enough_phrases_classifier_and_distance_have_values_of_samples_and_of_real_motion():
    takes = [phrases(seed, 60) for seed in range(4)]
    training, names = np.concatenate(takes), np.repeat(["a", "b", "c", "d"], 60)
    model = CopyingModel(training[::4] + np.float32([0, 0, 0.3]))  # floats 30 cm above the floor
    found = evaluate(model, training[::2], training, training_takes=names, count=120)
    by_key = {figure.key: figure for figure in found}
    told, distance = by_key["classifier_auc"], by_key["frechet_distance"]
    assert told.value > 0.95 > told.real
    assert 0 <= distance.interval[0] <= distance.value <= distance.interval[1]
    assert distance.real_interval[0] <= distance.real <= distance.real_interval[1]
    assert all(figure.seconds > 0 for figure in found)
    assert by_key["reconstruction_toe_speed"].value == by_key["reconstruction_toe_speed"].real


def test_a_figure_that_the_marker_set_does_not_allow_has_a_note():
    without_segments = MarkerSet("without segments", MARIEL_53.labels)
    training = phrases(0, 4)
    figures = {
        figure.name: figure
        for figure in evaluate(CopyingModel(training, without_segments), phrases(1, 4), training, count=4)
    }
    assert figures["foot skating"].value is None
    assert "no feet" in figures["foot skating"].note
