"""Positions in the takes that a model was trained on: a take and a frame, written `take@frame`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mariel.data.marker_selection import matching_takes
from mariel.errors import MarielError, PhraseError
from mariel.generation.other_markers import ModelTake, take_for_model
from mariel.motion.io.loading import Recordings, load_recordings
from mariel.motion.quality import TakeProfile, most_active_start, take_profile
from mariel.motion.recording import Recording
from mariel.motion.resampling import same_fps
from mariel.training.checkpoints import Checkpoint


@dataclass(frozen=True)
class TakePosition:
    """Where a phrase begins, or where a pose is.

    Args:
        take: name of the take.
        frame: its frame, from 0.
    """

    take: str
    frame: int

    def __str__(self) -> str:
        return f"{self.take}@{self.frame}"

    @classmethod
    def parse(cls, text: str) -> "TakePosition":
        """The position that a text such as `waltz_for_one@1234` names.

        Raises:
            PhraseError: it is not of this form.
        """
        take, at, frame = text.rpartition("@")
        if not at or not take or not frame.isascii() or not frame.isdecimal() or len(frame) > 9:
            raise PhraseError(f"a position is written take@frame, such as waltz_for_one@1234 (got {text[:80]!r})")
        return cls(take, int(frame))

    def label(self, fps: float) -> str:
        """Take and time in minutes and seconds, such as "adagio, 1:55"."""
        seconds = round(self.frame / fps)
        return f"{self.take.replace('_', ' ')}, {seconds // 60}:{seconds % 60:02d}"


class RunTakes(Mapping[str, Recording]):
    """Takes that a model can start from, those that it was trained on or others, at least one phrase long.

    Args:
        takes: by name, with the model's markers and frame rate.
        length: frames per phrase.
        notes: for takes that were converted, a sentence that says how.
    """

    def __init__(self, takes: Mapping[str, Recording], length: int, notes: Mapping[str, str] | None = None) -> None:
        self._takes, self.length, self.notes = takes, length, notes or {}

    def __getitem__(self, name: str) -> Recording:
        return self._takes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._takes)

    def __len__(self) -> int:
        return len(self._takes)

    def last(self, take: str) -> int:
        """The last frame of a take at which a whole phrase begins."""
        return len(self[take]) - self.length

    def phrase(self, position: TakePosition) -> np.ndarray:
        """The phrase that begins at a position, (frames, markers, 3), metres.

        Raises:
            PhraseError: there is none, or markers are missing in it.
        """
        if position.take not in self:
            raise PhraseError(f"there is no take “{position.take}” among these recordings")
        if not 0 <= position.frame <= self.last(position.take):
            raise PhraseError(
                f"“{position.take}” has no phrase at frame {position.frame:,}; the last one begins at "
                f"{self.last(position.take):,}"
            )
        positions = self[position.take].frames(position.frame, position.frame + self.length).positions
        if not np.isfinite(positions).all():
            raise PhraseError(f"markers are missing in the phrase of “{position.take}” at frame {position.frame:,}")
        return positions

    def label(self, text: str) -> str:
        """A position such as `adagio@4022` for people: "adagio, 1:55"."""
        position = TakePosition.parse(text)
        return position.label(self[position.take].fps) if position.take in self else text

    def most_active(
        self, number: int = 0, profile: Callable[[Recording], TakeProfile] = take_profile
    ) -> TakePosition:
        """The most active phrase of the take with this number.

        Args:
            number: beyond the last take, numbers start again at the first one, each time a phrase later.
            profile: measures a take; one that remembers its results is faster.
        """
        name = list(self)[number % len(self)]
        start = most_active_start(profile(self[name]), self.length)
        return TakePosition(name, (start + number // len(self) * self.length) % (self.last(name) + 1))


def run_takes(
    checkpoint: Checkpoint,
    load: Callable[..., Recordings] = load_recordings,
    convert: Callable[[Recording, Checkpoint], ModelTake] = take_for_model,
) -> RunTakes:
    """The recordings that a model was trained on, at its frame rate.

    Args:
        checkpoint: the trained model.
        load: opens recordings, called as `load_recordings` is.
        convert: resamples a take, called as `take_for_model` is.

    Raises:
        PhraseError: they are no longer there, or have changed; the message says what to do.
    """
    settings = checkpoint.settings.data
    try:
        recordings = load(settings.data, trim=settings.trim)
    except MarielError as error:
        raise PhraseError(
            f"The recordings that “{checkpoint.run}” has learned from cannot be opened: {error}"
        ) from error
    takes = {
        name: take if same_fps(take.fps, checkpoint.fps) else convert(take, checkpoint).recording
        for name, take in matching_takes(recordings, checkpoint.marker_set).items()
    }
    takes = {name: take for name, take in takes.items() if len(take) >= checkpoint.model.length}
    if not takes:
        raise PhraseError(f"No take in {settings.data} has the markers that “{checkpoint.run}” knows any more.")
    return RunTakes(takes, checkpoint.model.length)


def other_takes(
    checkpoint: Checkpoint,
    data: str,
    load: Callable[..., Recordings] = load_recordings,
    convert: Callable[[Recording, Checkpoint], ModelTake] = take_for_model,
) -> RunTakes:
    """Recordings that a model was not trained on, converted to its markers and frame rate where they have others.

    Args:
        checkpoint: the trained model.
        data: a folder, a glob, a file, or "demo".
        load: opens recordings, called as `load_recordings` is.
        convert: converts a take, called as `take_for_model` is.

    Raises:
        PhraseError: they cannot be opened or converted, or none is as long as a phrase; the message says why.
    """
    try:
        converted = {name: convert(take, checkpoint) for name, take in load(data).items()}
    except MarielError as error:
        raise PhraseError(f"“{checkpoint.run}” cannot start from the recordings {data}: {error}") from error
    length = checkpoint.model.length
    takes = {name: take.recording for name, take in converted.items() if len(take.recording) >= length}
    if not takes:
        raise PhraseError(f"no take in {data} has the {length} frames of a phrase")
    return RunTakes(takes, length, {name: converted[name].note for name in takes if converted[name].note})
