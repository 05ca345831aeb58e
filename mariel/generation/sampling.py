"""Sampling new phrases from a trained model, and encoding and decoding recorded ones.

The same model, inputs and seed give the same result. Phrases are (phrases, frames, markers, 3), float32 metres, z up,
the dancer's left on the left; latents are (…, latent). Models are those of `load_checkpoint`, on any device; arrays
that are returned lie in main memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from mariel.errors import SettingsError
from mariel.generation.latent_pca import shift_along_components
from mariel.models.base import PhraseModel, Posterior

MAX_TEMPERATURE = 5.0
MAX_SAMPLES = 4096
MAX_SECONDS = 600.0

BATCH_SIZE = 64
"""Phrases encoded or decoded at once."""

Scheme = Literal["prior", "random-spread"]
"""Ways to sample latents: from the model's prior, or as the notebook does, see `random_spread_offsets`."""


def check_range(flag: str, value: float, least: float, most: float) -> None:
    """Check that a number is in range.

    Raises:
        SettingsError: it is not; the message names its command-line flag.
    """
    if not least <= value <= most:
        raise SettingsError(f"{flag} must be from {least:g} to {most:g} (got {value:g})")


@dataclass(frozen=True)
class SamplingOptions:
    """How latents of new phrases are sampled.

    Args:
        temperature: 0 gives the mean phrase, 1 the variety of real ones. The same noise at another temperature gives
            the same movement, calmer or wilder.
        scheme: see `Scheme`.
        pc_offsets: shift of all latents along the first principal components, in standard deviations; see
            `mariel.generation.latent_pca`.

    Raises:
        SettingsError: one of them is out of range.
    """

    temperature: float = 1.0
    scheme: Scheme = "prior"
    pc_offsets: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        check_range("--temperature", self.temperature, 0, MAX_TEMPERATURE)
        if self.scheme not in get_args(Scheme):
            raise SettingsError(f"--scheme must be one of {', '.join(get_args(Scheme))} (got {self.scheme!r})")


DEFAULT_OPTIONS = SamplingOptions()
"""New phrases with the variety of real ones."""


def standard_noise(model: PhraseModel, count: int, seed: int, first_row: int = 0) -> Tensor:
    """Standard normal noise (count, latent). Row i depends on (seed, first_row + i) only, not on `count`.

    Raises:
        SettingsError: the count or the seed is out of range.
    """
    return _noise_arrays(model, count, seed, first_row, 1)[0]


def _noise_arrays(model: PhraseModel, count: int, seed: int, first_row: int, arrays: int) -> Tensor:
    """Several arrays of standard normal noise, (arrays, count, latent); the first equals `standard_noise`."""
    check_range("--count", count, 1, MAX_SAMPLES)
    check_range("--seed", seed, 0, 2**63 - 1)
    rows = [
        np.random.default_rng((seed, row)).standard_normal((arrays, model.latent_dim))
        for row in range(first_row, first_row + count)
    ]
    return torch.from_numpy(np.stack(rows, axis=1)).float().to(model.device)


@torch.no_grad()
def sample_latents(
    model: PhraseModel, count: int, seed: int, options: SamplingOptions = DEFAULT_OPTIONS, *, first_row: int = 0
) -> Tensor:
    """Latents (count, latent) of new phrases. Row i depends on (seed, first_row + i) only, not on `count`.

    Args:
        model: a trained model.
        count: how many.
        seed: of the noise.
        options: temperature, scheme and offsets.
        first_row: number of the first row.

    Raises:
        SettingsError: one of them is out of range.
    """
    return latents_of_offsets(model, sample_offsets(model, count, seed, options.scheme, first_row=first_row), options)


@torch.no_grad()
def sample_offsets(model: PhraseModel, count: int, seed: int, scheme: Scheme, *, first_row: int = 0) -> Tensor:
    """How far the same latents (count, latent) are from the prior's mean at temperature 1, without shifts.

    They take most of the time, and are the same at every temperature.

    Raises:
        SettingsError: the count or the seed is out of range.
    """
    if scheme == "prior":
        return model.prior_offset(standard_noise(model, count, seed, first_row))
    return random_spread_offsets(model, count, seed, first_row=first_row)


@torch.no_grad()
def latents_of_offsets(model: PhraseModel, offsets: Tensor, options: SamplingOptions) -> Tensor:
    """Latents (…, latent) of `sample_offsets` at the options' temperature and shifts."""
    latents = model.prior_mean() + options.temperature * offsets
    return shift_along_components(model, latents, options.pc_offsets)


@torch.no_grad()
def random_spread_offsets(model: PhraseModel, count: int, seed: int, *, first_row: int = 0) -> Tensor:
    """Offsets (count, latent) around random means with random standard deviations: the notebook's sampling scheme.

    z = μ + exp(½ λ) · ε with μ, λ and ε from a standard normal, as if an encoder had given mean μ and log-variance λ
    for a phrase that does not exist. The unit is the standard deviation of training phrases' latents, the centre is
    their mean, and the temperature scales the whole offset. The standard deviation of these latents is 1.6 times that
    of real phrases' latents, so the samples are wilder and less natural than those of `PhraseModel.prior`. ε is the
    noise of that scheme for the same seed.
    """
    epsilon, mean, log_variance = _noise_arrays(model, count, seed, first_row, 3)
    return model.scale_noise(mean + torch.exp(0.5 * log_variance) * epsilon)


