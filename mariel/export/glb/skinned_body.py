"""The skin of a body, bound to the joints of its skeleton.

The stage places the skin anew in every frame, from the markers. Here each point of it is bound to the joint with
which it moves most rigidly, and to one neighbour of that joint by a weight fitted to some frames: D. James and
C. Twigg, *Skinning Mesh Animations*, SIGGRAPH 2005, with two joints per point.
"""

from dataclasses import dataclass

import numpy as np

from mariel.export.dances import Dance
from mariel.export.skeletons.joint_motion import JointMotion
from mariel.stage.packing import describe_dancer
from mariel.stage.render.colours import theme_of
from mariel.stage.render.dancers import ShownDancer
from mariel.stage.render.skin import BodySkin
from mariel.stage.scene import Dancer

SAMPLED_FRAMES = 24
"""Frames, spread over the dance, from which points are bound to joints."""

DISTANCE_WEIGHT = 0.02
"""Of the squared distance from a joint's bone beside that of the deviation from being rigid."""


@dataclass(frozen=True, eq=False)
class SkinnedBody:
    """A skin in the rest pose, z up, metres, with the root at the origin.

    Args:
        points: (points, 3).
        normals: (points, 3).
        joints: the two joints that move each point, (points, 2).
        weights: their shares, (points, 2).
        triangles: corners by name of their colour.
        colours: red, green and blue, 0 to 1, as screens show them.
        error_cm: mean distance of the points from where the stage draws them, in the sampled frames.
    """

    points: np.ndarray
    normals: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    triangles: dict[str, np.ndarray]
    colours: dict[str, np.ndarray]
    error_cm: float


def rest_positions(motion: JointMotion) -> np.ndarray:
    """Positions of the joints in the rest pose (joints, 3), the root at the origin."""
    placed = np.zeros((len(motion.names), 3))
    for joint, parent in enumerate(motion.parents):
        if parent >= 0:
            placed[joint] = placed[parent] + motion.offsets[joint]
    return placed


def skinned_body(dance: Dance, positions: np.ndarray, motion: JointMotion, dancers: int) -> SkinnedBody | None:
    """The body that the stage draws for a dance, bound to its skeleton; None if it draws none.

    Args:
        dance: who.
        positions: its markers (frames, markers, 3), metres, none missing.
        motion: its skeleton's motion, with the rest pose as zero rotations.
        dancers: how many bodies the file has; with many, each has fewer points.
    """
    body = Dancer(positions.astype(np.float32), dance.marker_set, ghost=dance.ghost, colour=dance.colour, scale=1.0)
    shown = ShownDancer(body, describe_dancer(body))
    if not shown.has_body:
        return None
    skin = BodySkin(shown, dancers)
    frames = np.unique(np.linspace(0, len(positions) - 1, SAMPLED_FRAMES).astype(int))
    placed, _, _ = skin.place(positions[frames].astype(np.float32))
    drawn = np.asarray(
        np.isfinite(placed).all(axis=(0, 2))
    )  # a part without length has no direction and is not drawn
    if not drawn.any():
        return None
    placed = np.where(drawn[:, None], placed, 0.0).astype(np.float64)
    joints, rotations, rest = motion.positions[frames], motion.rotations[frames], rest_positions(motion)
    own, first = _most_rigid(placed, joints, rotations, motion)
    points = rest[first] + own
    second, weight, error = _second_joints(placed, points, first, frames, motion)
    return SkinnedBody(
        points,
        _normals(points, skin.triangles),
        np.stack([first, second], axis=1),
        np.stack([1 - weight, weight], axis=1),
        _coloured_triangles(skin, drawn),
        theme_of("light").of_figure(dance.ghost, dance.colour),
        error_cm=float(error[drawn].mean() * 100),
    )


