"""Mariel: an interactive explorer for motion-captured dance.

>>> from mariel import load_recordings, skeleton_figure
>>> recordings = load_recordings("demo")
>>> skeleton_figure(recordings["adagio"].seconds(10, 14))

The public names are loaded when they are first used, so that `import mariel` costs nothing: neither torch nor
streamlit nor plotly.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "MarielError": "mariel.errors",
    "MarkerSet": "mariel.motion.marker_set",
    "Preprocessing": "mariel.data.preprocessing",
    "Recording": "mariel.motion.recording",
    "load_recordings": "mariel.motion.io.loading",
    "skeleton_figure": "mariel.stage.figure",
}

__all__ = ["MarielError", "MarkerSet", "Preprocessing", "Recording", "load_recordings", "skeleton_figure"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'mariel' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
