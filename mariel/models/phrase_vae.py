"""The default model: an LSTM variational autoencoder whose decoder is a body.

What it does about the faults of the notebook's model; README quotes what all of it together gives:

- A phrase is looked at apart from where it is danced: place and heading of its first frame are taken out and given
  back, and the body is seen by somebody who walks and turns with the dancer (`mariel.kinematics.canonical_frame`).
- Most of a phrase is linear in few numbers: the principal phrases of the training data are measured once
  (`mariel.models.phrase_pca`), and encoder and decoder learn what is to be added to them.
- LSTMs run over patches of frames, a quarter of the steps, in both directions: no frame is the first one.
- The decoder gives rotations of rigid segments and a path, turned into markers by forward kinematics
  (`mariel.kinematics.skeleton`): limbs cannot stretch, at any temperature. Marker sets without segments get markers.
- Feet that stand do not slide: the path follows them (`mariel.kinematics.foot_contact`).
- Samples set out from where the latents of real phrases lie (`mariel.models.latent_prior`).
"""

import torch
from torch import Tensor, nn

from mariel.data.dataset import PhraseFeed
from mariel.kinematics.canonical_frame import Placing, to_planes, to_positions, turned
from mariel.kinematics.crossfade import joined
from mariel.models.base import Loss, PhraseModel, Posterior
from mariel.models.latent_prior import ANCHORS, LatentPrior
from mariel.models.phrase_pca import MOST_PHRASES, PrincipalPhrases
from mariel.models.pose import make_pose
from mariel.models.settings import PhraseVaeSettings
from mariel.motion.marker_set import MarkerSet

PATH_WEIGHT, HEADING_WEIGHT = 4.0, 1.0
"""What a metre of path and a radian of heading count for beside a metre of one marker."""

FIRST_LOG_VARIANCE = -4.0
"""Log-variance of the posterior when training begins: latents are known well, as principal coordinates are."""


