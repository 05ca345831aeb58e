"""Dances that begin with a given pose.

The pose is a frame of markers, wherever it stands; what comes back begins there. As in `mariel.generation.sampling`,
the same model, pose and seed give the same dance, however many are asked for.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mariel.errors import SettingsError
from mariel.generation.sampling import MOST_DANCES, PLAIN, Style, check_range, drawn, in_parts, long_dance
from mariel.kinematics.canonical_frame import Placing, to_planes, to_positions
from mariel.models.base import PhraseModel

TRIED = 64
"""Phrases drawn for each dance, of which the one that begins most like the pose is bent to it."""

STEPS, RATE = 64, 0.12
"""Steps of gradient descent on a latent, and the size of the first in standard deviations of phrases' latents; they
shrink to nothing. First frames are then 1.3 cm from poses of the demo dancer and 2.4 cm from poses of real people, on
average, 6 cm at worst; 300 steps come to 1.7 cm, which is as near as the fitted body, of one build, can come to them.
"""

NEAR = 0.003
"""Metres by which the first frame may be off: so much misfit pulls as hard as all latents together by one s.d."""


def beginning(
    model: PhraseModel,
    pose: np.ndarray,
    count: int,
    style: Style = PLAIN,
    *,
    seed: int = 0,
) -> Tensor:
    """Latents (count, latent) of new phrases whose first frame is a given pose, as nearly as the model can.

    Of some phrases that are drawn, the one whose first frame is most like the pose, apart from place and heading, is
    moved in the latent space until it is. It is pulled back to where it was drawn, so that it stays a dance of its
    own and, where phrases lie, as human as they are.

    Args:
        model: a trained model.
        pose: (markers, 3), metres, z up, without missing markers.
        count: how many.
        style: how phrases are drawn.
        seed: draws them.

    Raises:
        SettingsError: the pose is not of the model's markers, or something is out of range.
    """
    pose = _checked_pose(model, pose)
    check_range("--count", count, 1, MOST_DANCES)
    placing = Placing(model.marker_set).to(model.device)
    wanted, _ = placing.take_out(to_planes(torch.from_numpy(pose).to(model.device))[None, None])

    def apart(latents: Tensor) -> Tensor:
        """How far first frames are from the pose, mean over markers, m²: (phrases,)."""
        firsts, _ = placing.take_out(to_planes(model.decode(latents)[:, :1]))
        return (firsts - wanted).square().sum(dim=2).mean(dim=(1, 2))

    starts = []
    with torch.no_grad():
        for row in range(count):
            some = drawn(model, TRIED, seed, style, first=row * TRIED)
            starts.append(some[apart(some).argmin()])
    return _bent(model, torch.stack(starts), apart)


def _bent(model: PhraseModel, starts: Tensor, apart: Callable[[Tensor], Tensor]) -> Tensor:
    """Latents moved from where they are, in units of how far latents are spread, until `apart` is small."""
    moves = torch.zeros_like(starts).requires_grad_()
    optimiser = torch.optim.Adam([moves], RATE)
    # Without cuDNN, whose LSTMs give gradients to a model in training alone.
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        for step in range(STEPS):
            for group in optimiser.param_groups:
                group["lr"] = RATE * (1 - step / STEPS)
            loss = apart(starts + model.wander(moves)).sum() / NEAR**2 + moves.square().sum()
            (moves.grad,) = torch.autograd.grad(loss, moves)
            optimiser.step()
    with torch.no_grad():
        return starts + model.wander(moves)


def from_pose(
    model: PhraseModel,
    pose: np.ndarray,
    count: int,
    style: Style = PLAIN,
    *,
    seconds: float | None = None,
    seed: int = 0,
) -> np.ndarray:
    """New dances (count, frames, markers, 3) that begin with a pose (markers, 3), where it stands.

    Args:
        model: a trained model.
        pose: see `beginning`.
        count: how many.
        style: how phrases are drawn.
        seconds: length of each, a phrase if None.
        seed: draws them.

    Raises:
        SettingsError: see `beginning`.
    """
    latents = beginning(model, pose, count, style, seed=seed)
    if seconds is None:
        dances = in_parts(lambda part: model.decode(part, sure_footed=True), latents, model)
    else:
        dances = np.stack(
            [long_dance(model, seconds, style, begin=latent, seed=seed + row) for row, latent in enumerate(latents)]
        )
    return placed_at(model, dances, pose)


def placed_at(model: PhraseModel, dances: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Dances (dances, frames, markers, 3) turned and moved over the floor to begin where a pose stands."""
    placing = Placing(model.marker_set)
    _, place = placing.take_out(to_planes(torch.from_numpy(_checked_pose(model, pose)))[None, None])
    begun, _ = placing.take_out(to_planes(torch.from_numpy(np.require(dances, np.float32, ["C", "W"]))))
    return to_positions(placing.give_back(begun, place)).contiguous().numpy()


def _checked_pose(model: PhraseModel, pose: np.ndarray) -> np.ndarray:
    """A pose as float32.

    Raises:
        SettingsError: it is not of the model's markers, or one is missing.
    """
    pose = np.require(pose, np.float32, ["C", "W"])
    expected = (len(model.marker_set), 3)
    if pose.shape != expected:
        raise SettingsError(f"the model knows poses of shape {expected} (got {pose.shape})")
    if not np.isfinite(pose).all():
        raise SettingsError("a pose with missing markers cannot be begun with")
    return pose
