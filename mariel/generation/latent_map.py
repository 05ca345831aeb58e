"""The latent space as a map that one can look at, and dance along: phrases a model knows, in two dimensions.

Axes are principal components of the latents, not as they are but as far as they move the body. Latents of a good VAE
are nearly white, each dimension with a variance of one, so bare PCA finds arbitrary axes: of two models with 256
dimensions its map showed 2 to 3 % of the variance, and a phrase's neighbours on it danced no more alike than any two
phrases do. But the decoder is nearly linear (a linear map tells 97 to 99 % of what it does) and far from even: some
dimensions move the whole body, most only a finger's breadth. Weighted by that linear map, the first two components
hold 27 to 36 % of all movement, phrases that follow each other lie beside each other, and how high the body is can be
read off the map (R² 0.8). Speed cannot (R² about 0); there bare PCA did better on one of the two models (R² 0.1 and
0.5). A likely reason is that a movement begun half a beat later is another point, however fast it is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from mariel.data.dataset import PhraseFeed, select_marker_set
from mariel.errors import PhraseError
from mariel.generation.known_phrases import own_recordings
from mariel.generation.sampling import MOST_SECONDS, OVERLAP, best_next, bodies, check_range, encode, in_parts
from mariel.models.base import PhraseModel
from mariel.motion.quality import take_profile
from mariel.training.checkpoints import Checkpoint

MOST_MAPPED = 1200
"""Phrases on a map: enough to fill it, few enough to tell apart and to find their latents within seconds."""

EVERY = 8
"""Frames of decoded phrases that are looked at: one in so many tells a body's movement well enough."""

CHOICE = 8
"""Phrases near a point of a path of which the one that goes on best is danced."""

_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class LatentMap:
    """Latents of phrases and the plane in which they are seen.

    Distances on the map are about those between dances, as `mariel.evaluation.metrics.phrase_distances` counts them:
    centimetres, root mean square over markers and frames; or in the latents' own unit, if fitted without `seen`.

    Args:
        latents: of the phrases (phrases, latent).
        mean: the mean of all (latent,), in the middle of the map.
        projection: what turns differences of latents into coordinates (latent, 2).
        axes: (2, latent): how latents change on average with one standard deviation along each axis of the map.
        spread: standard deviation along each axis (2,), in the map's unit.
        shares: share of the variance along each axis (2,), 0 to 1.
    """

    latents: np.ndarray
    mean: np.ndarray
    projection: np.ndarray
    axes: np.ndarray
    spread: np.ndarray
    shares: np.ndarray

    @classmethod
    def fit(cls, latents: np.ndarray, seen: np.ndarray | None = None) -> "LatentMap":
        """The map of some latents.

        Args:
            latents: (phrases, latent).
            seen: what can be seen of each latent's dance (phrases, numbers), metres; latents count as far as they
                change it linearly. Without, they count as they are.

        Raises:
            PhraseError: there are fewer than three phrases, or all have the same latent.
        """
        latents = np.asarray(latents, np.float64)
        mean = latents.mean(axis=0)
        apart = latents - mean
        if len(latents) < 3 or not np.ptp(latents, axis=0).any():
            raise PhraseError("a map of phrases needs at least three that differ")
        covariance = apart.T @ apart / len(latents)
        root = np.eye(len(mean)) if seen is None else _root(_weights(apart, seen))
        variances, vectors = np.linalg.eigh(root @ covariance @ root)
        kept = [k for k in range(len(mean))[::-1] if variances[k] > _TINY * variances[-1]][:2]
        projection = root @ vectors[:, kept]
        # An axis may point either way: let each one's strongest latent dimension count upwards.
        projection *= np.sign(projection[np.abs(projection).argmax(axis=0), np.arange(len(kept))])
        spread = np.sqrt(variances[kept])
        if len(kept) == 1:  # phrases on one line: give the plane a second axis, along which nothing changes
            projection, spread = np.pad(projection, ((0, 0), (0, 1))), np.pad(spread, (0, 1))
        axes = (covariance @ projection / np.maximum(spread, _TINY)).T
        shares = np.square(spread) / variances.clip(0).sum()
        return cls(latents.astype(np.float32), mean, projection, axes, spread, shares)

    @cached_property
    def points(self) -> np.ndarray:
        """Where the phrases lie (phrases, 2)."""
        return self.project(self.latents)

    def project(self, latents: np.ndarray) -> np.ndarray:
        """Where latents (…, latent) lie on the map (…, 2)."""
        return (np.asarray(latents, np.float64) - self.mean) @ self.projection

    def nearest(self, points: np.ndarray, count: int = 1) -> np.ndarray:
        """The phrases nearest to points (…, 2), nearest first: (…, count), or fewer if there are not so many."""
        away = np.square(np.asarray(points, np.float64)[..., None, :] - self.points).sum(axis=-1)
        return away.argsort(axis=-1, kind="stable")[..., :count]

    def within(self, points: np.ndarray) -> np.ndarray:
        """Points (…, 2) brought to the phrases' surroundings, a quarter of the map around them; beyond is nothing."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        return np.clip(points, low - 0.25 * (high - low), high + 0.25 * (high - low))

    def lift(self, points: np.ndarray) -> np.ndarray:
        """Latents (…, latent) of points (…, 2): that of the nearest phrase, moved within the plane to the point.

        So a phrase's own point gives exactly that phrase, with all that the map does not show, and a point between
        phrases something like the nearest one.
        """
        return self.moved(self.nearest(points)[..., 0], points)

    def moved(self, phrases: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Latents (…, latent) of phrases (…,) as they would most likely be if they lay at points (…, 2)."""
        latents = self.latents[phrases]
        steps = (np.asarray(points, np.float64) - self.project(latents)) / np.maximum(self.spread, _TINY)
        return (latents + steps @ self.axes).astype(np.float32)


