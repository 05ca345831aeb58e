"""Phrases: windows of consecutive frames of one take, as views of prepared takes."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from mariel.data.blocks import DEFAULT_LENGTH, Block
from mariel.data.preprocessing import PreparedTakes
from mariel.errors import PhraseError


class Phrase(NamedTuple):
    """One phrase: its take and first frame, and views of its frames.

    Args:
        recording: name of the take it begins in.
        start: its first frame in that take.
        sequence: (length, markers, channels).
        target: (length + target frames, markers, channels): the sequence and the frames that follow it.
    """

    recording: str
    start: int
    sequence: torch.Tensor
    target: torch.Tensor


class Phrases(Sequence[Phrase]):
    """All phrases of prepared takes, as views of their array.

    >>> phrases = Phrases(prepared, 128)
    >>> phrases
    Phrases(37,547 of 128 frames from 6 takes)
    >>> phrases[120].sequence.shape             # (128, 53, 6), no copy
    >>> phrases.batch([3, 14, 15]).shape        # (3, 128, 53, 6)

    A phrase lies within one take and has no missing marker. Takes prepared in reference mode are cut as the published
    loader cuts them: as if they were one take, and without the last possible phrase.

    Args:
        prepared: the takes.
        length: frames per phrase, at least 2.
        stride: frames from one phrase's start to the next; `length` for phrases that do not overlap.
        target_frames: frames after the phrase that are part of its prediction target.

    Raises:
        PhraseError: length, stride or target frames are too small, or no take is long enough.
    """

    def __init__(
        self, prepared: PreparedTakes, length: int = DEFAULT_LENGTH, *, stride: int = 1, target_frames: int = 0
    ) -> None:
        for name, value, minimum in (
            ("length", length, 2),
            ("stride", stride, 1),
            ("target_frames", target_frames, 0),
        ):
            if value < minimum:
                raise PhraseError(f"{name} of phrases: expected at least {minimum}, found {value}")
        self.prepared = prepared
        self.length, self.stride, self.target_frames = int(length), int(stride), int(target_frames)
        self.frames = torch.from_numpy(prepared.array)
        """All frames (frames, markers, channels), sharing memory with `prepared`."""
        self.short_takes: tuple[str, ...] = ()
        """Names of the takes that are shorter than a phrase."""
        self._names = list(prepared)
        self._first_frames = list(prepared.offsets.values())
        starts = self._reference_starts() if prepared.preprocessing.reference else self._starts()
        complete = self._are_complete(starts)
        self.left_out = int(np.count_nonzero(~complete))
        """Phrases left out because a marker is missing in them."""
        self.starts = starts[complete]
        """First frame of each phrase in `frames`, (phrases,) int64."""
        if not len(self.starts):
            raise PhraseError(self._empty_message())

    @property
    def span(self) -> int:
        """Frames of a phrase and its target together."""
        return self.length + self.target_frames

    def _starts(self) -> np.ndarray:
        """First frames of all phrases within takes, (phrases,); notes the takes that are too short."""
        starts = []
        for (name, frames), first in zip(self.prepared.takes, self._first_frames, strict=True):
            starts.append(np.arange(first, first + frames - self.span + 1, self.stride))
            if not len(starts[-1]):
                self.short_takes += (name,)
        return np.concatenate(starts)

    def _reference_starts(self) -> np.ndarray:
        """As the published loader: all but the last if phrases overlap, else all that have a target."""
        frames = len(self.frames)
        stop = frames - self.length if self.stride < self.length else frames - self.length + 1
        return np.arange(0, max(min(stop, frames - self.span + 1), 0), self.stride)

    def _are_complete(self, starts: np.ndarray) -> np.ndarray:
        """Whether the phrases from these starts have no frame with a missing marker, (starts,) bool."""
        missing_before = np.concatenate([[0], np.cumsum(self.prepared.has_missing)])
        return missing_before[starts + self.span] == missing_before[starts]

    def _empty_message(self) -> str:
        """Why there are no phrases."""
        message = f"no phrases of {self.length} frames"
        if self.target_frames:
            message += f" with {self.target_frames} to predict"
        if self.left_out:
            return f"{message}: in all {self.left_out:,} a marker is missing"
        name, frames = max(self.prepared.takes, key=lambda take: take[1])
        return f"{message}: the longest of {len(self.prepared)} takes, {name!r}, has {frames}"

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int | slice) -> "Phrase | Phrases":
        if isinstance(index, slice):
            return self.select(np.arange(len(self))[index])
        return self._phrase(index)

    def _phrase(self, index: int) -> Phrase:
        start = int(self.starts[index])
        take = bisect_right(self._first_frames, start) - 1
        target = self.frames.narrow(0, start, self.span)
        return Phrase(self._names[take], start - self._first_frames[take], target.narrow(0, 0, self.length), target)

    def window(self, index: int) -> torch.Tensor:
        """A view of a phrase's target, (length + target frames, markers, channels)."""
        return self.frames.narrow(0, int(self.starts[index]), self.span)

    def __iter__(self) -> Iterator[Phrase]:
        return (self._phrase(index) for index in range(len(self)))

    def __repr__(self) -> str:
        every = "" if self.stride == 1 else f", every {self.stride}"
        target = f" with {self.target_frames} to predict" if self.target_frames else ""
        left_out = f", {self.left_out:,} left out" if self.left_out else ""
        return (
            f"Phrases({len(self):,} of {self.length} frames{target} from {len(self._names)} takes{every}{left_out})"
        )

    def batch(
        self, indices: Sequence[int] | np.ndarray | torch.Tensor, *, out: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Several phrases copied into one tensor (phrases, length, markers, channels).

        Args:
            indices: which phrases.
            out: a contiguous tensor of that shape to write into, which saves allocating memory for every batch.
        """
        starts = torch.from_numpy(self.starts[np.asarray(indices)])
        row = self.frames[0].numel()
        # Every window as one row of an overlapping view, since copying rows is fastest and runs in parallel.
        windows = self.frames.as_strided((len(self.frames) - self.length + 1, self.length * row), (row, 1))
        shape = (len(starts), self.length, *self.frames.shape[1:])
        if out is None:
            return windows.index_select(0, starts).view(shape)
        torch.index_select(windows, 0, starts, out=out.view(len(starts), -1))
        return out.view(shape)

    def select(self, indices: Sequence[int] | np.ndarray) -> "Phrases":
        """Some of the phrases, in the order given."""
        chosen = object.__new__(Phrases)
        chosen.__dict__.update(self.__dict__)
        chosen.starts = self.starts[np.asarray(indices, dtype=np.int64)]
        return chosen

    def within(self, blocks: Iterable[Block]) -> "Phrases":
        """The phrases that lie completely in one of the blocks, targets included."""
        offsets = self.prepared.offsets
        inside = np.zeros(len(self), bool)
        for name, start, stop in blocks:
            first = offsets[name]
            inside |= (self.starts >= first + start) & (self.starts + self.span <= first + stop)
        return self.select(np.flatnonzero(inside))

    def find(self, recording: str, frame: int) -> int:
        """Index of the phrase that begins at a frame of a take, or of the last one that begins before it.

        Raises:
            PhraseError: there is none.
        """
        if recording not in self.prepared:
            raise PhraseError(f"no take {recording!r}; there are {', '.join(self._names)}")
        first = self.prepared.offsets[recording]
        before = np.flatnonzero((self.starts >= first) & (self.starts <= first + frame))
        if not before.size:
            raise PhraseError(f"no phrase of {recording!r} begins at frame {frame} or before it")
        return int(before[np.argmax(self.starts[before])])
