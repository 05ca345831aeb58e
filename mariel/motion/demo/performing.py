"""One movement by itself, to be looked at."""

import numpy as np

from mariel.motion.demo.notation import MOVEMENTS
from mariel.motion.demo.timeline import Timeline
from mariel.motion.mariel_markers import MARIEL_55
from mariel.motion.recording import FPS, Recording


def perform(movement: str, seed: int = 0, *, side: str = "R") -> Recording:
    """One movement of the vocabulary as a recording of 55 columns, z up, from standing to standing.

    Args:
        movement: a name in MOVEMENTS.
        seed: of breath, sway and marker noise.
        side: the working side, R or L.
    """
    timeline = Timeline(np.random.default_rng(seed))
    timeline.rest(0.3)
    timeline.perform(MOVEMENTS[movement], side)
    timeline.rest(0.5)
    positions = timeline.markers(round(timeline.now * FPS))
    return Recording.from_positions(movement, positions, MARIEL_55, synthetic=True)
