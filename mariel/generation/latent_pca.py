"""Directions of the latent space in which phrases differ most, and latents pushed along them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mariel.errors import SettingsError
from mariel.models.base import PhraseModel

FARTHEST = 5.0
"""Standard deviations that a latent may be pushed by; beyond three it is wilder than nearly all phrases."""


@torch.no_grad()
def principal_directions(model: PhraseModel, count: int) -> Tensor:
    """Principal directions (count, latent) of the latents of training phrases, each one standard deviation long.

    They come from what the model knows of their covariance, so no recordings are needed. The largest number of each
    is positive, so that a direction does not turn round from one machine to the next. A model that expects latents
    of a standard normal has no direction before others: its latent axes are taken.

    Raises:
        SettingsError: the latent space has not so many dimensions.
    """
    if not 0 <= count <= model.latent:
        raise SettingsError(f"the model's latent space has {model.latent} directions (got {count})")
    # Row by row, what one unit of noise does to a latent: spread = rows' products are the covariance.
    spread = model.wander(torch.eye(model.latent, device=model.device)).double()
    variances, columns = torch.linalg.eigh(spread.T @ spread)
    order = variances.argsort(descending=True, stable=True)[:count]
    directions = columns.T[order]
    largest = directions.abs().argmax(dim=1, keepdim=True)
    directions = directions * directions.gather(1, largest).sign()
    return (directions * variances[order].clamp_min(0).sqrt()[:, None]).float()


def shifted(model: PhraseModel, latents: Tensor, pushes: Sequence[float]) -> Tensor:
    """Latents (…, latent) pushed by so many standard deviations along the first principal directions.

    Raises:
        SettingsError: a push is too far, or there are more than the latent space has directions.
    """
    if not any(pushes):
        return latents
    for push in pushes:
        if not -FARTHEST <= push <= FARTHEST:
            raise SettingsError(f"--push must be from {-FARTHEST:g} to {FARTHEST:g} (got {push:g})")
    directions = principal_directions(model, len(pushes))
    return latents + (torch.tensor(pushes, dtype=torch.float32, device=latents.device) @ directions).to(latents)