@torch.no_grad()
def batched(function: Callable[[Tensor], Tensor], rows: np.ndarray | Tensor, model: PhraseModel) -> np.ndarray:
    """Apply a function to phrases or latents in batches of `BATCH_SIZE`, on the model's device.

    Args:
        function: takes a batch of rows, returns one row for each.
        rows: phrases or latents, one per row.
        model: its device is used.
    """
    # torch warns about arrays that are read-only
    tensor = rows if isinstance(rows, Tensor) else torch.from_numpy(np.require(rows, requirements="W"))
    batches = tensor.split(BATCH_SIZE)
    return torch.cat([function(batch.to(model.device)).float().cpu().contiguous() for batch in batches]).numpy()


def encode(model: PhraseModel, phrases: np.ndarray) -> Posterior:
    """The posterior of phrases; mean and log-variance are (phrases, latent).

    Raises:
        SettingsError: the phrases do not have the model's length and markers, or markers are missing.
    """
    batches = torch.from_numpy(_check_phrases(model, phrases)).split(BATCH_SIZE)
    with torch.no_grad():
        posteriors = [model.encode(batch.to(model.device)) for batch in batches]
    return Posterior(
        torch.cat([posterior.mean for posterior in posteriors]),
        torch.cat([posterior.log_variance for posterior in posteriors]),
    )


def decode(model: PhraseModel, latents: Tensor, *, pin_feet: bool = True) -> np.ndarray:
    """Phrases (…, frames, markers, 3) of latents (…, latent), in the model's canonical frame.

    Args:
        model: a trained model.
        latents: with any number of leading dimensions.
        pin_feet: hold low feet to the floor, for latents that no recorded phrase has.
    """
    rows = latents.reshape(-1, latents.shape[-1])
    phrases = batched(lambda batch: model.decode(batch, pin_feet=pin_feet), rows, model)
    return phrases.reshape(*latents.shape[:-1], *phrases.shape[1:])


def reconstruct(model: PhraseModel, phrases: np.ndarray, *, seed: int | None = None) -> np.ndarray:
    """Reconstructions of phrases, at the originals' position and heading as far as the model allows.

    Args:
        model: a trained model.
        phrases: (phrases, frames, markers, 3).
        seed: samples a latent from each posterior; None takes the posterior's mean.

    Raises:
        SettingsError: the phrases do not have the model's length and markers, or markers are missing.
    """
    posterior = encode(model, phrases)
    latents = posterior.mean if seed is None else posterior.sample(standard_noise(model, len(posterior.mean), seed))
    with torch.no_grad():
        canonical = torch.from_numpy(decode(model, latents, pin_feet=False)).to(model.device)
        world = model.to_world(torch.from_numpy(_check_phrases(model, phrases)).to(model.device), canonical)
    return world.float().cpu().numpy()


def sample(
    model: PhraseModel, count: int, options: SamplingOptions = DEFAULT_OPTIONS, *, seed: int = 0
) -> np.ndarray:
    """New phrases (count, frames, markers, 3): `sample_latents`, decoded.

    >>> sample(model, 4, SamplingOptions(temperature=0.5), seed=7)

    Raises:
        SettingsError: one of them is out of range.
    """
    return decode(model, sample_latents(model, count, seed, options))


def perturb_latents(model: PhraseModel, phrase: np.ndarray, sigma: float, count: int, *, seed: int = 0) -> Tensor:
    """Latents (count, latent) around that of one phrase (frames, markers, 3), see `perturb`."""
    check_range("--sigma", sigma, 0, MAX_TEMPERATURE)
    mean, offsets = perturbation(model, phrase, count, seed=seed)
    return mean + sigma * offsets


@torch.no_grad()
def perturbation(model: PhraseModel, phrase: np.ndarray, count: int, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """The latent (1, latent) of one phrase (frames, markers, 3), and offsets (count, latent) from it for σ = 1."""
    return encode(model, phrase[None]).mean, model.scale_noise(standard_noise(model, count, seed))


def perturb(model: PhraseModel, phrase: np.ndarray, sigma: float, count: int, *, seed: int = 0) -> np.ndarray:
    """Variations of one phrase (frames, markers, 3), from noise added to its latent: (count, frames, markers, 3).

    Up to σ = 0.5 they resemble the phrase; from 1 on they differ clearly. σ is in standard deviations of training
    phrases' latents, as in Pettee et al., *Beyond Imitation*, arXiv:1907.05297, section 4.2.
    """
    return decode(model, perturb_latents(model, phrase, sigma, count, seed=seed))


def _check_phrases(model: PhraseModel, phrases: np.ndarray) -> np.ndarray:
    """Phrases as a float32 array.

    Raises:
        SettingsError: they do not have the model's length and markers, or markers are missing.
    """
    phrases = np.require(phrases, np.float32, ["C", "W"])
    expected = (model.length, len(model.marker_set), 3)
    if phrases.ndim != 4 or phrases.shape[1:] != expected:
        raise SettingsError(
            f"the model expects phrases of shape (phrases, {', '.join(map(str, expected))}) (got {phrases.shape})"
        )
    if not np.isfinite(phrases).all():
        raise SettingsError("phrases with missing markers cannot be encoded")
    return phrases
