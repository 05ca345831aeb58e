"""New samples that begin with a given pose.

The pose is one frame of markers at any position and heading; samples begin there. As in
`mariel.generation.sampling`, the same model, pose and seed give the same sample, whatever the count.

The search for a phrase that begins with the pose is done at temperature 1 alone. At another temperature the sample is
the same one, calmer or wilder: its latent moves as the noise does, but only in directions that leave the first frame
where it is. So samples change smoothly with temperature, and all begin alike. Searches at each temperature would end
far apart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from mariel.errors import SettingsError
from mariel.generation.latent_pca import principal_directions
from mariel.generation.sampling import (
    BATCH_SIZE,
    DEFAULT_OPTIONS,
    MAX_SAMPLES,
    SamplingOptions,
    batched,
    check_range,
    latents_of_offsets,
    sample_offsets,
)
from mariel.generation.sequences import choose_continuations, sample_sequence
from mariel.kinematics.canonical_frame import CanonicalFrame, from_channels_first, to_channels_first
from mariel.models.base import PhraseModel

CANDIDATES = 64
"""Phrases sampled for each result; optimisation starts from the one whose first frame is nearest to the pose."""

STEPS, LEARNING_RATE = 64, 0.12
"""Steps of gradient descent on a latent, and the first step's size in standard deviations of phrases' latents, which
falls linearly to zero. First frames are then 1.3 cm from poses of the demo dancer and 2.4 cm from poses of real
people on average, 6 cm at worst. 300 steps reach 1.7 cm, the limit of a fitted body that has one size.
"""

TOLERANCE = 0.003
"""Metres of error in the first frame that cost as much as a move of the latent by one standard deviation."""


CORRECTIONS, CORRECTION_TOLERANCE = 4, 0.01
"""Steps by which the first frame of a phrase of another temperature is brought back to that at temperature 1, and
their tolerance: with `TOLERANCE` they grow without end where the model is far from linear."""

MAX_MATCHED_TEMPERATURE = 2.0
"""Above it the first frame would move too far to be brought back, and there is a search at that temperature."""

CORRECTED_DIRECTIONS = 256
"""Principal directions of the latent space along which it is brought back: the others hardly move it."""

DERIVATIVE_STEP = 0.1
"""Step of the finite differences of the first frame, in standard deviations of phrases' latents."""


@dataclass(frozen=True, eq=False)
class PoseMatch:
    """New phrases that begin with a pose, at any temperature. `match_pose` makes it.

    Args:
        model: a trained model.
        first_frames: markers of phrases' first frames (phrases, values), metres, of latents; without position and
            heading.
        offsets: of the latents from which the searches for phrases start (phrases, latent), see `sample_offsets`.
        options: how they were sampled.
        search: finds latents (phrases, latent) near some of those.
        latents: what it has found at temperature 1, (phrases, latent).
    """

    model: PhraseModel
    first_frames: Callable[[Tensor], Tensor]
    offsets: Tensor
    options: SamplingOptions
    search: Callable[[Tensor], Tensor]
    latents: Tensor

    @torch.no_grad()
    def latents_at(self, temperature: float) -> Tensor:
        """Latents (phrases, latent) of the same phrases at a temperature."""
        if temperature == 1:
            return self.latents
        if temperature > MAX_MATCHED_TEMPERATURE:
            return self.search(self._all_starts(temperature))
        changes = self._all_starts(temperature) - self._all_starts(1.0)
        return torch.cat([self._move(row, change[None]) for row, change in enumerate(changes)])

    def split(self) -> list["PoseMatch"]:
        """A match for each phrase alone."""
        return [self._only(row) for row in range(len(self.latents))]

    def _only(self, row: int) -> "PoseMatch":
        return replace(self, offsets=self.offsets[row : row + 1], latents=self.latents[row : row + 1])

    def _all_starts(self, temperature: float) -> Tensor:
        return latents_of_offsets(self.model, self.offsets, replace(self.options, temperature=temperature))

    def _move(self, row: int, change: Tensor) -> Tensor:
        """The latent (1, latent) of one phrase, changed so that its first frame stays."""
        latent = self.latents[row : row + 1]
        first_frame, correction = self._first_frames[row], self._inverses[row]
        ahead = self.first_frames(latent + DERIVATIVE_STEP * change)
        moved = latent + change - (ahead - first_frame) / DERIVATIVE_STEP @ correction
        for _ in range(CORRECTIONS):
            moved = moved - (self.first_frames(moved) - first_frame) @ correction
        return moved

    @cached_property
    def _first_frames(self) -> list[Tensor]:
        return [self.first_frames(latent[None]) for latent in self.latents]

    @cached_property
    def _inverses(self) -> list[Tensor]:
        """For each phrase the change of its latent that a change of its first frame needs, (values, latent).

        The regularised inverse of the first frame's derivative.
        """
        moves = principal_directions(self.model, min(CORRECTED_DIRECTIONS, self.model.latent_dim))
        inverses = []
        for latent, first_frame in zip(self.latents, self._first_frames, strict=True):
            ahead = [self.first_frames(latent + DERIVATIVE_STEP * batch) for batch in moves.split(BATCH_SIZE)]
            derivative = (torch.cat(ahead) - first_frame).double() / DERIVATIVE_STEP  # (directions, values)
            covariance = derivative.T @ derivative
            covariance.diagonal().add_(CORRECTION_TOLERANCE**2 * derivative.shape[1] / 3)  # of the sum over markers
            inverse = torch.linalg.solve(covariance, derivative.T)  # (values, directions), standard deviations
            inverses.append(inverse.to(latent) @ moves)
        return inverses


