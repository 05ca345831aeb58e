"""Skeleton: which rigid segments are joined to which, and which markers each carries."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from mariel.errors import SettingsError
from mariel.motion.marker_set import MarkerSet


@dataclass(frozen=True)
class Skeleton:
    """The hierarchy of a body's segments, without lengths.

    Args:
        names: of the segments, parents before children.
        parents: the index of each segment's parent, -1 for the root.
        segment_of: for each marker, the index of its segment, -1 for a marker that is on none.
        joint_markers: for each segment, the indices of the markers in whose middle it begins, empty if not known.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    segment_of: tuple[int, ...]
    joint_markers: tuple[tuple[int, ...], ...] = ()

    @classmethod
    def from_marker_set(cls, marker_set: MarkerSet) -> "Skeleton":
        """The skeleton of a marker set.

        Raises:
            SettingsError: the set's segments are not one jointed body that carries most markers.
        """
        if not has_body(marker_set):
            raise SettingsError(
                f"--decoder body and --decoder projected need a marker set whose segments make one jointed body; "
                f"the {marker_set.name} set has none, use --decoder auto or --decoder markers"
            )
        parent_of = dict(marker_set.parents)
        root = next(name for name, _ in marker_set.segments if name not in parent_of)
        names = (root, *parent_of)
        labels_of = dict(marker_set.segments)
        segment_of = {label: index for index, name in enumerate(names) for label in labels_of[name]}
        parents = (-1, *(names.index(parent) for parent in parent_of.values()))
        joints = dict(marker_set.joints)
        joint_markers = tuple(tuple(marker_set.indices(joints.get(name, ()))) for name in names) if joints else ()
        return cls(names, parents, tuple(segment_of.get(label, -1) for label in marker_set.labels), joint_markers)

    def markers_of(self, segment: int) -> list[int]:
        """Indices of the markers on one segment."""
        return [marker for marker, own in enumerate(self.segment_of) if own == segment]

    def neighbours(self, segment: int) -> list[int]:
        """The segments that are joined to one: its children and its parent."""
        return [i for i, parent in enumerate(self.parents) if parent == segment or self.parents[segment] == i]

    @property
    def loose_markers(self) -> list[int]:
        """Indices of the markers that are on no segment."""
        return self.markers_of(-1)

    @property
    def is_of_joints(self) -> bool:
        """Whether every segment begins at a marker that is on its parent: a skeleton of joints."""
        return bool(self.joint_markers) and all(
            len(markers) == 1 and self.segment_of[markers[0]] == max(parent, 0)
            for markers, parent in zip(self.joint_markers, self.parents, strict=True)
        )

    @property
    def may_twist(self) -> bool:
        """Whether markers may leave a segment's twist open."""
        return bool(self.joint_markers) or any(
            len(self.markers_of(segment)) < 2 for segment in range(len(self.names))
        )

    @cached_property
    def segment_mask(self) -> Tensor:
        """Which marker is on which segment, (markers, segments, 1) of 0 and 1."""
        mask = torch.zeros(len(self.segment_of), len(self.names), 1)
        for marker, segment in enumerate(self.segment_of):
            if segment >= 0:
                mask[marker, segment] = 1
        return mask

    @cached_property
    def joint_mask(self) -> Tensor:
        """Which segment carries which joint on the way from the root to a marker: (markers, segments, joints)."""
        mask = torch.zeros(len(self.segment_of), len(self.names), len(self.names))
        for marker, segment in enumerate(self.segment_of):
            joint = segment
            while joint >= 0 and self.parents[joint] >= 0:
                mask[marker, self.parents[joint], joint] = 1
                joint = self.parents[joint]
        return mask


def has_body(marker_set: MarkerSet) -> bool:
    """Whether a marker set's segments make one jointed body, with most markers on one segment each."""
    return marker_set.has_body
