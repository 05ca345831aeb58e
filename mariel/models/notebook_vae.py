"""The published notebook's LSTM-VAE, layer by layer, so that its weights fit.

Its phrases are centred frame by frame and scaled to -1 … 1; the scaling is part of the model here, so that it takes
and gives metres like every other. Faults and all: the decoder's output is the bare hidden state of an LSTM that
begins at zero, which bends the first frames towards nothing.
"""

import torch
from torch import Tensor, nn

from mariel.data.dataset import PhraseFeed
from mariel.data.preprocessing import Preprocessing
from mariel.models.base import Loss, PhraseModel, Posterior, marker_error
from mariel.models.settings import NotebookSettings
from mariel.motion.marker_set import MarkerSet


class _Encoder(nn.Module):
    """Phrases to the mean and log-variance of their latents."""

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
    """Latents to phrases: the same vector at every frame into an LSTM whose hidden state is the answer."""

    def __init__(self, outputs: int, settings: NotebookSettings) -> None:
        super().__init__()
        dropout = settings.dropout if settings.layers > 1 else 0.0
        self.lat_to_hid = nn.Sequential(nn.Linear(settings.latent, settings.hidden), nn.ReLU())
        self.lstm_dec = nn.LSTM(settings.hidden, outputs, settings.layers, batch_first=True, dropout=dropout)

    def forward(self, latents: Tensor, length: int) -> Tensor:
        repeated = self.lat_to_hid(latents)[:, None].expand(-1, length, -1)
        phrases, _ = self.lstm_dec(repeated)
        return phrases


class NotebookVae(PhraseModel):
    """The notebook's model; 4,252,028 parameters with its 3 layers and 53 markers.

    Loss of a phrase: squared error summed over frames, markers and axes, in units of the scaled data, plus
    `kl_weight` times the KL divergence. Its error in metres is that of bodies centred frame by frame.
    """

    kind = "notebook"

    def __init__(self, settings: NotebookSettings, marker_set: MarkerSet, length: int, fps: float) -> None:
        super().__init__(settings, marker_set, length, fps)
        channels = 3 * len(marker_set)
        self.encoder = _Encoder(channels, settings)
        self.decoder = _Decoder(channels, settings)
        self.register_buffer("scale", torch.ones(3))
        self.register_buffer("shift", torch.zeros(3))
        self.apply(_initialise)

    def fit(self, feed: PhraseFeed) -> None:
        """Take over the preprocessing's scaling."""
        self.scale_like(feed.preprocessing)

    def scale_like(self, preprocessing: Preprocessing) -> None:
        """See bodies as a fitted preprocessing does: centred frame by frame, mirrored too in reference mode."""
        span = preprocessing.centred_positions.span
        scale = 2 * preprocessing.stage.factor / span
        self.scale[:] = torch.tensor([scale, -scale if preprocessing.reference else scale, scale])
        self.shift[:] = -2 * preprocessing.centred_positions.low / span - 1

    def place(self, positions: Tensor) -> Tensor:
        """Bodies with each frame's mean x and y taken away."""
        centre = positions[..., :2].mean(dim=2, keepdim=True)
        return torch.cat([positions[..., :2] - centre, positions[..., 2:]], dim=-1)

    def encode(self, positions: Tensor) -> Posterior:
        """The posterior of phrases, wherever they are danced."""
        return self.encoder(self._scaled(self.place(positions)).flatten(2))

    def decode(self, latents: Tensor, *, sure_footed: bool = False) -> Tensor:
        """Phrases in metres, centred frame by frame."""
        return self._metres(self.decoder(latents, self.length))

    def restore(self, positions: Tensor, placed: Tensor) -> Tensor:
        """Phrases of `decode` moved to where other phrases are, frame by frame: the model knows no places."""
        return placed + (positions - self.place(positions))

    def losses(self, positions: Tensor, noise: Tensor) -> Loss:
        """See the class."""
        placed = self.place(positions)
        scaled = self._scaled(placed).flatten(2)
        posterior = self.encoder(scaled)
        rebuilt = self.decoder(posterior.sample(noise), self.length)
        rebuilt = rebuilt.float()
        reconstruction, kl = (rebuilt - scaled).square().sum(dim=(1, 2)), posterior.kl().float()
        with torch.no_grad():
            error = marker_error(self._metres(rebuilt), placed)
        return Loss(reconstruction + self.settings.kl_weight * kl, reconstruction, kl, error)

    def noise_scale(self) -> float:
        """Metres in a unit of the scaled data."""
        return 1 / float(self.scale[0])

    def _scaled(self, placed: Tensor) -> Tensor:
        return placed * self.scale + self.shift

    def _metres(self, scaled: Tensor) -> Tensor:
        return (scaled.unflatten(-1, (-1, 3)) - self.shift) / self.scale


def _initialise(module: nn.Module) -> None:
    """As the notebook does: Xavier linear layers, orthogonal LSTM weights, normal LSTM biases."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LSTM):
        for parameter in module.parameters():
            if parameter.dim() >= 2:
                nn.init.orthogonal_(parameter)
            else:
                nn.init.normal_(parameter)