def _weights(apart: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """How far latents move what is seen (latent, latent), in cm² root mean square over markers, by least squares."""
    seen = np.asarray(seen, np.float64)
    linear = np.linalg.lstsq(apart, seen - seen.mean(axis=0), rcond=None)[0]
    weights = 100**2 * linear @ linear.T / (seen.shape[1] / 3)
    # A dimension that moves nothing keeps a trace of weight, so that a model that always does the same has a map too.
    return weights + (_TINY * np.trace(weights) / len(weights) or 1.0) * np.eye(len(weights))


def _root(weights: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(weights)
    return vectors * np.sqrt(values.clip(0)) @ vectors.T


@dataclass(frozen=True, eq=False)
class KnownPhrases:
    """Phrases that a model has learned from, evenly spread over its recordings.

    Args:
        feed: where they are cut from.
        firsts: each one's first frame among all frames (phrases,).
        takes: name of each one's take (phrases,).
        starts: each one's first frame in its take (phrases,).
        speeds: mean speed of the markers (phrases,), m/s.
        heights: mean height of the highest marker above the floor (phrases,), metres.
    """

    feed: PhraseFeed
    firsts: np.ndarray
    takes: np.ndarray
    starts: np.ndarray
    speeds: np.ndarray
    heights: np.ndarray

    @classmethod
    def of(cls, checkpoint: Checkpoint, most: int = MOST_MAPPED) -> "KnownPhrases":
        """The phrases of a checkpoint's own training.

        Raises:
            RecordingError: the recordings are no longer there.
        """
        recordings, settings = own_recordings(checkpoint), checkpoint.settings.data
        feed, takes = PhraseFeed(recordings, settings), select_marker_set(recordings, settings.marker_set)
        firsts = feed.evenly(feed.training, most)
        profiles = [take_profile(takes[name]) for name in feed.takes]
        speeds, heights = (
            _window_means(np.concatenate([getattr(profile, what) for profile in profiles]), firsts, feed.length)
            for what in ("speed", "height")
        )
        names, starts = zip(*(feed.place_of(first) for first in firsts), strict=True)
        return cls(feed, firsts, np.array(names), np.array(starts), speeds, heights)

    def __len__(self) -> int:
        return len(self.firsts)

    @property
    def seconds(self) -> np.ndarray:
        """When each phrase begins in its take (phrases,)."""
        return self.starts / self.feed.fps

    def positions(self, phrases: Sequence[int] | slice = slice(None)) -> np.ndarray:
        """Some phrases as they were danced (phrases, frames, markers, 3), metres."""
        return self.feed.batch(self.firsts[phrases]).cpu().numpy()

    def find(self, take: str, start: int) -> int | None:
        """Which phrase begins at a frame of a take; None if none of these does."""
        found = np.flatnonzero((self.takes == take) & (self.starts == start))
        return int(found[0]) if len(found) else None


def _window_means(values: np.ndarray, firsts: np.ndarray, length: int) -> np.ndarray:
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return (sums[firsts + length] - sums[firsts]) / length


def map_of(model: PhraseModel, known: KnownPhrases) -> LatentMap:
    """The map of a model's known phrases, weighted by how far the decoder moves the body."""
    latents = encode(model, known.positions()).mean.cpu()
    seen = in_parts(lambda part: bodies(model, model.decode(part))[:, ::EVERY], latents, model)
    return LatentMap.fit(latents.numpy(), seen.reshape(len(seen), -1))


def along(path: np.ndarray, count: int) -> np.ndarray:
    """So many points (count, 2) at equal steps along a path of straight lines through points (stations, 2)."""
    path = np.asarray(path, np.float64)
    ways = np.concatenate([[0.0], np.linalg.norm(np.diff(path, axis=0), axis=1).cumsum()])
    where = np.linspace(0, ways[-1], count)
    return np.stack([np.interp(where, ways, path[:, axis]) for axis in range(2)], axis=1)


def latents_along(model: PhraseModel, plane: LatentMap, path: np.ndarray, count: int, overlap: int) -> Tensor:
    """So many latents (count, latent) along a path (stations, 2); the first and the last are those of its ends.

    Between them each is of the phrases near the path, moved onto it, the one that goes on best from the last one; no
    phrase is taken twice while there are others.
    """
    points = along(path, count)
    first, last = plane.nearest(points[[0, -1]])[:, 0]
    used = {int(first), int(last)}
    chosen = [torch.from_numpy(plane.lift(points[0])).to(model.device)]
    for point in points[1:-1]:
        near = plane.nearest(point, CHOICE + len(used))
        fresh = [phrase for phrase in near if int(phrase) not in used][:CHOICE] or near[:CHOICE]
        candidates = torch.from_numpy(plane.moved(np.array(fresh), point)).to(model.device)
        best = best_next(model, chosen[-1], candidates, overlap)
        chosen.append(candidates[best])
        used.add(int(fresh[best]))
    ends = [torch.from_numpy(plane.lift(points[-1])).to(model.device)] if count > 1 else []
    return torch.stack([*chosen, *ends])


@torch.no_grad()
def dance_along(model: PhraseModel, plane: LatentMap, path: np.ndarray, seconds: float) -> np.ndarray:
    """A dance along a path on the map: (frames, markers, 3), metres.

    Phrases at equal steps along the path fade into each other, as in `mariel.generation.sampling.long_dance`; they
    overlap by a quarter, or more where that makes the path end when the dance does. One shorter than a phrase and a
    half ends before its path.

    Args:
        model: a trained model.
        plane: the map of its phrases.
        path: points (stations, 2), at least one.
        seconds: the dance's length.

    Raises:
        SettingsError: the length is out of range.
    """
    check_range("--seconds", seconds, 2 / model.fps, MOST_SECONDS)
    frames, length = round(seconds * model.fps), model.length
    overlap = max(1, int(OVERLAP * length))
    count = max(1, math.ceil((frames - overlap) / (length - overlap)))
    if count > 1:
        overlap = min((count * length - frames) // (count - 1), length // 2)
    dance = model.overlapped(latents_along(model, plane, path, count, overlap), overlap)
    return np.ascontiguousarray(dance[:frames].float().cpu().numpy())
