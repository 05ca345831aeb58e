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


class Parrot(PhraseModel):
    """Gives back what it is shown, and dances phrases that it knows."""

    kind = "parrot"

    def __init__(self, known: np.ndarray, marker_set=MARIEL_53) -> None:
        super().__init__(NotebookSettings(latent=4), marker_set, LENGTH, 35.0)
        self.known = torch.nn.Parameter(torch.from_numpy(known))

    def place(self, positions):
        return positions

    reconstruct = place

    def decode(self, latents, *, sure_footed=False):
        return self.known[torch.arange(len(latents)) % len(self.known)]


def phrases(seed: int, count: int = 40) -> np.ndarray:
    take = swaying(4 * count + LENGTH, seed).astype(np.float32)
    return np.stack([take[start : start + LENGTH] for start in range(0, 4 * count, 4)])


@pytest.fixture(scope="module")
def figures():
    known = phrases(0)
    return {figure.name: figure for figure in evaluate(Parrot(known), phrases(1), known, count=40)}


def test_what_is_given_back_as_it_was_has_no_error(figures):
    assert figures["marker error"].value == 0
    assert figures["marker error"].profile == (0,) * 8
    assert figures["velocity error"].value == 0
    assert figures["speed, reconstructed"].value == figures["speed, reconstructed"].real > 0


def test_copies_lie_on_training_phrases_and_unseen_phrases_do_not(figures):
    assert figures["nearest training phrase"].value == pytest.approx(0, abs=0.1)
    assert figures["nearest training phrase"].real > 1


def test_dances_that_are_the_training_phrases_have_their_figures(figures):
    for name in ("speed, sampled", "jerk, sampled", "diversity", "skull variation"):
        assert figures[name].value == pytest.approx(figures[name].real, rel=0.05)


def test_few_phrases_have_no_frechet_distance_and_it_says_so(figures):
    distance = figures["Fréchet distance, kinetic"]
    assert (distance.value, distance.note) == (None, "too few phrases")


def test_what_a_marker_set_does_not_have_is_named():
    bare = MarkerSet("bare", MARIEL_53.labels)
    known = phrases(0, 4)
    figures = {figure.name: figure for figure in evaluate(Parrot(known, bare), phrases(1, 4), known, count=4)}
    assert figures["foot skating"].value is None
    assert "no feet" in figures["foot skating"].note
