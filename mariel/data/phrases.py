"""Phrases: windows of consecutive frames of one take, cut from prepared takes without copying them."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from mariel.data.prepared import Prepared
from mariel.data.splits import Block
from mariel.errors import PhraseError

LENGTH = 128
"""Frames of a phrase, as in the notebook: 3.66 s."""


class Phrase(NamedTuple):
    """One phrase: where it is from, and views of its frames.

    Args:
        recording: the take it begins in.
        start: its first frame in that take.
        sequence: (length, markers, channels).
        target: (length + target frames, markers, channels): the sequence and what follows it.
    """

    recording: str
    start: int
    sequence: torch.Tensor
    target: torch.Tensor


class Phrases(Sequence[Phrase]):
    """All phrases of prepared takes, as views of their one array.

    >>> phrases = Phrases(prepared, 128)
    >>> phrases
    Phrases(37,547 of 128 frames from 6 takes)
    >>> phrases[120].sequence.shape             # (128, 53, 6), no copy
    >>> phrases.batch([3, 14, 15]).shape        # (3, 128, 53, 6)

    A phrase lies within one take, and none has a missing marker. Data prepared in reference mode is cut as the
    reference cuts it: across takes as if they were one, all but the last possible phrase.

    Args:
        prepared: the takes.
        length: frames of a phrase, at least 2.
        stride: frames from one phrase's start to the next; `length` for phrases that do not overlap.
        target_frames: frames after the phrase that its prediction target has beside the phrase itself.

    Raises:
        PhraseError: length, stride or target frames make no sense, or no take is long enough.
    """

    def __init__(self, prepared: Prepared, length: int = LENGTH, *, stride: int = 1, target_frames: int = 0) -> None:
        for name, value, least in (("length", length, 2), ("stride", stride, 1), ("target_frames", target_frames, 0)):
            if value < least:
                raise PhraseError(f"{name} of phrases: expected at least {least}, found {value}")
        self.prepared = prepared
        self.length, self.stride, self.target_frames = int(length), int(stride), int(target_frames)
        self.frames = torch.from_numpy(prepared.array)
        """All frames (frames, markers, channels), sharing memory with `prepared`."""
        self.short_takes: tuple[str, ...] = ()
        """Takes in which no phrase fits."""
        self._names = list(prepared)
        self._firsts = list(prepared.offsets.values())
        starts = self._joined_starts() if prepared.preprocessing.reference else self._starts()
        whole = self._are_whole(starts)
        self.left_out = int(np.count_nonzero(~whole))
        """Phrases left out because a marker is missing in them."""
        self.starts = starts[whole]
        """First frame of each phrase in `frames`, (phrases,) int64."""
        if not len(self.starts):
            raise PhraseError(self._empty_message())

    @property
    def span(self) -> int:
        """Frames that a phrase and its target cover."""
        return self.length + self.target_frames

    def _starts(self) -> np.ndarray:
        starts = []
        for (name, frames), first in zip(self.prepared.takes, self._firsts, strict=True):
            starts.append(np.arange(first, first + frames - self.span + 1, self.stride))
            if not len(starts[-1]):
                self.short_takes += (name,)
        return np.concatenate(starts)

    def _joined_starts(self) -> np.ndarray:
        """As the reference counts: overlapping, all but the last; else every `length` frames as far as targets go."""
        frames = len(self.frames)
        stop = frames - self.length if self.stride < self.length else frames - self.length + 1
        return np.arange(0, max(min(stop, frames - self.span + 1), 0), self.stride)

    def _are_whole(self, starts: np.ndarray) -> np.ndarray:
        """Which windows have no frame with a missing marker, (starts,) of bool."""
        torn = np.concatenate([[0], np.cumsum(self.prepared.torn)])
        return torn[starts + self.span] == torn[starts]

    def _empty_message(self) -> str:
        wanted = f"no phrases of {self.length} frames"
        if self.target_frames:
            wanted += f" with {self.target_frames} to predict"
        if self.left_out:
            return f"{wanted}: in all {self.left_out:,} a marker is missing"
        name, frames = max(self.prepared.takes, key=lambda take: take[1])
        return f"{wanted}: the longest of {len(self.prepared)} takes, {name!r}, has {frames}"

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int | slice) -> "Phrase | Phrases":
        if isinstance(index, slice):
            return self.select(np.arange(len(self))[index])
        start = int(self.starts[index])
        take = bisect_right(self._firsts, start) - 1
        target = self.frames.narrow(0, start, self.span)
        return Phrase(self._names[take], start - self._firsts[take], target.narrow(0, 0, self.length), target)

    def window(self, index: int) -> torch.Tensor:
        """A phrase and the frames to predict after it, (length + target frames, markers, channels), a view."""
        return self.frames.narrow(0, int(self.starts[index]), self.span)

    def __iter__(self) -> Iterator[Phrase]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        every = "" if self.stride == 1 else f", every {self.stride}"
        target = f" with {self.target_frames} to predict" if self.target_frames else ""
        torn = f", {self.left_out:,} left out" if self.left_out else ""
        return f"Phrases({len(self):,} of {self.length} frames{target} from {len(self._names)} takes{every}{torn})"

    def batch(
        self, indices: Sequence[int] | np.ndarray | torch.Tensor, *, out: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Several phrases copied into one tensor (phrases, length, markers, channels).

        Args:
            indices: which phrases.
            out: a contiguous tensor of that shape to write into, which saves finding memory for every batch.
        """
        starts = torch.from_numpy(self.starts[np.asarray(indices)])
        row = self.frames[0].numel()
        # Every window of frames as one long row of an overlapping view: rows are copied fastest, and in parallel.
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
        """The phrases that lie whole, their targets too, in one of some blocks of frames."""
        offsets = self.prepared.offsets
        inside = np.zeros(len(self), bool)
        for name, start, stop in blocks:
            first = offsets[name]
            inside |= (self.starts >= first + start) & (self.starts + self.span <= first + stop)
        return self.select(np.flatnonzero(inside))

    def find(self, recording: str, frame: int) -> int:
        """Index of the phrase that begins at a frame of a take, or of the last one before it in that take.

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
