"""Nearest neighbours among a model's training phrases."""

from mariel.data.dataset import PhraseDataset
from mariel.evaluation.metrics import NEIGHBOUR_FRAME_STEP, NearestNeighbours
from mariel.generation.phrase_windows import training_phrases
from mariel.generation.sampling import batched
from mariel.models.base import PhraseModel


def training_neighbours(model: PhraseModel, dataset: PhraseDataset) -> NearestNeighbours:
    """A model's training phrases in its canonical frame, for distances to them.

    The canonical frame of a phrase depends on its first frame, or each frame's on itself, so only the frames that are
    compared are transformed.
    """
    phrases = training_phrases(dataset, frame_step=NEIGHBOUR_FRAME_STEP)
    return NearestNeighbours(batched(model.to_canonical, phrases, model), frames=dataset.length)
