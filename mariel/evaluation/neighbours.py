"""How far phrases are from those that a model has learned from."""

from mariel.data.dataset import PhraseFeed
from mariel.evaluation.metrics import EVERY, Neighbours
from mariel.generation.known_phrases import known_phrases
from mariel.generation.sampling import in_parts
from mariel.models.base import PhraseModel


def known_neighbours(model: PhraseModel, feed: PhraseFeed) -> Neighbours:
    """The phrases that a model has learned from, to compare others with, where the model places them.

    Places depend on no frames but the first or each frame's own, so frames that nobody looks at are not placed.
    """
    known = known_phrases(feed, every=EVERY)
    return Neighbours(in_parts(model.place, known, model), frames=feed.length)
