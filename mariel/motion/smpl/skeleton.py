"""A neutral skeleton with SMPL's joints, and the positions of its joints from their rotations.

SMPL, SMPL-H and SMPL-X describe a pose as a rotation of each joint, and a body's size by shape parameters that only
their licensed files turn into lengths. Here the lengths are those of an adult of 1.70 m after R. Drillis and
R. Contini, "Body Segment Parameters", New York University, Technical Report 1166.03, 1966, as in D. A. Winter,
"Biomechanics and Motor Control of Human Movement", figure 4.1: limbs as shares of the body's height. How the spine,
collar and hands are divided is our own choice.

Names and order of joints: M. Loper and others, "SMPL: A Skinned Multi-Person Linear Model", 2015; J. Romero and
others, "Embodied Hands", 2017; G. Pavlakos and others, "Expressive Body Capture", 2019.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

HEIGHT = 1.70
"""Height of the skeleton in metres."""

CHUNK_FRAMES = 1024
"""Frames whose rotations are in memory at a time."""

MAX_ANGLE = 2.1 * np.pi
"""Radians that a joint is turned at most: a full turn, and a little for the estimates of programs."""

USUAL_ANGLE = 0.4
"""Radians below which half of a body's joints are turned half of the time; those of dancers are about 0.25."""

MIN_BEND = 1.0
"""Radians by which some joint of the body is turned in some frame: arms that hang are turned by 1.2."""

USUAL_SHARE = 0.25
"""Most of the first of these as a share of how far any joint is turned; 0.1 of dancers, and 0.35 of markers."""

MIN_VARIATION = 0.05
"""Standard deviation ÷ mean from which the distances of parent and child are none of bones, the median over bones."""

BODY = (
    "pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot right_foot "
    "neck left_collar right_collar head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist"
).split()
_FINGERS = ("index", "middle", "pinky", "ring", "thumb")
_HANDS = [f"{side}_{finger}{number}" for side in ("left", "right") for finger in _FINGERS for number in (1, 2, 3)]
_FACE = ["jaw", "left_eye_smplhf", "right_eye_smplhf"]

JOINTS: dict[int, tuple[str, ...]] = {
    22: tuple(BODY),
    24: (*BODY, "left_hand", "right_hand"),
    52: (*BODY, *_HANDS),
    55: (*BODY, *_FACE, *_HANDS),
}
"""Names of the joints by their number: the body alone, SMPL, SMPL-H and SMPL-X."""

MODELS = {22: "the body of SMPL", 24: "SMPL", 52: "SMPL-H", 55: "SMPL-X"}
"""The model that has so many joints."""

# Shares of the height from the parent, in a T-pose; x to the left, y up, z forward. The right side mirrors x.
_HIP, _KNEE, _ANKLE = 0.530, 0.285, 0.039
_SHOULDER, _UPPER_ARM, _FOREARM = 0.818, 0.186, 0.146
_OFFSETS: dict[str, tuple[str | None, tuple[float, float, float]]] = {
    "pelvis": (None, (0, 0, 0)),
    "left_hip": ("pelvis", (0.052, -0.020, 0)),
    "left_knee": ("left_hip", (0, _KNEE - _HIP, 0)),
    "left_ankle": ("left_knee", (0, _ANKLE - _KNEE, 0)),
    "left_foot": ("left_ankle", (0.010, 0.012 - _ANKLE, 0.075)),
    "spine1": ("pelvis", (0, 0.060, -0.010)),
    "spine2": ("spine1", (0, 0.075, 0)),
    "spine3": ("spine2", (0, 0.045, 0.005)),
    "neck": ("spine3", (0, 0.115, -0.010)),
    "head": ("neck", (0, 0.065, 0.020)),
    "jaw": ("head", (0, -0.005, 0.010)),
    "left_eye_smplhf": ("head", (0.018, 0.030, 0.055)),
    "left_collar": ("spine3", (0.035, 0.075, -0.005)),
    "left_shoulder": ("left_collar", (0.075, _SHOULDER - 0.550 - 0.060 - 0.075 - 0.045 - 0.075, -0.005)),
    "left_elbow": ("left_shoulder", (_UPPER_ARM, 0, 0)),
    "left_wrist": ("left_elbow", (_FOREARM, 0, 0)),
    "left_hand": ("left_wrist", (0.050, 0, 0)),
    "left_index1": ("left_wrist", (0.055, 0, 0.014)),
    "left_middle1": ("left_wrist", (0.057, 0, 0.003)),
    "left_ring1": ("left_wrist", (0.053, 0, -0.008)),
    "left_pinky1": ("left_wrist", (0.047, -0.002, -0.017)),
    "left_thumb1": ("left_wrist", (0.014, -0.005, 0.016)),
    **{
        f"left_{finger}{number}": (f"left_{finger}{number - 1}", (length, 0, 0.5 * length * (finger == "thumb")))
        for finger, length in {"index": 0.018, "middle": 0.019, "ring": 0.018, "pinky": 0.014, "thumb": 0.018}.items()
        for number in (2, 3)
    },
}


