"""The map of a model: the phrases it was trained on, and where they are on a plane."""

from dataclasses import dataclass, replace

import streamlit as st

from mariel.app.shell.messages import plain_text, show_error
from mariel.app.shell.navigation import page_link
from mariel.app.shell.query_params import MAP_METHOD
from mariel.app.widgets import controls
from mariel.app.widgets.models import LoadedModel
from mariel.errors import MarielError, PackageError
from mariel.generation.latent_map.maps import LatentMap
from mariel.generation.latent_map.pca_map import PcaMap
from mariel.generation.latent_map.phrases import MapPhrases
from mariel.generation.latent_map.stored_map import load_pca_map, load_umap_map
from mariel.generation.latent_map.umap_map import UmapMap
from mariel.generation.phrase_windows import run_recordings
from mariel.training.checkpoints import Checkpoint


@dataclass(frozen=True, eq=False)
class MapView:
    """A model, the training phrases on its map, and the map.

    Args:
        model: the trained model.
        phrases: training phrases, evenly spaced.
        latent_map: where they are on a plane.
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
    """The PCA map of a model, computed once for all sessions; None, and a message, if its recordings are missing."""
    try:
        phrases, latent_map = _pca_map((model.weights, model.data), model)
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


def pick_map(view: MapView) -> MapView:
    """Ask in the sidebar by which method phrases are placed on the map, and place them so."""
    method = controls.segmented_control(
        MAP_METHOD,
        "Map",
        place=st.sidebar,
        help="PCA: the plane that shows most of the differences; distances mean something. UMAP: phrases that move "
        "alike are neighbours; large distances mean little.",
    )
    if method == "PCA":
        return view
    try:
        return replace(view, latent_map=_umap_map((view.model.weights, view.model.data), view))
    except PackageError as error:
        st.info(
            plain_text(
                f"The map of {view.checkpoint.run} by UMAP is not computed yet: {error}. You see the map by PCA."
            ),
            icon=":material/package_2:",
        )
        return view


@st.cache_resource(max_entries=4, show_spinner="Encoding training phrases and fitting the map, once for this model …")
def _pca_map(key: tuple, _model: LoadedModel) -> tuple[MapPhrases, PcaMap]:
    return load_pca_map(_model.run, _model.checkpoint, run_recordings(_model.checkpoint))


@st.cache_resource(max_entries=4, show_spinner="Fitting the map by UMAP, once for this model; about half a minute …")
def _umap_map(key: tuple, _view: MapView) -> UmapMap:
    assert isinstance(_view.latent_map, PcaMap), "the page loads the map by PCA first"
    return load_umap_map(_view.model.run, run_recordings(_view.checkpoint), _view.latent_map)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
