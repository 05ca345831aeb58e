"""A body of rigid segments joined at points, its lengths fitted to recordings."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mariel.kinematics.fit_lengths import fit_lengths
from mariel.kinematics.forward_kinematics import forward_kinematics, segment_offsets
from mariel.kinematics.joint_body import continuous_twists, fit_joints
from mariel.kinematics.joint_landmarks import joints_of_landmarks
from mariel.kinematics.rotations import kabsch, kabsch_near
from mariel.kinematics.skeleton import Skeleton
from mariel.motion.marker_set import MarkerSet

FIT_STEPS = 12
"""Steps of the alternation that fits a body."""


@dataclass(frozen=True, eq=False)
class Body:
    """A fitted body.

    Args:
        skeleton: the hierarchy of the segments.
        joint_offsets: position of each segment's joint on its parent (segments, 3), metres.
        marker_offsets: position of each marker on its segment, from the segment's joint (markers, 3), metres.
        rest: rotations (segments, 3, 3) of the segments relative to their parents, about which they move. Where it is
            given, markers that leave a segment's twist open turn it as little as possible from there.
    """

    skeleton: Skeleton
    joint_offsets: Tensor
    marker_offsets: Tensor
    rest: Tensor | None = None

    @property
    def segment_offsets(self) -> Tensor:
        """See `mariel.kinematics.forward_kinematics.segment_offsets`."""
        return segment_offsets(self.skeleton, self.joint_offsets, self.marker_offsets)

    def fit_pose(self, positions: Tensor, *, continuous: bool = False) -> tuple[Tensor, Tensor]:
        """The pose whose markers are near the given ones, fitted segment after segment from the root outwards.

        Args:
            positions: (frames, markers, 3), metres.
            continuous: the frames follow each other, and twists that markers leave open should not jump.

        Returns:
            Position of the root joint (frames, 3), metres, and rotation matrices (frames, segments, 3, 3).
        """
        joints: list[Tensor] = []
        rotations: list[Tensor] = []
        for segment, parent in enumerate(self.skeleton.parents):
            markers = self.skeleton.markers_of(segment)
            targets, offsets = positions[:, markers], self.marker_offsets[markers]
            if parent < 0:
                rotation = self._align(
                    segment, offsets - offsets.mean(dim=0), targets - targets.mean(dim=1, keepdim=True), None
                )
                joints.append(targets.mean(dim=1) - rotation @ offsets.mean(dim=0))
            else:
                joints.append(joints[parent] + rotations[parent] @ self.joint_offsets[segment])
                rotation = self._align(segment, offsets, targets - joints[segment][:, None], rotations[parent])
            rotations.append(rotation)
        fitted = torch.stack(rotations, dim=1)
        if continuous and self.rest is not None:
            fitted = continuous_twists(self.skeleton, self.marker_offsets, fitted)
        return joints[0], fitted

    def _align(self, segment: int, offsets: Tensor, targets: Tensor, parent: Tensor | None) -> Tensor:
        """Rotations (frames, 3, 3) of a segment, given those of its parent."""
        if self.rest is None:
            return kabsch(offsets, targets)
        prior = self.rest[segment].expand(len(targets), 3, 3) if parent is None else parent @ self.rest[segment]
        return kabsch_near(offsets.double(), targets.double(), prior.double()).to(targets)

    def markers(self, root: Tensor, rotations: Tensor) -> Tensor:
        """Markers (frames, markers, 3) of poses as `fit_pose` gives them; one on no segment is where the root is."""
        columns = rotations.transpose(-1, -2).flatten(-2).transpose(-1, -2)  # (frames, 9, segments)
        return forward_kinematics(columns, self.segment_offsets, root).transpose(-1, -2)

    def joints(self, root: Tensor, rotations: Tensor) -> Tensor:
        """Joints (frames, segments, 3) at which the segments begin, of poses as `fit_pose` gives them."""
        joints = [root]
        for segment, parent in list(enumerate(self.skeleton.parents))[1:]:
            joints.append(joints[parent] + rotations[:, parent] @ self.joint_offsets[segment])
        return torch.stack(joints, dim=1)


def fit_body(positions: Tensor, marker_set: MarkerSet, *, steps: int = FIT_STEPS) -> Body:
    """The body whose poses come nearest to some frames; its lengths and the poses are fitted together.

    The initial estimate takes each segment as a rigid set of markers (a segment with fewer than three uses some of
    its neighbours' too) and puts each joint in the middle of the markers around it, or midway between the nearest
    markers of two segments where no landmark tells them. Joints, marker offsets and poses are then fitted together,
    see `mariel.kinematics.fit_lengths`: a third of a second for 256 frames of 53 markers. Of a skeleton of joints
    the mean lengths are taken.

    Args:
        positions: (frames, markers, 3), metres, frames in many different poses; a few hundred are enough.
        marker_set: with segments and parents.
        steps: of the alternation.

    Raises:
        SettingsError: the marker set has no jointed body.
    """
    skeleton = Skeleton.from_marker_set(marker_set)
    positions = positions.detach().float()
    if skeleton.is_of_joints:
        return Body(skeleton, *fit_joints(skeleton, positions))
    distances = torch.cdist(positions, positions).mean(dim=0)  # (markers, markers)
    rotations = torch.stack(
        [
            _rigid_rotations(positions, _rigid_markers(skeleton, segment, distances))
            for segment in range(len(skeleton.names))
        ],
        dim=1,
    )
    known = joints_of_landmarks(positions.double().cpu().numpy(), marker_set)
    hints = {name: torch.from_numpy(joint).to(positions) for name, joint in known.items()}
    joints, joint_offsets = _initial_joints(skeleton, positions, rotations, distances, hints)
    marker_offsets = torch.stack(
        [
            _mean_in_segment_axes(rotations[:, segment], positions[:, marker] - joints[segment])
            if segment >= 0
            else torch.zeros_like(joint_offsets[0])
            for marker, segment in enumerate(skeleton.segment_of)
        ]
    )
    rest = torch.eye(3).to(positions).repeat(len(skeleton.names), 1, 1) if skeleton.may_twist else None
    landmarks = [segment for segment, name in enumerate(skeleton.names) if name in hints]
    lengths = fit_lengths(skeleton, positions, rotations, joint_offsets, marker_offsets, known=landmarks, steps=steps)
    return Body(skeleton, *lengths, rest)


def _rigid_markers(skeleton: Skeleton, segment: int, distances: Tensor) -> list[int]:
    """A segment's markers, with the nearest ones of its neighbours where it has fewer than three."""
    own = skeleton.markers_of(segment)
    if len(own) >= 3:
        return own
    others = [marker for other in skeleton.neighbours(segment) for marker in skeleton.markers_of(other)]
    return own + sorted(others, key=lambda marker: float(distances[own, marker].mean()))[:3]


def _rigid_rotations(positions: Tensor, markers: list[int]) -> Tensor:
    """Rotations (frames, 3, 3) of nearly rigid markers, by generalised Procrustes analysis."""
    centred = positions[:, markers] - positions[:, markers].mean(dim=1, keepdim=True)
    template = centred[len(centred) // 2]
    for _ in range(8):
        rotations = kabsch(template, centred)
        template = torch.einsum("fij,fmi->fmj", rotations, centred).mean(dim=0)
    return rotations


def _mean_in_segment_axes(rotations: Tensor, offsets: Tensor) -> Tensor:
    """The mean over frames of offsets (frames, 3), in a segment's own axes: (3,)."""
    return torch.einsum("fij,fi->fj", rotations, offsets).mean(dim=0)


def _initial_joints(
    skeleton: Skeleton, positions: Tensor, rotations: Tensor, distances: Tensor, hints: dict[str, Tensor]
) -> tuple[list[Tensor], Tensor]:
    """An estimate of the segments' joints: in the room (frames, 3) each, and on their parents (segments, 3).

    Args:
        skeleton: the hierarchy of the segments.
        positions: (frames, markers, 3), metres.
        rotations: of the segments (frames, segments, 3, 3).
        distances: mean distances of the markers (markers, markers).
        hints: joints that are known by landmarks (frames, 3), by segment.
    """
    joints = [positions[:, skeleton.markers_of(0)].mean(dim=1)]
    joint_offsets = [torch.zeros(3, device=positions.device)]
    for segment, parent in list(enumerate(skeleton.parents))[1:]:
        own, parents = skeleton.markers_of(segment), skeleton.markers_of(parent)
        hint = skeleton.joint_markers[segment] if skeleton.joint_markers else ()
        if hint or skeleton.names[segment] in hints:
            joints.append(positions[:, list(hint)].mean(dim=1) if hint else hints[skeleton.names[segment]])
            joint_offsets.append(_mean_in_segment_axes(rotations[:, parent], joints[segment] - joints[parent]))
            continue
        nearest_own = sorted(own, key=lambda marker: float(distances[parents, marker].mean()))[:2]
        nearest_parents = sorted(parents, key=lambda marker: float(distances[own, marker].mean()))[:2]
        joints.append((positions[:, nearest_own].mean(dim=1) + positions[:, nearest_parents].mean(dim=1)) / 2)
        joint_offsets.append(_mean_in_segment_axes(rotations[:, parent], joints[segment] - joints[parent]))
    return joints, torch.stack(joint_offsets)
