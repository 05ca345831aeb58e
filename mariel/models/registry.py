"""Make a model from its settings; its class is imported then. The registry itself is in `mariel.models.settings`."""

from importlib import import_module
from typing import TYPE_CHECKING

from mariel.models.settings import MODELS, ModelSettings
from mariel.motion.marker_set import MarkerSet

if TYPE_CHECKING:  # the base class imports torch
    from mariel.models.base import PhraseModel


def model_class(name: str) -> "type[PhraseModel]":
    """The class of a registered model.

    Raises:
        MarielError: there is no such model.
    """
    module, _, class_name = MODELS.find(name).class_path.partition(":")
    return getattr(import_module(module), class_name)


def make_model(settings: ModelSettings, marker_set: MarkerSet, length: int, fps: float) -> "PhraseModel":
    """A model with newly initialised weights.

    Raises:
        SettingsError: the settings do not fit the markers or the phrase length.
    """
    return model_class(settings.kind)(settings, marker_set, length, fps)
