"""The published notebook's LSTM-VAE, layer by layer, so that its weights can be loaded.

Its phrases are centred frame by frame and scaled to -1 … 1. Here the scaling is part of the model, so that its input
and output are in metres as those of every model. Its faults are kept: the decoder's output is the hidden state of an
LSTM that starts at zero, which distorts the first frames.
"""

import torch
from torch import Tensor, nn

from mariel.data.dataset import PhraseDataset
from mariel.data.preprocessing import Preprocessing
from mariel.models.base import Loss, PhraseModel, Posterior, marker_error
from mariel.models.settings import NotebookSettings
from mariel.motion.marker_set import MarkerSet


class _Encoder(nn.Module):
    """From phrases to the posterior of their latents."""

    def __init__(self, inputs: int, settings: NotebookSettings) -> None:
        super().__init__()
        dropout = settings.dropout if settings.layers > 1 else 0.0
        self.lstm_enc = nn.LSTM(inputs, settings.hidden, settings.layers, batch_first=True, dropout=dropout)
        self.hid_mean = nn.Linear(settings.hidden, settings.latent)
        self.hid_logvar = nn.Linear(settings.hidden, settings.latent)

    def forward(self, phrases: Tensor) -> Posterior:
        _, (hidden, _) = self.lstm_enc(phrases)  # hidden: (layers, phrases, hidden)
        return Posterior(self.hid_mean(hidden[-1]), self.hid_logvar(hidden[-1]))


class _Decoder(nn.Module):
    """From latents to phrases: an LSTM with the same input at every frame, whose hidden state is the output."""

    def __init__(self, outputs: int, settings: NotebookSettings) -> None:
        super().__init__()
        dropout = settings.dropout if settings.layers > 1 else 0.0
        self.lat_to_hid = nn.Sequential(nn.Linear(settings.latent, settings.hidden), nn.ReLU())
        self.lstm_dec = nn.LSTM(settings.hidden, outputs, settings.layers, batch_first=True, dropout=dropout)

    def forward(self, latents: Tensor, length: int) -> Tensor:
        inputs = self.lat_to_hid(latents)[:, None].expand(-1, length, -1)
        phrases, _ = self.lstm_dec(inputs)
        return phrases


class NotebookVae(PhraseModel):
    """The notebook's model; 4,252,028 parameters with its 3 layers and 53 markers.

    Loss of a phrase: squared error summed over frames, markers and axes, in units of the scaled data, plus
    `kl_weight` times the KL divergence. Its error in metres is that of bodies centred frame by frame.
    """

    settings: NotebookSettings
    scale: Tensor
    shift: Tensor

    def __init__(self, settings: NotebookSettings, marker_set: MarkerSet, length: int, fps: float) -> None:
        super().__init__(settings, marker_set, length, fps)
        channels = 3 * len(marker_set)
        self.encoder = _Encoder(channels, settings)
        self.decoder = _Decoder(channels, settings)
        self.register_buffer("scale", torch.ones(3))
        self.register_buffer("shift", torch.zeros(3))
        if not self.scale.is_meta:  # see `PhraseModel`
            self.apply(_initialise_weights)

    def initialise_from_data(self, dataset: PhraseDataset) -> None:
        """Use the preprocessing's scaling."""
        self.set_scaling(dataset.preprocessing)

    def set_scaling(self, preprocessing: Preprocessing) -> None:
        """Scale as a fitted preprocessing does, centred frame by frame; in reference mode it mirrors the body too."""
        span = preprocessing.centred_positions.span
        scale = 2 * preprocessing.floor_scaling.factor / span
        self.scale[:] = torch.tensor([scale, -scale if preprocessing.reference else scale, scale])
        self.shift[:] = -2 * preprocessing.centred_positions.low / span - 1

    def to_canonical(self, positions: Tensor) -> Tensor:
        """Phrases with each frame's mean x and y subtracted."""
        centre = positions[..., :2].mean(dim=2, keepdim=True)
        return torch.cat([positions[..., :2] - centre, positions[..., 2:]], dim=-1)

    def encode(self, positions: Tensor) -> Posterior:
        """The posterior of phrases; where they are in the room makes no difference."""
        return self.encoder(self._scale(self.to_canonical(positions)).flatten(2))

    def decode(self, latents: Tensor, *, pin_feet: bool = False) -> Tensor:
        """Phrases in metres, centred frame by frame; without foot contact, `pin_feet` has no effect."""
        return self._unscale(self.decoder(latents, self.length))

    def to_world(self, positions: Tensor, decoded: Tensor) -> Tensor:
        """Phrases of `decode` moved along the path of other phrases, for the model has no path of its own."""
        return decoded + (positions - self.to_canonical(positions))

    def losses(self, positions: Tensor, noise: Tensor) -> Loss:
        """See the class."""
        canonical = self.to_canonical(positions)
        scaled = self._scale(canonical).flatten(2)
        posterior = self.encoder(scaled)
        reconstructed = self.decoder(posterior.sample(noise), self.length).float()
        reconstruction, kl = (reconstructed - scaled).square().sum(dim=(1, 2)), posterior.kl().float()
        with torch.no_grad():
            error = marker_error(self._unscale(reconstructed), canonical)
        return Loss(reconstruction + self.settings.kl_weight * kl, reconstruction, kl, error)

    def input_unit(self) -> float:
        """Metres per unit of the scaled data, see `PhraseModel.input_unit`."""
        return 1 / float(self.scale[0])

    def _scale(self, positions: Tensor) -> Tensor:
        return positions * self.scale + self.shift

    def _unscale(self, scaled: Tensor) -> Tensor:
        return (scaled.unflatten(-1, (-1, 3)) - self.shift) / self.scale


def _initialise_weights(module: nn.Module) -> None:
    """Initialise as the notebook does: Xavier linear layers, orthogonal LSTM weights, normal LSTM biases."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LSTM):
        for parameter in module.parameters():
            if parameter.dim() >= 2:
                nn.init.orthogonal_(parameter)
            else:
                nn.init.normal_(parameter)