class PhraseVae(PhraseModel):
    """See the module.

    Loss of a phrase: squared error of all markers over all frames, in m², plus `velocity_weight` times that of their
    steps from frame to frame, plus `kl_weight` times the KL divergence in nats.
    """

    kind = "phrase-vae"
    turns_away = True

    def __init__(self, settings: PhraseVaeSettings, marker_set: MarkerSet, length: int, fps: float) -> None:
        super().__init__(settings, marker_set, length, fps)
        self.placing = Placing(marker_set)
        self.pose = make_pose(settings.decoder, marker_set, fps)
        seen = 3 * len(marker_set) + 3
        self.principal = PrincipalPhrases(length, seen, self.pose.size, settings.latent, settings.curves)
        self.encoder = _Encoder(marker_set, seen, settings)
        self.decoder = _Decoder(self.pose.size, self.patches, settings)
        self.register_buffer("seen_scale", torch.ones(seen))
        self.register_buffer("posed_scale", torch.ones(self.pose.size))
        self.latents = LatentPrior(settings.latent)

    @property
    def patches(self) -> int:
        """Steps of the LSTMs; the last patch is filled up with copies of the last frame."""
        return -(-self.length // self.settings.patch)

    @torch.no_grad()
    def fit(self, feed: PhraseFeed) -> None:
        """Measure body, principal phrases and scales on training phrases, half of them mirrored."""
        planes = self._examples(feed, MOST_PHRASES)
        self.pose.fit(planes, self.placing)
        seen, poses = self._seen(planes), self.pose.of(planes, self.placing)
        self.principal.fit(seen, poses)
        self.seen_scale.copy_((seen - self.principal.seen_mean).square().mean(dim=(0, 1)).sqrt() + 1e-3)
        self.posed_scale.copy_((poses - self.principal.posed_mean).square().mean(dim=(0, 1)).sqrt() + 1e-3)
        self._settle(planes)

    def _examples(self, feed: PhraseFeed, most: int) -> Tensor:
        """Training phrases as planes that begin at the origin, two of every four mirrored."""
        positions = feed.batch(feed.evenly(feed.training, most))
        for first in (0, 1):
            positions[first::4] = feed.mirrored(positions[first::4])
        return self.placing.take_out(to_planes(positions))[0]

    @torch.no_grad()
    def settle(self, feed: PhraseFeed) -> None:
        """Measure where the latents of training phrases lie, which samples are drawn from."""
        self._settle(self._examples(feed, ANCHORS))

    def _settle(self, planes: Tensor) -> None:
        parts = [self._posterior(self._seen(some)) for some in planes.split(256)]
        means, log_variances = (torch.cat(numbers) for numbers in zip(*parts, strict=True))
        self.latents.fit(means, log_variances.exp())

    def prior(self, noise: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """See `mariel.models.latent_prior`."""
        return self.latents(noise, temperature)

    def wander(self, noise: Tensor) -> Tensor:
        """See `PhraseModel.wander`."""
        return noise @ self.latents.spread.T

    def overlapped(self, latents: Tensor, overlap: int) -> Tensor:
        """See `PhraseModel.overlapped`. Bodies fade into each other by their poses, so no limb shortens meanwhile.

        Each phrase's path and heading are followed step by step, as the dancer sees them, from where the one before
        has led.
        """
        held, stands, path, heading = self.pose.split(self._poses(latents))
        turns = _steps(heading)
        steps = turned(_flat(_steps(path)), -heading[..., 0])[..., :2, 0]
        held, stands, steps, turns = (joined(part, overlap) for part in (held, stands, steps, turns))
        heading = _followed(heading[0, :1], turns)
        path = _followed(path[0, :1], turned(_flat(steps), heading[:, 0])[..., :2, 0])
        poses = torch.cat([held, stands, path, heading], dim=-1)
        return to_positions(self.pose.show(poses[None], sure_footed=True))[0]

    def place(self, positions: Tensor) -> Tensor:
        """Phrases that begin at the origin and face +x."""
        return to_positions(self.placing.take_out(to_planes(positions))[0])

    def encode(self, positions: Tensor) -> Posterior:
        """The posterior of phrases, wherever they are danced."""
        planes, _ = self.placing.take_out(to_planes(positions))
        return self._posterior(self._seen(planes))

    def decode(self, latents: Tensor, *, sure_footed: bool = False) -> Tensor:
        """Phrases in metres that begin near the origin and face +x."""
        return to_positions(self.pose.show(self._poses(latents), sure_footed=sure_footed))

    def restore(self, positions: Tensor, placed: Tensor) -> Tensor:
        """Phrases of `decode` brought to where other phrases (phrases, frames, markers, 3) begin."""
        _, place = self.placing.take_out(to_planes(positions))
        return to_positions(self.placing.give_back(to_planes(placed), place))

    def losses(self, positions: Tensor, noise: Tensor) -> Loss:
        """See the class."""
        settings = self.settings
        planes, _ = self.placing.take_out(to_planes(positions))
        posterior = self._posterior(self._seen(planes))
        rebuilt = self.pose.show(self._poses(posterior.sample(noise))).float()
        off = rebuilt - planes
        steps = torch.diff(off, dim=1).square().sum(dim=(1, 2, 3))
        reconstruction = off.square().sum(dim=(1, 2, 3)) + settings.velocity_weight * steps
        kl = posterior.kl().float()
        total = reconstruction + settings.kl_weight * kl
        error = off.detach().square().sum(dim=2).sqrt().mean(dim=(1, 2))
        return Loss(total, reconstruction, kl, error)

    def _seen(self, planes: Tensor) -> Tensor:
        """What encoder and principal phrases look at: body, path and heading, (phrases, frames, 3 markers + 3)."""
        body, path, heading = self.placing.follow(planes)
        return torch.cat([body.flatten(2), PATH_WEIGHT * path, HEADING_WEIGHT * heading[..., None]], dim=-1)

    def _posterior(self, seen: Tensor) -> Posterior:
        scaled = (seen - self.principal.seen_mean) / self.seen_scale
        added, log_variance = self.encoder(_patched(scaled, self.settings.patch))
        return Posterior(self.principal.coordinates(seen) + added, log_variance)

    def _poses(self, latents: Tensor) -> Tensor:
        """Poses (phrases, frames, numbers) of latents: the linear sketch and what the LSTM adds to it."""
        sketch = self.principal.poses(latents)
        scaled = (sketch - self.principal.posed_mean) / self.posed_scale
        added = self.decoder(_patched(scaled, self.settings.patch), latents)
        added = added.unflatten(2, (self.settings.patch, -1)).flatten(1, 2)[:, : self.length]
        return sketch + _smoothed(added) * self.posed_scale


class _Encoder(nn.Module):
    """Patches of what is seen to what is added to the principal coordinates, and to the log-variance."""

    def __init__(self, marker_set: MarkerSet, seen: int, settings: PhraseVaeSettings) -> None:
        super().__init__()
        hidden = settings.encoder_hidden
        self.enter = _make_entrance(marker_set, seen, settings)
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True, bidirectional=True)
        self.mean = nn.Linear(4 * hidden, settings.latent)
        self.log_variance = nn.Linear(4 * hidden, settings.latent)
        for layer, bias in ((self.mean, 0.0), (self.log_variance, FIRST_LOG_VARIANCE)):
            nn.init.zeros_(layer.weight)
            nn.init.constant_(layer.bias, bias)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        states, (last, _) = self.lstm(torch.tanh(self.enter(patches)))  # last: (2 directions, phrases, hidden)
        pooled = torch.cat([states.mean(dim=1), last[0], last[1]], dim=1)
        return self.mean(pooled), self.log_variance(pooled).clamp(-12, 4)


def _make_entrance(marker_set: MarkerSet, seen: int, settings: PhraseVaeSettings) -> nn.Module:
    if settings.encoder == "graph":
        from mariel.models.graph_encoder import GraphEntrance  # noqa: PLC0415 - it takes seconds to import

        return GraphEntrance(marker_set, settings.patch, settings.encoder_hidden)
    return nn.Linear(settings.patch * seen, settings.encoder_hidden)


class _Decoder(nn.Module):
    """Patches of the linear sketch and the latent to what is added to it, in units of each number's spread."""

    def __init__(self, posed: int, steps: int, settings: PhraseVaeSettings) -> None:
        super().__init__()
        hidden = settings.decoder_hidden
        self.enter = nn.Linear(settings.patch * posed, hidden)
        self.latent = nn.Linear(settings.latent, hidden)
        self.when = nn.Parameter(0.1 * torch.randn(steps, hidden))
        self.begin = nn.Linear(settings.latent, 4 * hidden)
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True, bidirectional=True)
        self.leave = nn.Linear(2 * hidden, settings.patch * posed)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, patches: Tensor, latents: Tensor) -> Tensor:
        entered = torch.tanh(self.enter(patches) + self.latent(latents)[:, None] + self.when)
        state, cell = torch.tanh(self.begin(latents)).unflatten(1, (2, 2, -1)).permute(1, 2, 0, 3).contiguous()
        states, _ = self.lstm(entered, (state, cell))
        return self.leave(states)


