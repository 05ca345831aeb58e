"""A body of rigid segments joined at points: fitted to recordings, and turned into markers by forward kinematics.

A segment is turned, its markers and the joints of its children turn with it; nothing stretches. All places are linear
in the segments' rotation matrices, so that forward kinematics of many frames is one matrix product:

    marker = root + Σ over segments of (rotation of the segment) · (its share of the way from root to marker)

Rotations are given by six numbers, two columns made orthonormal: Zhou et al., *On the Continuity of Rotation
Representations in Neural Networks*, CVPR 2019, arXiv:1812.07035, section 4.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from mariel.errors import SettingsError
from mariel.motion.marker_set import MarkerSet

LEAST_MARKERS = 2
"""Markers a segment needs for its rotation about its joint to be seen."""

FIT_STEPS = 300


@dataclass(frozen=True)
class Skeleton:
    """Which segments hang on which, and which markers ride on them: the part of a body that is not fitted.

    Args:
        names: of the segments, parents before children.
        parents: the index of each segment's parent, -1 for the root.
        segment_of: the index of each marker's segment, one a marker.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    segment_of: tuple[int, ...]

    @classmethod
    def of(cls, marker_set: MarkerSet) -> "Skeleton":
        """The skeleton of a marker set.

        Raises:
            SettingsError: the set's segments are not one jointed body that carries every marker.
        """
        if not has_body(marker_set):
            raise SettingsError(
                f"--decoder body needs a marker set whose segments make one jointed body; "
                f"the {marker_set.name} set has none, use --decoder markers"
            )
        above = dict(marker_set.parents)
        root = next(name for name, _ in marker_set.segments if name not in above)
        names = (root, *above)
        carried = dict(marker_set.segments)
        on = {label: i for i, name in enumerate(names) for label in carried[name]}
        parents = (-1, *(names.index(parent) for parent in above.values()))
        return cls(names, parents, tuple(on[label] for label in marker_set.labels))

    def riders(self, segment: int) -> list[int]:
        """Columns of the markers on one segment."""
        return [marker for marker, on in enumerate(self.segment_of) if on == segment]

    def neighbours(self, segment: int) -> list[int]:
        """The segments that are joined to one."""
        return [i for i, parent in enumerate(self.parents) if parent == segment or self.parents[segment] == i]

    @cached_property
    def rides(self) -> Tensor:
        """Which marker rides on which segment, (markers, segments, 1) of 0 and 1."""
        on = torch.zeros(len(self.segment_of), len(self.names), 1)
        on[range(len(self.segment_of)), list(self.segment_of)] = 1
        return on

    @cached_property
    def links(self) -> Tensor:
        """Which segment carries which joint on the way to a marker, (markers, segments, joints) of 0 and 1."""
        carried = torch.zeros(len(self.segment_of), len(self.names), len(self.names))
        for marker, segment in enumerate(self.segment_of):
            link = segment
            while self.parents[link] >= 0:
                carried[marker, self.parents[link], link] = 1
                link = self.parents[link]
        return carried


def has_body(marker_set: MarkerSet) -> bool:
    """Whether a marker set's segments make one jointed body that carries each marker once and enough on each part."""
    carried = [label for _, labels in marker_set.segments for label in labels]
    enough = all(len(labels) >= LEAST_MARKERS for _, labels in marker_set.segments)
    return bool(marker_set.parents) and enough and sorted(carried) == sorted(marker_set.labels)


def orthonormal(six: Tensor) -> Tensor:
    """Rotations of six numbers each, by Gram and Schmidt on their first two columns.

    Args:
        six: (…, 6, segments): x, y and z of the first column, then of the second.

    Returns:
        (…, 9, segments): the three columns of each rotation matrix, one number of all segments after the other,
        which keeps every operation on long contiguous rows.
    """
    ax, ay, az, bx, by, bz = six.unbind(-2)
    shrink = torch.rsqrt(ax * ax + ay * ay + az * az + 1e-12)
    ax, ay, az = ax * shrink, ay * shrink, az * shrink
    along = ax * bx + ay * by + az * bz
    bx, by, bz = bx - along * ax, by - along * ay, bz - along * az
    shrink = torch.rsqrt(bx * bx + by * by + bz * bz + 1e-12)
    bx, by, bz = bx * shrink, by * shrink, bz * shrink
    return torch.stack([ax, ay, az, bx, by, bz, ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], dim=-2)


