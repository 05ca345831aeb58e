"""Bodies of another shape: one with other proportions, and another dancer's in the axes of this one's segments."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mariel.errors import RecordingError
from mariel.kinematics.body import Body, fit_body
from mariel.kinematics.rotations import kabsch_near
from mariel.kinematics.shapes.proportions import LEG_SHARE, UNCHANGED, Proportions, Scale, part_of_segments, why_not
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording
from mariel.numerics import evenly_spaced_rows

FIT_FRAMES = 256
"""Frames to which a body is fitted; more do not improve it."""

MIN_FRAMES = 2
"""Frames without missing markers that a body needs."""


def body_of(recordings: Iterable[Recording]) -> Body:
    """The body of the dancer of some recordings with the same markers.

    Raises:
        RecordingError: their markers tell no body, their unit is not known, or too few frames are complete.
    """
    recordings = list(recordings)
    first = recordings[0]
    for each in recordings:
        if each.unit != "m":
            raise RecordingError(
                f"{each.name}: a body is fitted in metres, and the unit of this recording is not known"
            )
    share = -(-FIT_FRAMES // len(recordings))
    sampled = [each.positions[evenly_spaced_rows(len(each), 2 * share)] for each in recordings]
    return body_of_frames(np.concatenate(sampled), first.marker_set, first.name)


def body_of_frames(positions: np.ndarray, marker_set: MarkerSet, name: str = "the dance") -> Body:
    """The body of some frames (frames, markers, 3), metres; those in which a marker is missing are left out.

    Raises:
        RecordingError: the markers tell no body, or too few frames are complete.
    """
    if reason := why_not(marker_set):
        raise RecordingError(f"{name}: {reason}")
    complete = np.flatnonzero(np.isfinite(positions).all(axis=(1, 2)))
    if len(complete) < MIN_FRAMES:
        raise RecordingError(f"{name}: no frame has all markers, so its body cannot be fitted")
    chosen = complete[evenly_spaced_rows(len(complete), FIT_FRAMES)]
    with torch.no_grad():
        return fit_body(torch.from_numpy(positions[chosen].astype(np.float32)), marker_set)


def leg_length(body: Body) -> float | None:
    """Of thigh and shank together, metres, the mean of both sides; None where the segments tell no legs."""
    lengths = body.joint_offsets.norm(dim=1)
    legs = [segment for segment, name in enumerate(body.skeleton.names) if name.endswith(("_shank", "_foot"))]
    if len(legs) != 4:
        return None
    return float(lengths[legs].sum()) / 2


def size_ratio(other: Body, own: Body) -> float:
    """How many times as long another body's legs are; where they are not known, all of it."""
    legs = leg_length(other), leg_length(own)
    if legs[0] and legs[1]:
        return legs[0] / legs[1]
    return float(other.joint_offsets[1:].norm(dim=1).sum() / own.joint_offsets[1:].norm(dim=1).sum())


def stature(body: Body, marker_set: MarkerSet) -> float:
    """A person's height, metres, as the length of the legs tells it.

    Raises:
        RecordingError: the segments tell no legs.
    """
    legs = leg_length(body)
    if not legs:
        raise RecordingError(f"the segments of the {marker_set.name} set tell no legs, and so no height")
    return legs / LEG_SHARE


def with_proportions(body: Body, marker_set: MarkerSet, proportions: Proportions) -> Body:
    """A body with other proportions, in the same axes.

    Args:
        body: of the dancer.
        marker_set: its markers.
        proportions: one of `mariel.kinematics.shapes.proportions.PROPORTIONS`.

    Raises:
        RecordingError: the segments tell no legs, and the proportions ask for a height.
    """
    size = proportions.stature / stature(body, marker_set) if proportions.stature else 1.0
    part_of = part_of_segments(marker_set)
    joints, markers = body.joint_offsets.clone(), body.marker_offsets.clone()
    for segment, name in enumerate(body.skeleton.names):
        scale = proportions.scales.get(part_of[name], UNCHANGED)
        scaling = _scaling(_axis(body, segment), Scale(size * scale.along, size * scale.across))
        carried = [child for child, parent in enumerate(body.skeleton.parents) if parent == segment]
        own = body.skeleton.markers_of(segment)
        joints[carried], markers[own] = joints[carried] @ scaling, markers[own] @ scaling
        if part_of[name] == "head" and len(own) > 1:  # it is larger around its middle: the neck stays short
            neck = size * proportions.scales.get("trunk", UNCHANGED).along
            markers[own] += neck * body.marker_offsets[own].mean(dim=0) - markers[own].mean(dim=0)
    return replace(body, joint_offsets=joints, marker_offsets=markers)


def _axis(body: Body, segment: int) -> Tensor:
    """The direction (3,) of a segment: to its farthest joint, or its farthest marker where no joint follows."""
    carried = [child for child, parent in enumerate(body.skeleton.parents) if parent == segment]
    points = body.joint_offsets[carried] if carried else body.marker_offsets[body.skeleton.markers_of(segment)]
    return torch.nn.functional.normalize(points[points.norm(dim=1).argmax()], dim=0)


def _scaling(axis: Tensor, scale: Scale) -> Tensor:
    """The symmetric matrix (3, 3) that scales along an axis and across it."""
    along = torch.outer(axis, axis)
    return scale.across * torch.eye(3).to(axis) + (scale.along - scale.across) * along


def in_axes_of(other: Body, own: Body, name: str = "the other dancer") -> Body:
    """Another dancer's body with its segments in the axes of one's own, so that the same rotations pose both.

    Each segment's joints and markers are laid over those of the same segment as well as can be.

    Raises:
        RecordingError: it has other segments.
    """
    if (other.skeleton.names, other.skeleton.segment_of) != (own.skeleton.names, own.skeleton.segment_of):
        raise RecordingError(f"{name} has other markers, or other segments, than this dance")
    joints, markers = other.joint_offsets.clone(), other.marker_offsets.clone()
    for segment, parent in enumerate(own.skeleton.parents):
        carried = [child for child, above in enumerate(own.skeleton.parents) if above == segment]
        on_segment = own.skeleton.markers_of(segment)
        points, targets = (
            torch.cat([body.joint_offsets[carried], body.marker_offsets[on_segment]]).double()
            for body in (other, own)
        )
        if parent < 0:
            points, targets = points - points.mean(dim=0), targets - targets.mean(dim=0)
        turn = kabsch_near(points, targets[None], torch.eye(3).to(points)[None])[0].to(joints)
        joints[carried], markers[on_segment] = joints[carried] @ turn.T, markers[on_segment] @ turn.T
    return replace(own, joint_offsets=joints, marker_offsets=markers)
