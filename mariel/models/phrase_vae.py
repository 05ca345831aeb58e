"""The default model: an LSTM variational autoencoder of phrases, whose dances are those of an articulated body.

How it avoids the faults of the notebook's model:

- Phrases are moved to a canonical frame, so that position and heading in the room make no difference, and the motion
  of the body is separated from that of its root (`mariel.kinematics.canonical_frame`).
- A PCA of the training phrases explains most of each phrase (`mariel.models.separable_pca`); encoder and decoder
  learn the residual.
- The LSTMs run in both directions over patches of frames, a quarter of the steps, so that no frame comes first.
- What it has decoded is projected on a body of rigid segments (`mariel.models.projected_pose`): limbs cannot stretch,
  at any temperature. Marker sets without segments get markers. Or the decoder predicts rotations of the segments
  itself (`mariel.models.pose`).
- Feet in contact with the floor do not slide (`mariel.kinematics.feet.foot_locking`).
- Samples come from a prior made of training motion (`mariel.models.stitched_prior`), or fitted to the latents of
  training phrases (`mariel.models.latent_prior`).
"""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from mariel.data.dataset import PhraseDataset
from mariel.kinematics.body_projection import evenly_spaced_frames
from mariel.kinematics.canonical_frame import (
    CanonicalFrame,
    from_channels_first,
    from_root_steps,
    to_channels_first,
    to_root_steps,
)
from mariel.kinematics.crossfade import crossfade
from mariel.models.base import Loss, PhraseModel, Posterior
from mariel.models.latent_prior import ANCHOR_COUNT, LatentPrior
from mariel.models.phrase_pca import MAX_FIT_PHRASES, PhrasePCA
from mariel.models.projected_pose import ProjectedPose, make_pose_representation
from mariel.models.separable_pca import SeparablePCA
from mariel.models.settings import PhraseVaeSettings
from mariel.models.stitched_prior import (
    HEADING_WEIGHT,
    MIN_LENGTH,
    PATH_WEIGHT,
    Motion,
    StitchedPrior,
    choose_chunks,
)
from mariel.motion.marker_set import MarkerSet

PHRASE_PCA_PATH_WEIGHT, PHRASE_PCA_HEADING_WEIGHT = 4.0, 1.0
"""Weights of path and heading in the features of models with a `PhrasePCA`, as they were trained; of others they are
those of `mariel.models.stitched_prior`."""

TYPICAL_EXTENT = 2.5
"""Metres, the diagonal of the box around a person's phrase.

Takes in an unknown unit are scaled to it inside the model, since the weights of its losses and the fit of its body
are for metres.
"""

NOISE_PHRASES = 128
"""Training phrases to which the size of the observation noise is fitted."""