def six_numbers(rotations: Tensor) -> Tensor:
    """The six numbers (…, 6, segments) of rotation matrices (…, segments, 3, 3)."""
    return rotations[..., :2].transpose(-1, -2).flatten(-2).transpose(-1, -2)


def lever_arms(skeleton: Skeleton, joints: Tensor, places: Tensor) -> Tensor:
    """How far each segment carries each marker, in its own axes: (markers, segments, 3).

    Args:
        skeleton: what hangs on what.
        joints: place of each segment's joint on its parent (segments, 3); the root's is not used.
        places: place of each marker on its segment, from the segment's joint (markers, 3).
    """
    along = torch.einsum("msk,kx->msx", skeleton.links.to(joints), joints)
    return along + skeleton.rides.to(places) * places[:, None]


def forward_kinematics(nine: Tensor, arms: Tensor, root: Tensor | None = None) -> Tensor:
    """Marker positions of a body's pose.

    Args:
        nine: rotations of every segment from its own axes to the room's, (…, 9, segments) as `orthonormal` gives.
        arms: what `lever_arms` gave (markers, segments, 3).
        root: place of the root segment (…, 3), metres; the origin if None.

    Returns:
        (…, xyz, markers), metres.
    """
    # (…, own axis, xyz, segments) → (…, xyz, own axis × segments): one product with all lever arms.
    columns = nine.unflatten(-2, (3, 3)).transpose(-3, -2).flatten(-2)
    planes = columns @ arms.permute(2, 1, 0).flatten(0, 1)
    return planes if root is None else planes + root[..., None]


def best_rotations(places: Tensor, seen: Tensor) -> Tensor:
    """Rotations (frames, 3, 3) that carry places (markers, 3) nearest to where they are seen (frames, markers, 3).

    Kabsch, *A solution for the best rotation to relate two sets of vectors*, Acta Cryst. A32 (1976) 922.
    """
    u, _, vh = torch.linalg.svd(torch.einsum("fmi,mj->fij", seen, places))
    handed = torch.ones(len(u), 3, dtype=u.dtype, device=u.device)
    handed[:, 2] = torch.linalg.det(u @ vh).sign()
    return u @ (handed[..., None] * vh)


