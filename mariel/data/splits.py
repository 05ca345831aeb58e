"""Splits: how frames and phrases are divided into training and validation.

A split is a small, frozen and comparable value:

>>> split = BlockSplit()
>>> preprocessing = Preprocessing.fit(recordings, train=split.blocks(recordings).training)
>>> training, validation = split.divide(Phrases(preprocessing.prepare(recordings)))
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from zlib import crc32

import numpy as np

from mariel.data.blocks import (
    DEFAULT_LENGTH,
    DEFAULT_VALIDATION_SHARE,
    MIN_LENGTH,
    Block,
    Blocks,
    frame_counts,
)
from mariel.errors import PhraseError

if TYPE_CHECKING:  # phrases need torch, which splits work without
    from mariel.data.phrases import Phrases


class Split(Protocol):
    """A way to divide takes and their phrases into training and validation."""

    def blocks(self, takes: Mapping[str, Sized]) -> Blocks:
        """Divide the frames of takes, which may be recordings or prepared takes.

        Raises:
            PhraseError: one side would be empty.
        """
        ...

    def divide(self, phrases: "Phrases") -> "tuple[Phrases, Phrases]":
        """Divide phrases into training and validation.

        Raises:
            PhraseError: one side would be empty.
        """
        ...


class _BlockwiseSplit(ABC):
    """Divides phrases by blocks: a phrase is on a side if it lies completely in one of the side's blocks."""

    @abstractmethod
    def blocks(self, takes: Mapping[str, Sized]) -> Blocks:
        """See `Split.blocks`."""

    def divide(self, phrases: "Phrases") -> "tuple[Phrases, Phrases]":
        """See `Split.divide`."""
        blocks = self.blocks(phrases.prepared)
        training, validation = phrases.within(blocks.training), phrases.within(blocks.validation)
        for side, chosen, side_blocks in (
            ("training", training, blocks.training),
            ("validation", validation, blocks.validation),
        ):
            if not len(chosen):
                longest = max(block.frames for block in side_blocks)
                raise PhraseError(
                    f"no {side} phrases. A phrase is {phrases.span} frames, "
                    f"the longest {side} block {longest}; use shorter phrases or a split made for their length"
                )
        return training, validation


@dataclass(frozen=True)
class BlockSplit(_BlockwiseSplit):
    """Hold out one block of consecutive frames of every take, with a gap on either side of it.

    A random split of overlapping phrases would put near copies of every validation phrase into training. Here no
    frame is on both sides, and the gap keeps the movement that leads into a held-out block out of training too. The
    position of the block depends on the seed and the take's name alone, so it does not change with the other takes.
    All frames of a take that is too short to be divided are for training. If all takes are too short, some of them
    are held out completely; a single one is divided with a smaller gap.

    Args:
        validation: share of each take's frames to hold out, between 0 and 1.
        length: frames per phrase; no block is shorter.
        gap: unused frames on either side of a held-out block; a phrase length if None.
        seed: another seed holds out other blocks.
    """

    validation: float = DEFAULT_VALIDATION_SHARE
    length: int = DEFAULT_LENGTH
    gap: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        _check_share(self.validation)

    def blocks(self, takes: Mapping[str, Sized]) -> Blocks:
        """One held-out block per take, if the take is long enough; see `Split.blocks`."""
        gap = self.length if self.gap is None else self.gap
        training: list[Block] = []
        validation: list[Block] = []
        for name, frames in frame_counts(takes).items():
            block_frames = max(round(frames * self.validation), self.length)
            training_blocks, held_out = self._divide_take(name, frames, block_frames, gap)
            training += training_blocks
            validation += held_out
        if not validation:
            return self._divide_short_takes(frame_counts(takes), gap)
        if not training:
            raise PhraseError("nothing is left to train on")
        return Blocks(tuple(training), tuple(validation))

    def _divide_take(self, name: str, frames: int, block_frames: int, gap: int) -> tuple[list[Block], list[Block]]:
        """A take's training blocks, and its held-out block if there is room for one of so many frames."""
        starts = np.arange(max(frames - block_frames + 1, 0))
        starts = starts[(starts >= gap + self.length) | (starts <= frames - block_frames - gap - self.length)]
        remaining, held_out = [Block(name, 0, frames)], []
        if starts.size:
            rng = self._random_numbers(name)
            start = int(rng.choice(starts))
            stop = start + block_frames
            remaining, held_out = (
                [Block(name, 0, start - gap), Block(name, stop + gap, frames)],
                [Block(name, start, stop)],
            )
        return [block for block in remaining if block.frames >= self.length], held_out

    def _divide_short_takes(self, counts: dict[str, int], gap: int) -> Blocks:
        """Takes of which none can be divided: some are held out completely, or a single one gets a smaller gap."""
        usable = {name: frames for name, frames in counts.items() if frames >= self.length}
        if len(usable) > 1:
            # Random order, the same for a name whatever the other takes are.
            order = sorted(usable, key=lambda name: self._random_numbers(name).random())
            held_out = [order[0]]
            for name in order[1:-1]:
                if sum(usable[other] for other in held_out) < self.validation * sum(usable.values()):
                    held_out.append(name)
            return Blocks(
                tuple(Block(name, 0, frames) for name, frames in usable.items() if name not in held_out),
                tuple(Block(name, 0, frames) for name, frames in usable.items() if name in held_out),
            )
        name, frames = max(counts.items(), key=lambda take: take[1], default=("", 0))
        if frames < 2 * self.length:
            message = (
                f"nothing to hold out. A single take needs at least {2 * self.length} frames to be divided "
                f"into phrases of {self.length}, the longest of {len(counts)} has {frames}"
            )
            if frames // 2 >= MIN_LENGTH:
                message += f"; choose shorter phrases, --length {frames // 2} or less"
            raise PhraseError(message)
        training, validation = self._divide_take(name, frames, self.length, min(gap, frames - 2 * self.length))
        return Blocks(tuple(training), tuple(validation))

    def _random_numbers(self, name: str) -> np.random.Generator:
        """Random numbers that depend on the seed and the take's name alone."""
        return np.random.default_rng([self.seed, crc32(name.encode())])


