"""A dance given to another body: the same rotations on other lengths, on a path that fits its legs."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mariel.errors import RecordingError
from mariel.kinematics.body import Body
from mariel.kinematics.shapes.floor import FootFault, Standing
from mariel.kinematics.shapes.shapes import size_ratio
from mariel.motion.gaps import filled
from mariel.motion.marker_set import MarkerSet


@dataclass(frozen=True, eq=False)
class BodyDance:
    """A dance on another body.

    Args:
        positions: (frames, markers, 3) float32, metres, z up; missing where they were missing.
        faults: when feet float, sink or slide more than recorded.
    """

    positions: np.ndarray
    faults: tuple[FootFault, ...]

    @property
    def warning(self) -> str:
        """Where feet are not as recorded, a sentence for people; empty if they are everywhere."""
        if not self.faults:
            return ""
        worst = sorted(sorted(self.faults, key=lambda fault: -fault.cm)[:3], key=lambda fault: fault.start)
        more = f", and {len(self.faults) - 3} times more" if len(self.faults) > 3 else ""
        return f"On this body {'; '.join(map(str, worst))}{more}."


@dataclass(frozen=True, eq=False)
class BodyChange:
    """Gives the dances of one dancer to another body.

    Args:
        own: the dancer's body.
        other: of another shape, in the same axes: see `mariel.kinematics.shapes.shapes`.
        marker_set: their markers.
    """

    own: Body
    other: Body
    marker_set: MarkerSet

    @torch.no_grad()
    def dance(self, positions: np.ndarray, fps: float) -> BodyDance:
        """A dance on the other body.

        Its pose on the dancer's own body is given to the other. The root's height and path are scaled by the length
        of the legs; the height is corrected where something touches the floor, and the path so that standing feet
        move as they did. Markers that are on no segment go with the nearest one.

        Args:
            positions: (frames, markers, 3), metres, z up.
            fps: frames per second.

        Raises:
            RecordingError: a marker is never seen.
        """
        recorded, _ = filled(positions)
        if not np.isfinite(recorded).all():
            label = self.marker_set.labels[int(np.flatnonzero(~np.isfinite(recorded).all(axis=(0, 2)))[0])]
            raise RecordingError(f"{label} is never seen in this dance, so it cannot be given to another body")
        frames = torch.from_numpy(recorded.astype(np.float32))
        root, rotations = self.own.fit_pose(frames, continuous=True)
        standing = Standing(recorded, self.marker_set, fps)
        size, foot_size = size_ratio(self.other, self.own), self._foot_size()
        path = root.clone()
        path[:, :2] = root[:1, :2] + size * (root[:, :2] - root[:1, :2])
        path[:, 2] = standing.floor + size * (root[:, 2] - standing.floor)
        placed = self.other.markers(path, rotations)
        self._place_loose(placed, frames, (root, path), rotations)
        result = placed.double().numpy()
        result[..., :2] += standing.path_correction(result, size)[:, None]
        result[..., 2] += standing.height_correction(result, size, foot_size)[:, None]
        faults = standing.faults(result, size, foot_size)
        result[~np.isfinite(positions).all(axis=-1)] = np.nan
        return BodyDance(result.astype(np.float32), faults)

    def _foot_size(self) -> float:
        feet = [marker for labels in self.marker_set.feet() for marker in self.marker_set.indices(labels)]
        return self._ratio(feet) if feet else size_ratio(self.other, self.own)

    def _ratio(self, markers: list[int]) -> float:
        """How many times as far markers are from the joints of their segments."""
        other, own = (float(body.marker_offsets[markers].norm()) for body in (self.other, self.own))
        return other / own if own else 1.0

    def _place_loose(self, placed: Tensor, recorded: Tensor, roots: tuple[Tensor, Tensor], rotations: Tensor) -> None:
        """Put the markers that are on no segment beside the nearest one, in place."""
        skeleton = self.own.skeleton
        loose, rigid = skeleton.loose_markers, [m for m, segment in enumerate(skeleton.segment_of) if segment >= 0]
        if not loose:
            return
        before, after = self.own.joints(roots[0], rotations), self.other.joints(roots[1], rotations)
        for marker in loose:
            distances = (recorded[:, rigid] - recorded[:, marker, None]).norm(dim=2).mean(dim=0)
            segment = skeleton.segment_of[rigid[int(distances.argmin())]]
            local = rotations[:, segment].transpose(1, 2) @ (recorded[:, marker] - before[:, segment])[..., None]
            moved = rotations[:, segment] @ (self._ratio(skeleton.markers_of(segment)) * local)
            placed[:, marker] = after[:, segment] + moved[..., 0]
