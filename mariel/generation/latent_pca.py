"""Principal directions of the latent space, and shifting latents along them."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from mariel.errors import SettingsError
from mariel.models.base import PhraseModel

MAX_OFFSET = 5.0
"""Standard deviations that a latent may be shifted by; beyond three it is outside nearly all real phrases."""


@torch.no_grad()
def principal_directions(model: PhraseModel, count: int) -> Tensor:
    """Principal directions (count, latent) of the latents of training phrases, each one standard deviation long.

    They come from the covariance that is stored in the model, so no recordings are needed. The largest component of
    each is positive, so that the sign is the same on every machine. A model whose prior is a standard normal has no
    preferred direction: its latent axes are taken.

    Raises:
        SettingsError: the latent space has fewer dimensions.
    """
    if not 0 <= count <= model.latent_dim:
        raise SettingsError(f"the model's latent space has {model.latent_dim} directions (got {count})")
    state = [(tensor.data_ptr(), tensor._version) for tensor in model.state_dict(keep_vars=True).values()]
    known, directions = _directions.get(model, ([], torch.empty(0)))
    if known != state:
        directions = _principal_directions(model)
        _directions[model] = state, directions
    return directions[:count]


_directions: WeakKeyDictionary[PhraseModel, tuple[list[tuple[int, int]], Tensor]] = WeakKeyDictionary()
"""All directions of models, and the state of the weights that they are of: large models take a tenth of a second."""


def _principal_directions(model: PhraseModel) -> Tensor:
    """All principal directions (latent, latent)."""
    # Row i is the change of the latent per unit of noise in dimension i; the rows' products are the covariance.
    rows = model.scale_noise(torch.eye(model.latent_dim, device=model.device)).double()
    variances, columns = torch.linalg.eigh(rows.T @ rows)
    order = variances.argsort(descending=True, stable=True)
    directions = columns.T[order]
    largest = directions.abs().argmax(dim=1, keepdim=True)
    directions = directions * directions.gather(1, largest).sign()
    return (directions * variances[order].clamp_min(0).sqrt()[:, None]).float()


def shift_along_components(model: PhraseModel, latents: Tensor, pc_offsets: Sequence[float]) -> Tensor:
    """Latents (…, latent) shifted along the first principal directions.

    Args:
        model: a trained model.
        latents: (…, latent).
        pc_offsets: standard deviations, one per direction.

    Raises:
        SettingsError: an offset is too large, or there are more than the latent space has dimensions.
    """
    if not any(pc_offsets):
        return latents
    for offset in pc_offsets:
        if not -MAX_OFFSET <= offset <= MAX_OFFSET:
            raise SettingsError(f"--push must be from {-MAX_OFFSET:g} to {MAX_OFFSET:g} (got {offset:g})")
    directions = principal_directions(model, len(pc_offsets))
    return latents + (torch.tensor(pc_offsets, dtype=torch.float32, device=latents.device) @ directions).to(latents)