def _most_rigid(
    placed: np.ndarray, joints: np.ndarray, rotations: np.ndarray, motion: JointMotion
) -> tuple[np.ndarray, np.ndarray]:
    """Place of each point on the joint that it moves with (points, 3), and the number of that joint (points,).

    All points of a joint are where they are in the frame that is nearest to their mean: the mean itself is thinner
    than the limb where the skin turns about the bone.
    """
    best = np.full(placed.shape[1], np.inf)
    number = np.zeros(placed.shape[1], int)
    for joint in range(len(motion.names)):
        on_joint = _on_joint(placed, joints[:, joint], rotations[:, joint])
        mean = on_joint.mean(axis=0)
        cost = np.square(on_joint - mean).sum(axis=-1).mean(axis=0)
        cost += DISTANCE_WEIGHT * np.square(_from_bone(mean, motion.bone(joint))).sum(axis=-1)
        better = cost < best
        best[better], number[better] = cost[better], joint
    own = np.zeros(placed.shape[1:])
    for joint in np.unique(number):
        mine = number == joint
        on_joint = _on_joint(placed[:, mine], joints[:, joint], rotations[:, joint])
        own[mine] = on_joint[np.square(on_joint - on_joint.mean(axis=0)).sum(axis=(1, 2)).argmin()]
    return own, number


def _on_joint(placed: np.ndarray, joint: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """Points (frames, points, 3) in the axes of a joint at (frames, 3) that is turned by (frames, 3, 3)."""
    return np.einsum("fji,fpj->fpi", rotations, placed - joint[:, None])


def _from_bone(points: np.ndarray, bone: np.ndarray | None) -> np.ndarray:
    """From the nearest place on a bone that begins at the origin to points (points, 3)."""
    if bone is None or not bone.any():
        return points
    along = np.clip(points @ bone / (bone @ bone), 0, 1)
    return points - along[:, None] * bone


def _second_joints(
    placed: np.ndarray, points: np.ndarray, first: np.ndarray, frames: np.ndarray, motion: JointMotion
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each point a neighbour of its joint, the neighbour's weight, and the distance that remains, metres."""
    count, names = len(points), len(motion.names)
    joints, rotations, rest = motion.positions[frames], motion.rotations[frames], rest_positions(motion)
    second, weight = first.copy(), np.zeros(count)
    by_first = joints[:, first] + np.einsum("fpij,pj->fpi", rotations[:, first], points - rest[first])
    left = placed - by_first
    best = np.square(left).sum(axis=(0, 2))
    for joint in range(names):
        neighbours = [joint == motion.parents[other] or other == motion.parents[joint] for other in range(names)]
        near = np.flatnonzero(np.array(neighbours)[first])
        if not len(near):
            continue
        by_joint = joints[:, joint, None] + np.einsum("fij,pj->fpi", rotations[:, joint], points[near] - rest[joint])
        step = by_joint - by_first[:, near]
        share = (step * left[:, near]).sum(axis=(0, 2)) / np.maximum(np.square(step).sum(axis=(0, 2)), 1e-12)
        share = share.clip(0, 1)
        remaining = np.square(left[:, near] - share[:, None] * step).sum(axis=(0, 2))
        better = remaining < best[near]
        chosen = near[better]
        best[chosen], second[chosen], weight[chosen] = remaining[better], joint, share[better]
    return second, weight, np.sqrt(best / len(placed))


def _normals(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals (points, 3): the mean of those of the triangles around a point, by area."""
    corners = points[triangles]
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(points)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], areas)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(lengths > 1e-12, normals / np.maximum(lengths, 1e-12), [0.0, 0.0, 1.0])


def _coloured_triangles(skin: BodySkin, drawn: np.ndarray) -> dict[str, np.ndarray]:
    """Triangles of the points that are drawn, by the name of their colour, as the stage colours them."""
    corners = skin.triangles[drawn[skin.triangles].all(axis=1)]
    part = skin.part_of[corners[:, 0]]
    colour = np.array(["hair" if name == "head" else side for name, side, *_ in skin.parts])[part]
    colour = np.where(skin.is_face[corners].all(axis=1), "face", colour)
    return {str(name): corners[colour == name] for name in np.unique(colour)}