@dataclass(frozen=True, eq=False)
class Body:
    """A fitted body.

    Args:
        skeleton: what hangs on what.
        joints: place of each segment's joint on its parent (segments, 3), metres.
        places: place of each marker on its segment (markers, 3), metres.
    """

    skeleton: Skeleton
    joints: Tensor
    places: Tensor

    @property
    def arms(self) -> Tensor:
        """See `lever_arms`."""
        return lever_arms(self.skeleton, self.joints, self.places)

    def pose(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """The pose that nearly gives some markers: segment after segment from the root outwards.

        Args:
            positions: (frames, markers, 3), metres.

        Returns:
            Root (frames, 3) and rotation matrices (frames, segments, 3, 3).
        """
        origins: list[Tensor] = []
        rotations: list[Tensor] = []
        for segment, parent in enumerate(self.skeleton.parents):
            riders = self.skeleton.riders(segment)
            seen, places = positions[:, riders], self.places[riders]
            if parent < 0:
                turned = best_rotations(places - places.mean(dim=0), seen - seen.mean(dim=1, keepdim=True))
                origins.append(seen.mean(dim=1) - turned @ places.mean(dim=0))
            else:
                origins.append(origins[parent] + rotations[parent] @ self.joints[segment])
                turned = best_rotations(places, seen - origins[segment][:, None])
            rotations.append(turned)
        return origins[0], torch.stack(rotations, dim=1)


def fit_body(positions: Tensor, marker_set: MarkerSet, *, steps: int = FIT_STEPS) -> Body:
    """The body whose poses come nearest to some frames, its joints and markers fitted with the poses together.

    A first guess takes each segment as a rigid cloud of markers (those with fewer than three borrow their
    neighbours') and puts joints midway between the nearest markers of two segments; gradient descent does the rest.

    Args:
        positions: (frames, markers, 3), metres, frames in many different poses; a few hundred are enough.
        marker_set: with segments and parents.
        steps: of the descent.

    Raises:
        SettingsError: the marker set has no jointed body.
    """
    skeleton = Skeleton.of(marker_set)
    positions = positions.detach().float()
    apart = torch.cdist(positions, positions).mean(dim=0)  # (markers, markers)
    clouds = [_cloud_rotations(positions, _cloud(skeleton, segment, apart)) for segment in range(len(skeleton.names))]
    rotations = torch.stack(clouds, dim=1)
    origins, joints = _first_joints(skeleton, positions, rotations, apart)
    places = torch.stack(
        [
            _seen_from(rotations[:, segment], positions[:, marker] - origins[segment])
            for marker, segment in enumerate(skeleton.segment_of)
        ]
    )
    return _descend(Body(skeleton, joints, places), positions, origins[0], rotations, steps)


def _cloud(skeleton: Skeleton, segment: int, apart: Tensor) -> list[int]:
    """A segment's markers, with the nearest of its neighbours' where it has fewer than three."""
    own = skeleton.riders(segment)
    if len(own) >= 3:
        return own
    others = [marker for other in skeleton.neighbours(segment) for marker in skeleton.riders(other)]
    return own + sorted(others, key=lambda marker: float(apart[own, marker].mean()))[:3]


def _cloud_rotations(positions: Tensor, markers: list[int]) -> Tensor:
    """Rotations (frames, 3, 3) of a nearly rigid cloud of markers, by generalised Procrustes analysis."""
    cloud = positions[:, markers] - positions[:, markers].mean(dim=1, keepdim=True)
    places = cloud[len(cloud) // 2]
    for _ in range(8):
        rotations = best_rotations(places, cloud)
        places = torch.einsum("fij,fmi->fmj", rotations, cloud).mean(dim=0)
    return rotations


def _seen_from(rotations: Tensor, offsets: Tensor) -> Tensor:
    """The mean over frames of offsets (frames, 3) in a segment's own axes: (3,)."""
    return torch.einsum("fij,fi->fj", rotations, offsets).mean(dim=0)


def _first_joints(
    skeleton: Skeleton, positions: Tensor, rotations: Tensor, apart: Tensor
) -> tuple[list[Tensor], Tensor]:
    """A first guess of the segments' joints: in the room (frames, 3) each, and on their parents (segments, 3)."""
    origins = [positions[:, skeleton.riders(0)].mean(dim=1)]
    joints = [torch.zeros(3, device=positions.device)]
    for segment, parent in list(enumerate(skeleton.parents))[1:]:
        mine, theirs = skeleton.riders(segment), skeleton.riders(parent)
        near = sorted(mine, key=lambda marker: float(apart[theirs, marker].mean()))[:2]
        beside = sorted(theirs, key=lambda marker: float(apart[mine, marker].mean()))[:2]
        origins.append((positions[:, near].mean(dim=1) + positions[:, beside].mean(dim=1)) / 2)
        joints.append(_seen_from(rotations[:, parent], origins[segment] - origins[parent]))
    return origins, torch.stack(joints)


@torch.enable_grad()
def _descend(guess: Body, positions: Tensor, root: Tensor, rotations: Tensor, steps: int) -> Body:
    """Fit joints, marker places and all poses together, by Adam with a falling step."""
    poses = [six_numbers(rotations).clone().requires_grad_()]
    lengths = [part.clone().requires_grad_() for part in (root, guess.joints, guess.places)]
    optimiser = torch.optim.Adam([{"params": poses, "lr": 0.03}, {"params": lengths, "lr": 0.003}])
    pace = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, total_iters=steps)
    planes = positions.transpose(1, 2)
    for _ in range(steps):
        optimiser.zero_grad()
        arms = lever_arms(guess.skeleton, lengths[1], lengths[2])
        off = forward_kinematics(orthonormal(poses[0]), arms, lengths[0]) - planes
        # A joint may slide along its axis without any marker noticing: it stays near its first guess.
        kept = (lengths[1] - guess.joints).square().mean() + (lengths[2] - guess.places).square().mean()
        (off.square().sum(dim=-2).mean() + 1e-3 * kept).backward()
        optimiser.step()
        pace.step()
    return Body(guess.skeleton, lengths[1].detach(), lengths[2].detach())
