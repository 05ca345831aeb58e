"""The phrases that a latent map shows: evenly spaced ones that the model was trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mariel.data.dataset import PhraseDataset, PhraseFrames
from mariel.data.marker_selection import matching_takes
from mariel.generation.phrase_windows import run_recordings
from mariel.motion.quality import take_profile
from mariel.motion.recording import Recording
from mariel.training.checkpoints import Checkpoint

MAX_MAP_PHRASES = 1200
"""Phrases on a map: enough to fill it, few enough to tell apart and to encode within seconds."""


@dataclass(frozen=True, eq=False)
class MapPhrases:
    """Training phrases of a model, evenly spaced over its recordings.

    Args:
        frames: the frames of the recordings.
        first_frames: first frame of each phrase, counted over all takes (phrases,).
        speeds: mean speed of the markers (phrases,), m/s.
        heights: mean height of the highest marker above the floor (phrases,), metres.
    """

    frames: PhraseFrames
    first_frames: np.ndarray
    speeds: np.ndarray
    heights: np.ndarray

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, max_phrases: int = MAX_MAP_PHRASES) -> "MapPhrases":
        """Training phrases of a checkpoint's own run.

        Raises:
            RecordingError: the recordings no longer exist.
        """
        return cls.from_recordings(checkpoint, run_recordings(checkpoint), max_phrases)

    @classmethod
    def from_recordings(
        cls, checkpoint: Checkpoint, recordings: Mapping[str, Recording], max_phrases: int = MAX_MAP_PHRASES
    ) -> "MapPhrases":
        """Training phrases of a checkpoint, from the recordings that it was trained on."""
        dataset = PhraseDataset(recordings, checkpoint.settings.data)
        takes = matching_takes(recordings, dataset.marker_set)
        first_frames = dataset.evenly_spaced(dataset.training, max_phrases)
        profiles = [take_profile(takes[name]) for name in dataset.take_offsets]
        speeds, heights = (
            _window_means(np.concatenate(values), first_frames, dataset.length)
            for values in (
                [profile.speed for profile in profiles],
                [profile.height for profile in profiles],
            )
        )
        return cls(dataset, first_frames, speeds, heights)

    @cached_property
    def _located(self) -> tuple[np.ndarray, np.ndarray]:
        names, starts = zip(*(self.frames.locate(first) for first in self.first_frames), strict=True)
        return np.array(names), np.array(starts)

    @property
    def takes(self) -> np.ndarray:
        """Name of each phrase's take (phrases,)."""
        return self._located[0]

    @property
    def starts(self) -> np.ndarray:
        """First frame of each phrase in its take (phrases,)."""
        return self._located[1]

    def __len__(self) -> int:
        return len(self.first_frames)

    @property
    def seconds(self) -> np.ndarray:
        """When each phrase begins in its take (phrases,)."""
        return self.starts / self.frames.fps

    def positions(self, phrases: Sequence[int] | slice = slice(None)) -> np.ndarray:
        """Positions of phrases in their takes' coordinates (phrases, frames, markers, 3), metres."""
        return self.frames.batch(self.first_frames[phrases]).cpu().numpy()

    def find(self, take: str, start: int) -> int | None:
        """Index of the phrase that begins at a frame of a take; None if there is none."""
        found = np.flatnonzero((self.takes == take) & (self.starts == start))
        return int(found[0]) if len(found) else None


def _window_means(values: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray:
    """Means of values (frames,) over the windows of `length` frames that begin at `starts` (windows,)."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return (sums[starts + length] - sums[starts]) / length
