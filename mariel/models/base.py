"""The base class of all models of phrases: positions in metres in and out, and losses per phrase.

The training loop, checkpoints, pages and the command line use models through this class alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from mariel.data.dataset import PhraseDataset
from mariel.errors import CheckpointError
from mariel.kinematics.crossfade import crossfade
from mariel.models.settings import ModelSettings
from mariel.motion.marker_set import MarkerSet


class Posterior(NamedTuple):
    """The posterior of each phrase's latent: a diagonal Gaussian, mean and log-variance (phrases, latent)."""

    mean: Tensor
    log_variance: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """Latents sampled from it with standard normal noise (phrases, latent): the reparametrisation trick.

        Kingma and Welling, *Auto-Encoding Variational Bayes*, arXiv:1312.6114, section 2.4.
        """
        return self.mean + noise * torch.exp(0.5 * self.log_variance)

    def kl(self) -> Tensor:
        """KL divergence from a standard normal, in nats, summed over the latent: (phrases,).

        The same paper, appendix B.
        """
        return -0.5 * (1 + self.log_variance - self.mean.square() - self.log_variance.exp()).sum(dim=1)


class Loss(NamedTuple):
    """Losses of some phrases, one value per phrase, (phrases,) each.

    Args:
        total: what training minimises.
        reconstruction: the model's own reconstruction loss, summed over the phrase.
        kl: KL divergence of the posterior from the prior, in nats.
        error: mean distance between markers and their reconstruction, in metres.
    """

    total: Tensor
    reconstruction: Tensor
    kl: Tensor
    error: Tensor


