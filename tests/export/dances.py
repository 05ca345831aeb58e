"""Dances for tests of exporters: two dancers of three markers, a moving arm of Mariel's markers, a tree of joints."""

import numpy as np

from mariel.export.registry import ExportRequest
from mariel.motion.marker_set import MarkerSet
from mariel.stage.scene import Dancer, Scene

HANDS = MarkerSet.from_edges("hands", ("LHAND", "RHAND", "chin"), [(0, 2), (1, 2)])

JOINTS = MarkerSet.from_edges(
    "joints",
    ("hips", "spine", "head", "left_hip", "left_knee", "left_foot", "right_hip", "right_knee", "right_foot"),
    [(0, 1), (1, 2), (0, 3), (3, 4), (4, 5), (0, 6), (6, 7), (7, 8)],
)


def hands_positions(frames: int = 12, seed: int = 0) -> np.ndarray:
    """(frames, 3, 3) float32: random points, the first with x = 1."""
    positions = np.random.default_rng(seed).uniform(0.1, 1.7, (frames, 3, 3)).astype(np.float32)
    positions[:, 0, 0] = 1
    return positions


def joint_positions(frames: int = 30) -> np.ndarray:
    """(frames, 9, 3): legs that swing and knees that bend, on a body that turns; it begins facing -y."""
    time = np.linspace(0, 2 * np.pi, frames)
    positions = np.zeros((frames, 9, 3))
    positions[:, 0, 2] = 0.9
    positions[:, 1] = positions[:, 0] + [0, 0, 0.3]
    positions[:, 2] = positions[:, 1] + [0, 0, 0.4]
    for hip, side in ((3, 1), (6, -1)):
        thigh, shank = 0.6 * side * np.sin(time), 0.6 * side * np.sin(time) + 0.5
        positions[:, hip] = positions[:, 0] + [0.1 * side, 0, -0.05]
        for joint, angle, length in ((hip + 1, thigh, 0.4), (hip + 2, shank, 0.42)):
            step = np.stack([0 * angle, np.sin(angle), -np.cos(angle)], axis=-1) * length
            positions[:, joint] = positions[:, joint - 1] + step
    c, s = np.cos(time / 4), np.sin(time / 4)
    x, y = positions[..., 0].copy(), positions[..., 1].copy()
    positions[..., 0], positions[..., 1] = c[:, None] * x - s[:, None] * y, s[:, None] * x + c[:, None] * y
    return positions


def request_of(*positions: np.ndarray, marker_set: MarkerSet = HANDS, fps: float = 35.0, **options) -> ExportRequest:
    labels = ("Ann", "Ben", "Cy") if len(positions) > 1 else ("",)
    dancers = [Dancer(each, marker_set, label=label) for each, label in zip(positions, labels, strict=False)]
    return ExportRequest(Scene(dancers, fps=fps), **{"title": "a dance", "credit": "Danced by Ann.", **options})
