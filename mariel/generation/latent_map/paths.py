"""Sequences along a path on a latent map."""

import math

import numpy as np
import torch
from torch import Tensor

from mariel.generation.latent_map.maps import LatentMap
from mariel.generation.sampling import MAX_SECONDS, check_range
from mariel.generation.sequences import best_continuation, overlap_frames
from mariel.models.base import PhraseModel

NEIGHBOURS = 8
"""Phrases near a point of a path, of which the best continuation is taken."""

TRACK_STEPS_PER_SECOND = 8
"""Positions on the map per second of a sequence along a path; straight lines join them."""

PATH_STEPS = 256
"""Equal steps into which a path is divided to find positions along it."""


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
