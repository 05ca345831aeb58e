"""Small models of each kind, initialised but not trained."""

import torch

from mariel.data.dataset import PhraseDataset
from mariel.models.base import PhraseModel
from mariel.models.registry import make_model
from mariel.models.settings import NotebookSettings, PhraseVaeSettings

LENGTH = 16
"""Frames per phrase."""

MODEL_SETTINGS = {
    "phrase-vae": PhraseVaeSettings(latent=6, encoder_hidden=8, decoder_hidden=8, curves=8),
    "notebook": NotebookSettings(layers=1, hidden=8, latent=4),
}


def small_model(kind: str, dataset: PhraseDataset) -> PhraseModel:
    """A model of a kind for a dataset of phrases of `LENGTH` frames; always the same weights."""
    torch.manual_seed(0)
    model = make_model(MODEL_SETTINGS[kind], dataset.marker_set, LENGTH, dataset.fps)
    model.initialise_from_data(dataset)
    return model.eval()
