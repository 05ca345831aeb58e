"""Which models there are, and how to make one from its settings."""

from mariel.models.base import PhraseModel
from mariel.models.notebook_vae import NotebookVae
from mariel.models.phrase_vae import PhraseVae
from mariel.models.settings import ModelSettings
from mariel.motion.marker_set import MarkerSet

_MODELS: dict[str, type[PhraseModel]] = {model.kind: model for model in (NotebookVae, PhraseVae)}


def make_model(settings: ModelSettings, marker_set: MarkerSet, length: int, fps: float) -> PhraseModel:
    """A model with freshly drawn weights.

    Raises:
        SettingsError: the settings do not fit the markers or the phrase length.
    """
    return _MODELS[settings.kind](settings, marker_set, length, fps)