def match_pose(
    model: PhraseModel,
    pose: np.ndarray,
    count: int,
    options: SamplingOptions = DEFAULT_OPTIONS,
    *,
    seed: int = 0,
) -> PoseMatch:
    """New phrases whose first frame matches a pose as nearly as the model can; see `latents_from_pose`.

    Args:
        model: a trained model.
        pose: (markers, 3), metres, z up, without missing markers.
        count: how many.
        options: how phrases are sampled; the temperature is left to `PoseMatch.latents_at`.
        seed: of the noise.

    Raises:
        SettingsError: the pose does not have the model's markers, or a number is out of range.
    """
    check_range("--count", count, 1, MAX_SAMPLES)
    return _match_rows(model, pose, [(seed, row * CANDIDATES) for row in range(count)], options)


def match_pose_of_seeds(
    model: PhraseModel, pose: np.ndarray, seeds: Sequence[int], options: SamplingOptions = DEFAULT_OPTIONS
) -> list[PoseMatch]:
    """For each seed the match of the first phrase, as `match_pose` with that seed and a count of 1 finds it.

    All are searched together, which takes half the time for four seeds. A batch is rounded differently from a single
    row, so that markers differ from those of the phrase that is searched alone: by up to 0.5 mm.

    Args:
        model: a trained model.
        pose: see `match_pose`.
        seeds: of the noise, one for each match.
        options: see `match_pose`.

    Raises:
        SettingsError: see `match_pose`.
    """
    return _match_rows(model, pose, [(seed, 0) for seed in seeds], options).split()


def _match_rows(
    model: PhraseModel, pose: np.ndarray, rows: Sequence[tuple[int, int]], options: SamplingOptions
) -> PoseMatch:
    """New phrases that begin with a pose, each searched from `CANDIDATES` rows of noise on: (seed, first row)."""
    pose = _check_pose(model, pose)
    frame = CanonicalFrame(model.marker_set).to(model.device)
    target, _ = frame.to_canonical(to_channels_first(torch.from_numpy(pose).to(model.device))[None, None])

    def first_frames(latents: Tensor) -> Tensor:
        return frame.to_canonical(to_channels_first(model.decode_markers(latents)[:, :1]))[0].flatten(1)

    def pose_error(latents: Tensor) -> Tensor:
        """Mean squared distance of first frames' markers from the pose, m²: (phrases,)."""
        return (first_frames(latents) - target.flatten(1)).square().sum(dim=1) / len(model.marker_set)

    def nearest(seed: int, first_row: int) -> Tensor:
        offsets = sample_offsets(model, CANDIDATES, seed, options.scheme, first_row=first_row)
        return offsets[pose_error(latents_of_offsets(model, offsets, options)).argmin()]

    options = replace(options, temperature=1.0)
    with torch.no_grad():
        offsets = torch.stack([nearest(*row) for row in rows])

    def search(latents: Tensor) -> Tensor:
        return _optimise_latents(model, latents, pose_error)

    found = search(latents_of_offsets(model, offsets, options))
    return PoseMatch(model, first_frames, offsets, options, search, found)


