"""Nearest neighbours among a model's training phrases."""

import numpy as np
import torch

from mariel.data.dataset import PhraseFrames
from mariel.evaluation.metrics import NEIGHBOUR_FRAME_STEP, NearestNeighbours
from mariel.generation.sampling import BATCH_SIZE
from mariel.models.base import PhraseModel
from mariel.progress import Progress, no_progress


@torch.no_grad()
def training_neighbours(
    model: PhraseModel,
    frames: PhraseFrames,
    starts: np.ndarray,
    *,
    progress: Progress = no_progress,
) -> NearestNeighbours:
    """A model's training phrases and their mirror images in its canonical frame, for distances to them.

    The canonical frame of a phrase depends on its first frame, or each frame's on itself, so only the frames that are
    compared are transformed; a batch at a time, so that it stays in the processor's cache. The canonical frame of a
    mirror image has the mirror image of the phrase.

    Args:
        model: a trained model.
        frames: of the recordings that it was trained on.
        starts: first frames of its training phrases (phrases,), see `mariel.generation.phrase_windows`.
        progress: called before each batch with "" and the share of phrases that are done, 0 to 1.
    """
    first = frames.batch(starts[:1], frame_step=NEIGHBOUR_FRAME_STEP)
    phrases = np.empty((len(starts), *first.shape[1:]), np.float32)
    for begin in range(0, len(starts), BATCH_SIZE):
        progress("", begin / len(starts))
        rows = slice(begin, begin + BATCH_SIZE)
        recorded = frames.batch(starts[rows], frame_step=NEIGHBOUR_FRAME_STEP)
        phrases[rows] = model.to_canonical(recorded.to(model.device)).float().cpu().numpy()
    return NearestNeighbours(
        phrases, frames=frames.length, mirror=lambda mine: frames.mirrored(torch.from_numpy(mine)).numpy()
    )