class PhraseVae(PhraseModel):
    """See the module.

    Loss of a phrase: squared error of all markers over all frames, in m², plus `velocity_weight` times that of their
    steps from frame to frame, plus `kl_weight` times the KL divergence in nats.
    """

    settings: PhraseVaeSettings
    feature_weights: Tensor
    feature_scale: Tensor
    pose_scale: Tensor
    unit: Tensor
    rotation_invariant = True
    optional_layers = frozenset({"unit", "pose.observation_noise.deviations"})
    half_precision_layers = frozenset({"pca.directions"})
    renamed_layers: ClassVar[Mapping[str, str]] = {  # longer prefixes come first
        "principal.curves": "pca.time_basis",
        "principal.seen_mean": "pca.feature_mean",
        "principal.posed_mean": "pca.pose_mean",
        "principal.": "pca.",
        "latents.spread": "latent_prior.cholesky",
        "latents.widths": "latent_prior.anchor_scales",
        "latents.": "latent_prior.",
        "pose.footing.": "pose.foot_contact.",
        "pose.joints": "pose.joint_offsets",
        "pose.places": "pose.marker_offsets",
        "seen_scale": "feature_scale",
        "posed_scale": "pose_scale",
        "encoder.enter.first.": "encoder.input.conv1.",
        "encoder.enter.second.": "encoder.input.conv2.",
        "encoder.enter.leave.": "encoder.input.output.",
        "encoder.enter.": "encoder.input.",
        "decoder.enter.": "decoder.input.",
        "decoder.latent.": "decoder.latent_input.",
        "decoder.when": "decoder.time_embedding",
        "decoder.begin.": "decoder.initial_state.",
        "decoder.leave.": "decoder.output.",
    }

    def __init__(self, settings: PhraseVaeSettings, marker_set: MarkerSet, length: int, fps: float) -> None:
        super().__init__(settings, marker_set, length, fps)
        self.canonical_frame = CanonicalFrame(marker_set)
        self.is_separable = settings.components > 0 and settings.decoder != "body"
        self.pose = make_pose_representation(
            settings.decoder, marker_set, fps, predicts_contact=not self.is_separable
        )
        features = 3 * len(marker_set) + 3
        weights = torch.ones(features)
        weights[-3:-1] = PATH_WEIGHT if self.is_separable else PHRASE_PCA_PATH_WEIGHT
        weights[-1] = HEADING_WEIGHT if self.is_separable else PHRASE_PCA_HEADING_WEIGHT
        self.register_buffer("feature_weights", weights, persistent=False)
        self.pca: SeparablePCA | PhrasePCA
        if self.is_separable:
            self.pca = SeparablePCA(length, weights, settings.latent, settings.curves, settings.components)
        else:
            self.pca = PhrasePCA(length, features, self.pose.size, settings.latent, settings.curves)
        self.encoder = _Encoder(marker_set, features, settings)
        self.decoder = _Decoder(self.pose.size, self.patch_count, settings)
        self.register_buffer("feature_scale", torch.ones(features))
        self.register_buffer("pose_scale", torch.ones(self.pose.size))
        may_stitch = self.is_separable and marker_set.has_body and length >= MIN_LENGTH
        self.stitched_prior: StitchedPrior | None = None
        if settings.prior == "stitched" and may_stitch:
            self.stitched_prior = StitchedPrior(length, features - 3)
        self.latent_prior = LatentPrior(settings.latent, 0 if self.stitched_prior else ANCHOR_COUNT)
        self.register_buffer("unit", torch.ones(()))

    @property
    def patch_count(self) -> int:
        """Steps of the LSTMs; the last patch is filled up with copies of the last frame."""
        return -(-self.length // self.settings.patch)

    @torch.no_grad()
    def initialise_from_data(self, dataset: PhraseDataset) -> None:
        """Fit body, PCA, scales and prior to training phrases, half of them mirrored."""
        if dataset.preprocessing.unit != "m":
            self.unit.copy_(_extent(dataset) / TYPICAL_EXTENT)
        phrases, takes = self._training_phrases(dataset, MAX_FIT_PHRASES)
        poses = self.pose.fit(phrases, self.canonical_frame, takes)
        features = self._features(phrases)
        self.pca.fit(features, poses)
        log_variance = self.pca.best_log_variance(self.settings.velocity_weight, self.settings.kl_weight)
        self.encoder.log_variance.bias.copy_(log_variance)
        self.feature_scale.copy_((features - features.mean(dim=0)).square().mean(dim=(0, 1)).sqrt() + 1e-3)
        self.pose_scale.copy_((poses - poses.mean(dim=0)).square().mean(dim=(0, 1)).sqrt() + 1e-3)
        if isinstance(self.pose, ProjectedPose):
            some = evenly_spaced_frames(phrases, NOISE_PHRASES)
            reconstructed = self.pose.decode(self._poses(self._posterior(self._features(some)).mean))
            self.pose.observation_noise.fit(some, reconstructed)
        self._fit_prior(phrases)
        if self.stitched_prior is not None:
            chunks = choose_chunks(dataset.training_spans(), self.length)
            takes = [dataset.locate(chunk.start)[0] for chunk in chunks]
            self.stitched_prior.fit([self._motion(dataset, *chunk) for chunk in chunks], takes)

    def _motion(self, dataset: PhraseDataset, start: int, stop: int, mirrored: bool) -> Motion:
        """Frames of a dataset as motion without a place in the room."""
        positions = dataset.frames[start:stop]
        positions = dataset.mirrored(positions) if mirrored else positions
        body, path, heading = self.canonical_frame.remove_root_motion(self._to_model_units(positions[None]))
        return Motion(body[0].flatten(1), path[0], heading[0])

    def _training_phrases(self, dataset: PhraseDataset, max_count: int) -> tuple[Tensor, list[str]]:
        """Training phrases in the canonical frame, channels first, two of every four mirrored, and their takes."""
        starts = dataset.evenly_spaced(dataset.training, max_count)
        takes = [dataset.locate(start)[0] for start in starts]
        positions = dataset.batch(starts)
        for first in (0, 1):
            positions[first::4] = dataset.mirrored(positions[first::4])
            takes[first::4] = [f"{take}, mirrored" for take in takes[first::4]]
        return self._to_model_units(positions), takes

    def _to_model_units(self, positions: Tensor) -> Tensor:
        """Phrases (phrases, frames, markers, 3) in the canonical frame, channels first, in metres."""
        return self.canonical_frame.to_canonical(to_channels_first(positions / self.unit))[0]

    def _from_model_units(self, channels_first: Tensor) -> Tensor:
        """Phrases (phrases, frames, markers, 3) in the recordings' unit, still in the canonical frame."""
        return from_channels_first(channels_first) * self.unit

    def input_unit(self) -> float:
        """1 for recordings in metres, else the estimated number of their unit per metre."""
        return float(self.unit)

    @torch.no_grad()
    def fit_prior(self, dataset: PhraseDataset) -> None:
        """Fit the prior to the posteriors of training phrases."""
        self._fit_prior(self._training_phrases(dataset, ANCHOR_COUNT)[0])

    def _fit_prior(self, phrases: Tensor) -> None:
        """Fit the prior to phrases in the canonical frame, channels first."""
        posteriors = [self._posterior(self._features(batch)) for batch in phrases.split(256)]
        means, log_variances = (torch.cat(parts) for parts in zip(*posteriors, strict=True))
        self.latent_prior.fit(means, log_variances.exp())

    def prior_mean(self) -> Tensor:
        """See `PhraseModel.prior_mean`."""
        return self.latent_prior.mean

    def prior_offset(self, noise: Tensor) -> Tensor:
        """See `mariel.models.stitched_prior`, or `mariel.models.latent_prior` without it."""
        if self.stitched_prior is None:
            return self.latent_prior(noise)
        motion = self.stitched_prior(noise.reshape(-1, noise.shape[-1]))
        return self._posterior(self._weighted_features(motion)).mean.reshape(noise.shape) - self.latent_prior.mean

    def scale_noise(self, noise: Tensor) -> Tensor:
        """See `PhraseModel.scale_noise`."""
        return noise @ self.latent_prior.cholesky.T

    def decode_sequence(self, latents: Tensor, overlap: int) -> Tensor:
        """See `PhraseModel.decode_sequence`. Poses are crossfaded, not markers, so that no limb shortens.

        Paths and headings are crossfaded as steps from frame to frame, relative to the heading, and integrated: each
        phrase continues from where the one before has ended.
        """
        local, contact, path, heading = self.pose.split(self._poses(latents))
        parts = (local, contact, to_root_steps(path, heading[..., 0]))
        local, contact, steps = (crossfade(part, overlap) for part in parts)
        path, heading = from_root_steps(steps, path[0, 0], heading[0, 0, 0])
        poses = torch.cat([local, contact, path, heading[..., None]], dim=-1)
        return self._from_model_units(self.pose.decode_motion(poses[None], pin_feet=True))[0]

    def to_canonical(self, positions: Tensor) -> Tensor:
        """Phrases in the canonical frame: they begin at the origin and face +x."""
        return from_channels_first(self.canonical_frame.to_canonical(to_channels_first(positions))[0])

    def encode(self, positions: Tensor) -> Posterior:
        """The posterior of phrases; where they are in the room makes no difference."""
        return self._posterior(self._features(self._to_model_units(positions)))

    @torch.no_grad()
    def decode(self, latents: Tensor, *, pin_feet: bool = False) -> Tensor:
        """Phrases in metres that begin near the origin and face +x; see `PhraseModel.decode`."""
        return self._from_model_units(self.pose.decode_motion(self._poses(latents), pin_feet=pin_feet))

    @property
    def floor_height(self) -> float:
        """Under nearly all of the training phrases' markers, metres."""
        return float(self.pose.foot_contact.floor)

    def decode_markers(self, latents: Tensor) -> Tensor:
        """See `PhraseModel.decode_markers`."""
        return self._from_model_units(self.pose.decode(self._poses(latents)))

    def to_world(self, positions: Tensor, decoded: Tensor) -> Tensor:
        """Phrases of `decode` moved to where other phrases (phrases, frames, markers, 3) begin."""
        _, root = self.canonical_frame.to_canonical(to_channels_first(positions))
        return from_channels_first(self.canonical_frame.to_world(to_channels_first(decoded), root))

    def losses(self, positions: Tensor, noise: Tensor) -> Loss:
        """See the class."""
        settings = self.settings
        canonical = self._to_model_units(positions)
        posterior = self._posterior(self._features(canonical))
        reconstructed = self.pose.decode(self._poses(posterior.sample(noise))).float()
        differences = reconstructed - canonical
        velocity_loss = torch.diff(differences, dim=1).square().sum(dim=(1, 2, 3))
        reconstruction = differences.square().sum(dim=(1, 2, 3)) + settings.velocity_weight * velocity_loss
        kl = posterior.kl().float()
        total = reconstruction + settings.kl_weight * kl
        error = differences.detach().square().sum(dim=2).sqrt().mean(dim=(1, 2)) * self.unit
        return Loss(total, reconstruction, kl, error)

    def _features(self, canonical: Tensor) -> Tensor:
        """Input of encoder and PCA: body, path and heading, (phrases, frames, 3 markers + 3)."""
        body, path, heading = self.canonical_frame.remove_root_motion(canonical)
        return self._weighted_features(Motion(body.flatten(2), path, heading))

    def _weighted_features(self, motion: Motion) -> Tensor:
        """The same of motion that is already separated."""
        return torch.cat([motion.body, motion.path, motion.heading[..., None]], dim=-1) * self.feature_weights

    def _posterior(self, features: Tensor) -> Posterior:
        """The posterior of features (phrases, frames, features)."""
        scaled = (features - self.pca.feature_mean) / self.feature_scale
        residual, log_variance = self.encoder(_to_patches(scaled, self.settings.patch))
        return Posterior(self.pca.encode(features) + residual, log_variance)

    def _poses(self, latents: Tensor) -> Tensor:
        """Poses (phrases, frames, pose size) of latents: those of the PCA and the LSTM's residual."""
        linear = self.pca.decode(latents)
        scaled = (linear - self.pca.pose_mean) / self.pose_scale
        residual = self.decoder(_to_patches(scaled, self.settings.patch), latents)
        residual = residual.unflatten(2, (self.settings.patch, -1)).flatten(1, 2)[:, : self.length]
        return linear + _smooth(residual) * self.pose_scale


def _extent(dataset: PhraseDataset) -> Tensor:
    """Diagonal of the box around all markers and frames of a phrase, the median of some training phrases."""
    positions = dataset.batch(dataset.evenly_spaced(dataset.training, ANCHOR_COUNT))
    return (positions.amax(dim=(1, 2)) - positions.amin(dim=(1, 2))).norm(dim=1).median().clamp_min(1e-6)


class _Encoder(nn.Module):
    """From patches of features to the residual of the PCA's coordinates, and to the log-variance."""

    def __init__(self, marker_set: MarkerSet, features: int, settings: PhraseVaeSettings) -> None:
        super().__init__()
        hidden = settings.encoder_hidden
        self.input = _make_input_layer(marker_set, features, settings)
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True, bidirectional=True)
        self.mean = nn.Linear(4 * hidden, settings.latent)
        self.log_variance = nn.Linear(4 * hidden, settings.latent)
        for layer in (self.mean, self.log_variance):  # the PCA sets the second one's bias
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        states, (last, _) = self.lstm(torch.tanh(self.input(patches)))  # last: (2 directions, phrases, hidden)
        pooled = torch.cat([states.mean(dim=1), last[0], last[1]], dim=1)
        return self.mean(pooled), self.log_variance(pooled).clamp(-12, 4)


