"""A simple standing or walking body with known positions, as arrays, recordings and raw files."""

from pathlib import Path

import numpy as np

from mariel.motion.mariel_markers import MARIEL_53, RAW_LABELS
from mariel.motion.recording import Recording

MARKER_HEIGHTS = {
    "HD": 1.6,
    "ARIEL": 1.7,
    "SH": 1.4,
    "CLAV": 1.4,
    "C7": 1.4,
    "STRN": 1.2,
    "T10": 1.2,
    "UPA": 1.3,
    "EL": 1.1,
}
MARKER_HEIGHTS |= {"FRM": 1.0, "WR": 0.9, "HAND": 0.8, "WT": 0.95, "THI": 0.7, "KN": 0.5, "SHN": 0.3, "ANK": 0.1}


def standing_pose() -> np.ndarray:
    """(53, 3), metres, z up: faces +x, so left is +y; top of the head at 1.7 m, toes at 0.05 m."""
    pose = np.zeros((53, 3), np.float64)
    for i, label in enumerate(MARIEL_53.labels):
        part = label[1:] if label[0] in "LR" and label not in ("LabelingHips",) else label
        z = next((height for name, height in MARKER_HEIGHTS.items() if name in part), 0.05)
        x = 0.15 if part in ("TOE", "MT1", "MT5", "FWT", "MFWT", "CLAV", "STRN") else -0.05
        y = {"L": 0.15, "R": -0.15}.get(label[0], 0.0)
        pose[i] = x + 0.001 * i, y, z
    return pose


def walking_positions(frames: int = 100, speed: float = 1.0, fps: float = 35.0) -> np.ndarray:
    """(frames, 53, 3), metres, z up: the standing pose translated along +x at `speed` m/s."""
    offset = np.zeros((frames, 1, 3))
    offset[:, 0, 0] = np.arange(frames) * speed / fps
    return standing_pose() + offset


def walking_recording(name: str = "walk", frames: int = 100) -> Recording:
    return Recording.from_positions(name, walking_positions(frames), MARIEL_53)


def to_raw_layout(positions: np.ndarray, dtype: type = np.float32) -> np.ndarray:
    """(frames, 53, 3), z up, as the (55, frames, 3), z down, of a raw file, with helper points at the hips."""
    columns = np.zeros((55, len(positions), 3), dtype)
    stored = positions * [1, -1, -1]
    for i, label in enumerate(MARIEL_53.labels):
        columns[RAW_LABELS.index(label)] = stored[:, i]
    for helper in ("LabelingHips", "SolvingHips"):
        columns[RAW_LABELS.index(helper)] = stored[:, MARIEL_53.index("LFWT")]
    return columns


def write_raw_take(folder: Path, name: str, positions: np.ndarray, dtype: type = np.float32) -> Path:
    path = folder / f"mariel_{name}.npy"
    np.save(path, to_raw_layout(positions, dtype))
    return path