def parents(joints: int) -> tuple[int, ...]:
    """The index of the parent of each of so many joints; -1 for the pelvis."""
    names = JOINTS[joints]
    found = (_parent_and_offset(name)[0] for name in names)
    return tuple(-1 if parent is None else names.index(parent) for parent in found)


def offsets(joints: int) -> np.ndarray:
    """(joints, 3) metres: where each joint is from its parent in the T-pose; x to the left, y up, z forward."""
    return np.array([_parent_and_offset(name)[1] for name in JOINTS[joints]]) * HEIGHT


def edges(joints: int) -> list[tuple[int, int]]:
    """The lines between so many joints: from each to its parent."""
    return [(parent, joint) for joint, parent in enumerate(parents(joints)) if parent >= 0]


def _parent_and_offset(name: str) -> tuple[str | None, tuple[float, float, float]]:
    if not name.startswith("right_"):
        return _OFFSETS[name]
    parent, (x, y, z) = _OFFSETS[name.replace("right_", "left_", 1)]
    return parent and parent.replace("left_", "right_", 1), (-x, y, z)


def joint_positions(rotations: np.ndarray, pelvis: np.ndarray) -> np.ndarray:
    """Positions of the joints, (frames, joints, 3), float32, metres, in the axes of the rotations.

    Args:
        rotations: (frames, joints, 3): each joint's rotation from its parent as axis times angle in radians; that of
            the pelvis is from the T-pose to the world.
        pelvis: (frames, 3) metres: where the pelvis is.
    """
    frames, joints = rotations.shape[:2]
    positions = np.empty((frames, joints, 3), np.float32)
    for first in range(0, frames, CHUNK_FRAMES):
        chunk = slice(first, min(first + CHUNK_FRAMES, frames))
        positions[chunk] = _chunk_positions(rotations[chunk], pelvis[chunk]).transpose(2, 1, 0)
    return positions


def _chunk_positions(rotations: np.ndarray, pelvis: np.ndarray) -> np.ndarray:
    """Positions of some frames, (3, joints, frames), float32: see `joint_positions`.

    Frames are the last axis, along which NumPy computes fastest, and joints of one depth are computed together.
    """
    frames, joints = rotations.shape[:2]
    turning, levels = _levels(joints)
    rows = rotations.reshape(frames, -1).astype(np.float32).T.reshape(joints, 3, frames)
    world = rotation_matrices(rows[turning].transpose(1, 0, 2))
    positions = np.empty((3, joints, frames), np.float32)
    positions[:, 0] = pelvis.T
    for level in levels:
        above = world[:, :, level.turned_by]
        here = positions[:, level.parents]
        for axis in range(3):
            here += above[:, axis] * level.offsets[:, axis, None]
        positions[:, level.joints] = here
        if len(level.turning):
            above, own = above[:, :, level.is_turning], world[:, :, level.turning]
            turned = above[:, 0, None] * own[0]
            turned += above[:, 1, None] * own[1]
            turned += above[:, 2, None] * own[2]
            world[:, :, level.turning] = turned
    return positions


