"""Which markers of recordings phrases are made of, and which takes have the markers of a model."""

from collections.abc import Iterable, Mapping

import numpy as np

from mariel.data.blocks import Block
from mariel.data.splits import BlockSplit, Split
from mariel.errors import PhraseError
from mariel.motion.mariel_markers import MARIEL_18
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording

BLOCK_POSITIONS = 8
"""Positions of the held-out blocks that are tried before a marker is left out."""


def select_marker_set(recordings: Mapping[str, Recording], marker_set: str) -> Mapping[str, Recording]:
    """The takes with all their markers, or with the reduced set of 18.

    Raises:
        PhraseError: the takes do not have those markers.
    """
    if marker_set == "all":
        return recordings
    for name, take in recordings.items():
        if missing := [label for label in MARIEL_18.labels if label not in take.marker_set]:
            raise PhraseError(
                f"--marker-set 18: recording {name!r} has no marker {', '.join(missing[:3])}; "
                "the reduced set is of Mariel's 53 markers, use --marker-set all"
            )
    return {name: take.markers(MARIEL_18) for name, take in recordings.items()}


def matching_takes(recordings: Mapping[str, Recording], marker_set: MarkerSet) -> dict[str, Recording]:
    """The takes that have all markers of a set, such as a model's, reduced to them; there may be none."""
    return {
        name: take if take.marker_set.labels == marker_set.labels else take.markers(marker_set)
        for name, take in recordings.items()
        if all(label in take.marker_set for label in marker_set.labels)
    }


def leave_out_missing_markers(
    recordings: Mapping[str, Recording], split: Split, length: int
) -> tuple[Mapping[str, Recording], Split]:
    """Takes and a split that give training and validation phrases although markers are missing.

    Where they do already, both are returned as they are: phrases with missing markers are left out later. Otherwise
    the held-out blocks are put elsewhere; if that does not help, the marker that is missing in most frames is left
    out of all takes, and so on.

    Args:
        recordings: takes by name, of one marker set.
        split: how phrases are divided.
        length: frames per phrase.

    Raises:
        PhraseError: the split leaves one side empty, whatever is missing.
    """
    if not any(not gap.fillable for take in recordings.values() for gap in take.gaps):
        return recordings, split
    missing = {name: take.missing_mask() for name, take in recordings.items()}
    labels = list(next(iter(recordings.values())).marker_set.labels)
    kept = list(range(len(labels)))
    while True:
        incomplete = {name: _incomplete_frames(mask[:, kept]) for name, mask in missing.items()}
        for candidate in _other_positions(split):
            if _gives_phrases(candidate, recordings, incomplete, length):
                return _reduced(recordings, [labels[marker] for marker in kept]), candidate
        if len(kept) == 1:
            return recordings, split
        kept.remove(max(kept, key=lambda marker: sum(mask[:, marker].sum() for mask in missing.values())))


def _incomplete_frames(missing: np.ndarray) -> np.ndarray:
    """Frames in which a position or a velocity is missing (frames,), from where positions are (frames, markers).

    A velocity is missing in the frame after a missing position too; that of the first frame is the second's.
    """
    positions = np.asarray(missing.any(axis=1))
    incomplete = positions.copy()
    incomplete[1:] |= positions[:-1]
    incomplete[:1] |= positions[1:2]
    return incomplete


def _other_positions(split: Split) -> Iterable[Split]:
    """The split, and for blocks those with the blocks at other positions."""
    yield split
    if isinstance(split, BlockSplit):
        for seed in range(split.seed + 1, split.seed + BLOCK_POSITIONS):
            yield BlockSplit(split.validation, split.length, split.gap, seed)


def _gives_phrases(
    split: Split, recordings: Mapping[str, Recording], incomplete: Mapping[str, np.ndarray], length: int
) -> bool:
    """Whether both sides of a split have a phrase without a missing marker."""
    blocks = split.blocks(recordings)
    training, validation = (_count_phrases(side, incomplete, length) for side in blocks)
    # A random split has all frames on both sides and divides their phrases, of which it needs two.
    return min(training, validation) >= (2 if blocks.training == blocks.validation else 1)


def _count_phrases(blocks: Iterable[Block], incomplete: Mapping[str, np.ndarray], length: int) -> int:
    """Number of phrases in blocks without an incomplete frame."""
    count = 0
    for name, start, stop in blocks:
        before = np.concatenate([[0], np.cumsum(incomplete[name][start:stop])])
        count += int((before[length:] == before[:-length]).sum()) if len(before) > length else 0
    return count


def _reduced(recordings: Mapping[str, Recording], labels: list[str]) -> Mapping[str, Recording]:
    """The takes with some of their markers; the same objects if these are all."""
    if len(labels) == len(next(iter(recordings.values())).marker_set):
        return recordings
    return {name: take.markers(labels) for name, take in recordings.items()}
