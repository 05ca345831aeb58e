"""A model as small as it can be, to see what a registered model gets without a change anywhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from mariel.models.base import Loss, PhraseModel, Posterior, marker_error
from mariel.models.settings import MODELS, ModelSettings, register_model
from mariel.motion.marker_set import MarkerSet
from mariel.settings import Int

LABEL, HELP = "A toy", "One linear layer each way, for tests."


class ToySettings(ModelSettings):
    """Settings of the toy model."""

    kind: ClassVar[str] = "toy"

    latent: Int = Field(default=3, ge=1, le=64, description="Dimensions of the latent space.")
    stretch: float = Field(default=1.0, ge=0.1, le=10.0, description="Factor of its output.")


class ToyModel(PhraseModel):
    """One linear layer from a phrase to its latent, and one back."""

    def __init__(self, settings: ToySettings, marker_set: MarkerSet, length: int, fps: float) -> None:
        super().__init__(settings, marker_set, length, fps)
        values = length * len(marker_set) * 3
        self.encoder, self.decoder = nn.Linear(values, settings.latent), nn.Linear(settings.latent, values)

    def to_canonical(self, positions: Tensor) -> Tensor:
        return positions

    def encode(self, positions: Tensor) -> Posterior:
        mean = self.encoder(positions.flatten(1))
        return Posterior(mean, torch.full_like(mean, -4.0))

    def decode(self, latents: Tensor, *, pin_feet: bool = False) -> Tensor:
        positions = self.decoder(latents).unflatten(1, (self.length, len(self.marker_set), 3))
        return self.settings.stretch * positions

    def losses(self, positions: Tensor, noise: Tensor) -> Loss:
        posterior = self.encode(positions)
        reconstruction = self.decode(posterior.sample(noise))
        squares = (reconstruction - positions).square().sum(dim=(1, 2, 3))
        error = marker_error(reconstruction.detach(), positions)
        return Loss(squares + posterior.kl(), squares, posterior.kl(), error)


@contextmanager
def registered_toy() -> Iterator[None]:
    """The toy model is registered while the block runs."""
    register_model("tests.support.toy_model:ToyModel", label=LABEL, help=HELP)(ToySettings)
    try:
        yield
    finally:
        MODELS.remove("toy")
