"""What is trained on and what is held out: values that say how, and divide frames and phrases accordingly.

A split is small, frozen and comparable, so it can be a cache key, a line in a checkpoint or a choice in a form:

>>> split = BlockSplit()
>>> preprocessing = Preprocessing.fit(recordings, train=split.blocks(recordings).training)
>>> training, validation = split.divide(Phrases(preprocessing.prepare(recordings)))
"""

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol
from zlib import crc32

import numpy as np

from mariel.errors import PhraseError

if TYPE_CHECKING:
    from mariel.data.phrases import Phrases


class Block(NamedTuple):
    """A run of frames of one take, `start` up to, not including, `stop`."""

    recording: str
    start: int
    stop: int

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.stop - self.start


class Blocks(NamedTuple):
    """The frames that are trained on and the frames that are held out; what is in neither is left unused."""

    training: tuple[Block, ...]
    validation: tuple[Block, ...]


class Split(Protocol):
    """A way to divide takes into training and validation."""

    def blocks(self, takes: Mapping[str, Sized]) -> Blocks:
        """Divide the frames of takes, given as recordings or as prepared takes.

        Raises:
            PhraseError: one side would be empty.
        """

    def divide(self, phrases: "Phrases") -> "tuple[Phrases, Phrases]":
        """Divide phrases into training and validation.

        Raises:
            PhraseError: one side would be empty.
        """


class _ByBlocks:
    """Dividing phrases by the blocks they lie in whole."""

    def divide(self, phrases: "Phrases") -> "tuple[Phrases, Phrases]":
        blocks = self.blocks(phrases.prepared)
        training, validation = phrases.within(blocks.training), phrases.within(blocks.validation)
        for side, chosen, where in (
            ("training", training, blocks.training),
            ("validation", validation, blocks.validation),
        ):
            if not len(chosen):
                longest = max(block.frames for block in where)
                raise PhraseError(
                    f"{self}: no {side} phrases. A phrase is {phrases.span} frames, "
                    f"the longest {side} block {longest}; use shorter phrases or a split made for their length"
                )
        return training, validation


@dataclass(frozen=True)
class BlockSplit(_ByBlocks):
    """Hold out one run of consecutive frames of every take, a gap apart from what is trained on.

    Overlapping phrases drawn at random would put near copies of every validation phrase into training. Here no frame
    is on both sides, and the gap keeps the movement that leads into a held-out block out of training too. Where the
    block lies depends on the seed and the take's name alone, so other takes may come and go. A take too short to
    be divided is trained on whole.

    Args:
        validation: share of each take's frames to hold out, between 0 and 1.
        length: the phrases' length in frames; no block is shorter.
        gap: unused frames on either side of a held-out block; a phrase length if None.
        seed: another seed holds out other blocks.
    """

    validation: float = 0.125
    length: int = 128
    gap: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        _check_share(self.validation)

    def blocks(self, takes: Mapping[str, Sized]) -> Blocks:
        """One held-out block a take where it fits; see `Split.blocks`."""
        gap = self.length if self.gap is None else self.gap
        training: list[Block] = []
        validation: list[Block] = []
        for name, frames in frame_counts(takes).items():
            size = max(round(frames * self.validation), self.length)
            starts = np.arange(max(frames - size + 1, 0))
            starts = starts[(starts >= gap + self.length) | (starts <= frames - size - gap - self.length)]
            if starts.size:
                random = np.random.default_rng([self.seed, crc32(name.encode())])
                start = int(random.choice(starts))
                stop = start + size
                validation.append(Block(name, start, stop))
                around = (Block(name, 0, start - gap), Block(name, stop + gap, frames))
            else:
                around = (Block(name, 0, frames),)
            training.extend(block for block in around if block.frames >= self.length)
        if not validation:
            needed, longest = 2 * self.length + gap, max(frame_counts(takes).values(), default=0)
            raise PhraseError(
                f"{self}: nothing to hold out. A take needs at least {needed} frames to be divided, "
                f"the longest of {len(takes)} has {longest}"
            )
        if not training:
            raise PhraseError(f"{self}: nothing is left to train on")
        return Blocks(tuple(training), tuple(validation))


@dataclass(frozen=True)
class RecordingSplit(_ByBlocks):
    """Hold out whole takes, by name."""

    held_out: tuple[str, ...]

    def __post_init__(self) -> None:
        names = (self.held_out,) if isinstance(self.held_out, str) else tuple(self.held_out)
        object.__setattr__(self, "held_out", names)

    def blocks(self, takes: Mapping[str, Sized]) -> Blocks:
        """Whole takes on either side; see `Split.blocks`."""
        counts = frame_counts(takes)
        if unknown := [name for name in self.held_out if name not in counts]:
            raise PhraseError(f"{self}: no take {' or '.join(map(repr, unknown))}; there are {', '.join(counts)}")
        blocks = Blocks(
            tuple(Block(name, 0, frames) for name, frames in counts.items() if name not in self.held_out),
            tuple(Block(name, 0, frames) for name, frames in counts.items() if name in self.held_out),
        )
        if not blocks.validation:
            raise PhraseError(f"{self}: name at least one take to hold out, of {', '.join(counts)}")
        if not blocks.training:
            raise PhraseError(f"{self}: all {len(counts)} takes are held out, nothing is left to train on")
        return blocks


@dataclass(frozen=True)
class RandomSplit:
    """Hold out phrases at random, as the notebook does.

    Overlapping phrases share frames, so that nearly every validation phrase has near copies among the training
    phrases and the validation loss says little: for comparison with the notebook only. An eighth of its 38,181
    phrases is its 4,773 validation phrases.

    Args:
        validation: share of the phrases to hold out, between 0 and 1.
        seed: another seed holds out other phrases.
    """

    validation: float = 0.125
    seed: int = 0

    def __post_init__(self) -> None:
        _check_share(self.validation)

    def blocks(self, takes: Mapping[str, Sized]) -> Blocks:
        """All frames on both sides: frames are shared, and scaling sees what is held out."""
        everything = tuple(Block(name, 0, frames) for name, frames in frame_counts(takes).items())
        return Blocks(everything, everything)

    def divide(self, phrases: "Phrases") -> "tuple[Phrases, Phrases]":
        """Shuffle the phrases and hold out the first ones; each side is returned in the order of time."""
        held_out = round(len(phrases) * self.validation)
        if not 0 < held_out < len(phrases):
            side = "validation" if held_out == 0 else "training"
            raise PhraseError(f"{self}: no {side} phrases, {held_out} of {len(phrases)} would be held out")
        order = np.random.default_rng(self.seed).permutation(len(phrases))
        return phrases.select(np.sort(order[held_out:])), phrases.select(np.sort(order[:held_out]))


def frame_counts(takes: Mapping[str, Sized]) -> dict[str, int]:
    """Frames of each take by name, of recordings or of prepared takes."""
    return {name: len(take) for name, take in takes.items()}


def _check_share(validation: float) -> None:
    if not 0 < validation < 1:
        raise PhraseError(f"validation: expected a share between 0 and 1, found {validation}")
