"""A skeleton's motion from the positions of its joints, for marker sets that are joints with bones between them.

A joint's children are rigid on the bone that begins at it. Its rotation is that which brings them nearest to where
they are; with one child it is the shortest turn from its parent's, and the twist about the bone stays that of the
parent.
"""

import numpy as np

from mariel.export.skeletons.joint_motion import JointMotion, nearest_rotations, swing
from mariel.motion.marker_set import MarkerSet

PRIOR_WEIGHT = 1e-7
"""Square metres by which a rotation is drawn to its parent's: it decides where children are on one line."""

NOISE_WEIGHT = 3.0
"""The same, per square metre of the children's mean deviation from being rigid."""

ITERATIONS = 12
"""Of the Procrustes analysis."""

LOOSE = 0.05
"""Share by which the length of the root's only bone varies at least where that root does not move with the body."""

END_SUFFIX = " end"
"""How labels of BVH files' end sites end."""


def joint_tree(marker_set: MarkerSet) -> tuple[int, ...] | None:
    """The parent of each joint, -1 for the root; None if the set's lines are not one tree over all of its markers."""
    bones = marker_set.bones()
    if any(len(group) != 1 for bone in bones for group in bone):
        return None
    edges = [(marker_set.index(start[0]), marker_set.index(end[0])) for start, end in bones]
    count = len(marker_set)
    if len(edges) != count - 1 or count < 2:
        return None
    linked: list[list[int]] = [[] for _ in range(count)]
    for start, end in edges:
        linked[start].append(end)
        linked[end].append(start)
    roots = set(range(count)) - {end for _, end in edges}
    root = roots.pop() if len(roots) == 1 else max(range(count), key=lambda joint: len(linked[joint]))
    parents, pending = {root: -1}, [root]
    while pending:
        joint = pending.pop()
        for other in linked[joint]:
            if other not in parents:
                parents[other] = joint
                pending.append(other)
    return tuple(parents[joint] for joint in range(count)) if len(parents) == count else None


def joint_tree_motion(positions: np.ndarray, marker_set: MarkerSet, tree: tuple[int, ...]) -> JointMotion:
    """The motion of joints with bones of constant length, each the mean of its length in the dance.

    Args:
        positions: (frames, joints, 3), metres, z up, none missing.
        marker_set: the joints.
        tree: see `joint_tree`.
    """
    tree, loose = _without_loose_root(positions, tree)
    order = _parents_first(tree)
    ends = {
        joint for joint in order
        if joint not in tree and tree[joint] >= 0 and marker_set.labels[joint] == _end_of(marker_set, tree[joint])
    }  # fmt: skip
    rotations: dict[int, np.ndarray] = {}
    offsets = np.zeros((len(tree), 3))
    for joint in order:
        parent = rotations.get(tree[joint], np.broadcast_to(np.eye(3), (len(positions), 3, 3)))
        children = [child for child in order if tree[child] == joint]
        if not children:
            rotations[joint] = parent
            continue
        bones = positions[:, children] - positions[:, [joint]]
        if len(children) == 1:
            rotations[joint] = _swung(parent, bones[:, 0])
        else:
            rotations[joint] = _rigid(parent, bones)
        offsets[children] = _mean_offsets(rotations[joint], bones)
    kept = [joint for joint in order if joint not in ends]
    number = {joint: at for at, joint in enumerate(kept)}
    motion = JointMotion(
        tuple(marker_set.labels[joint] for joint in kept),
        tuple(number.get(tree[joint], -1) for joint in kept),
        offsets[kept],
        {number[tree[end]]: offsets[end] for end in ends},
        np.stack([rotations[joint] for joint in kept], axis=1),
        positions[:, kept[0]],
        0.0,
    )
    error = float(np.linalg.norm(motion.positions - positions[:, kept], axis=-1).mean() * 100)
    return JointMotion(
        motion.names, motion.parents, motion.offsets, motion.ends, motion.rotations, motion.root, error_cm=error,
        notes=tuple(f"{marker_set.labels[joint]} does not move with the body and is left out." for joint in loose),
    )  # fmt: skip


def _without_loose_root(positions: np.ndarray, tree: tuple[int, ...]) -> tuple[tuple[int, ...], list[int]]:
    """A tree without roots that stay on the floor while the body moves, -2 for their parents, and these roots."""
    loose: list[int] = []
    while True:
        root = tree.index(-1)
        children = [joint for joint, parent in enumerate(tree) if parent == root]
        if len(children) != 1 or len(tree) - len(loose) <= 2:
            return tree, loose
        lengths = np.linalg.norm(positions[:, children[0]] - positions[:, root], axis=1)
        if lengths.std() <= LOOSE * max(lengths.mean(), 1e-9):
            return tree, loose
        loose.append(root)
        tree = tuple(-1 if joint == children[0] else -2 if joint == root else each for joint, each in enumerate(tree))


def _end_of(marker_set: MarkerSet, joint: int) -> str:
    return marker_set.labels[joint] + END_SUFFIX


def _parents_first(tree: tuple[int, ...]) -> list[int]:
    """Joints by depth; those of one parent stay in order, as a file that lists them so does."""
    order: list[int] = []

    def add(joint: int) -> None:
        stack = [joint]
        while stack:
            at = stack.pop()
            order.append(at)
            stack += [child for child in range(len(tree) - 1, -1, -1) if tree[child] == at]

    add(tree.index(-1))
    return order


def _swung(parent: np.ndarray, bone: np.ndarray) -> np.ndarray:
    """The parent's rotations (frames, 3, 3), turned the shortest way to where a bone (frames, 3) points."""
    on_parent = np.einsum("fji,fj->fi", parent, bone)
    mean = on_parent.mean(axis=0)
    if np.linalg.norm(mean) < 1e-9:
        mean = on_parent[len(on_parent) // 2]
    if np.linalg.norm(mean) < 1e-9:
        return parent
    return parent @ swing(mean, on_parent)


def _rigid(parent: np.ndarray, bones: np.ndarray) -> np.ndarray:
    """Rotations (frames, 3, 3) of bones (frames, children, 3) that are rigid, by generalised Procrustes analysis."""
    template = bones[len(bones) // 2] @ parent[len(bones) // 2]
    rotations, prior, weight = parent, parent, PRIOR_WEIGHT
    for _ in range(ITERATIONS):
        rotations = nearest_rotations(np.einsum("fmi,mj->fij", bones, template) + weight * prior)
        template = _mean_offsets(rotations, bones)
        residuals = bones - np.einsum("fij,mj->fmi", rotations, template)
        weight = PRIOR_WEIGHT + NOISE_WEIGHT * float(np.square(residuals).sum(axis=-1).mean())
        on_parent = np.swapaxes(parent, -1, -2) @ rotations
        prior = parent @ nearest_rotations(on_parent.mean(axis=0))
    return rotations


def _mean_offsets(rotations: np.ndarray, bones: np.ndarray) -> np.ndarray:
    """Bones in the axes of their joint, the mean over frames: (children, 3)."""
    return np.einsum("fji,fmj->mi", rotations, bones) / len(bones)
