"""Dataset of phrases for training: all frames are on the device once, and batches are cut and augmented there."""

import math
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import torch
from torch import Tensor

from mariel.data.blocks import Block
from mariel.data.marker_selection import leave_out_missing_markers, select_marker_set
from mariel.data.phrases import Phrases
from mariel.data.preprocessing import Preprocessing
from mariel.data.settings import DataSettings
from mariel.data.splits import BlockSplit, RandomSplit, RecordingSplit, Split
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording
from mariel.motion.resampling import at_one_rate
from mariel.numerics import evenly_spaced_rows


def make_split(settings: DataSettings) -> Split:
    """The split that settings describe."""
    if settings.split == "takes":
        return RecordingSplit(settings.hold_out)
    if settings.split == "random":
        return RandomSplit(settings.validation)
    return BlockSplit(settings.validation, settings.length)


class PhraseFrames:
    """All frames of some takes, one after the other, from which phrases are cut by their first frames.

    Args:
        takes: by name, of one marker set and frame rate, at least one.
        length: frames per phrase.
        device: the device for the frames.
    """

    def __init__(self, takes: Mapping[str, Recording], length: int, device: torch.device | str = "cpu") -> None:
        first = next(iter(takes.values()))
        self.marker_set: MarkerSet = first.marker_set
        self.fps, self.length, self.device = float(first.fps), length, torch.device(device)
        ends = accumulate(len(take) for take in takes.values())
        self.take_offsets = dict(zip(takes, [0, *ends], strict=False))
        """First frame of each take among all frames."""
        positions = np.concatenate([take.positions for take in takes.values()])
        self.frames = torch.from_numpy(positions).to(self.device)
        """Positions of all takes, (frames, markers, 3), metres; NaN where a marker is missing."""
        self._mirror_order = torch.from_numpy(self.marker_set.mirror_order()).to(self.device)

    def batch(self, starts: np.ndarray | Tensor, *, frame_step: int = 1) -> Tensor:
        """Recorded phrases: first frames (phrases,) → positions (phrases, length, markers, 3).

        With a `frame_step` above 1, only every so many frames of each phrase, from its first.
        """
        starts = torch.as_tensor(starts, device=self.device)
        offsets = torch.arange(0, self.length, frame_step, device=self.device)
        return self.frames[starts[:, None] + offsets]

    def locate(self, start: int) -> tuple[str, int]:
        """The take of a frame, by name, and the frame's number in that take."""
        take, first = max((item for item in self.take_offsets.items() if item[1] <= start), key=lambda item: item[1])
        return take, int(start - first)

    def mirrored(self, positions: Tensor) -> Tensor:
        """Positions (…, markers, 3) mirrored: y negated, left and right markers exchanged."""
        return positions[..., self._mirror_order, :] * positions.new_tensor([1.0, -1.0, 1.0])


