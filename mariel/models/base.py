"""What every model of phrases answers to: metres in, metres out, and losses a phrase.

The training loop, the checkpoints, pages and command line know models by this alone.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from mariel.errors import CheckpointError
from mariel.kinematics.crossfade import joined
from mariel.models.settings import ModelSettings
from mariel.motion.marker_set import MarkerSet

if TYPE_CHECKING:
    from mariel.data.dataset import PhraseFeed


class Posterior(NamedTuple):
    """What the encoder knows of each phrase's latent: a diagonal Gaussian, both parts (phrases, latent)."""

    mean: Tensor
    log_variance: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """A draw from it, given standard normal noise (phrases, latent): the reparametrisation trick.

        Kingma and Welling, *Auto-Encoding Variational Bayes*, arXiv:1312.6114, section 2.4.
        """
        return self.mean + noise * torch.exp(0.5 * self.log_variance)

    def kl(self) -> Tensor:
        """Divergence from a standard normal, in nats, summed over the latent: (phrases,).

        The same paper, appendix B.
        """
        return -0.5 * (1 + self.log_variance - self.mean.square() - self.log_variance.exp()).sum(dim=1)


class Loss(NamedTuple):
    """Losses of some phrases, one value a phrase, (phrases,) each.

    Args:
        total: what training makes small.
        reconstruction: the model's own measure of how far off its reconstruction is, summed over the phrase.
        kl: divergence of the posterior from the prior, in nats.
        error: mean distance between markers and their reconstruction, in metres.
    """

    total: Tensor
    reconstruction: Tensor
    kl: Tensor
    error: Tensor


class PhraseModel(nn.Module):
    """A model of phrases of one length and marker set.

    Positions are (phrases, frames, markers, xyz) in metres, z up. A model may look at a phrase apart from where it
    is danced: `reconstruct` and `losses` compare it in the place the model keeps, and `decode` gives phrases there.

    Args:
        settings: the model's settings.
        marker_set: the markers.
        length: frames of a phrase.
        fps: frames a second.
    """

    kind: ClassVar[str]
    turns_away: ClassVar[bool] = False
    """Whether the model sees no difference between a phrase and the same phrase turned about the vertical."""

    def __init__(self, settings: ModelSettings, marker_set: MarkerSet, length: int, fps: float) -> None:
        super().__init__()
        self.settings, self.marker_set, self.length, self.fps = settings, marker_set, int(length), float(fps)

    @property
    def latent(self) -> int:
        """Dimensions of the latent space."""
        return self.settings.latent

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return next(self.parameters()).device

    def fit(self, feed: "PhraseFeed") -> None:
        """Measure what the model needs to know of its training phrases, such as scales, before training begins."""

    def settle(self, feed: "PhraseFeed") -> None:
        """Measure, after an epoch, what depends on the weights, such as where training phrases' latents lie."""

    def prior(self, noise: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """Latents (…, latent) of standard normal noise at a temperature; 0 gives the mean dance."""
        return temperature * noise

    def wander(self, noise: Tensor) -> Tensor:
        """Differences of latents (…, latent), spread as latents of phrases are, of standard normal noise."""
        return noise

    def overlapped(self, latents: Tensor, overlap: int) -> Tensor:
        """One dance (frames, markers, 3), in metres, of the latents (phrases, latent) of phrases that overlap.

        Args:
            latents: of one phrase after the other.
            overlap: frames in which one fades into the next, see `mariel.kinematics.crossfade`.
        """
        return joined(self.decode(latents, sure_footed=True), overlap)

    def restore(self, positions: Tensor, placed: Tensor) -> Tensor:
        """Decoded phrases brought back to where other phrases, `positions`, are danced, as far as the model can."""
        return placed

    def encode(self, positions: Tensor) -> Posterior:
        """The posterior of phrases (phrases, frames, markers, 3)."""
        raise TypeError(f"{type(self).__name__} does not encode")

    def decode(self, latents: Tensor, *, sure_footed: bool = False) -> Tensor:
        """Phrases (phrases, frames, markers, 3), in metres, of latents (phrases, latent).

        With `sure_footed`, for latents that no recorded phrase has, a model that knows of feet lets every low foot
        stand; without, the path is the one the model believes was danced.
        """
        raise TypeError(f"{type(self).__name__} does not decode")

    def sample(self, noise: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """New phrases (phrases, frames, markers, 3), in metres, of standard normal noise (phrases, latent).

        The same noise gives the same dance; temperature 0 gives the mean dance, 1 dances as various as real ones.
        """
        return self.decode(self.prior(noise, temperature), sure_footed=True)

    def place(self, positions: Tensor) -> Tensor:
        """Phrases brought to where the model looks at them, and where `decode` gives them."""
        raise TypeError(f"{type(self).__name__} has no place")

    def losses(self, positions: Tensor, noise: Tensor) -> Loss:
        """Losses of phrases, reconstructed from one draw of their posterior.

        Args:
            positions: (phrases, frames, markers, 3).
            noise: standard normal, (phrases, latent); zeros for the posterior's mean.
        """
        raise TypeError(f"{type(self).__name__} has no losses")

    def forward(self, positions: Tensor, noise: Tensor) -> Loss:
        """The same as `losses`, under the name by which PyTorch's distributed engine calls it."""
        return self.losses(positions, noise)

    def reconstruct(self, positions: Tensor) -> Tensor:
        """Phrases (phrases, frames, markers, 3) as the model sees and rebuilds them, from the posterior's mean.

        Compare with `place(positions)`.
        """
        return self.decode(self.encode(positions).mean)

    def noise_scale(self) -> float:
        """Metres in one of the model's units, in which augmentation's noise is given."""
        return 1.0

    def load(self, tensors: Mapping[str, Tensor], origin: str) -> None:
        """Take over saved weights after comparing every name and shape.

        Raises:
            CheckpointError: a layer is missing, unknown, of another shape, or not finite; the message names it.
        """
        own = self.state_dict()
        for name in own:
            if name not in tensors:
                raise CheckpointError(f"{origin}: layer {name} is missing; it is of another model or damaged")
        for name, tensor in tensors.items():
            if name not in own:
                raise CheckpointError(f"{origin}: layer {name} is not one of the {self.kind} model's")
            if tensor.shape != own[name].shape:
                raise CheckpointError(
                    f"{origin}: layer {name}: expected shape {tuple(own[name].shape)}, found {tuple(tensor.shape)}"
                )
            if tensor.is_floating_point() and not torch.isfinite(tensor).all():
                raise CheckpointError(f"{origin}: layer {name} holds numbers that are not finite")
        self.load_state_dict(dict(tensors))


def marker_error(positions: Tensor, others: Tensor) -> Tensor:
    """Mean distance between markers, metres a phrase: (phrases, frames, markers, 3) twice → (phrases,)."""
    return (positions - others).square().sum(dim=-1).clamp_min(1e-12).sqrt().mean(dim=(1, 2))
