"""Phrases for training: all frames once in the device's memory, phrases cut and varied there as they are needed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from mariel.data.phrases import Phrases
from mariel.data.preprocessing import Preprocessing
from mariel.data.settings import DataSettings
from mariel.data.splits import BlockSplit, RandomSplit, RecordingSplit, Split
from mariel.errors import PhraseError
from mariel.motion.mariel_markers import MARIEL_18
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording


def make_split(settings: DataSettings) -> Split:
    """The split that settings ask for."""
    if settings.split == "takes":
        return RecordingSplit(settings.hold_out)
    if settings.split == "random":
        return RandomSplit(settings.validation)
    return BlockSplit(settings.validation, settings.length)


class PhraseFeed:
    """Training and validation phrases of some takes, in metres, ready to be drawn as batches.

    The positions of all frames lie on the device once (44,000 frames of 53 markers are 28 MB); a batch is gathered
    from them, and varied, when it is asked for.

    Args:
        recordings: takes by name, of one marker set, frame rate and unit.
        settings: phrase length, split and preprocessing.
        device: where to keep the frames.

    Raises:
        PhraseError: one side of the split has no phrases, or the takes do not have the markers asked for.
        PreprocessingError: the takes cannot be prepared together.
    """

    def __init__(
        self, recordings: Mapping[str, Recording], settings: DataSettings, device: torch.device | str = "cpu"
    ) -> None:
        recordings = select_marker_set(recordings, settings.marker_set)
        split = make_split(settings)
        blocks = split.blocks(recordings)
        train = None if settings.reference else blocks.training
        self.preprocessing = Preprocessing.fit(recordings, train=train, reference=settings.reference)
        self.settings = settings
        phrases = Phrases(self.preprocessing.prepare(recordings), settings.length)
        training, validation = split.divide(phrases)
        first = next(iter(recordings.values()))
        self.marker_set: MarkerSet = first.marker_set
        self.fps, self.length, self.device = float(first.fps), settings.length, torch.device(device)
        self.takes = phrases.prepared.offsets
        """First frame of each take among all frames."""
        joined = np.concatenate([take.positions for take in recordings.values()])
        self.frames = torch.from_numpy(joined).to(self.device)
        """Positions of all takes, (frames, markers, 3), metres; NaN where a marker is missing."""
        self.training, self.validation = training.starts, validation.starts
        """First frames of the phrases on either side, (phrases,) int64."""
        self._low, self._high = _whole_runs(phrases.prepared.torn, blocks.training, self.takes)
        self._mirror_order = torch.from_numpy(self.marker_set.mirror_order()).to(self.device)

    def batch(self, starts: np.ndarray | Tensor, *, every: int = 1) -> Tensor:
        """Phrases as they were danced: first frames (phrases,) → positions (phrases, length, markers, 3).

        Of each phrase's frames, from its first, one in so many is given if `every` is above 1.
        """
        starts = torch.as_tensor(starts, device=self.device)
        offsets = torch.arange(0, self.length, every, device=self.device)
        return self.frames[starts[:, None] + offsets]

    def evenly(self, starts: np.ndarray, most: int | None) -> np.ndarray:
        """At most so many of some first frames, evenly spread over them."""
        if most is None or most >= len(starts):
            return starts
        return starts[np.linspace(0, len(starts) - 1, most).round().astype(np.int64)]

    def place_of(self, start: int) -> tuple[str, int]:
        """Name of the take in which a frame lies, and the frame's number in that take."""
        take, first = max((item for item in self.takes.items() if item[1] <= start), key=lambda item: item[1])
        return take, int(start - first)

    def varied(self, starts: np.ndarray, variation: "Variation", rows: slice = slice(None)) -> Tensor:
        """Phrases changed by a variation drawn for all of them; only some rows are made.

        Args:
            starts: first frames of the whole batch (phrases,).
            variation: what was drawn for the whole batch.
            rows: the rows to make: a process' share.

        Returns:
            (rows, length, markers, 3).
        """
        low, high = self._low[starts], self._high[starts]
        tempo = np.minimum(variation.tempo, (high - 1 - low) / (self.length - 1))
        begin = np.maximum(np.minimum(starts, high - 1 - tempo * (self.length - 1)), low)
        # A phrase that keeps its tempo stays where it is, also where it crosses takes, as the reference's do.
        begin, tempo = np.where(variation.tempo == 1, starts, begin), np.where(variation.tempo == 1, 1.0, tempo)
        positions = self._at_tempo(begin[rows], tempo[rows])
        mirrored, turn = variation.mirrored[rows], variation.turn[rows]
        if mirrored.any():
            where = torch.from_numpy(np.flatnonzero(mirrored)).to(self.device)
            positions[where] = self.mirrored(positions[where])
        if turn.any():
            positions = turned(positions, torch.from_numpy(turn.astype(np.float32)).to(self.device))
        return positions

    def mirrored(self, positions: Tensor) -> Tensor:
        """The same dance with left and right exchanged: (…, markers, 3)."""
        return positions[..., self._mirror_order, :] * positions.new_tensor([1.0, -1.0, 1.0])

    def _at_tempo(self, begin: np.ndarray, tempo: np.ndarray) -> Tensor:
        """Phrases that begin between frames and run at a tempo, by linear interpolation."""
        whole = np.floor(begin).astype(np.int64)
        if (tempo == 1).all() and (whole == begin).all():
            return self.batch(whole)
        places = (begin - whole)[:, None] + tempo[:, None] * np.arange(self.length)
        before = np.floor(places).astype(np.int64)
        share = torch.from_numpy((places - before).astype(np.float32)).to(self.device)[..., None, None]
        index = torch.from_numpy(whole[:, None] + before).to(self.device)
        after = (index + 1).clamp_max(len(self.frames) - 1)
        one = self.frames[index]
        # A share of 0 must not see the frame after it, which may belong to another take or be missing.
        return torch.where(share > 1e-6, torch.lerp(one, self.frames[after], share), one)


