"""Phrases of recordings that a trained model is shown: cut to its length, with its markers."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch

from mariel.data.dataset import PhraseFeed, select_marker_set
from mariel.errors import PhraseError
from mariel.motion.io.loading import Recordings, load_recordings
from mariel.motion.recording import Recording
from mariel.training.checkpoints import Checkpoint

MOST_KNOWN = 4096
"""Training phrases that samples are compared with, evenly spread, and as many mirrored."""


class Windows(NamedTuple):
    """Phrases of recordings.

    Args:
        positions: (phrases, frames, markers, 3), metres.
        takes: name of each phrase's take, (phrases,).
        starts: each phrase's first frame in its take, (phrases,).
    """

    positions: np.ndarray
    takes: np.ndarray
    starts: np.ndarray


def windows(data: str, checkpoint: Checkpoint, *, every: int | None = None) -> Windows:
    """Phrases of recordings, one after the other, those with missing markers left out.

    Args:
        data: a folder, a pattern, a file, or "demo".
        checkpoint: the model they are for.
        every: frames from one phrase to the next; a whole phrase if None.

    Raises:
        RecordingError: there are no recordings.
        PhraseError: none has the model's markers, frame rate and length.
    """
    length, marker_set = checkpoint.model.length, checkpoint.marker_set
    every = length if every is None else every
    if every < 1:
        raise PhraseError(f"--every must be at least 1 (got {every})")
    recordings = select_marker_set(load_recordings(data), checkpoint.settings.data.marker_set)
    fitting = [take for take in recordings.values() if take.marker_set.labels == marker_set.labels]
    if not fitting:
        found = next(iter(recordings.values())).marker_set
        raise PhraseError(
            f"the model knows the {marker_set.name} ({len(marker_set)}); "
            f"recordings of {data} have {found.name} ({len(found)})"
        )
    cut = cut_phrases(fitting, length, every)
    if not len(cut.positions):
        raise PhraseError(f"recordings of {data} have no phrase of {length} frames without missing markers")
    return cut


def cut_phrases(takes: Iterable[Recording], length: int, every: int) -> Windows:
    """Phrases of takes of one marker set, every so many frames, those with missing markers left out; maybe none."""
    cut = [
        (take.frames(start, start + length).positions, take.name, start)
        for take in takes
        for start in range(0, len(take) - length + 1, every)
    ]
    cut = [each for each in cut if np.isfinite(each[0]).all()]
    return Windows(*(np.array(parts) for parts in zip(*cut, strict=True))) if cut else Windows(*[np.empty(0)] * 3)


def known_phrases(feed: PhraseFeed, *, every: int = 1) -> np.ndarray:
    """Phrases (phrases, frames, markers, 3) that a model has learned from, mirror images too, where they were danced.

    Args:
        feed: of its run's own recordings, see `own_feed`.
        every: one frame in so many.
    """
    known = feed.batch(feed.evenly(feed.training, MOST_KNOWN), every=every)
    return torch.cat([known, feed.mirrored(known)]).cpu().numpy()


def own_recordings(checkpoint: Checkpoint) -> Recordings:
    """The recordings of a model's own run, with all their markers.

    Raises:
        RecordingError: they are no longer there.
    """
    settings = checkpoint.settings.data
    return load_recordings(settings.data, trim=settings.trim)


def own_feed(checkpoint: Checkpoint) -> PhraseFeed:
    """The phrases of its run's own recordings, divided into those a model has learned from and those held out.

    Raises:
        RecordingError: the recordings are no longer there.
    """
    return PhraseFeed(own_recordings(checkpoint), checkpoint.settings.data)
