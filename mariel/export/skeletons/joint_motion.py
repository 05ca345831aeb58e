"""A dance as a hierarchy of joints that turn: constant offsets, rotations over time, and the path of the root."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class JointMotion:
    """A skeleton's motion, z up, metres.

    Args:
        names: of the joints, parents before children; no two alike.
        parents: the index of each joint's parent, -1 for the root, which is the first.
        offsets: position of each joint on its parent, in the parent's own axes (joints, 3); 0 for the root.
        ends: for joints without children the point where their bone ends, in their own axes, by index.
        rotations: from each joint's own axes to the room's, (frames, joints, 3, 3).
        root: position of the root, (frames, 3).
        error_cm: mean distance of the dance's markers from where this body has them, centimetres.
        notes: what was changed or left out, sentences.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: np.ndarray
    ends: dict[int, np.ndarray]
    rotations: np.ndarray
    root: np.ndarray
    error_cm: float
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.root)

    @property
    def positions(self) -> np.ndarray:
        """Positions of the joints, (frames, joints, 3)."""
        placed = np.empty((len(self.root), len(self.names), 3))
        for joint, parent in enumerate(self.parents):
            if parent < 0:
                placed[:, joint] = self.root
            else:
                placed[:, joint] = placed[:, parent] + self.rotations[:, parent] @ self.offsets[joint]
        return placed

    @property
    def local_rotations(self) -> np.ndarray:
        """Rotation of each joint on its parent, (frames, joints, 3, 3)."""
        local = self.rotations.copy()
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                local[:, joint] = np.swapaxes(self.rotations[:, parent], -1, -2) @ self.rotations[:, joint]
        return local

    def children(self, joint: int) -> list[int]:
        """Indices of the joints on one joint."""
        return [child for child, parent in enumerate(self.parents) if parent == joint]

    def bone(self, joint: int) -> np.ndarray | None:
        """From a joint to the mean of its children, or to its end, in its own axes (3,); None without either."""
        children = self.children(joint)
        return self.offsets[children].mean(axis=0) if children else self.ends.get(joint)


def nearest_rotations(matrices: np.ndarray) -> np.ndarray:
    """The rotations nearest to some matrices (…, 3, 3), never reflections."""
    u, _, vh = np.linalg.svd(matrices)
    signs = np.ones(u.shape[:-1])
    signs[..., 2] = np.sign(np.linalg.det(u @ vh))
    return u @ (signs[..., None] * vh)


def swing(start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """The shortest rotations (…, 3, 3) that turn directions `start` (…, 3) to directions `stop` (…, 3)."""
    a, b = (each / np.maximum(np.linalg.norm(each, axis=-1, keepdims=True), 1e-12) for each in (start, stop))
    a, b = np.broadcast_arrays(a, b)
    axis, cosine = np.cross(a, b), (a * b).sum(axis=-1)
    opposite = cosine < -1 + 1e-9
    if opposite.any():  # half a turn about any axis square to them
        other = np.eye(3)[np.abs(a).argmin(axis=-1)]
        square = np.cross(a, other)
        square /= np.maximum(np.linalg.norm(square, axis=-1, keepdims=True), 1e-12)
        half_turn = 2 * square[..., :, None] * square[..., None, :] - np.eye(3)
    x, y, z = np.moveaxis(axis, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    turned = np.eye(3) + cross + cross @ cross / np.maximum(1 + cosine, 1e-12)[..., None, None]
    return np.where(opposite[..., None, None], half_turn, turned) if opposite.any() else turned
