"""A map of the latent space in two dimensions, and sequences along a path on it.

The axes are principal components of the latents, weighted by how far each latent dimension moves the body. Latents of
a good VAE are nearly white (each dimension has a variance of one), so plain PCA finds arbitrary axes: for two models
with 256 dimensions its map showed 2 to 3 % of the variance, and neighbours on it were no more alike than any two
phrases. But the decoder is nearly linear (a linear map explains 97 to 99 % of its output), and dimensions differ
greatly: some move the whole body, most move it by a centimetre or two. Weighted by that linear map, the first two
components explain 27 to 36 % of the movement, consecutive phrases lie side by side, and the height of the body can be
read off the map (R² 0.8). Speed cannot (R² about 0); plain PCA did better there on one of the two models (R² 0.1 and
0.5). A likely reason: the same movement a moment later is another point, whatever its speed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from mariel.data.dataset import PhraseDataset, PhraseFrames
from mariel.data.marker_selection import matching_takes
from mariel.errors import PhraseError
from mariel.generation.phrase_windows import run_recordings
from mariel.generation.sampling import MAX_SECONDS, batched, check_range, encode
from mariel.generation.sequences import best_continuation, overlap_frames, to_body_frame
from mariel.models.base import PhraseModel
from mariel.motion.quality import take_profile
from mariel.motion.recording import Recording
from mariel.numerics import matrix_square_root
from mariel.training.checkpoints import Checkpoint

MAX_MAP_PHRASES = 1200
"""Phrases on a map: enough to fill it, few enough to tell apart and to encode within seconds."""

OUTPUT_FRAME_STEP = 8
"""Every so many-th frame of decoded phrases is compared: neighbouring frames differ little."""

NEIGHBOURS = 8
"""Phrases near a point of a path, of which the best continuation is taken."""

TRACK_STEPS_PER_SECOND = 8
"""Positions on the map per second of a sequence along a path; straight lines join them."""

PATH_STEPS = 256
"""Equal steps into which a path is divided to find positions along it."""

_EPSILON = 1e-9


@dataclass(frozen=True, eq=False)
class LatentMap:
    """Latents of phrases and their projection to two dimensions.

    Distances on the map approximate those between phrases, as `mariel.evaluation.metrics.phrase_distances` measures
    them: centimetres, root mean square over markers and frames. Fitted without `outputs` they are in the latents' own
    unit.

    Args:
        latents: of the phrases (phrases, latent).
        mean: of the latents (latent,), the origin of the map.
        projection: matrix from centred latents to the map (latent, 2).
        loadings: mean change of the latent per standard deviation along each axis of the map (2, latent).
        standard_deviations: along each axis (2,), in the map's unit.
        explained_variance_ratio: of each axis (2,), 0 to 1.
    """

    latents: np.ndarray
    mean: np.ndarray
    projection: np.ndarray
    loadings: np.ndarray
    standard_deviations: np.ndarray
    explained_variance_ratio: np.ndarray

    @classmethod
    def fit(cls, latents: np.ndarray, outputs: np.ndarray | None = None) -> "LatentMap":
        """Fit the map to latents.

        Args:
            latents: (phrases, latent).
            outputs: the decoder's outputs (phrases, coordinates), metres; latent dimensions are weighted by their
                linear effect on them. None leaves the dimensions unweighted.

        Raises:
            PhraseError: there are fewer than three phrases, or all have the same latent.
        """
        latents = np.asarray(latents, np.float64)
        mean = latents.mean(axis=0)
        centred = latents - mean
        if len(latents) < 3 or not np.ptp(latents, axis=0).any():
            raise PhraseError("a map of phrases needs at least three that differ")
        covariance = centred.T @ centred / len(latents)
        root = np.eye(len(mean)) if outputs is None else matrix_square_root(_output_metric(centred, outputs))
        variances, vectors = np.linalg.eigh(root @ covariance @ root)
        kept = [k for k in range(len(mean))[::-1] if variances[k] > _EPSILON * variances[-1]][:2]
        projection = root @ vectors[:, kept]
        # The sign of an axis is arbitrary: make each one's largest component positive.
        projection *= np.sign(projection[np.abs(projection).argmax(axis=0), np.arange(len(kept))])
        deviations = np.sqrt(variances[kept])
        if len(kept) == 1:  # latents on one line: add a second axis along which nothing changes
            projection, deviations = np.pad(projection, ((0, 0), (0, 1))), np.pad(deviations, (0, 1))
        loadings = (covariance @ projection / np.maximum(deviations, _EPSILON)).T
        ratio = np.square(deviations) / variances.clip(0).sum()
        return cls(latents.astype(np.float32), mean, projection, loadings, deviations, ratio)

    @cached_property
    def points(self) -> np.ndarray:
        """The phrases' coordinates on the map (phrases, 2)."""
        return self.project(self.latents)

    def project(self, latents: np.ndarray) -> np.ndarray:
        """Coordinates on the map (…, 2) of latents (…, latent)."""
        return (np.asarray(latents, np.float64) - self.mean) @ self.projection

    def nearest_phrases(self, points: np.ndarray, count: int = 1) -> np.ndarray:
        """Indices of the phrases nearest to points (…, 2), nearest first: (…, count), or (…, phrases) if fewer."""
        distances = np.square(np.asarray(points, np.float64)[..., None, :] - self.points).sum(axis=-1)
        return distances.argsort(axis=-1, kind="stable")[..., :count]

    def clip_to_map(self, points: np.ndarray) -> np.ndarray:
        """Points (…, 2), clipped to the phrases' range and a quarter of it on each side; beyond are no phrases."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        return np.clip(points, low - 0.25 * (high - low), high + 0.25 * (high - low))

    def to_latents(self, points: np.ndarray) -> np.ndarray:
        """Latents (…, latent) of points (…, 2): the latent of the nearest phrase, moved to the point by regression.

        A phrase's own point gives exactly its latent, with the dimensions that the map does not show; a point between
        phrases gives something like the nearest phrase.
        """
        return self.move_phrases(self.nearest_phrases(points)[..., 0], points)

    def move_phrases(self, phrases: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Latents (…, latent) of phrases (…,), moved to points (…, 2) by the most likely change of the latent."""
        latents = self.latents[phrases]
        moves = np.asarray(points, np.float64) - self.project(latents)
        steps = moves / np.maximum(self.standard_deviations, _EPSILON)
        return (latents + steps @ self.loadings).astype(np.float32)