@dataclass(frozen=True)
class RecordingSplit(_BlockwiseSplit):
    """Hold out complete takes, by name."""

    held_out: tuple[str, ...]

    def __post_init__(self) -> None:
        names = (self.held_out,) if isinstance(self.held_out, str) else tuple(self.held_out)
        object.__setattr__(self, "held_out", names)

    def blocks(self, takes: Mapping[str, Sized]) -> Blocks:
        """Complete takes on either side; see `Split.blocks`."""
        counts = frame_counts(takes)
        if unknown := [name for name in self.held_out if name not in counts]:
            raise PhraseError(f"no take {' or '.join(map(repr, unknown))}; there are {', '.join(counts)}")
        blocks = Blocks(
            tuple(Block(name, 0, frames) for name, frames in counts.items() if name not in self.held_out),
            tuple(Block(name, 0, frames) for name, frames in counts.items() if name in self.held_out),
        )
        if not blocks.validation:
            raise PhraseError(f"name at least one take to hold out, of {', '.join(counts)}")
        if not blocks.training:
            raise PhraseError(f"all {len(counts)} takes are held out, nothing is left to train on")
        return blocks


@dataclass(frozen=True)
class RandomSplit:
    """Hold out random phrases, as the notebook does; for comparison with the notebook only.

    Overlapping phrases share frames, so that nearly every validation phrase has near copies among the training
    phrases, and the validation loss says little about new phrases. The notebook holds out an eighth: 4,773 of its
    38,181 phrases.

    Args:
        validation: share of the phrases to hold out, between 0 and 1; at least one phrase is on each side.
        seed: another seed holds out other phrases.
    """

    validation: float = DEFAULT_VALIDATION_SHARE
    seed: int = 0

    def __post_init__(self) -> None:
        _check_share(self.validation)

    def blocks(self, takes: Mapping[str, Sized]) -> Blocks:
        """All frames on both sides: they share frames, and the scaling is fitted on held-out frames too."""
        all_blocks = tuple(Block(name, 0, frames) for name, frames in frame_counts(takes).items())
        return Blocks(all_blocks, all_blocks)

    def divide(self, phrases: "Phrases") -> "tuple[Phrases, Phrases]":
        """Shuffle the phrases and hold out the first ones; each side is returned in chronological order."""
        if len(phrases) < 2:
            raise PhraseError("one phrase cannot be divided into training and validation")
        held_out = min(max(round(len(phrases) * self.validation), 1), len(phrases) - 1)
        order = np.random.default_rng(self.seed).permutation(len(phrases))
        return phrases.select(np.sort(order[held_out:])), phrases.select(np.sort(order[:held_out]))


def _check_share(validation: float) -> None:
    if not 0 < validation < 1:
        raise PhraseError(f"validation: expected a share between 0 and 1, found {validation}")
