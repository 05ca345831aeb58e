"""The map of a model: the phrases it was trained on, and the plane they are projected to."""

from dataclasses import dataclass

import streamlit as st

from mariel.app.shell.messages import show_error
from mariel.app.shell.navigation import page_link
from mariel.app.widgets.models import LoadedModel
from mariel.errors import MarielError
from mariel.generation.latent_map.maps import LatentMap
from mariel.generation.latent_map.phrases import MapPhrases
from mariel.generation.latent_map.stored_map import load_latent_map
from mariel.generation.phrase_windows import run_recordings
from mariel.training.checkpoints import Checkpoint


@dataclass(frozen=True, eq=False)
class MapView:
    """A model, the training phrases on its map, and the map.

    Args:
        model: the trained model.
        phrases: training phrases, evenly spaced.
        latent_map: the plane they are projected to.
        labels: a text for each phrase.
    """

    model: LoadedModel
    phrases: MapPhrases
    latent_map: LatentMap
    labels: list[str]

    @property
    def checkpoint(self) -> Checkpoint:
        """The trained model with its settings."""
        return self.model.checkpoint


def load_map_view(model: LoadedModel) -> MapView | None:
    """The map of a model, computed once for all sessions; None, and a message, if its recordings are missing."""
    try:
        phrases, latent_map = _latent_map((model.weights, model.data), model)
    except MarielError as error:
        show_error(
            f"The map shows the phrases that “{model.checkpoint.run}” learned from. They cannot be opened: {error}",
            icon=":material/folder_off:",
        )
        st.caption("Put the recordings back, or choose another model. New dances need no recordings.")
        page_link("sampling", "Sample new dances")
        return None
    labels = [
        f"{take.replace('_', ' ')}, {_clock(second)}, {speed:.2f} m/s"
        for take, second, speed in zip(phrases.takes.tolist(), phrases.seconds, phrases.speeds, strict=True)
    ]
    return MapView(model, phrases, latent_map, labels)


@st.cache_resource(max_entries=4, show_spinner="Encoding training phrases and fitting the map, once for this model …")
def _latent_map(key: tuple, _model: LoadedModel) -> tuple[MapPhrases, LatentMap]:
    return load_latent_map(_model.run, _model.checkpoint, run_recordings(_model.checkpoint))


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