def _output_metric(latents: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """The metric (latent, latent) that measures a change of the latent by that of the outputs, by least squares.

    In cm², mean square over markers and frames.
    """
    outputs = np.asarray(outputs, np.float64)
    linear = np.linalg.lstsq(latents, outputs - outputs.mean(axis=0), rcond=None)[0]
    metric = 100**2 * linear @ linear.T / (outputs.shape[1] / 3)
    # A dimension without effect keeps a tiny weight, so that a model with constant outputs has a map too.
    return metric + (_EPSILON * np.trace(metric) / len(metric) or 1.0) * np.eye(len(metric))


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


def fit_latent_map(model: PhraseModel, phrases: MapPhrases) -> LatentMap:
    """The map of a model's training phrases, weighted by how far each latent dimension moves the body."""
    latents = encode(model, phrases.positions()).mean.cpu()
    outputs = batched(lambda batch: to_body_frame(model, model.decode(batch))[:, ::OUTPUT_FRAME_STEP], latents, model)
    return LatentMap.fit(latents.numpy(), outputs.reshape(len(outputs), -1))


def resample_path(path: np.ndarray, count: int) -> np.ndarray:
    """Points (count, 2) at equal distances along a path of straight lines through waypoints (waypoints, 2)."""
    path = np.asarray(path, np.float64)
    lengths = np.concatenate([[0.0], np.linalg.norm(np.diff(path, axis=0), axis=1).cumsum()])
    targets = np.linspace(0, lengths[-1], count)
    return np.stack([np.interp(targets, lengths, path[:, axis]) for axis in range(2)], axis=1)


def latents_along_path(
    model: PhraseModel, latent_map: LatentMap, path: np.ndarray, count: int, overlap: int
) -> Tensor:
    """Latents (count, latent) along a path (waypoints, 2); the first and the last belong to the path's ends.

    Each latent between them comes from the phrases near the path: they are moved onto it, and the best continuation
    of the phrase before is taken. A phrase is used twice only where no other is left.

    Args:
        model: a trained model.
        latent_map: of its training phrases.
        path: waypoints on the map.
        count: number of latents.
        overlap: frames that consecutive phrases share.
    """
    points = resample_path(path, count)
    first, last = latent_map.nearest_phrases(points[[0, -1]])[:, 0]
    used = {int(first), int(last)}
    chosen = [torch.from_numpy(latent_map.to_latents(points[0])).to(model.device)]
    for point in points[1:-1]:
        near = latent_map.nearest_phrases(point, NEIGHBOURS + len(used))
        unused = [phrase for phrase in near if int(phrase) not in used][:NEIGHBOURS] or near[:NEIGHBOURS]
        candidates = torch.from_numpy(latent_map.move_phrases(np.array(unused), point)).to(model.device)
        best = best_continuation(model, chosen[-1], candidates, overlap)
        chosen.append(candidates[best])
        used.add(int(unused[best]))
    ends = [torch.from_numpy(latent_map.to_latents(points[-1])).to(model.device)] if count > 1 else []
    return torch.stack([*chosen, *ends])


def path_track(model: PhraseModel, path: np.ndarray, seconds: float) -> np.ndarray:
    """Where a sequence along a path is on the map, (steps, 2), at equal steps of time from its start to its end.

    In the middle of a phrase it is where the phrase's latent was taken; between two middles it goes along the path.
    Before the first middle and after the last it stays at the end of the path.

    Args:
        model: a trained model.
        path: waypoints on the map (waypoints, 2), at least one.
        seconds: length of the sequence, see `sample_along_path`.
    """
    frames, count, overlap = _path_layout(model, seconds)
    middles = model.length / 2 + np.arange(count) * (model.length - overlap)
    times = np.linspace(0, frames, max(2, math.ceil(seconds * TRACK_STEPS_PER_SECOND)))
    shares = np.interp(times, middles, np.linspace(0, 1, count)) if count > 1 else np.zeros(len(times))
    fine = resample_path(path, PATH_STEPS + 1)
    return np.stack([np.interp(shares * PATH_STEPS, np.arange(PATH_STEPS + 1), axis) for axis in fine.T], axis=1)


def _path_layout(model: PhraseModel, seconds: float) -> tuple[int, int, int]:
    """Frames of a sequence along a path, number of its phrases, and the frames that consecutive ones share."""
    frames, length = round(seconds * model.fps), model.length
    overlap = overlap_frames(model)
    count = max(1, math.ceil((frames - overlap) / (length - overlap)))
    if count > 1:
        overlap = min((count * length - frames) // (count - 1), length // 2)
    return frames, count, overlap


@torch.no_grad()
def sample_along_path(model: PhraseModel, latent_map: LatentMap, path: np.ndarray, seconds: float) -> np.ndarray:
    """A sequence along a path on the map: (frames, markers, 3), metres.

    Phrases at equal steps along the path are crossfaded, as in `mariel.generation.sequences.sample_sequence`. They
    overlap by a quarter, or by more so that the path's end is the sequence's end. A sequence shorter than a phrase
    and a half ends before its path.

    Args:
        model: a trained model.
        latent_map: of its training phrases.
        path: waypoints on the map (waypoints, 2), at least one.
        seconds: length of the sequence.

    Raises:
        SettingsError: the length is out of range.
    """
    check_range("--seconds", seconds, 2 / model.fps, MAX_SECONDS)
    frames, count, overlap = _path_layout(model, seconds)
    sequence = model.decode_sequence(latents_along_path(model, latent_map, path, count, overlap), overlap)
    return np.ascontiguousarray(sequence[:frames].float().cpu().numpy())