def _patched(frames: Tensor, patch: int) -> Tensor:
    """Frames (phrases, frames, numbers) as patches (phrases, steps, patch × numbers), the last frame repeated."""
    if short := -frames.shape[1] % patch:
        frames = torch.cat([frames, frames[:, -1:].expand(-1, short, -1)], dim=1)
    return frames.unflatten(1, (-1, patch)).flatten(2)


def _smoothed(frames: Tensor) -> Tensor:
    """Frames (phrases, frames, numbers) under a binomial window of five, so that patches join without a jolt."""
    for _ in range(2):
        ends = torch.cat([frames[:, :1], frames, frames[:, -1:]], dim=1)
        frames = 0.25 * (ends[:, :-2] + ends[:, 2:]) + 0.5 * frames
    return frames


def _steps(places: Tensor) -> Tensor:
    """From each frame to the next, the last one repeated: (phrases, frames, numbers) twice."""
    steps = torch.diff(places, dim=1)
    return torch.cat([steps, steps[:, -1:]], dim=1)


def _followed(begin: Tensor, steps: Tensor) -> Tensor:
    """Where steps (frames, numbers) lead, frame by frame, from where they begin (1, numbers): (frames, numbers)."""
    return torch.cat([begin, begin + steps[:-1].cumsum(dim=0)])


def _flat(steps: Tensor) -> Tensor:
    """Steps over the floor (…, 2) as planes of one marker (…, 3, 1)."""
    return torch.cat([steps, torch.zeros_like(steps[..., :1])], dim=-1)[..., None]
