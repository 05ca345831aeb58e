"""The prior that latents are sampled from: a kernel density over the latents of training phrases.

A Gaussian fitted to all latents would sample phrases that are faster than most recorded ones, because a few very
active phrases have most of the variance. So the prior is fitted after the autoencoder, as in Ghosh et al.,
*From Variational to Deterministic Autoencoders*, ICLR 2020, arXiv:1903.12436, section 4; there it is a mixture of
Gaussians.
"""

import math

import torch
from torch import Tensor, nn

ANCHOR_COUNT = 1024
"""Training phrases at whose latents the kernels are centred."""

BANDWIDTH = 0.4
"""Width of the kernels relative to the spread of all latents: at 0 samples are latents of training phrases, at 1 they
are of one Gaussian."""


class LatentPrior(nn.Module):
    """Maps standard normal noise to latents, relative to their mean.

    A sample is the latent of one training phrase, its anchor, plus noise with the covariance of all latents: more
    noise where the anchor is itself far from the mean, so that samples near slow phrases are slow. Anchors and noise
    are scaled such that the mean and covariance of all samples are those of the training phrases' latents.

    Args:
        latent_dim: dimensions of the latent space.
        anchor_count: anchors; 0 where only the mean and the covariance of the latents are of use.
    """

    mean: Tensor
    cholesky: Tensor
    anchors: Tensor
    anchor_scales: Tensor

    def __init__(self, latent_dim: int, anchor_count: int = ANCHOR_COUNT) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(latent_dim))
        self.register_buffer("cholesky", torch.zeros(latent_dim, latent_dim).fill_diagonal_(1))
        self.register_buffer("anchors", torch.zeros(anchor_count, latent_dim))
        self.register_buffer("anchor_scales", torch.ones(anchor_count))

    @torch.no_grad()
    def fit(self, means: Tensor, variances: Tensor) -> None:
        """Fit to the posteriors of training phrases: their means and variances, (phrases, latent)."""
        means = means.double()
        centred = means - means.mean(dim=0)
        covariance = centred.T @ centred / len(means) + torch.diag(variances.double().mean(dim=0))
        cholesky = torch.linalg.cholesky(covariance + 1e-6 * torch.eye(len(covariance)).to(covariance))
        self.mean.copy_(means.mean(dim=0))
        self.cholesky.copy_(cholesky)
        count = len(self.anchors)
        if not count:
            return
        anchors = centred[torch.arange(count, device=centred.device) * len(centred) // count]
        anchors = anchors[anchors[:, 0].argsort(stable=True)]
        scales = torch.linalg.solve_triangular(cholesky, anchors.T, upper=False).square().mean(dim=0).sqrt()
        self.anchors.copy_(anchors)
        self.anchor_scales.copy_(scales / scales.square().mean().sqrt().clamp_min(1e-6))

    def forward(self, noise: Tensor) -> Tensor:
        """Offsets (…, latent) from the mean of all latents, of standard normal noise (…, latent).

        The last component of the noise, which changes a phrase least, also chooses the anchor, in the order of the
        first principal coordinate: similar noise mostly gets similar anchors.
        """
        quantile = torch.special.ndtr(noise[..., -1])
        index = (quantile * len(self.anchors)).long().clamp(0, len(self.anchors) - 1)
        offset = self.anchor_scales[index][..., None] * (noise @ self.cholesky.T)
        return math.sqrt(1 - BANDWIDTH**2) * self.anchors[index] + BANDWIDTH * offset
