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


_UPRIGHT = {
    "ARIEL": (-0.03, 0, 1.70), "FHD": (0.06, 0.07, 1.62), "BHD": (-0.07, 0.07, 1.54),
    "C7": (-0.09, 0, 1.43), "CLAV": (0.07, 0, 1.39), "STRN": (0.10, 0, 1.22), "T10": (-0.11, 0, 1.24),
    "FSH": (0.06, 0.17, 1.40), "BSH": (-0.07, 0.17, 1.40), "UPA": (0, 0.22, 1.26), "ELB": (-0.02, 0.27, 1.10),
    "IEL": (0.02, 0.19, 1.10), "FRM": (0.05, 0.25, 0.98), "IWR": (0.07, 0.24, 0.86), "OWR": (0.03, 0.28, 0.86),
    "IHAND": (0.10, 0.25, 0.79), "OHAND": (0.06, 0.29, 0.79), "FWT": (0.07, 0.14, 0.98), "BWT": (-0.07, 0.13, 1.02),
    "MFWT": (0.10, 0, 0.98), "MBWT": (-0.09, 0, 1.02), "THI": (0.04, 0.17, 0.70), "KNE": (0, 0.15, 0.49),
    "KNI": (0, 0.04, 0.49), "SHN": (0.04, 0.11, 0.28), "ANK": (-0.01, 0.13, 0.09), "HEL": (-0.07, 0.09, 0.05),
    "TOE": (0.14, 0.10, 0.04), "MT1": (0.10, 0.06, 0.04), "MT5": (0.07, 0.14, 0.03),
}  # fmt: skip
"""Markers of the middle and of the left, metres."""


def upright_pose() -> np.ndarray:
    """(53, 3), metres, z up: a person of 1.69 m with every marker where it belongs; faces +x, so left is +y."""
    pose = np.zeros((53, 3), np.float32)
    for i, label in enumerate(MARIEL_53.labels):
        x, y, z = _UPRIGHT[label if label in _UPRIGHT else label[1:]]
        pose[i] = x, -y if label not in _UPRIGHT and label[0] == "R" else y, z
    return pose
