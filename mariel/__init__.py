"""Mariel: an interactive explorer for motion-captured dance, as a library.

>>> import mariel
>>> recordings = mariel.load_recordings("demo")
>>> mariel.skeleton_figure(recordings["adagio"].seconds(10, 14))
>>> checkpoint = mariel.load_checkpoint("demo-dancer")
>>> dances = mariel.sample(checkpoint.model, 4, seed=0)  # (4, 128, 53, 3), metres, z up

The public names are imported from their modules when they are first used, so that `import mariel` costs nothing:
neither numpy nor torch nor streamlit.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what editors and type checkers see; the same names as in _MODULES
    from mariel.data.dataset import PhraseDataset
    from mariel.data.graphs import PhraseGraphs
    from mariel.data.phrases import Phrases
    from mariel.data.preprocessing import Preprocessing
    from mariel.data.splits import BlockSplit
    from mariel.errors import MarielError
    from mariel.evaluation.figures import evaluate
    from mariel.generation.sampling import SamplingOptions, reconstruct, sample
    from mariel.models.registry import make_model
    from mariel.motion.io.loading import load_recordings
    from mariel.motion.marker_set import MarkerSet
    from mariel.motion.recording import Recording
    from mariel.stage.figure import skeleton_figure
    from mariel.training.checkpoints import load_checkpoint
    from mariel.training.loop import train
    from mariel.training.settings import RunSettings

__version__ = "0.1.0"

__all__ = [
    "BlockSplit",
    "MarielError",
    "MarkerSet",
    "PhraseDataset",
    "PhraseGraphs",
    "Phrases",
    "Preprocessing",
    "Recording",
    "RunSettings",
    "SamplingOptions",
    "__version__",
    "evaluate",
    "load_checkpoint",
    "load_recordings",
    "make_model",
    "reconstruct",
    "sample",
    "skeleton_figure",
    "train",
]

_MODULES = {
    "BlockSplit": "mariel.data.splits",
    "MarielError": "mariel.errors",
    "MarkerSet": "mariel.motion.marker_set",
    "PhraseDataset": "mariel.data.dataset",
    "PhraseGraphs": "mariel.data.graphs",
    "Phrases": "mariel.data.phrases",
    "Preprocessing": "mariel.data.preprocessing",
    "Recording": "mariel.motion.recording",
    "RunSettings": "mariel.training.settings",
    "SamplingOptions": "mariel.generation.sampling",
    "evaluate": "mariel.evaluation.figures",
    "load_checkpoint": "mariel.training.checkpoints",
    "load_recordings": "mariel.motion.io.loading",
    "make_model": "mariel.models.registry",
    "reconstruct": "mariel.generation.sampling",
    "sample": "mariel.generation.sampling",
    "skeleton_figure": "mariel.stage.figure",
    "train": "mariel.training.loop",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'mariel' has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value  # found directly from now on
    return value


def __dir__() -> list[str]:
    return __all__