class PhraseModel(nn.Module, ABC):
    """A model of phrases of one length and marker set.

    Positions are (phrases, frames, markers, xyz) in metres, z up. A model may move phrases to a canonical position
    first: `reconstruct` and `losses` compare phrases there, and `decode` returns them there.

    Before a checkpoint is loaded, its shapes are compared with those of a model on torch's "meta" device. Normally
    distributed random numbers, `torch.eye` and `torch.diag` there import PyTorch's compiler, which takes 0.8 s:
    constructors leave them out where a tensor `is_meta`.

    Args:
        settings: the model's settings.
        marker_set: the markers.
        length: frames per phrase.
        fps: frames per second.
    """

    rotation_invariant: ClassVar[bool] = False
    """Whether a phrase and the same phrase rotated about the vertical are the same to the model."""
    renamed_layers: ClassVar[Mapping[str, str]] = {}
    """Prefixes of layers' names in older checkpoints, and the prefixes of today; the first that fits is used."""
    optional_layers: ClassVar[frozenset[str]] = frozenset()
    """Layers that older checkpoints do not have; they then keep their initial values."""
    half_precision_layers: ClassVar[frozenset[str]] = frozenset()
    """Layers that checkpoints have in half precision, to which they are rounded already."""

    def __init__(self, settings: ModelSettings, marker_set: MarkerSet, length: int, fps: float) -> None:
        super().__init__()
        self.settings, self.marker_set, self.length, self.fps = settings, marker_set, int(length), float(fps)

    @property
    def kind(self) -> str:
        """The model's name in the registry, see `mariel.models.settings`."""
        return self.settings.kind

    @property
    def latent_dim(self) -> int:
        """Dimensions of the latent space."""
        return self.settings.latent

    @property
    def device(self) -> torch.device:
        """The device of its weights."""
        return next(self.parameters()).device

    def initialise_from_data(self, dataset: PhraseDataset) -> None:
        """Set scales and whatever else is measured on training phrases; called once, before training begins."""

    def fit_prior(self, dataset: PhraseDataset) -> None:
        """Fit the prior to the latents of training phrases; called after an epoch, for it depends on the weights."""

    def prior(self, noise: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """Latents (…, latent) of standard normal noise at a temperature; 0 gives the mean."""
        return self.prior_mean() + temperature * self.prior_offset(noise)

    def prior_mean(self) -> Tensor:
        """The latent (latent,) at temperature 0."""
        return torch.zeros(self.latent_dim, device=self.device)

    def prior_offset(self, noise: Tensor) -> Tensor:
        """How far latents (…, latent) of standard normal noise are from that mean at temperature 1."""
        return noise

    def scale_noise(self, noise: Tensor) -> Tensor:
        """Standard normal noise (…, latent) scaled to the covariance of the phrases' latents, to perturb latents."""
        return noise

    def decode_sequence(self, latents: Tensor, overlap: int) -> Tensor:
        """Decode latents (phrases, latent) of overlapping phrases to one sequence (frames, markers, 3), in metres.

        Args:
            latents: of consecutive phrases.
            overlap: frames over which one fades into the next, see `mariel.kinematics.crossfade`.
        """
        return crossfade(self.decode(latents, pin_feet=True), overlap)

    def to_world(self, positions: Tensor, decoded: Tensor) -> Tensor:
        """Decoded phrases moved to the positions and headings of other phrases; unchanged if the model cannot do it.

        Args:
            positions: phrases in the room (phrases, frames, markers, 3), metres.
            decoded: phrases of `decode`, of the same shape.
        """
        return decoded

    @abstractmethod
    def encode(self, positions: Tensor) -> Posterior:
        """The posterior of phrases (phrases, frames, markers, 3), in metres."""

    @abstractmethod
    def decode(self, latents: Tensor, *, pin_feet: bool = False) -> Tensor:
        """Phrases (phrases, frames, markers, 3), in metres, of latents (phrases, latent).

        Args:
            latents: to decode.
            pin_feet: let no low foot slide, for latents that are not those of a recorded phrase. Otherwise a model
                that predicts foot contact holds only the feet that it predicts to be in contact.
        """

    def decode_markers(self, latents: Tensor) -> Tensor:
        """The same before a body is fitted and feet are held, where the model does so: quick, and with a gradient."""
        return self.decode(latents)

    def sample(self, noise: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """New phrases (phrases, frames, markers, 3), in metres, of standard normal noise (phrases, latent).

        The same noise gives the same phrase. At temperature 0 all are the mean phrase; at 1 they vary as much as
        recorded ones.
        """
        return self.decode(self.prior(noise, temperature), pin_feet=True)

    @abstractmethod
    def to_canonical(self, positions: Tensor) -> Tensor:
        """Phrases moved to the model's canonical position, where `decode` returns them."""

    @abstractmethod
    def losses(self, positions: Tensor, noise: Tensor) -> Loss:
        """Losses of phrases, each reconstructed from one sample of its posterior.

        Args:
            positions: (phrases, frames, markers, 3).
            noise: standard normal, (phrases, latent); zeros for the posterior's mean.
        """

    def forward(self, positions: Tensor, noise: Tensor) -> Loss:
        """The same as `losses`, under the name by which PyTorch's DistributedDataParallel calls it."""
        return self.losses(positions, noise)

    def reconstruct(self, positions: Tensor) -> Tensor:
        """Reconstructions of phrases (phrases, frames, markers, 3), from the posterior's mean.

        Compare them with `to_canonical(positions)`.
        """
        return self.decode(self.encode(positions).mean)

    @property
    def floor_height(self) -> float:
        """Of the floor that the model's dancers are on, metres: what lies lower or higher is another room's."""
        return 0.0

    def input_unit(self) -> float:
        """Length of one unit of the model's input in the recordings' unit; noise of augmentation is in it."""
        return 1.0

    @classmethod
    def current_layer_name(cls, name: str) -> str:
        """Today's name of a layer of a checkpoint, see `renamed_layers`."""
        for old, new in cls.renamed_layers.items():
            if name.startswith(old):
                return new + name.removeprefix(old)
        return name

    def check_layers(self, shapes: Mapping[str, tuple[int, ...]], origin: str) -> None:
        """Compare the names and shapes of saved weights with the model's own; layers may have older names.

        Args:
            shapes: of the weights, by name.
            origin: what messages call the place they come from.

        Raises:
            CheckpointError: a layer is missing, unknown or of another shape; the message names it.
        """
        shapes = {self.current_layer_name(name): shape for name, shape in shapes.items()}
        own = {name: tuple(tensor.shape) for name, tensor in self.state_dict().items()}
        for name in own:
            if name not in shapes and name not in self.optional_layers:
                raise CheckpointError(f"{origin}: layer {name} is missing; it is of another model or damaged")
        for name, shape in shapes.items():
            if name not in own:
                raise CheckpointError(f"{origin}: layer {name} is not one of the {self.kind} model's")
            if shape != own[name]:
                raise CheckpointError(f"{origin}: layer {name}: expected shape {own[name]}, found {shape}")

    def load(self, tensors: Mapping[str, Tensor], origin: str) -> None:
        """Load saved weights after comparing every name and shape; layers may have the names of older versions.

        Args:
            tensors: weights by name.
            origin: what messages call the place they come from.

        Raises:
            CheckpointError: a layer is missing, unknown, of another shape, or not finite; the message names it.
        """
        self.check_layers({name: tuple(tensor.shape) for name, tensor in tensors.items()}, origin)
        tensors = {self.current_layer_name(name): tensor for name, tensor in tensors.items()}
        own = self.state_dict()
        for name, tensor in tensors.items():
            if tensor.is_floating_point() and not torch.isfinite(tensor).all():
                raise CheckpointError(f"{origin}: layer {name} holds numbers that are not finite")
        self.load_state_dict({**{name: own[name] for name in self.optional_layers & own.keys()}, **tensors})


def marker_error(positions: Tensor, others: Tensor) -> Tensor:
    """Mean distance between markers, in metres: (phrases, frames, markers, 3) twice → (phrases,)."""
    return (positions - others).square().sum(dim=-1).clamp_min(1e-12).sqrt().mean(dim=(1, 2))
