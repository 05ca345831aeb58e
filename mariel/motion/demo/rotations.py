"""Rotations of all frames at once: matrices (frames, 3, 3) from angles in radians (frames,)."""

import numpy as np


def rot_x(angle: np.ndarray) -> np.ndarray:
    """Rotations about x; a positive angle takes y towards z."""
    return _about(angle, 1, 2)


def rot_y(angle: np.ndarray) -> np.ndarray:
    """Rotations about y; a positive angle takes z towards x: a body bows forward."""
    return _about(angle, 2, 0)


def rot_z(angle: np.ndarray) -> np.ndarray:
    """Rotations about z; a positive angle takes x towards y: a body turns to its left."""
    return _about(angle, 0, 1)


def _about(angle: np.ndarray, i: int, j: int) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    rotation = np.zeros((len(angle), 3, 3))
    rotation[:, 3 - i - j, 3 - i - j] = 1.0
    rotation[:, i, i] = rotation[:, j, j] = c
    rotation[:, i, j], rotation[:, j, i] = -s, s
    return rotation


def turned(rotation: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Rotations (frames, 3, 3) applied to one vector (3,) or to one each (frames, 3)."""
    return rotation @ vector if vector.ndim == 1 else np.einsum("fij,fj->fi", rotation, vector)


def unit(vector: np.ndarray) -> np.ndarray:
    """Vectors (frames, 3) brought to length one."""
    return vector / np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-9)


def square_to(vector: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Unit vectors (frames, 3) nearest to `vector` and square to the unit vectors `axis`."""
    return unit(vector - axis * np.sum(vector * axis, axis=1, keepdims=True))


def swing(start: np.ndarray, first: np.ndarray, by: np.ndarray, second: np.ndarray, and_by: np.ndarray) -> np.ndarray:
    """Rotations that carry the axis `start` by an angle towards `first` and by another towards `second`.

    The two angles are components of one rotation vector (Rodrigues), so a limb passes through every direction but
    the one opposite `start` without meeting a pole, and turns about itself as little as possible.

    Args:
        start, first, second: unit vectors (3,), square to each other.
        by, and_by: (frames,) angles.
    """
    vector = np.outer(by, np.cross(start, first)) + np.outer(and_by, np.cross(start, second))
    angle = np.linalg.norm(vector, axis=1)[:, None, None]
    x, y, z = unit(vector).T
    zero = np.zeros_like(x)
    k = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k)


def between(a: np.ndarray, b: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """Axes (frames, 3, 3), columns made orthonormal again, `share` of the way from `a` to `b`; third column leads."""
    share = np.asarray(share)[..., None, None]
    mixed = (1 - share) * a + share * b
    third = unit(mixed[:, :, 2])
    second = square_to(mixed[:, :, 1], third)
    handed = np.sign(np.linalg.det(a))[:, None]
    return np.stack([handed * np.cross(second, third), second, third], axis=2)
