"""Blocks: spans of consecutive frames of takes, by which data are divided into training and validation."""

from collections.abc import Mapping, Sized
from typing import NamedTuple

DEFAULT_LENGTH = 128
"""Frames per phrase, as in the notebook: 3.66 s at 35 frames per second."""

MIN_LENGTH = 8
"""Fewest frames per phrase that settings allow."""

DEFAULT_VALIDATION_SHARE = 0.125
"""Share that is held out for validation, as in the notebook."""


class Block(NamedTuple):
    """Consecutive frames of one take, `start` up to, not including, `stop`."""

    recording: str
    start: int
    stop: int

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.stop - self.start


class Blocks(NamedTuple):
    """The frames to train on and the frames that are held out; frames in neither are not used."""

    training: tuple[Block, ...]
    validation: tuple[Block, ...]


def frame_counts(takes: Mapping[str, Sized]) -> dict[str, int]:
    """Frames of each take by name, of recordings or of prepared takes."""
    return {name: len(take) for name, take in takes.items()}
