"""The part of a packed dancer that says how to draw a figure with volume: see `body_header`."""

from collections.abc import Iterable
from itertools import pairwise
from math import radians
from typing import Any

import numpy as np

from mariel.motion.landmarks import SIDES, find_landmarks
from mariel.motion.marker_set import MarkerSet
from mariel.stage.body.body_parts import Body, FootSize, HeadSize, Part, has_trunk
from mariel.stage.body.geometry import BodyPoints
from mariel.stage.body.proportions import HIP_HEIGHT, LENGTHS, NECK_HEIGHT, SHAPES

SAMPLED_FRAMES = 60
"""Frames of a dancer from which its size is measured."""

USUAL_HEIGHT = 1.7
"""Metres, where it cannot be measured."""

LONG_BONE, SHORT_BONE = 0.13, 0.07
"""Bones of at least the first of these shares of the body's height are drawn thick, below the second thin."""

MOST_LEAN = radians(45)
"""Of the line from the neck to a joint of the head that is taken for a matter of where the joint is."""

LOW_TOE_SHARE, FLAT_FOOT_SHARE = 0.4, 0.25
"""Share of the frames in which a toe counts as low, and of these the quantile of the ankle's height at which the foot
is taken to be flat."""

HIGHEST_FLAT_ANKLE = 0.045
"""Of an ankle above the toe while the foot is flat, body heights: higher means that the dancer is on tiptoe."""

Header = dict[str, Any]


