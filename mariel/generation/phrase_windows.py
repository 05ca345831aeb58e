"""Phrases of recordings, cut for a trained model: of its length, with its markers."""

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import torch

from mariel.data.dataset import PhraseDataset
from mariel.errors import PhraseError, RecordingError
from mariel.generation.other_markers import takes_for_model
from mariel.motion.checks import Problem
from mariel.motion.io.description import MotionDescription
from mariel.motion.io.loading import Recordings, find_files, load_recordings
from mariel.motion.recording import Recording
from mariel.motion.resampling import at_one_rate
from mariel.training.checkpoints import Checkpoint

MAX_TRAINING_PHRASES = 4096
"""Training phrases that samples are compared with, evenly spaced; their mirror images are added to these."""


class PhraseWindows(NamedTuple):
    """Phrases of recordings, and where each comes from.

    Args:
        positions: (phrases, frames, markers, 3), metres.
        takes: name of each phrase's take, (phrases,).
        starts: each phrase's first frame in its take, (phrases,).
        notes: what was converted for the model, a sentence for each take.
        problems: what was found when the recordings were opened.
    """

    positions: np.ndarray
    takes: np.ndarray
    starts: np.ndarray
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def phrase_windows(
    data: str, checkpoint: Checkpoint, *, stride: int | None = None, description: MotionDescription | None = None
) -> PhraseWindows:
    """Phrases of recordings at equal steps, without those that have missing markers.

    Recordings of another frame rate are resampled. Recordings of other markers are converted where none have the
    model's, else left out.

    Args:
        data: a folder, a pattern, a file, or "demo".
        checkpoint: the model they are for.
        stride: frames from one phrase's start to the next; one phrase length if None.
        description: what is said about the files.

    Raises:
        RecordingError: there are no recordings.
        PhraseError: no phrase is as long as the model's, or the markers cannot be converted to the model's.
    """
    length, marker_set = checkpoint.model.length, checkpoint.marker_set
    stride = length if stride is None else stride
    if stride < 1:
        raise PhraseError(f"--every must be at least 1 (got {stride})")
    recordings = load_for_model(data, checkpoint, description)
    try:
        takes = takes_for_model(recordings, checkpoint)
    except RecordingError as error:
        found = next(iter(recordings.values())).marker_set
        raise PhraseError(
            f"the model expects the {marker_set.describe()}; recordings of {data} have the {found.describe()}, which "
            f"cannot be converted: {error}"
        ) from error
    windows = cut_phrases([take.recording for take in takes.values()], length, stride)
    if not len(windows.positions):
        raise PhraseError(f"recordings of {data} have no phrase of {length} frames without missing markers")
    notes = [take.note for take in takes.values() if take.note]
    notes += [
        f"{name} is left out: it does not have the model's markers." for name in recordings if name not in takes
    ]
    return windows._replace(notes=tuple(notes), problems=recordings.problems)


def load_for_model(data: str, checkpoint: Checkpoint, description: MotionDescription | None = None) -> Recordings:
    """Load recordings; those that the model was trained on are trimmed as they were for its training.

    Args:
        data: a folder, a pattern, a file, or "demo".
        checkpoint: the model they are for.
        description: what is said about the files.

    Raises:
        RecordingError: there are no recordings.
    """
    settings = checkpoint.settings.data
    own = data == settings.data or os.path.abspath(os.path.expanduser(data)) == settings.data
    return load_recordings(data, trim=settings.trim if own else None, description=description)


def cut_phrases(takes: Iterable[Recording], length: int, stride: int) -> PhraseWindows:
    """Phrases of takes that share a marker set, without those that have missing markers; there may be none.

    Args:
        takes: of one marker set.
        length: frames per phrase.
        stride: frames from one phrase's start to the next.
    """
    cut = [
        (take.frames(start, start + length).positions, take.name, start)
        for take in takes
        for start in range(0, len(take) - length + 1, stride)
    ]
    cut = [(positions, name, start) for positions, name, start in cut if np.isfinite(positions).all()]
    if not cut:
        return PhraseWindows(np.empty(0), np.empty(0), np.empty(0))
    positions, names, starts = zip(*cut, strict=True)
    return PhraseWindows(np.array(positions), np.array(names), np.array(starts))


def training_starts(dataset: PhraseDataset) -> np.ndarray:
    """First frames of the training phrases that samples are compared with, (phrases,) int64."""
    return dataset.evenly_spaced(dataset.training, MAX_TRAINING_PHRASES)


def training_phrases(dataset: PhraseDataset) -> np.ndarray:
    """A model's training phrases and their mirror images (phrases, frames, markers, 3), in the takes' coordinates.

    Args:
        dataset: of its run's own recordings, see `run_dataset`.
    """
    phrases = dataset.batch(training_starts(dataset))
    return torch.cat([phrases, dataset.mirrored(phrases)]).cpu().numpy()


def training_phrase_takes(dataset: PhraseDataset) -> np.ndarray:
    """Name of the take of each of the `training_phrases` that is no mirror image, (phrases,)."""
    return np.array([dataset.locate(start)[0] for start in training_starts(dataset)])


def run_recordings(checkpoint: Checkpoint) -> Mapping[str, Recording]:
    """The recordings that a model was trained on, with all their markers, at its frame rate.

    Raises:
        RecordingError: they no longer exist.
    """
    settings = checkpoint.settings.data
    return at_one_rate(load_recordings(settings.data, trim=settings.trim), checkpoint.fps).takes


def is_run_recording(checkpoint: Checkpoint, take: Recording) -> bool:
    """Whether a take is from a file that the model's run was given, by whatever path either was opened."""
    if take.path is None:
        return False
    try:
        files = find_files(checkpoint.settings.data.data)
    except RecordingError:  # the recordings no longer exist
        return False
    return take.path.resolve() in {file.resolve() for file in files}


def run_dataset(checkpoint: Checkpoint) -> PhraseDataset:
    """The training and validation phrases of a model's own run.

    Raises:
        RecordingError: the recordings no longer exist.
    """
    return PhraseDataset(run_recordings(checkpoint), checkpoint.settings.data)