def _make_input_layer(marker_set: MarkerSet, features: int, settings: PhraseVaeSettings) -> nn.Module:
    """The encoder's input layer: from (phrases, steps, patch × features) to (phrases, steps, hidden)."""
    if settings.encoder == "graph":
        from mariel.models.graph_encoder import GraphInputLayer  # noqa: PLC0415 - it takes seconds to import

        return GraphInputLayer(marker_set, settings.patch, settings.encoder_hidden)
    return nn.Linear(settings.patch * features, settings.encoder_hidden)


class _Decoder(nn.Module):
    """From patches of the PCA's poses and the latent to the residual of the poses, in units of `pose_scale`."""

    def __init__(self, pose_size: int, steps: int, settings: PhraseVaeSettings) -> None:
        super().__init__()
        hidden = settings.decoder_hidden
        self.input = nn.Linear(settings.patch * pose_size, hidden)
        self.latent_input = nn.Linear(settings.latent, hidden)
        self.time_embedding = nn.Parameter(torch.empty(steps, hidden))
        if not self.time_embedding.is_meta:  # see `PhraseModel`
            self.time_embedding.data = 0.1 * torch.randn(steps, hidden)
        self.initial_state = nn.Linear(settings.latent, 4 * hidden)
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * hidden, settings.patch * pose_size)
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, patches: Tensor, latents: Tensor) -> Tensor:
        inputs = torch.tanh(self.input(patches) + self.latent_input(latents)[:, None] + self.time_embedding)
        initial = torch.tanh(self.initial_state(latents)).unflatten(1, (2, 2, -1))
        state, cell = initial.permute(1, 2, 0, 3).contiguous()
        states, _ = self.lstm(inputs, (state, cell))
        return self.output(states)


def _to_patches(frames: Tensor, patch: int) -> Tensor:
    """Frames (phrases, frames, values) as patches (phrases, steps, patch × values), the last frame repeated."""
    if missing := -frames.shape[1] % patch:
        frames = torch.cat([frames, frames[:, -1:].expand(-1, missing, -1)], dim=1)
    return frames.unflatten(1, (-1, patch)).flatten(2)


def _smooth(frames: Tensor) -> Tensor:
    """Frames (phrases, frames, values) smoothed by a binomial window of five, against jumps between patches."""
    for _ in range(2):
        padded = torch.cat([frames[:, :1], frames, frames[:, -1:]], dim=1)
        frames = 0.25 * (padded[:, :-2] + padded[:, 2:]) + 0.5 * frames
    return frames
