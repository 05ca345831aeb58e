"""From z up to y up, and rotations as the numbers that files of animation hold."""

import numpy as np

TO_Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""Turns positions from z up to y up: what faced -y faces +z, and the left stays the left."""


def rotations_y_up(rotations: np.ndarray) -> np.ndarray:
    """Rotations (…, 3, 3) between axes with z up, between axes with y up."""
    return TO_Y_UP @ rotations @ TO_Y_UP.T


def points_y_up(points: np.ndarray) -> np.ndarray:
    """Points (…, 3) with y up."""
    return points @ TO_Y_UP.T


def euler_zxy(rotations: np.ndarray) -> np.ndarray:
    """Angles about z, x and y in degrees, applied in this order of axes that turn along: (frames, joints, 3).

    Of the two triples of angles of a rotation, and of all whole turns more, each frame has those nearest to the
    frame before, so that curves do not jump.

    Args:
        rotations: (frames, joints, 3, 3).
    """
    from scipy.spatial.transform import Rotation  # noqa: PLC0415 - 60 ms, where it is needed

    frames, joints = rotations.shape[:2]
    with np.errstate(all="ignore"):
        angles = _quiet_euler(Rotation.from_matrix(rotations.reshape(-1, 3, 3))).reshape(frames, joints, 3)
    other = np.stack([angles[..., 0] + 180, 180 - angles[..., 1], angles[..., 2] + 180], axis=-1)
    result = angles.copy()
    for frame in range(1, frames):
        before = result[frame - 1]
        first, second = (each[frame] + 360 * np.round((before - each[frame]) / 360) for each in (angles, other))
        nearer = np.abs(second - before).sum(axis=-1) < np.abs(first - before).sum(axis=-1)
        result[frame] = np.where(nearer[:, None], second, first)
    return result


def _quiet_euler(rotations) -> np.ndarray:
    import warnings  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of gimbal lock: one of the angles is then 0, and the rotation is right
        return rotations.as_euler("ZXY", degrees=True)


def quaternions(rotations: np.ndarray) -> np.ndarray:
    """Unit quaternions x, y, z, w of rotations (frames, joints, 3, 3), with signs that do not jump: (…, 4)."""
    from scipy.spatial.transform import Rotation  # noqa: PLC0415

    frames, joints = rotations.shape[:2]
    result = Rotation.from_matrix(rotations.reshape(-1, 3, 3)).as_quat().reshape(frames, joints, 4)
    agrees = (result[1:] * result[:-1]).sum(axis=-1, keepdims=True) >= 0
    signs = np.cumprod(np.where(agrees, 1.0, -1.0), axis=0)
    result[1:] *= signs
    return result
