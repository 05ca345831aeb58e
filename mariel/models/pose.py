"""Pose representations: what the decoder predicts for each frame, and how that becomes markers.

A pose is one row of values per frame:

- the local pose: the body with its root at the origin, facing +x, as rotations of segments or marker positions;
- a logit of foot contact for each foot, where the decoder predicts contact;
- the root's path on the floor (x, y; metres) and its heading (radians), relative to the phrase's first frame.

`decode` is what training compares with recordings, and has a gradient; `decode_motion` is what people see.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mariel.kinematics.body import Body, fit_body
from mariel.kinematics.body_projection import evenly_spaced_frames
from mariel.kinematics.canonical_frame import CanonicalFrame, from_channels_first, rotate_about_z
from mariel.kinematics.feet.foot_contact import CONTACT_LOGIT, FootContact
from mariel.kinematics.feet.foot_locking import FootLocking
from mariel.kinematics.forward_kinematics import forward_kinematics
from mariel.kinematics.rotations import rotation_6d, rotations_from_6d
from mariel.kinematics.skeleton import Skeleton
from mariel.motion.marker_set import MarkerSet

BODY_FRAMES, REGRESSION_FRAMES = 256, 8192
"""Frames to which the body, and the regression from markers to poses, are fitted; more do not improve them."""

RIDGE = 1e-6
"""Ridge penalty of that regression, square metres per frame: noise of a millimetre."""


class PoseRepresentation(nn.Module, ABC):
    """Base class of pose representations.

    Args:
        marker_set: the markers.
        fps: frames per second.
        local_size: values per frame of the local pose.
        predicts_contact: whether poses have logits of foot contact.
    """

    def __init__(self, marker_set: MarkerSet, fps: float, local_size: int, *, predicts_contact: bool) -> None:
        super().__init__()
        self.fps, self.local_size = fps, local_size
        self.foot_contact = FootContact(marker_set)
        self.contact_size = self.foot_contact.foot_count if predicts_contact else 0
        self.predicts_contact = predicts_contact

    @property
    def size(self) -> int:
        """Values per frame."""
        return self.local_size + self.contact_size + 3

    def fit(self, channels_first: Tensor, canonical_frame: CanonicalFrame, takes: Sequence[str]) -> Tensor:
        """Fit the floor's height, and the body if there is one, to training phrases, and return their poses.

        Args:
            channels_first: phrases (phrases, frames, xyz, markers) in the canonical frame.
            canonical_frame: of the model.
            takes: the name of each phrase's take; a mirrored take has a name of its own.

        Returns:
            (phrases, frames, size).
        """
        self.foot_contact.fit_floor(channels_first)
        local, path, heading = self.fit_local(channels_first, canonical_frame, takes)
        parts = [local, path, heading[..., None]]
        if self.predicts_contact:
            parts.insert(1, self.foot_contact.contact_logits(channels_first, self.fps))
        return torch.cat(parts, dim=-1)

    @abstractmethod
    def fit_local(
        self, channels_first: Tensor, canonical_frame: CanonicalFrame, takes: Sequence[str]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Fit the body, if there is one, to phrases (phrases, frames, xyz, markers), and return their local poses.

        Returns:
            Local poses (phrases, frames, local size), paths (phrases, frames, 2) and headings (phrases, frames).
        """

    def split(self, poses: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The parts of poses (…, size): local pose, contact logits, path (…, 2) and heading (…, 1)."""
        local, contact, path, heading = poses.split([self.local_size, self.contact_size, 2, 1], dim=-1)
        return local, contact, path, heading

    def decode(self, poses: Tensor, *, pin_feet: bool = False) -> Tensor:
        """Phrases (phrases, frames, xyz, markers), beginning near the origin, of poses (phrases, frames, size).

        Feet are held by contact that the poses predict; where they predict none, nothing is held.

        Args:
            poses: see the module.
            pin_feet: take every low foot to be in contact, for phrases that are not recorded; otherwise the poses'
                own logits decide.
        """
        local, contact, path, heading = self.split(poses)
        translation = torch.cat([path, torch.zeros_like(heading)], dim=-1)
        channels_first = rotate_about_z(self.decode_local(local), heading[..., 0]) + translation[..., None]
        if not self.predicts_contact:
            return channels_first
        if pin_feet:
            contact = torch.full_like(contact, CONTACT_LOGIT)
        return self.foot_contact.pin_feet(channels_first, contact, self.fps)

    @torch.no_grad()
    def decode_motion(self, poses: Tensor, *, pin_feet: bool = False) -> Tensor:
        """The same as people see it, with standing feet held; it has no gradient."""
        return self.lock_decoded_feet(poses, self.decode(poses, pin_feet=pin_feet))

    def lock_decoded_feet(self, poses: Tensor, channels_first: Tensor) -> Tensor:
        """Phrases as `decode` has made them (phrases, frames, xyz, markers) of poses, with standing feet locked.

        A representation without a body returns them as they are.
        """
        return channels_first

    def lock_feet(self, body: Body, marker_set: MarkerSet, root: Tensor, rotations: Tensor) -> tuple[Tensor, Tensor]:
        """Poses in which feet that stand by the height and speed of their markers do not slide.

        Args:
            body: theirs; or of a body for each phrase, see `FootLocking`.
            marker_set: its markers.
            root: (phrases, frames, 3), metres, in the phrase's frame.
            rotations: of segments to the same frame (phrases, frames, 9, segments).

        Returns:
            Markers (phrases, frames, xyz, markers) and the root.
        """
        locking = FootLocking(body, marker_set)
        decoded = forward_kinematics(rotations, locking.offsets, root)
        contact = self.foot_contact.contact_probabilities(decoded, self.fps)
        root, rotations = locking.apply(root, rotations, contact, floor=self.foot_contact.floor, fps=self.fps)
        return forward_kinematics(rotations, locking.offsets, root), root

    @abstractmethod
    def decode_local(self, local: Tensor) -> Tensor:
        """Markers (…, xyz, markers), the root at the origin, of local poses (…, local size)."""


class MarkerPose(PoseRepresentation):
    """The positions of all markers: for marker sets without a jointed body."""

    def __init__(self, marker_set: MarkerSet, fps: float, *, predicts_contact: bool = False) -> None:
        super().__init__(marker_set, fps, 3 * len(marker_set), predicts_contact=predicts_contact)

    def fit_local(
        self, channels_first: Tensor, canonical_frame: CanonicalFrame, takes: Sequence[str]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See `PoseRepresentation.fit_local`; the path is that of the markers' mean."""
        local, path, heading = canonical_frame.remove_root_motion(channels_first)
        return local.flatten(2), path, heading

    def decode_local(self, local: Tensor) -> Tensor:
        """See `PoseRepresentation.decode_local`."""
        return local.unflatten(-1, (3, -1))

    def lock_decoded_feet(self, poses: Tensor, channels_first: Tensor) -> Tensor:
        """Feet held as far as the path of the whole body can, where the poses do not predict contact themselves."""
        if self.predicts_contact:
            return channels_first
        logits = torch.logit(self.foot_contact.contact_probabilities(channels_first, self.fps), eps=1e-3)
        return self.foot_contact.pin_feet(channels_first, logits, self.fps)


class BodyPose(PoseRepresentation):
    """The rotation of every rigid segment, in 6D, and the root's height: limbs cannot stretch.

    The positions of markers that are on no segment follow.
    """

    joint_offsets: Tensor
    marker_offsets: Tensor

    def __init__(self, marker_set: MarkerSet, fps: float) -> None:
        skeleton = Skeleton.from_marker_set(marker_set)
        segments, self.loose = len(skeleton.names), skeleton.loose_markers
        super().__init__(marker_set, fps, 6 * segments + 1 + 3 * len(self.loose), predicts_contact=True)
        self.marker_set, self.skeleton = marker_set, skeleton
        self.register_buffer("joint_offsets", torch.zeros(segments, 3))
        self.register_buffer("marker_offsets", torch.zeros(len(marker_set), 3))

    @property
    def body(self) -> Body:
        """The fitted body."""
        return Body(self.skeleton, self.joint_offsets, self.marker_offsets)

    def fit_local(
        self, channels_first: Tensor, canonical_frame: CanonicalFrame, takes: Sequence[str]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See `PoseRepresentation.fit_local`; poses are approximate, by a linear map; the path is the root's."""
        frames = channels_first.flatten(0, 1)
        body = fit_body(from_channels_first(evenly_spaced_frames(frames, BODY_FRAMES)), self.marker_set)
        self.joint_offsets.copy_(body.joint_offsets)
        self.marker_offsets.copy_(body.marker_offsets)
        regression = self._fit_regression(body, evenly_spaced_frames(frames, REGRESSION_FRAMES), canonical_frame)
        local, path, heading = canonical_frame.remove_root_motion(channels_first)
        predicted = _append_one(local.flatten(2)) @ regression
        offset = torch.cat([predicted[..., -2:], torch.zeros_like(predicted[..., :1])], dim=-1)
        offset = rotate_about_z(offset[..., None], heading)[..., :2, 0]
        poses = [predicted[..., :-2]]
        if self.loose:
            root = nn.functional.pad(predicted[..., -2:], (0, 1))  # on the floor, as `decode_local` has it
            poses.append((local[..., self.loose] - root[..., None]).flatten(2))
        return torch.cat(poses, dim=-1), path + offset, heading

    def _fit_regression(self, body: Body, frames: Tensor, canonical_frame: CanonicalFrame) -> Tensor:
        """The linear map from markers, and a constant, to segments' rotations in 6D, root height and position.

        Columns of a rotation are linear in the markers of its segment, so a linear map replaces fitting the pose of
        every frame, which takes a hundred times as long.
        """
        local, _, _ = canonical_frame.remove_root_motion(frames[:, None])
        root, rotations = body.fit_pose(from_channels_first(local[:, 0]))
        targets = torch.cat([rotation_6d(rotations).flatten(1), root[:, 2:], root[:, :2]], dim=1)
        inputs = _append_one(local.flatten(1)).double()
        normal = inputs.T @ inputs + RIDGE * len(inputs) * torch.eye(inputs.shape[1]).to(inputs)
        return torch.linalg.solve(normal, inputs.T @ targets.double()).to(targets)

    def lock_decoded_feet(self, poses: Tensor, channels_first: Tensor) -> Tensor:
        """See `PoseRepresentation.lock_decoded_feet`."""
        local, _, _, heading = self.split(poses)
        axes = rotations_from_6d(self._split_local(local)[0]).unflatten(-2, (3, 3))  # (…, own axis, xyz, segments)
        rotations = rotate_about_z(axes, heading).flatten(-3, -2)
        # By the position of one marker, since `decode` has moved the root.
        marker = next(marker for marker, segment in enumerate(self.skeleton.segment_of) if segment >= 0)
        offset = forward_kinematics(rotations, self.body.segment_offsets[marker : marker + 1])
        root = channels_first[..., marker] - offset[..., 0]
        locked, new_root = self.lock_feet(self.body, self.marker_set, root, rotations)
        if self.loose:
            locked[..., self.loose] = channels_first[..., self.loose] + (new_root - root)[..., None]
        return locked

    def _split_local(self, local: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The 6D rotations (…, 6, segments), height of the root (…, 1) and loose markers of local poses."""
        segments = len(self.skeleton.names)
        rotations, height, loose = local.split([6 * segments, 1, 3 * len(self.loose)], dim=-1)
        return rotations.unflatten(-1, (6, -1)), height, loose

    def decode_local(self, local: Tensor) -> Tensor:
        """See `PoseRepresentation.decode_local`."""
        rotations, height, loose = self._split_local(local)
        channels_first = forward_kinematics(rotations_from_6d(rotations), self.body.segment_offsets)
        root = torch.cat([torch.zeros_like(height).expand(*height.shape[:-1], 2), height], dim=-1)
        channels_first = channels_first + root[..., None]
        if self.loose:
            channels_first = channels_first.clone()
            channels_first[..., self.loose] = loose.unflatten(-1, (3, -1))
        return channels_first


def _append_one(values: Tensor) -> Tensor:
    """Values (…, n) with a column of ones for the constant: (…, n + 1)."""
    return torch.cat([values, torch.ones_like(values[..., :1])], dim=-1)
