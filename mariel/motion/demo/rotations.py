"""Rotation matrices (frames, 3, 3) for all frames at once, from angles (frames,) in radians."""

import numpy as np


def rot_x(angle: np.ndarray) -> np.ndarray:
    """Rotations about x; a positive angle rotates y towards z."""
    return _axis_rotation(angle, 1, 2)


def rot_y(angle: np.ndarray) -> np.ndarray:
    """Rotations about y; a positive angle rotates z towards x: a body bends forward."""
    return _axis_rotation(angle, 2, 0)


def rot_z(angle: np.ndarray) -> np.ndarray:
    """Rotations about z; a positive angle rotates x towards y: a body turns left."""
    return _axis_rotation(angle, 0, 1)


def _axis_rotation(angle: np.ndarray, i: int, j: int) -> np.ndarray:
    """Rotations (frames, 3, 3) by angles (frames,) from axis `i` towards axis `j`."""
    c, s = np.cos(angle), np.sin(angle)
    rotation = np.zeros((len(angle), 3, 3))
    rotation[:, 3 - i - j, 3 - i - j] = 1.0
    rotation[:, i, i] = rotation[:, j, j] = c
    rotation[:, i, j], rotation[:, j, i] = -s, s
    return rotation


def rotate(rotation: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Rotate one vector (3,), or one per frame (frames, 3), by rotations (frames, 3, 3); (frames, 3)."""
    return rotation @ vector if vector.ndim == 1 else np.einsum("fij,fj->fi", rotation, vector)


def normalise(vector: np.ndarray) -> np.ndarray:
    """Vectors (frames, 3) scaled to length one."""
    return vector / np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-9)


def perpendicular_direction(vector: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Unit vectors (frames, 3) perpendicular to the unit vectors `axis` and nearest to `vector`."""
    return normalise(vector - axis * np.sum(vector * axis, axis=1, keepdims=True))


def swing_rotation(
    start: np.ndarray, first: np.ndarray, first_angle: np.ndarray, second: np.ndarray, second_angle: np.ndarray
) -> np.ndarray:
    """Rotations that move the axis `start` by one angle towards `first` and by another towards `second`.

    The two angles are components of one rotation vector (Rodrigues), so only the direction opposite `start` is
    singular, and a limb twists about its own axis as little as possible.

    Args:
        start, first, second: unit vectors (3,), perpendicular to each other.
        first_angle, second_angle: (frames,) radians.

    Returns:
        (frames, 3, 3).
    """
    vector = np.outer(first_angle, np.cross(start, first)) + np.outer(second_angle, np.cross(start, second))
    angle = np.linalg.norm(vector, axis=1)[:, None, None]
    x, y, z = normalise(vector).T
    zero = np.zeros_like(x)
    k = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k)


def blend_axes(a: np.ndarray, b: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """Axes (frames, 3, 3) at the fraction `share` from `a` to `b`, made orthonormal with the third column first."""
    share = np.asarray(share)[..., None, None]
    mixed = (1 - share) * a + share * b
    third = normalise(mixed[:, :, 2])
    second = perpendicular_direction(mixed[:, :, 1], third)
    handedness = np.sign(np.linalg.det(a))[:, None]
    return np.stack([handedness * np.cross(second, third), second, third], axis=2)
