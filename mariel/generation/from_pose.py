"""New samples that begin with a given pose.

The pose is one frame of markers at any position and heading; samples begin there. As in
`mariel.generation.sampling`, the same model, pose and seed give the same sample, whatever the count.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mariel.errors import SettingsError
from mariel.generation.sampling import (
    DEFAULT_OPTIONS,
    MAX_SAMPLES,
    SamplingOptions,
    batched,
    check_range,
    sample_latents,
)
from mariel.generation.sequences import sample_sequence
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
    results different from each other and within the range of real phrases.

    Args:
        model: a trained model.
        pose: (markers, 3), metres, z up, without missing markers.
        count: how many.
        options: how phrases are sampled.
        seed: of the noise.

    Raises:
        SettingsError: the pose does not have the model's markers, or a number is out of range.
    """
    pose = _check_pose(model, pose)
    check_range("--count", count, 1, MAX_SAMPLES)
    frame = CanonicalFrame(model.marker_set).to(model.device)
    target, _ = frame.to_canonical(to_channels_first(torch.from_numpy(pose).to(model.device))[None, None])

    def pose_error(latents: Tensor) -> Tensor:
        """Mean squared distance of first frames' markers from the pose, m²: (phrases,)."""
        first_frames, _ = frame.to_canonical(to_channels_first(model.decode(latents)[:, :1]))
        return (first_frames - target).square().sum(dim=2).mean(dim=(1, 2))

    starts = []
    with torch.no_grad():
        for row in range(count):
            candidates = sample_latents(model, CANDIDATES, seed, options, first_row=row * CANDIDATES)
            starts.append(candidates[pose_error(candidates).argmin()])
    return _optimise_latents(model, torch.stack(starts), pose_error)


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
    latents = latents_from_pose(model, pose, count, options, seed=seed)
    if seconds is None:
        samples = batched(lambda batch: model.decode(batch, pin_feet=True), latents, model)
    else:
        samples = np.stack(
            [
                sample_sequence(model, seconds, options, start=latent, seed=seed + row)
                for row, latent in enumerate(latents)
            ]
        )
    return move_to_pose(model, samples, pose)


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