class PhraseDataset(PhraseFrames):
    """Training and validation phrases of some takes, in metres, in batches.

    The positions of all frames are on the device once (44,000 frames of 53 markers are 28 MB); each batch is gathered
    from them, and augmented if asked. Phrases have no missing marker. Only if there are none, markers are left out,
    see `mariel.data.marker_selection.leave_out_missing_markers`.

    Args:
        recordings: takes by name, of one marker set and unit. Where their frame rates differ, they are resampled to
            that of most of the motion, with a warning; not in reference mode, which refuses them.
        settings: phrase length, split and preprocessing.
        device: the device for the frames.

    Raises:
        PhraseError: one side of the split has no phrases, or the takes do not have the requested markers.
        PreprocessingError: the takes cannot be prepared together.
    """

    def __init__(
        self, recordings: Mapping[str, Recording], settings: DataSettings, device: torch.device | str = "cpu"
    ) -> None:
        recordings, split = select_marker_set(recordings, settings.marker_set), make_split(settings)
        all_labels = next(iter(recordings.values())).marker_set.labels if recordings else ()
        if recordings and not settings.reference:
            one_rate = at_one_rate(recordings)
            for problem in one_rate.problems:
                warnings.warn(str(problem), stacklevel=2)
            recordings = one_rate.takes
            recordings, split = leave_out_missing_markers(recordings, split, settings.length)
        blocks = split.blocks(recordings)
        train = None if settings.reference else blocks.training
        self.preprocessing = Preprocessing.fit(recordings, train=train, reference=settings.reference)
        self.settings = settings
        phrases = Phrases(self.preprocessing.prepare(recordings), settings.length)
        training, validation = split.divide(phrases)
        super().__init__(recordings, settings.length, device)
        self.left_out_markers = tuple(label for label in all_labels if label not in self.marker_set)
        """Markers of the takes that are missing so often that no phrases would be left with them."""
        self.training, self.validation = training.starts, validation.starts
        """First frames of the training and of the validation phrases, (phrases,) int64."""
        self._span_starts, self._span_stops = _complete_spans(
            phrases.prepared.has_missing, blocks.training, self.take_offsets
        )

    def training_spans(self) -> list[tuple[int, int]]:
        """Consecutive frames of one take that training phrases cover: the first frame, and the one after the last."""
        covered = np.zeros(len(self.frames) + 1, np.int64)
        np.add.at(covered, self.training, 1)
        np.add.at(covered, self.training + self.length, -1)
        is_covered = covered.cumsum() > 0
        edges = set(np.flatnonzero(np.diff(is_covered, prepend=False)).tolist())
        edges |= {first for first in self.take_offsets.values() if is_covered[first]}
        return [(start, stop) for start, stop in pairwise(sorted(edges)) if is_covered[start]]

    def evenly_spaced(self, starts: np.ndarray, max_count: int | None) -> np.ndarray:
        """At most so many of some first frames, evenly spaced; all if None."""
        return starts if max_count is None else starts[evenly_spaced_rows(len(starts), max_count)]

    def augmented(self, starts: np.ndarray, augmentation: "Augmentation", rows: slice = slice(None)) -> Tensor:
        """Augmented phrases of a batch, or only some rows of it.

        Args:
            starts: first frames of the whole batch (phrases,).
            augmentation: of the whole batch.
            rows: the rows to return, such as those of one process.

        Returns:
            (rows, length, markers, 3).
        """
        low, high = self._span_starts[starts], self._span_stops[starts]
        tempo = np.minimum(augmentation.tempo, (high - 1 - low) / (self.length - 1))
        begin = np.maximum(np.minimum(starts, high - 1 - tempo * (self.length - 1)), low)
        # A phrase that keeps its tempo keeps its frames, even those across takes that reference mode has.
        unchanged = augmentation.tempo == 1
        begin, tempo = np.where(unchanged, starts, begin), np.where(unchanged, 1.0, tempo)
        positions = self._resample(begin[rows], tempo[rows])
        mirrored, rotation = augmentation.mirrored[rows], augmentation.rotation[rows]
        if mirrored.any():
            indices = torch.from_numpy(np.flatnonzero(mirrored)).to(self.device)
            positions[indices] = self.mirrored(positions[indices])
        if rotation.any():
            positions = rotate_positions(positions, torch.from_numpy(rotation.astype(np.float32)).to(self.device))
        return positions

    def _resample(self, begin: np.ndarray, tempo: np.ndarray) -> Tensor:
        """Phrases from fractional first frames (phrases,) at a tempo (phrases,), by linear interpolation."""
        first = np.floor(begin).astype(np.int64)
        if (tempo == 1).all() and (first == begin).all():
            return self.batch(first)
        times = (begin - first)[:, None] + tempo[:, None] * np.arange(self.length)  # frames from `first`
        before = np.floor(times).astype(np.int64)
        weight = torch.from_numpy((times - before).astype(np.float32)).to(self.device)[..., None, None]
        index = torch.from_numpy(first[:, None] + before).to(self.device)
        next_index = (index + 1).clamp_max(len(self.frames) - 1)
        positions = self.frames[index]
        # With weight 0 the next frame must not count: it may belong to another take or be missing.
        return torch.where(weight > 1e-6, torch.lerp(positions, self.frames[next_index], weight), positions)


@dataclass(frozen=True, eq=False)
class Augmentation:
    """Random changes of each phrase of a batch; arrays of (phrases,).

    Args:
        tempo: frames of the take per frame of the phrase; above 1 is faster.
        mirrored: whether left and right are exchanged.
        rotation: radians about the vertical axis.
        noise: standard deviation of the noise on every coordinate, in the model's units.
    """

    tempo: np.ndarray
    mirrored: np.ndarray
    rotation: np.ndarray
    noise: np.ndarray

    @classmethod
    def sample(
        cls,
        rng: np.random.Generator,
        noisy: np.ndarray,
        *,
        tempo: float = 0.0,
        mirror: bool = False,
        rotate: bool = False,
        noise: float = 0.0,
    ) -> "Augmentation":
        """Sample for a batch.

        Args:
            rng: gives the same numbers whichever changes are enabled, so that one does not influence another.
            noisy: which phrases are noisy copies, (phrases,) bool.
            tempo: greatest relative change of the tempo, up or down.
            mirror: exchange left and right in half of the phrases.
            rotate: rotate each phrase by a random angle.
            noise: greatest standard deviation of the noise; each phrase gets a uniformly random part of it.
        """
        count = len(noisy)
        tempos = 1 + tempo * rng.uniform(-1, 1, count)
        mirrored = rng.random(count) < 0.5
        rotation = rng.uniform(-math.pi, math.pi, count)
        deviation = noise * rng.random(count) * noisy
        return cls(
            tempos if tempo else np.ones(count),
            mirrored if mirror else np.zeros(count, bool),
            rotation if rotate else np.zeros(count),
            deviation,
        )


def rotate_positions(positions: Tensor, angle: Tensor) -> Tensor:
    """Rotate positions (phrases, …, 3) about the vertical by angles (phrases,), anticlockwise seen from above."""
    shape = (-1, *(1,) * (positions.dim() - 2))
    c, s = torch.cos(angle).view(shape), torch.sin(angle).view(shape)
    x, y, z = positions.unbind(-1)
    return torch.stack([c * x - s * y, s * x + c * y, z], dim=-1)


def _complete_spans(
    has_missing: np.ndarray, blocks: Iterable[Block], take_offsets: Mapping[str, int]
) -> tuple[np.ndarray, np.ndarray]:
    """For every frame, start and stop of the longest span around it within one block and without missing markers."""
    starts, stops = np.arange(len(has_missing)), np.arange(len(has_missing)) + 1
    for name, start, stop in blocks:
        first, end = take_offsets[name] + start, take_offsets[name] + stop
        incomplete = first + np.flatnonzero(has_missing[first:end])
        for before, after in pairwise([first - 1, *incomplete.tolist(), end]):
            starts[before + 1 : after], stops[before + 1 : after] = before + 1, after
    return starts, stops
