"""Skeleton: which rigid segments are joined to which, and which markers each carries."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from mariel.errors import SettingsError
from mariel.motion.marker_set import MarkerSet

MIN_SEGMENT_MARKERS = 2
"""Markers that a segment needs for its rotation about its joint to be determined."""


@dataclass(frozen=True)
class Skeleton:
    """The hierarchy of a body's segments, without lengths.

    Args:
        names: of the segments, parents before children.
        parents: the index of each segment's parent, -1 for the root.
        segment_of: for each marker, the index of its segment.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    segment_of: tuple[int, ...]

    @classmethod
    def from_marker_set(cls, marker_set: MarkerSet) -> "Skeleton":
        """The skeleton of a marker set.

        Raises:
            SettingsError: the set's segments are not one jointed body that carries every marker.
        """
        if not has_body(marker_set):
            raise SettingsError(
                f"--decoder body needs a marker set whose segments make one jointed body; "
                f"the {marker_set.name} set has none, use --decoder auto or --decoder markers"
            )
        parent_of = dict(marker_set.parents)
        root = next(name for name, _ in marker_set.segments if name not in parent_of)
        names = (root, *parent_of)
        labels_of = dict(marker_set.segments)
        segment_of = {label: index for index, name in enumerate(names) for label in labels_of[name]}
        parents = (-1, *(names.index(parent) for parent in parent_of.values()))
        return cls(names, parents, tuple(segment_of[label] for label in marker_set.labels))

    def markers_of(self, segment: int) -> list[int]:
        """Indices of the markers on one segment."""
        return [marker for marker, own in enumerate(self.segment_of) if own == segment]

    def neighbours(self, segment: int) -> list[int]:
        """The segments that are joined to one: its children and its parent."""
        return [i for i, parent in enumerate(self.parents) if parent == segment or self.parents[segment] == i]

    @cached_property
    def segment_mask(self) -> Tensor:
        """Which marker is on which segment, (markers, segments, 1) of 0 and 1."""
        mask = torch.zeros(len(self.segment_of), len(self.names), 1)
        mask[range(len(self.segment_of)), list(self.segment_of)] = 1
        return mask

    @cached_property
    def joint_mask(self) -> Tensor:
        """Which segment carries which joint on the way from the root to a marker: (markers, segments, joints)."""
        mask = torch.zeros(len(self.segment_of), len(self.names), len(self.names))
        for marker, segment in enumerate(self.segment_of):
            joint = segment
            while self.parents[joint] >= 0:
                mask[marker, self.parents[joint], joint] = 1
                joint = self.parents[joint]
        return mask


def has_body(marker_set: MarkerSet) -> bool:
    """Whether a marker set's segments make one jointed body: every marker on one segment, enough on each segment."""
    labels = [label for _, labels in marker_set.segments for label in labels]
    enough = all(len(labels) >= MIN_SEGMENT_MARKERS for _, labels in marker_set.segments)
    return bool(marker_set.parents) and enough and sorted(labels) == sorted(marker_set.labels)
