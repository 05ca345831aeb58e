"""Where new latents come from: near those of phrases that were danced, or far from them.

Latents of phrases lie far from evenly: a few wild phrases hold most of the variance of quick movement, and a Gaussian
of all of them is livelier and clumsier than most phrases are. So the prior is a kernel density over some training
phrases' latents, fitted when they are known, as in Ghosh et al., *From Variational to Deterministic Autoencoders*,
ICLR 2020, arXiv:1903.12436, section 4, there with a mixture of Gaussians.
"""

import math

import torch
from torch import Tensor, nn

ANCHORS = 1024
"""Training phrases that samples set out from."""

NOVELTY = 0.4
"""How far they go: at 0 they would be training phrases again, at 1 a Gaussian of all latents."""


class LatentPrior(nn.Module):
    """Latents of standard normal noise, at a temperature.

    A sample sets out from the latent of one phrase, its anchor, and goes some way in a direction drawn from the
    covariance of all of them: further where the anchor is itself far from the mean, so that calm dances get calm
    company. Over all samples, mean and covariance are those of the training phrases' latents.

    Args:
        latent: dimensions of the latent space.
    """

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(latent))
        self.register_buffer("spread", torch.eye(latent))
        self.register_buffer("anchors", torch.zeros(ANCHORS, latent))
        self.register_buffer("widths", torch.ones(ANCHORS))

    @torch.no_grad()
    def fit(self, means: Tensor, variances: Tensor) -> None:
        """Measure the latents of training phrases: means and variances of their posteriors, (phrases, latent)."""
        means = means.double()
        apart = means - means.mean(dim=0)
        covariance = apart.T @ apart / len(means) + torch.diag(variances.double().mean(dim=0))
        spread = torch.linalg.cholesky(covariance + 1e-6 * torch.eye(len(covariance)).to(covariance))
        chosen = apart[torch.arange(ANCHORS, device=apart.device) * len(apart) // ANCHORS]
        chosen = chosen[chosen[:, 0].argsort(stable=True)]
        widths = torch.linalg.solve_triangular(spread, chosen.T, upper=False).square().mean(dim=0).sqrt()
        self.mean.copy_(means.mean(dim=0))
        self.spread.copy_(spread)
        self.anchors.copy_(chosen)
        self.widths.copy_(widths / widths.square().mean().sqrt().clamp_min(1e-6))

    def forward(self, noise: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """Latents (…, latent) of standard normal noise (…, latent); temperature 0 gives the mean of all.

        The last number of the noise, which moves a dance least, chooses the anchor as well, along the first
        principal coordinate: noise that differs little mostly sets out from phrases that differ little.
        """
        share = torch.special.ndtr(noise[..., -1])
        index = (share * ANCHORS).long().clamp(0, ANCHORS - 1)
        away = self.widths[index][..., None] * (noise @ self.spread.T)
        return self.mean + temperature * (math.sqrt(1 - NOVELTY**2) * self.anchors[index] + NOVELTY * away)