def body_header(
    marker_set: MarkerSet, positions: np.ndarray, metres_per_unit: float, style: str | None
) -> Header | None:
    """How the player draws a dancer's body; None if the marker set has neither a known body nor bones.

    Args:
        marker_set: the dancer's.
        positions: (frames, markers, 3), NaN where a marker is missing.
        metres_per_unit: of the positions.
        style: the skeleton whose bones are drawn where the labels tell no body.

    Returns:
        height: of the body, metres; everything below but markers is in body heights.
        groups: columns of the markers whose means everything is computed from.
        frames: [first axis, second axis, pitch]; an axis is [name, from mean, to mean], see `geometry`.
        joints: [mean, frame or -1, left, forward, up].
        parts: [name of the shape, side, first joint, last joint, frame or -1].
        spine: for a whole body: joints from the hips to the neck, where they are on the trunk's axis from 0 to 1, and
            the frames of pelvis and chest; else null.
    """
    sampled = positions[:: max(1, -(-len(positions) // SAMPLED_FRAMES))] * np.float32(metres_per_unit)
    landmarks = find_landmarks(marker_set)
    if has_trunk(landmarks):
        return _whole_body(marker_set, landmarks, sampled)
    return _limbs_of_bones(marker_set, sampled, style)


def shapes_header(bodies: Iterable[Header | None]) -> dict[str, list[list[float]]]:
    """Cross-sections of the parts of some bodies, from `proportions.SHAPES`, for JSON."""
    present = [body for body in bodies if body is not None]
    used = {part[0] for body in present for part in body["parts"]}
    if any(body["spine"] for body in present):
        used.add("trunk")
    return {name: [[_short(value) for value in row] for row in SHAPES[name]] for name in sorted(used)}


def _short(value: float) -> float:
    """A whole number without ".0"."""
    return int(value) if value == int(value) else value


def _whole_body(marker_set: MarkerSet, landmarks: dict[str, tuple[str, ...]], sampled: np.ndarray) -> Header:
    body = Body(marker_set, landmarks)
    means = body.points.means(sampled)
    height = _body_height(body, body.points.positions(means, USUAL_HEIGHT))
    body = Body(
        marker_set, landmarks, _measure_head(body, means, sampled, height), _measure_feet(body, means, height)
    )
    joints = body.points.positions(body.points.means(sampled), height)
    names = [name for name in ("pelvis", "chest", "neck") if name in body.joints]
    spine = [body.joints[name] for name in names]
    lengths = [_distance(joints, a, b) or 1.0 for a, b in pairwise(spine)]
    along = np.concatenate([[0.0], np.cumsum(lengths) / sum(lengths)]).round(3).tolist()
    header = _header(body.points, body.parts, height)
    return {**header, "spine": {"joints": spine, "along": along, "frames": [body.pelvis, body.chest]}}


def _header(points: BodyPoints, parts: list[Part], height: float) -> Header:
    return {
        "height": round(height, 3),
        "groups": [list(columns) for columns in points.groups],
        "frames": [[*map(list, frame.axes), round(frame.pitch, 3)] for frame in points.frames],
        "joints": [
            [joint.mean, joint.frame, *(round(value, 4) for value in joint.offset)] for joint in points.joints
        ],
        "parts": [[part.name, part.side, part.start, part.stop, part.frame] for part in parts],
        "spine": None,
    }


def _distance(joints: np.ndarray, start: int, stop: int) -> float:
    """Median over frames of the distance between two joints; 0 where it cannot be measured."""
    lengths = np.linalg.norm(joints[:, stop] - joints[:, start], axis=1)
    lengths = lengths[np.isfinite(lengths)]
    return float(np.median(lengths)) if len(lengths) else 0.0


def _body_height(body: Body, joints: np.ndarray) -> float:
    """The height of a body with limbs of these lengths, whatever its pose."""
    measured = [
        (_distance(joints, part.start, part.stop), LENGTHS[part.name]) for part in body.parts if part.name in LENGTHS
    ]
    trunk = _distance(joints, body.joints["pelvis"], body.joints["neck"])
    measured.append((trunk, NECK_HEIGHT - HIP_HEIGHT))
    measured = [(length, share) for length, share in measured if length > 0]
    if not measured:
        return USUAL_HEIGHT
    return sum(length for length, _ in measured) / sum(share for _, share in measured)


def _measure_head(body: Body, means: np.ndarray, sampled: np.ndarray, height: float) -> HeadSize:
    """Where the head's markers are on it: in the frame of the band around it, above the neck, along its bone."""
    if "head" not in body.joints:
        return HeadSize()
    head, neck = (body.points.joints[body.joints[name]] for name in ("head", "neck"))
    above = np.linalg.norm(means[:, head.mean] - means[:, neck.mean], axis=1)
    top = 0.0
    if body.has("head_top") and body.has_pair("head_front"):
        marker = sampled[:, body.marker_set.index(body.landmarks["head_top"][0])]
        up = body.points.directions(means, head.frame)[:, 2]
        top = _median(((marker - means[:, head.mean]) * up).sum(axis=1)) / height
    bone = 0.0
    if body.has("head", "head_end"):
        joint, end = (sampled[:, body.marker_set.index(body.landmarks[name][0])] for name in ("head", "head_end"))
        bone = _median(np.linalg.norm(end - joint, axis=1)) / height
    return HeadSize(
        top, _median(above) / height, bone, _usual_lean(means[:, head.mean] - means[:, neck.mean], body, means)
    )


def _usual_lean(neck_to_head: np.ndarray, body: Body, means: np.ndarray) -> float:
    """The angle from the trunk's line to the neck's, towards the front, in most frames; radians."""
    trunk = means[:, body.points.joints[body.joints["neck"]].mean] - means[:, body.hips]
    left = body.points.directions(means, body.chest)[:, 0]
    forward = np.cross(left, trunk)
    ahead, up = (
        (neck_to_head * axis).sum(axis=1) / np.linalg.norm(axis, axis=1).clip(min=1e-9) for axis in (forward, trunk)
    )
    return float(np.clip(_median(np.arctan2(ahead, up)), 0.0, MOST_LEAN))


def _measure_feet(body: Body, means: np.ndarray, height: float) -> FootSize:
    """Feet without a marker on the heel, from frames in which the toe is low: a flat foot has the lowest ankle."""
    above: list[np.ndarray] = []
    lengths: list[np.ndarray] = []
    for side, _ in SIDES:
        ankle, toe = f"{side}_ankle", f"{side}_toe"
        if not body.has(ankle, toe) or body.has(f"{side}_heel"):
            continue
        line = means[:, body.mean(ankle)] - means[:, body.mean(toe)]
        toe_height = means[:, body.mean(toe), 2]
        seen = np.isfinite(line).all(axis=1)
        if seen.any():
            low = seen & (toe_height <= np.quantile(toe_height[seen], LOW_TOE_SHARE))
            above.append(line[low, 2])
            lengths.append(np.linalg.norm(line[seen], axis=1))
    if not above or not (length := float(np.median(np.concatenate(lengths))) / height):
        return FootSize()
    flat = float(np.quantile(np.concatenate(above), FLAT_FOOT_SHARE)) / height
    return FootSize(float(np.clip(flat, 0.0, min(HIGHEST_FLAT_ANKLE, length / 2))), length)


def _median(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else 0.0


def _limbs_of_bones(marker_set: MarkerSet, sampled: np.ndarray, style: str | None) -> Header | None:
    """A tapered limb for each bone, thick if it is long; its thicker end is the one nearer to the body's middle."""
    points = BodyPoints()
    bones = [
        [points.joint(points.mean(tuple(marker_set.indices(group)))) for group in bone]
        for bone in marker_set.bones(style)
    ]
    if not bones:
        return None
    joints = points.positions(points.means(sampled), 1.0)
    finite = sampled[np.isfinite(sampled).all(axis=(1, 2))]
    tall = float(np.median(np.ptp(finite[..., 2], axis=1))) if len(finite) else 0.0
    height = tall if tall > 0.5 else USUAL_HEIGHT
    middle = np.nanmedian(joints, axis=1) if np.isfinite(joints).any() else joints[:, 0]
    side_of = {label: letter for pair in marker_set.mirror_pairs for label, letter in zip(pair, "LR", strict=True)}
    parts = []
    for start, stop in bones:
        away = [_median(np.linalg.norm(joints[:, end] - middle, axis=1)) for end in (start, stop)]
        inner, outer = (start, stop) if away[0] <= away[1] else (stop, start)
        share = _distance(joints, start, stop) / height
        name = "long_bone" if share >= LONG_BONE else "short_bone" if share < SHORT_BONE else "middle_bone"
        sides = {side_of.get(marker_set.labels[column]) for column in points.groups[points.joints[outer].mean]}
        side = sides.pop() if len(sides) == 1 else None
        parts.append(Part(name, side or "M", inner, outer, -1))
    return _header(points, parts, height)
