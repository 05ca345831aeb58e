"""Motion longer than a phrase: overlapping phrases, decoded and crossfaded into one sequence."""

import math
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mariel.errors import SettingsError
from mariel.generation.interpolation import latent_path
from mariel.generation.sampling import (
    DEFAULT_OPTIONS,
    MAX_SECONDS,
    SamplingOptions,
    check_range,
    encode,
    latents_of_offsets,
    sample_latents,
    sample_offsets,
)
from mariel.kinematics.canonical_frame import CanonicalFrame, to_channels_first
from mariel.models.base import PhraseModel

OVERLAP = 0.25
"""Share of a phrase that is crossfaded with the next one."""

CANDIDATES = 24
"""Phrases sampled for each step of a sequence, of which the best continuation is taken."""


def sample_sequence(
    model: PhraseModel,
    seconds: float,
    options: SamplingOptions = DEFAULT_OPTIONS,
    *,
    seed: int = 0,
    start: np.ndarray | Tensor | None = None,
    following: Tensor | None = None,
) -> np.ndarray:
    """A new sequence of any length (frames, markers, 3), of phrases that are crossfaded.

    Several candidates are sampled for each next phrase, and the one whose first frames match the last frames of the
    phrase before it best at temperature 1 is taken, whatever the temperature: the same sequence becomes calmer or
    wilder. Position, heading and velocity continue from there.

    Args:
        model: a trained model.
        seconds: its length.
        options: how phrases are sampled.
        seed: of the noise.
        start: the first phrase (frames, markers, 3), or its latent (latent,); sampled if None.
        following: what `choose_continuations` gives, where that is known already.

    Raises:
        SettingsError: one of them is out of range.
    """
    if following is None:
        following = choose_continuations(model, seconds, options, seed=seed, start=start)
    frames, overlap = round(seconds * model.fps), overlap_frames(model)
    with torch.no_grad():
        first = _first_latent(model, start, seed, options)
        latents = torch.cat([first[None], latents_of_offsets(model, following, options)])
        sequence = model.decode_sequence(latents, overlap)
    return np.ascontiguousarray(sequence[:frames].float().cpu().numpy())


def choose_continuations(
    model: PhraseModel,
    seconds: float,
    options: SamplingOptions = DEFAULT_OPTIONS,
    *,
    seed: int = 0,
    start: np.ndarray | Tensor | None = None,
) -> Tensor:
    """The candidates that are taken for the phrases of a sequence after the first, as `sample_offsets` gives them.

    Args:
        model: a trained model.
        seconds: length of the sequence.
        options: how phrases are sampled; the choice is made at temperature 1.
        seed: of the noise.
        start: the first phrase (frames, markers, 3), or its latent (latent,), at temperature 1; sampled if None.

    Raises:
        SettingsError: one of them is out of range.

    Returns:
        (phrases - 1, latent).
    """
    check_range("--seconds", seconds, 2 / model.fps, MAX_SECONDS)
    options = replace(options, temperature=1.0)
    frames, overlap = round(seconds * model.fps), overlap_frames(model)
    count = max(1, math.ceil((frames - overlap) / (model.length - overlap)))
    taken = torch.zeros(count - 1, model.latent_dim, device=model.device)
    with torch.no_grad():
        previous = _first_latent(model, start, seed, options)
        for row in range(count - 1):
            first_row = (row + 1) * CANDIDATES
            offsets = sample_offsets(model, CANDIDATES, seed, options.scheme, first_row=first_row)
            candidates = latents_of_offsets(model, offsets, options)
            chosen = best_continuation(model, previous, candidates, overlap)
            taken[row], previous = offsets[chosen], candidates[chosen]
    return taken


def _first_latent(
    model: PhraseModel, start: np.ndarray | Tensor | None, seed: int, options: SamplingOptions
) -> Tensor:
    if start is None:
        return sample_latents(model, 1, seed, options)[0]
    return start if isinstance(start, Tensor) else encode(model, start[None]).mean[0]


def interpolate_sequence(model: PhraseModel, waypoints: Tensor, seconds: float) -> np.ndarray:
    """One continuous sequence (frames, markers, 3) that changes from one phrase into others.

    Phrases are decoded at equal steps along the path through the waypoints' latents, see `latent_path`, and
    crossfaded. The waypoints themselves are among these phrases, as the first, the last and in between.

    Args:
        model: a trained model.
        waypoints: latents of the phrases to pass through (waypoints, latent), at least two.
        seconds: its length, approximately: phrases overlap by at most half, and by a whole number of frames.

    Raises:
        SettingsError: there are fewer than two waypoints, or the seconds are out of range.
    """
    check_range("--seconds", seconds, 2 / model.fps, MAX_SECONDS)
    if len(waypoints) < 2:
        raise SettingsError(f"an interpolation needs two phrases or more (got {len(waypoints)})")
    frames, overlap, legs = round(seconds * model.fps), overlap_frames(model), len(waypoints) - 1
    phrases = math.ceil((frames - overlap) / (model.length - overlap))
    steps = max(1, math.ceil((phrases - 1) / legs))
    count = steps * legs + 1
    overlap = min(max(round((count * model.length - frames) / (count - 1)), overlap), model.length // 2)
    with torch.no_grad():
        sequence = model.decode_sequence(latent_path(waypoints, steps, model.prior_mean()), overlap)
    return np.ascontiguousarray(sequence.float().cpu().numpy())


def overlap_frames(model: PhraseModel) -> int:
    """Frames of the crossfade between one phrase of a sequence and the next."""
    return max(1, int(OVERLAP * model.length))


def best_continuation(model: PhraseModel, previous: Tensor, candidates: Tensor, overlap: int) -> int:
    """Index of the candidate whose first frames match the last frames of the phrase before it best.

    Args:
        model: a trained model.
        previous: latent of the phrase before (latent,).
        candidates: (candidates, latent).
        overlap: frames to compare.
    """
    poses = to_body_frame(model, model.decode_markers(torch.cat([previous[None], candidates])))
    errors = (poses[1:, :overlap] - poses[0, -overlap:]).square().sum(dim=2).mean(dim=(1, 2))
    return int(errors.argmin())


def to_body_frame(model: PhraseModel, phrases: Tensor) -> Tensor:
    """Poses of phrases relative to the body's own position and heading: (phrases, frames, xyz, markers)."""
    frame = CanonicalFrame(model.marker_set).to(phrases.device)
    canonical, _ = frame.to_canonical(to_channels_first(phrases))
    return frame.remove_root_motion(canonical)[0]