def latents_from_pose(
    model: PhraseModel,
    pose: np.ndarray,
    count: int,
    options: SamplingOptions = DEFAULT_OPTIONS,
    *,
    seed: int = 0,
) -> Tensor:
    """Latents (count, latent) of new phrases whose first frame matches a pose as nearly as the model can.

    Several candidates are sampled for each. The one whose first frame is nearest to the pose, without regard to
    position and heading, is optimised by gradient descent. A penalty on the distance from its first latent keeps the
    results different from each other and within the range of real phrases. All this at temperature 1; for others see
    `PoseMatch`.

    Args:
        model: a trained model.
        pose: (markers, 3), metres, z up, without missing markers.
        count: how many.
        options: how phrases are sampled.
        seed: of the noise.

    Raises:
        SettingsError: the pose does not have the model's markers, or a number is out of range.
    """
    return match_pose(model, pose, count, options, seed=seed).latents_at(options.temperature)


def _optimise_latents(model: PhraseModel, starts: Tensor, pose_error: Callable[[Tensor], Tensor]) -> Tensor:
    """Latents (count, latent) that minimise the pose error, near the starts; moves are in standard deviations."""
    moves = torch.zeros_like(starts).requires_grad_()
    optimiser = torch.optim.Adam([moves], LEARNING_RATE)
    # Without cuDNN, whose LSTMs compute gradients in training mode only.
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        for step in range(STEPS):
            for group in optimiser.param_groups:
                group["lr"] = LEARNING_RATE * (1 - step / STEPS)
            loss = pose_error(starts + model.scale_noise(moves)).sum() / TOLERANCE**2 + moves.square().sum()
            (moves.grad,) = torch.autograd.grad(loss, moves)
            optimiser.step()
    with torch.no_grad():
        return starts + model.scale_noise(moves)


def sample_from_pose(
    model: PhraseModel,
    pose: np.ndarray,
    count: int,
    options: SamplingOptions = DEFAULT_OPTIONS,
    *,
    seconds: float | None = None,
    seed: int = 0,
) -> np.ndarray:
    """New samples (count, frames, markers, 3) that begin with a pose (markers, 3), at its position and heading.

    Args:
        model: a trained model.
        pose: see `latents_from_pose`.
        count: how many.
        options: how phrases are sampled.
        seconds: length of each; one phrase if None.
        seed: of the noise.

    Raises:
        SettingsError: see `latents_from_pose`.
    """
    match = match_pose(model, pose, count, options, seed=seed)
    latents = match.latents_at(options.temperature)
    if seconds is None:
        samples = batched(lambda batch: model.decode(batch, pin_feet=True), latents, model)
        return move_to_pose(model, samples, pose)
    samples = []
    for row, (latent, reference) in enumerate(zip(latents, match.latents, strict=True)):
        following = choose_continuations(model, seconds, options, start=reference, seed=seed + row)
        samples.append(sample_sequence(model, seconds, options, start=latent, seed=seed + row, following=following))
    return move_to_pose(model, np.stack(samples), pose)


def move_to_pose(model: PhraseModel, samples: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Samples (samples, frames, markers, 3), moved and rotated about z to begin at a pose's position and heading."""
    frame = CanonicalFrame(model.marker_set)
    _, root_transform = frame.to_canonical(to_channels_first(torch.from_numpy(_check_pose(model, pose)))[None, None])
    positions = torch.from_numpy(np.require(samples, np.float32, ["C", "W"]))
    canonical, _ = frame.to_canonical(to_channels_first(positions))
    return from_channels_first(frame.to_world(canonical, root_transform)).contiguous().numpy()


def _check_pose(model: PhraseModel, pose: np.ndarray) -> np.ndarray:
    """A pose as a float32 array.

    Raises:
        SettingsError: it does not have the model's markers, or one is missing.
    """
    pose = np.require(pose, np.float32, ["C", "W"])
    expected = (len(model.marker_set), 3)
    if pose.shape != expected:
        raise SettingsError(f"the model expects poses of shape {expected} (got {pose.shape})")
    if not np.isfinite(pose).all():
        raise SettingsError("a sample cannot begin with a pose that has missing markers")
    return pose
