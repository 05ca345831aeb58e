"""Normal equations of the poses of a kinematic tree, and their solution by block elimination from the leaves.

Two joints have markers in common only where one is on the way to the other. Eliminated from the leaves to the root,
the matrix therefore stays zero everywhere else: Featherstone, *Efficient Factorization of the Joint-Space Inertia
Matrix for Branched Mechanisms*, International Journal of Robotics Research 24 (2005) 487. All joints at the same
depth are eliminated at once; a dense Cholesky decomposition takes three times as long.

Unknowns of a frame are the root's translation and the rotation vector of each joint. Frames come last in all tensors,
so that every operation works on long contiguous rows.
"""

import torch
from torch import Tensor


class NormalEquations:
    """The least-squares problem of one Gauss-Newton step of a tree's poses.

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
        depths = [len(paths[joint]) for joint in self.order]
        self.depth = max(depths)
        # From lists: sums and products of tensors without memory import PyTorch's compiler, see `PhraseModel`.
        ancestors = [[rows[joint] for joint in paths[own]] for own in self.order]
        filled_up = [(each + [0] * self.depth)[: self.depth] for each in ancestors]
        self._ancestors = torch.tensor([[each[step] for each in filled_up] for step in range(self.depth)])
        """Rows of the joints on the way to each joint, itself included: (depth, joints)."""
        self.moves = torch.tensor([[float(own in paths[joint]) for joint in joint_of] for own in self.order])
        """Which joint moves which marker: (joints, markers)."""
        self._levels = [(slice(0, 1), torch.tensor([]))]
        """Slice of the unknowns at each depth, and the row of each of their ancestors: (depth × joints)."""
        for depth in range(1, self.depth + 1):
            first, last = depths.index(depth), len(depths) - depths[::-1].index(depth)
            above = [0] * (last - first)  # the translation
            for step in range(depth - 1):
                above += [1 + ancestors[row][step] for row in range(first, last)]
            self._levels.append((slice(1 + first, 1 + last), torch.tensor(above)))

    def gradient(self, joints: Tensor, markers: Tensor, missing: Tensor) -> Tensor:
        """Forces and torques: the derivatives of the markers times what is missing, (3, 1 + joints, frames).

        Args:
            joints: (xyz, joints, frames), in `order`.
            markers: (xyz, markers, frames).
            missing: from the markers to their targets (xyz, markers, frames).
        """
        moves = self.moves.to(markers)
        force = moves @ missing
        torque = moves @ torch.linalg.cross(markers, missing, dim=0) - torch.linalg.cross(joints, force, dim=0)
        return torch.cat([force[:, :1], torque], dim=1)

    def matrix(self, joints: Tensor, markers: Tensor) -> Tensor:
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
        moves = self.moves.to(markers)
        total = moves @ markers
        about_joint = moves @ (markers[:, None] * markers) - total[:, None] * joints  # Σ of marker × arm
        arms = total - moves.sum(dim=1)[:, None] * joints  # of the markers that each joint moves, summed
        matrix = markers.new_zeros(3, 1 + 3 * (1 + self.depth), 1 + joints.shape[1], joints.shape[2])
        ancestors = joints[:, self._ancestors.to(joints.device)]  # (xyz, depth, joints, frames)
        pairs = matrix[:, 4:, 1:].unflatten(1, (self.depth, 3))
        torch.mul(ancestors[:, :, None], arms, out=pairs)
        pairs -= about_joint[:, None]  # - Σ b aᵀ
        diagonal = pairs.diagonal(dim1=0, dim2=2)
        diagonal -= diagonal.sum(dim=-1, keepdim=True)
        axes = torch.eye(3).to(markers)
        matrix[:, 1:4, 1:] = torch.linalg.cross(arms[:, None], axes[..., None, None], dim=0)
        matrix[:, 1:4, 0] = moves.shape[1] * axes[..., None]
        return matrix

    def solve(self, matrix: Tensor, gradient: Tensor, weights: Tensor) -> Tensor:
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
            own = matrix[:, : 4 + 3 * depth, level]
            own[:, -3:].diagonal(dim1=0, dim2=1).add_(weights[level, None, None])
            solved = _inverse(own[:, -3:])[:, :, None] * own[:, None, :-3]
            solved = solved.sum(dim=0)
            reduced.append(solved)
            if depth:
                # Σ of an ancestor's column × a solved column: to the rows of the ancestor.
                columns = own[:, 1:-3].unflatten(1, (depth, 3)).transpose(1, 2)[:, :, None]
                update = (columns * solved[:, None, :, None]).sum(dim=0).flatten(2, 3)
                matrix[:, : 1 + 3 * depth].index_add_(2, above.to(matrix.device), update, alpha=-1)
        found = [reduced[-1][:, 0]]
        for depth in range(1, self.depth + 1):
            level, above = self._levels[depth]
            solved = reduced[-1 - depth]
            known = torch.cat(found, dim=1)[:, above.to(matrix.device)].unflatten(1, (depth, -1))
            known = known.transpose(0, 1).flatten(0, 1)
            found.append(solved[:, 0] - (solved[:, 1:] * known).sum(dim=1))
        return torch.cat(found, dim=1)


def _inverse(matrices: Tensor) -> Tensor:
    """Inverses of symmetric matrices (3, 3, …), by their adjugates."""
    adjugate = torch.linalg.cross(matrices.roll(-1, 0), matrices.roll(-2, 0), dim=1)
    return adjugate / (matrices[0] * adjugate[0]).sum(dim=0)


def _path(parents: tuple[int, ...], joint: int) -> list[int]:
    """The joints from the root to one, both included."""
    path = [joint]
    while (parent := parents[path[0]]) >= 0:
        path.insert(0, parent)
    return path
