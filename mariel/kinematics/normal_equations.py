"""Normal equations of the poses of a kinematic tree, and their solution by block elimination from the leaves.

Two joints have markers in common only where one is on the way to the other. Eliminated from the leaves to the root,
the matrix therefore stays zero everywhere else: Featherstone, *Efficient Factorization of the Joint-Space Inertia
Matrix for Branched Mechanisms*, International Journal of Robotics Research 24 (2005) 487. All joints at the same
depth are eliminated at once.

Unknowns of a frame are the root's translation and the rotation vector of each joint. Frames come last in all arrays,
so that every operation works on long contiguous rows. The arrays of one phrase are small, and NumPy then spends a
third of the time on them that PyTorch does.
"""

import numpy as np


class NormalEquations:
    """The least-squares problem of one Gauss-Newton step of a tree's poses. Arrays are float32.

    Rows of unknowns are translation, then joints in `order`: by depth, so that those of one depth are a slice.

    Args:
        parents: the index of each joint's parent, -1 for the root, parents before children.
        joint_of: for each marker, the joint whose segment carries it.
    """

    def __init__(self, parents: tuple[int, ...], joint_of: list[int]) -> None:
        self.paths = paths = [_path(parents, joint) for joint in range(len(parents))]
        """The joints from the root to each joint, both included."""
        self.order = sorted(range(len(parents)), key=lambda joint: (len(paths[joint]), joint))
        rows = {joint: row for row, joint in enumerate(self.order)}
        ancestors = [[rows[joint] for joint in paths[own]] for own in self.order]
        depths = [len(each) for each in ancestors]
        self.depth = max(depths)
        filled_up = [(each + [0] * self.depth)[: self.depth] for each in ancestors]
        self._ancestors = np.array(filled_up).T
        """Rows of the joints on the way to each joint, itself included: (depth, joints)."""
        moves = [[float(own in paths[joint]) for joint in joint_of] for own in self.order]
        self._moves = np.array(moves, np.float32)
        """Which joint moves which marker: (joints, markers)."""
        self._levels = [(slice(0, 1), np.zeros((0, 1), int))]
        """Slice of the unknowns at each depth, and the rows of the unknowns above each of them: (depth, joints)."""
        for depth in range(1, self.depth + 1):
            first, last = depths.index(depth), len(depths) - depths[::-1].index(depth)
            above = np.pad(1 + self._ancestors[: depth - 1, first:last], ((1, 0), (0, 0)))
            self._levels.append((slice(1 + first, 1 + last), above))

    def gradient(self, joints: np.ndarray, markers: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Forces and torques: the derivatives of the markers times what is missing, (3, 1 + joints, frames).

        Args:
            joints: (xyz, joints, frames), in `order`.
            markers: (xyz, markers, frames).
            missing: from the markers to their targets (xyz, markers, frames).
        """
        force = self._moves @ missing
        torque = self._moves @ cross(markers, missing) - cross(joints, force)
        return np.concatenate([force[:, :1], torque], axis=1)

    def matrix(self, joints: np.ndarray, markers: np.ndarray) -> np.ndarray:
        """Sums of products of the markers' derivatives, of each unknown with the translation and its ancestors.

        With arms a and b from two joints to a marker, the product of its derivatives is (a · b) I - b aᵀ; summed over
        the markers that the joint of a moves, it follows from their number, sum and second moments.

        Args:
            joints: (xyz, joints, frames), in `order`.
            markers: (xyz, markers, frames).

        Returns:
            (3, 1 + 3 (1 + depth), 1 + joints, frames): rows of each unknown; first a column that is free for the
            right side, then those of the translation, of the root, and so on to the unknown itself. Columns beyond
            have no meaning.
        """
        _, count, frames = joints.shape
        matrix = np.empty((3, 1 + 3 * (1 + self.depth), 1 + count, frames), np.float32)
        total = self._moves @ markers
        about_joint = self._moves @ (markers[:, None] * markers) - total[:, None] * joints  # Σ of marker × arm
        arms = total - self._moves.sum(axis=1)[:, None] * joints  # of the markers that each joint moves, summed
        pairs = matrix[:, 4:].reshape(3, self.depth, 3, 1 + count, frames)[..., 1:, :]
        np.multiply(joints[:, self._ancestors][:, :, None], arms, out=pairs)
        pairs -= about_joint[:, None]  # - Σ b aᵀ
        trace = pairs[0, :, 0] + pairs[1, :, 1] + pairs[2, :, 2]
        for axis in range(3):
            pairs[axis, :, axis] -= trace
        matrix[:, 1:, 0] = 0
        for axis in range(3):
            matrix[axis, 1 + axis] = 0
            matrix[axis, 1 + axis, 0] = self._moves.shape[1]
            following, last = (axis + 1) % 3, (axis + 2) % 3
            matrix[last, 1 + following, 1:] = arms[axis]
            np.negative(arms[axis], out=matrix[following, 1 + last, 1:])
        return matrix

    def solve(self, matrix: np.ndarray, gradient: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The unknowns (3, 1 + joints, frames) of the equations; their matrix is destroyed.

        Args:
            matrix: of `matrix`.
            gradient: right side (3, 1 + joints, frames).
            weights: added to the matrix's diagonal, (1 + joints).
        """
        matrix[:, 0] = gradient
        reduced = []
        for depth in range(self.depth, -1, -1):
            level, above = self._levels[depth]
            own, block = matrix[:, : 1 + 3 * depth, level], matrix[:, 1 + 3 * depth : 4 + 3 * depth, level]
            for axis in range(3):
                block[axis, axis] += weights[level, None]
            solved = _products(_inverse(block), own)
            reduced.append(solved)
            # Σ of an ancestor's column × a solved column: to the rows of the ancestor.
            update = _products(own[:, 1:], solved)
            for step, rows in enumerate(above):
                for column, row in enumerate(rows):
                    matrix[:, : 1 + 3 * depth, row] -= update[3 * step : 3 * step + 3, :, column]
        found = np.empty_like(gradient)
        for depth, solved in enumerate(reversed(reduced)):
            level, above = self._levels[depth]
            known = found[:, above].swapaxes(0, 1).reshape(3 * depth, *solved.shape[2:])
            found[:, level] = solved[:, 0] - (solved[:, 1:] * known).sum(axis=1)
        return found


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cross products of vectors (xyz, …): `np.cross` takes several times as long."""
    product = np.empty(np.broadcast_shapes(a.shape, b.shape), np.float32)
    for axis in range(3):
        following, last = (axis + 1) % 3, (axis + 2) % 3
        np.multiply(a[following], b[last], out=product[axis])
        product[axis] -= a[last] * b[following]
    return product


def _products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Σ over the first axis of (3, rows, …) × (3, columns, …): (rows, columns, …)."""
    product = left[0, :, None] * right[0]
    product += left[1, :, None] * right[1]
    product += left[2, :, None] * right[2]
    return product


def _inverse(matrices: np.ndarray) -> np.ndarray:
    """Inverses of symmetric matrices (3, 3, …), by their adjugates."""
    adjugate = cross(matrices[:, [1, 2, 0]], matrices[:, [2, 0, 1]])
    adjugate /= (matrices[:, 0] * adjugate[:, 0]).sum(axis=0)
    return adjugate


def _path(parents: tuple[int, ...], joint: int) -> list[int]:
    """The joints from the root to one, both included."""
    path = [joint]
    while (parent := parents[path[0]]) >= 0:
        path.insert(0, parent)
    return path