@dataclass(frozen=True, eq=False)
class Variation:
    """How each phrase of a batch is changed, drawn at random; arrays of (phrases,).

    Args:
        tempo: frames of the take a frame of the phrase; above 1 is faster.
        mirrored: whether left and right change places.
        turn: radians about the vertical axis.
        noise: standard deviation of the noise on every coordinate, in the model's units.
    """

    tempo: np.ndarray
    mirrored: np.ndarray
    turn: np.ndarray
    noise: np.ndarray

    @classmethod
    def draw(
        cls,
        random: np.random.Generator,
        noisy: np.ndarray,
        *,
        tempo: float = 0.0,
        mirror: bool = False,
        rotate: bool = False,
        noise: float = 0.0,
    ) -> "Variation":
        """Draw for a batch.

        Args:
            random: draws the same numbers whatever is switched on, so that one choice does not change another.
            noisy: which phrases are noisy copies, (phrases,) of bool.
            tempo: each phrase is up to this share faster or slower.
            mirror: exchange left and right in half of the phrases.
            rotate: turn each phrase by a random angle.
            noise: most standard deviation of the noise, scaled by a uniform draw.
        """
        count = len(noisy)
        tempos = 1 + tempo * random.uniform(-1, 1, count)
        mirrored = random.random(count) < 0.5
        turn = random.uniform(-math.pi, math.pi, count)
        deviation = noise * random.random(count) * noisy
        return cls(
            tempos if tempo else np.ones(count),
            mirrored if mirror else np.zeros(count, bool),
            turn if rotate else np.zeros(count),
            deviation,
        )


def turned(positions: Tensor, angle: Tensor) -> Tensor:
    """Positions (phrases, …, 3) turned about the vertical by angles (phrases,), anticlockwise seen from above."""
    shape = (-1, *(1,) * (positions.dim() - 2))
    c, s = torch.cos(angle).view(shape), torch.sin(angle).view(shape)
    x, y, z = positions.unbind(-1)
    return torch.stack([c * x - s * y, s * x + c * y, z], dim=-1)


def select_marker_set(recordings: Mapping[str, Recording], marker_set: str) -> Mapping[str, Recording]:
    """The takes with all their markers, or with the reduced set of 18.

    Raises:
        PhraseError: the takes do not have those markers.
    """
    if marker_set == "all":
        return recordings
    for name, take in recordings.items():
        if missing := [label for label in MARIEL_18.labels if label not in take.marker_set]:
            raise PhraseError(f"--marker-set 18: recording {name!r} has no marker {', '.join(missing[:3])}")
    return {name: take.markers(MARIEL_18) for name, take in recordings.items()}


def _whole_runs(torn: np.ndarray, blocks, takes: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """For every frame the run of frames around it, [low, high), that lies in one training block without a gap."""
    low, high = np.arange(len(torn)), np.arange(len(torn)) + 1
    for name, start, stop in blocks:
        edges = takes[name] + start + np.flatnonzero(torn[takes[name] + start : takes[name] + stop])
        borders = [takes[name] + start - 1, *edges.tolist(), takes[name] + stop]
        for before, after in pairwise(borders):
            low[before + 1 : after], high[before + 1 : after] = before + 1, after
    return low, high
