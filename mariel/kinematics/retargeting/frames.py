"""Axes of body parts: unit vectors and rotation matrices over frames, as numpy arrays."""

import numpy as np


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (…, 3) of length 1; zero vectors stay."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-12)


def perpendicular(vectors: np.ndarray, to: np.ndarray) -> np.ndarray:
    """The part of vectors (…, 3) that is perpendicular to unit vectors."""
    return vectors - (vectors * to).sum(axis=-1, keepdims=True) * to


def axes_from(up: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Rotation matrices (…, 3, 3) with columns forward, left and up: up is exact, left as near as can be."""
    z = unit(up)
    y = unit(perpendicular(left, z))
    return np.stack([np.cross(y, z), y, z], axis=-1)


def level_axes(left: np.ndarray) -> np.ndarray:
    """Axes whose up is the room's and whose left lies in the floor as vectors (…, 3) do."""
    up = np.zeros_like(left)
    up[..., 2] = 1.0
    return axes_from(up, left)


def swing(directions: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The smallest rotations (…, 3, 3) that turn unit vectors into others."""
    x, y, z = np.moveaxis(np.cross(directions, targets), -1, 0)
    zero = np.zeros_like(x)
    rows = [[zero, -z, y], [z, zero, -x], [-y, x, zero]]
    cross = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    cosine = (directions * targets).sum(axis=-1)[..., None, None]
    return np.eye(3) + cross + cross @ cross / np.maximum(1 + cosine, 1e-6)


def mean_rotation(rotations: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The rotation (3, 3) nearest to the weighted mean of others (frames, 3, 3)."""
    u, _, vh = np.linalg.svd(np.einsum("f,fij->ij", weights, rotations))
    return u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vh))]) @ vh


def turn(rotations: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Vectors (frames, 3) or (3,) turned by rotations (frames, 3, 3)."""
    return np.einsum("fij,fj->fi", rotations, np.broadcast_to(vectors, (len(rotations), 3)))
