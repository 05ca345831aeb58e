"""Perform one movement alone."""

import numpy as np

from mariel.motion.demo.notation import MOVEMENTS
from mariel.motion.demo.timeline import Timeline
from mariel.motion.mariel_markers import MARIEL_55
from mariel.motion.recording import FPS, Recording


def perform_movement(movement: str, seed: int = 0, *, side: str = "R") -> Recording:
    """One movement of the vocabulary as a recording of 55 columns, z up, that begins and ends standing.

    Args:
        movement: a name in MOVEMENTS.
        seed: seed of breathing, sway and marker noise.
        side: the working side, R or L.

    Raises:
        KeyError: no such movement.
    """
    timeline = Timeline(np.random.default_rng(seed))
    timeline.rest(0.3)
    timeline.add_movement(MOVEMENTS[movement], side)
    timeline.rest(0.5)
    positions = timeline.marker_positions(round(timeline.now * FPS))
    return Recording.from_positions(movement, positions, MARIEL_55, synthetic=True)
