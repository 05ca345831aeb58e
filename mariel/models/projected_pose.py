"""The default pose representation: positions of markers, projected on a body when they are shown.

Positions are easy to decode and rotations are not; so the decoder predicts positions, and the body, whose limbs
cannot stretch, is fitted to what it has decoded (`mariel.kinematics.body_projection`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mariel.kinematics.body import Body
from mariel.kinematics.body_projection import BODY_FRAMES, BodyProjection, evenly_spaced_frames
from mariel.kinematics.canonical_frame import CanonicalFrame, rotate_about_z
from mariel.models.observation_noise import ObservationNoise
from mariel.models.pose import BodyPose, MarkerPose, PoseRepresentation
from mariel.motion.marker_set import MarkerSet

MAX_FITTED_TAKES = 24
"""Takes whose bodies are fitted, evenly spaced: each takes a third of a second."""


class ProjectedPose(MarkerPose):
    """See the module; for marker sets with a jointed body."""

    def __init__(self, marker_set: MarkerSet, fps: float) -> None:
        super().__init__(marker_set, fps)
        self.marker_set, self.projection = marker_set, BodyProjection(marker_set)
        self.observation_noise = ObservationNoise(self.projection.skeleton)

    def fit_local(
        self, channels_first: Tensor, canonical_frame: CanonicalFrame, takes: Sequence[str]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See `PoseRepresentation.fit_local`."""
        local, path, heading = canonical_frame.remove_root_motion(channels_first)
        rows: dict[str, list[int]] = {}
        for row, take in enumerate(takes):
            rows.setdefault(take, []).append(row)
        chosen = sorted(rows)[:: -(-len(rows) // MAX_FITTED_TAKES)]
        self.projection.fit({take: self._frames_of(local[rows[take]]) for take in chosen})
        return local.flatten(2), path, heading

    @staticmethod
    def _frames_of(local: Tensor) -> Tensor:
        """Some frames (frames, xyz, markers) of phrases (phrases, frames, xyz, markers)."""
        return evenly_spaced_frames(local.flatten(0, 1), 4 * BODY_FRAMES)

    @torch.no_grad()
    def decode_motion(self, poses: Tensor, *, pin_feet: bool = False) -> Tensor:
        """See `PoseRepresentation.decode_motion`: one body per phrase, whose standing feet are held.

        What is not a reconstruction has the observation noise of recordings.
        """
        local, _, path, heading = self.split(poses)
        local = local.unflatten(-1, (3, -1))
        root, rotations, joint_offsets, marker_offsets = self.projection(local)
        # Turned and moved to where the phrase is: a segment's axes are columns, (…, own axis, xyz, segments).
        columns = rotate_about_z(rotations.unflatten(2, (3, 3)), heading)
        root = rotate_about_z(root[..., None], heading[..., 0])[..., 0] + nn.functional.pad(path, (0, 1))
        body = Body(self.projection.skeleton, joint_offsets, marker_offsets)
        positions, moved_root = self.lock_feet(body, self.marker_set, root, columns.flatten(-3, -2))
        if loose := self.projection.skeleton.loose_markers:
            shift = (moved_root - root + nn.functional.pad(path, (0, 1)))[..., None]
            positions[..., loose] = rotate_about_z(local[..., loose], heading[..., 0]) + shift
        return self.observation_noise(positions, local.flatten(2)) if pin_feet else positions


def make_pose_representation(
    decoder: str, marker_set: MarkerSet, fps: float, *, predicts_contact: bool = False
) -> PoseRepresentation:
    """The pose representation of the setting `decoder`.

    Args:
        decoder: "projected", "body", "markers", or "auto" for "projected" where the marker set has a jointed body,
            and "markers" elsewhere.
        marker_set: the markers.
        fps: frames per second.
        predicts_contact: whether a decoder of markers predicts contact of the feet, as those of older versions do.

    Raises:
        SettingsError: a body is requested and the marker set has none.
    """
    if decoder == "body":
        return BodyPose(marker_set, fps)
    if decoder == "projected" or (decoder == "auto" and marker_set.has_body):
        return ProjectedPose(marker_set, fps)
    return MarkerPose(marker_set, fps, predicts_contact=predicts_contact)
