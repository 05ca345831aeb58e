"""Observation noise: what recordings have and smooth reconstructions have not, added to samples.

A decoder gives the mean of what could be observed. In probabilistic PCA (Tipping and Bishop, Journal of the Royal
Statistical Society B 61 (1999) 611) an observation is that mean plus white noise. Here the noise moves each rigid
segment as a whole, so that distances of its markers stay as they are.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn

from mariel.kinematics.skeleton import Skeleton

FIELDS, FIELD_FRAMES = 4, 256
"""Fields of fixed noise that are mixed, and after how many frames they repeat."""

LENGTH_SCALE = 0.3
"""Metres of all markers, root of the sum of squares, by which mean poses differ whose noise is different."""

FOOT_SHARE = 0.25
"""Horizontal noise of feet relative to its vertical part: standing feet of samples are not as still as those of
recordings without their noise, and are not to slide more than recorded ones."""

QUANTILE, QUANTILE_NORM = 0.75, 2.027
"""Which of the third differences tells the size of the noise, and that quantile of the length of three standard
normal numbers: of the chi distribution. The median would leave samples with a tenth less jerk than recordings."""


class ObservationNoise(nn.Module):
    """See the module. The noise is a function of the phrase: the same again, and similar for similar phrases.

    Args:
        skeleton: of the body.
    """

    deviations: Tensor
    fields: Tensor
    projection: Tensor

    def __init__(self, skeleton: Skeleton) -> None:
        super().__init__()
        segments, markers = len(skeleton.names), len(skeleton.segment_of)
        self.segment_of, self.loose_markers = list(skeleton.segment_of), skeleton.loose_markers
        self.register_buffer("deviations", torch.zeros(segments))  # metres; 0 adds no noise
        rng = np.random.default_rng(0)  # torch would be slow here, see `PhraseModel`
        fields = rng.standard_normal((FIELDS, FIELD_FRAMES, 3, segments), np.float32)
        fields[:, :, :2, [name.endswith("foot") for name in skeleton.names]] *= FOOT_SHARE
        projection = torch.from_numpy(rng.standard_normal((3 * markers, FIELDS // 2), np.float32))
        self.register_buffer("fields", torch.from_numpy(fields).flatten(1), persistent=False)
        self.register_buffer("projection", projection / LENGTH_SCALE, persistent=False)

    @torch.no_grad()
    def fit(self, recorded: Tensor, reconstructed: Tensor) -> None:
        """Fit its size to phrases and their reconstructions (phrases, frames, xyz, markers), metres.

        The third differences of white noise have 20 times its variance, those of slower errors are small; a quantile
        leaves out most of the movements that are quicker than the decoder can follow.
        """
        sizes = torch.diff(recorded - reconstructed, n=3, dim=1).norm(dim=2)
        if not sizes.numel():
            return
        for segment in range(len(self.deviations)):
            own = [column for column, other in enumerate(self.segment_of) if other == segment]
            if own:
                size = sizes[..., own].flatten().quantile(QUANTILE)
                self.deviations[segment] = size / QUANTILE_NORM / math.sqrt(20)

    @torch.no_grad()
    def forward(self, channels_first: Tensor, local: Tensor) -> Tensor:
        """Phrases (phrases, frames, xyz, markers) with noise, in metres.

        Args:
            channels_first: without it.
            local: the same, each frame centred at the origin and facing +x (phrases, frames, 3 × markers).
        """
        angles = local.mean(dim=1) @ self.projection
        mixing = torch.cat([angles.cos(), angles.sin()], dim=1) / math.sqrt(FIELDS / 2)  # of length one
        noise = (mixing @ self.fields).unflatten(1, (FIELD_FRAMES, 3, -1)) * self.deviations
        frames = torch.arange(channels_first.shape[1], device=noise.device) % FIELD_FRAMES
        per_marker = noise[:, frames][..., self.segment_of]
        per_marker[..., self.loose_markers] = 0
        return channels_first + per_marker