@dataclass(frozen=True, eq=False)
class _Level:
    """The joints of one depth in the tree.

    Args:
        joints, parents: indices of the joints and of their parents.
        offsets: (joints, 3) metres, float32, from the parents.
        turned_by: the place of each parent among the joints that turn others.
        is_turning: whether each joint turns others, (joints,) of bool.
        turning: the places of those that do among all that do.
    """

    joints: np.ndarray
    parents: np.ndarray
    offsets: np.ndarray
    turned_by: np.ndarray
    is_turning: np.ndarray
    turning: np.ndarray


@lru_cache(maxsize=len(JOINTS))
def _levels(joints: int) -> tuple[np.ndarray, list[_Level]]:
    """The joints that turn others, and those of each depth below the pelvis, for so many joints."""
    parent, offset = np.array(parents(joints)), offsets(joints).astype(np.float32)
    turning = np.unique(parent[1:])  # a joint without children moves nothing
    place = np.searchsorted(turning, np.arange(joints))
    depths = np.zeros(joints, int)
    for joint in range(1, joints):
        depths[joint] = depths[parent[joint]] + 1
    levels = []
    for depth in range(1, depths.max() + 1):
        chosen = np.flatnonzero(depths == depth)
        turns, above = np.isin(chosen, turning), parent[chosen]
        levels.append(_Level(chosen, above, offset[chosen], place[above], turns, place[chosen[turns]]))
    return turning, levels


def are_rotations(numbers: np.ndarray) -> bool:
    """Whether numbers (frames, 3 × joints) are joint rotations of a moving person, and no positions in a row.

    Most joints of a body turn little most of the time, spine, feet and wrists least, while arms that hang are turned
    by a right angle and knees bend; none turns by more than a full turn. Markers lie more evenly at all distances
    from the origin, whatever their unit, and keep the lengths of bones.
    """
    joints = numbers.shape[1] // 3
    vectors = np.asarray(numbers, np.float64).reshape(len(numbers), joints, 3)
    if not np.isfinite(vectors).all():
        return False
    angles = np.linalg.norm(vectors, axis=2)
    body = angles[:, 1 : len(BODY)]
    usual, most = np.median(np.median(body, axis=0)), body.max()
    if angles.max() > MAX_ANGLE or most < MIN_BEND or usual > min(USUAL_ANGLE, USUAL_SHARE * most):
        return False
    above = list(parents(joints)[1 : len(BODY)])
    lengths = np.linalg.norm(vectors[:, 1 : len(BODY)] - vectors[:, above], axis=2)
    apart = lengths.mean(axis=0) > 0
    return bool(apart.any() and np.median(lengths.std(axis=0)[apart] / lengths.mean(axis=0)[apart]) > MIN_VARIATION)


def rotation_matrices(vectors: np.ndarray) -> np.ndarray:
    """Matrices (3, 3, …) of rotations (3, …), axis times angle in radians, by way of quaternions; float32."""
    angles = np.sqrt(np.einsum("x...,x...->...", vectors, vectors))
    halves = angles / 2
    sines, w = np.sin(halves), np.cos(halves)
    x, y, z = vectors * np.divide(sines, angles, out=np.full_like(sines, 0.5), where=angles > 0)
    doubled_x, doubled_y, doubled_z = 2 * x, 2 * y, 2 * z
    xx, yy, zz = x * doubled_x, y * doubled_y, z * doubled_z
    matrices = np.empty((3, *vectors.shape), np.float32)
    matrices[0, 0], matrices[1, 1], matrices[2, 2] = 1 - yy - zz, 1 - xx - zz, 1 - xx - yy
    for row, column, product, turn in (
        (1, 0, x * doubled_y, w * doubled_z),
        (0, 2, x * doubled_z, w * doubled_y),
        (2, 1, y * doubled_z, w * doubled_x),
    ):
        matrices[row, column], matrices[column, row] = product + turn, product - turn
    return matrices
