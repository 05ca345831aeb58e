"""The parts of a body that connections run between, as places that any known marker set can tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mariel.errors import MarkerError
from mariel.motion.landmarks import find_landmarks
from mariel.motion.marker_set import MarkerSet, guess_mirror_pairs

_SIDED = {
    "upper arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
    "hand": ("hand", "wrist"),
    "thigh": ("hip", "waist", "knee"),
    "shank": ("knee", "ankle", "heel"),
    "foot": ("toe", "heel", "ankle", "foot"),
}
"""Landmarks of one side whose mean a part's place is. Of `_EITHER`, only the first that a marker set has counts."""

_MIDDLE = {
    "head": ("head_top", "head", "head_front", "head_back", "jaw"),
    "chest": ("chest", "chest_front", "chest_back", "neck"),
    "pelvis": ("pelvis", "hip", "waist_front", "waist_back"),
}
"""Landmarks of the middle, or of both sides, likewise."""

_EITHER = (("hand", "wrist"), ("hip", "waist"), ("ankle", "heel"), ("pelvis", "hip"), ("chest", "chest_front"))
"""Landmarks of which the second stands in for the first."""

PARTS = (*_MIDDLE, *(f"{side} {part}" for part in _SIDED for side in ("left", "right")))
"""Head, chest and pelvis, then six parts of each side."""

MIRRORED = MarkerSet("parts", PARTS, mirror_pairs=guess_mirror_pairs(PARTS)).mirror_order()
"""For each part, the one that it becomes in a mirror."""


@dataclass(frozen=True, eq=False)
class BodyParts:
    """Where the parts of a body are, of one marker set.

    Args:
        weights: of each marker in each part's place (parts, markers); a row's sum is 1.
        part_of: the part that each marker belongs to (markers,); -1 for markers of none.
    """

    weights: np.ndarray
    part_of: np.ndarray

    def places(self, positions: np.ndarray) -> np.ndarray:
        """The parts' places (frames, parts, 3) of positions (frames, markers, 3), in their unit."""
        return np.tensordot(self.weights, positions, axes=(1, 1)).transpose(1, 0, 2)


@lru_cache(maxsize=32)
def body_parts(marker_set: MarkerSet) -> BodyParts:
    """The parts of a marker set's body.

    Raises:
        MarkerError: its markers do not tell some of the parts; the message names these.
    """
    landmarks = find_landmarks(marker_set)
    members = {part: _members(part, landmarks) for part in PARTS}
    unknown = [part for part, labels in members.items() if not labels]
    if unknown:
        raise MarkerError(
            f"the {marker_set.describe()} do not say where the {', '.join(unknown)} are, which a duet's connections "
            "run between: expected a whole body of markers or joints with known names"
        )
    weights = np.zeros((len(PARTS), len(marker_set)))
    for row, part in enumerate(PARTS):
        for labels in members[part]:
            for label in labels:
                weights[row, marker_set.index(label)] += 1 / len(members[part]) / len(labels)
    part_of = np.where(weights.any(axis=0), weights.argmax(axis=0), -1)
    for _, labels in marker_set.segments:  # markers between the landmarks, such as on the middle of a thigh
        columns = np.array(marker_set.indices(labels), dtype=int)
        known = part_of[columns][part_of[columns] >= 0]
        if len(known):
            part_of[columns[part_of[columns] < 0]] = np.bincount(known).argmax()
    return BodyParts(weights, part_of)


def _members(part: str, landmarks: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The labels of each landmark whose mean is a part's place."""
    side, rest = part.split(" ", 1) if part not in _MIDDLE else ("", part)
    names = _SIDED[rest] if side else _MIDDLE[rest]
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        labels = _landmark(name, side, landmarks)
        if labels and not any(name == second and first in found for first, second in _EITHER):
            found[name] = labels
    if side and rest not in ("hand", "foot") and len(found) < 2:  # a limb's middle is between its two ends
        return []
    return list(found.values())


def _landmark(name: str, side: str, landmarks: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Labels of a landmark of a side; of both sides where the part is in the middle."""
    names = (f"{name}_front", f"{name}_back") if name == "waist" else (name,)
    sides = [f"{side}_"] if side else ["", "left_", "right_"]
    return tuple(label for each in sides for one in names for label in landmarks.get(f"{each}{one}", ()))
