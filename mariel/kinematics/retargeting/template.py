"""Where the markers of a set are on a person's body, so that they can be put on another person's."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mariel.kinematics.retargeting.anatomy import AnatomicalPose, Part
from mariel.kinematics.retargeting.frames import turn
from mariel.motion.marker_set import MarkerSet

BESIDE = {
    "pelvis": ("chest",),
    "chest": ("pelvis", "head"),
    "head": ("chest",),
    **{
        f"{side}_{part}": tuple(other if other in ("pelvis", "chest") else f"{side}_{other}" for other in others)
        for side in ("left", "right")
        for part, others in {
            "shoulder": ("chest", "upper_arm"),
            "upper_arm": ("shoulder", "forearm"),
            "forearm": ("upper_arm", "hand"),
            "hand": ("forearm",),
            "thigh": ("pelvis", "shank"),
            "shank": ("thigh", "foot"),
            "foot": ("shank",),
        }.items()
    },
}
"""The parts on which a marker may be beside that of its segment: the one from which it moves least is taken."""


@dataclass(frozen=True)
class Template:
    """The places of markers on the body.

    Args:
        marker_set: the markers.
        parts: for each marker the part of the body that it is on.
        offsets: (markers, 3): forward, left and up from the part's origin, divided by the part's size.
    """

    marker_set: MarkerSet
    parts: tuple[str, ...]
    offsets: np.ndarray

    @classmethod
    def measure(cls, positions: np.ndarray, marker_set: MarkerSet, pose: AnatomicalPose) -> "Template":
        """The places of a person's own markers.

        Args:
            positions: (frames, markers, 3), metres.
            marker_set: the markers.
            pose: the person's, of the same frames.
        """
        part_of = _parts_of_markers(marker_set)
        chosen, offsets = [], []
        for column, label in enumerate(marker_set.labels):
            name = part_of[label]
            candidates = [each for each in (name, *BESIDE[name]) if each in pose.parts]
            measured = [_on_part(positions[:, column], pose.parts[each]) for each in candidates]
            moves = [float(np.linalg.norm((each * pose.parts[part].size).std(axis=0)))
                     for each, part in zip(measured, candidates, strict=True)]  # fmt: skip
            best = 0 if moves[0] <= 2 * min(moves) else int(np.argmin(moves))
            chosen.append(candidates[best])
            offsets.append(np.median(measured[best], axis=0))
        return cls(marker_set, tuple(chosen), np.array(offsets))

    def place(self, pose: AnatomicalPose) -> np.ndarray:
        """The markers (frames, markers, 3), metres, on the body of a person."""
        columns = []
        for name, offset in zip(self.parts, self.offsets, strict=True):
            part = pose.parts[name]
            columns.append(part.origin + turn(part.axes, offset * part.size))
        return np.stack(columns, axis=1)


def _on_part(path: np.ndarray, part: Part) -> np.ndarray:
    """A marker's path (frames, 3) from a part's origin, in its axes and sizes."""
    return np.einsum("fij,fi->fj", part.axes, path - part.origin) / part.size


def _parts_of_markers(marker_set: MarkerSet) -> Mapping[str, str]:
    """For each marker the part of the body that its segment is, or hangs from."""
    parent_of, known = dict(marker_set.parents), set(BESIDE)
    part_of = dict.fromkeys(marker_set.labels, "pelvis")
    for segment, labels in marker_set.segments:
        part = segment
        while part not in known and part in parent_of:
            part = parent_of[part]
        part_of |= dict.fromkeys(labels, part if part in known else "pelvis")
    return part_of
