"""New dances from a trained model, and old ones as the model understands them.

Every function gives the same for the same model, inputs and seed. Phrases are (phrases, frames, markers, 3), float32
metres, z up, the dancer's left on the left; latents are (…, latent). Models are those of `load_checkpoint`, on
whichever device they are; what comes back lies in ordinary memory.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from mariel.errors import SettingsError
from mariel.generation.latent_pca import shifted
from mariel.kinematics.canonical_frame import Placing, to_planes
from mariel.models.base import PhraseModel, Posterior

MOST_TEMPERATURE = 5.0
MOST_DANCES = 4096
MOST_SECONDS = 600.0

BATCH = 64
"""Phrases worked on at a time."""

OVERLAP = 0.25
"""Share of a phrase that fades into the next one in a long dance."""

CANDIDATES = 24
"""Phrases of which the one that goes on best is taken, in a long dance."""

Scheme = Literal["prior", "random-spread"]
"""Ways to draw latents: near those of real phrases, or the notebook's other way, see `random_spread`."""


def check_range(flag: str, value: float, least: float, most: float) -> None:
    """Refuse a number that is out of range, by the name of its flag.

    Raises:
        SettingsError: it is.
    """
    if not least <= value <= most:
        raise SettingsError(f"{flag} must be from {least:g} to {most:g} (got {value:g})")


@dataclass(frozen=True)
class Style:
    """How new phrases are drawn.

    Args:
        temperature: 0 is the mean dance, 1 as various as real ones; the same noise at another temperature is the
            same dance, calmer or wilder.
        scheme: see `Scheme`.
        pushes: standard deviations by which all are pushed along the first principal directions, see
            `mariel.generation.latent_pca`.

    Raises:
        SettingsError: one of them is out of range.
    """

    temperature: float = 1.0
    scheme: Scheme = "prior"
    pushes: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        check_range("--temperature", self.temperature, 0, MOST_TEMPERATURE)
        if self.scheme not in get_args(Scheme):
            raise SettingsError(f"--scheme must be one of {', '.join(get_args(Scheme))} (got {self.scheme!r})")


PLAIN = Style()
"""New phrases as various as real ones."""


def noise(model: PhraseModel, count: int, seed: int, first: int = 0) -> Tensor:
    """Standard normal noise (count, latent): row i is drawn from (seed, i), however many are asked for.

    Raises:
        SettingsError: the count or the seed is out of range.
    """
    return _noises(model, count, seed, first, 1)[0]


def _noises(model: PhraseModel, count: int, seed: int, first: int, each: int) -> Tensor:
    """So many rows of noise for each dance, (each, count, latent); the first are those of `noise`."""
    check_range("--count", count, 1, MOST_DANCES)
    check_range("--seed", seed, 0, 2**63 - 1)
    rows = range(first, first + count)
    drawn = [np.random.default_rng((seed, row)).standard_normal((each, model.latent)) for row in rows]
    return torch.from_numpy(np.stack(drawn, axis=1)).float().to(model.device)


@torch.no_grad()
def drawn(model: PhraseModel, count: int, seed: int, style: Style = PLAIN, *, first: int = 0) -> Tensor:
    """Latents (count, latent) of new phrases: row i is drawn from (seed, first + i).

    Args:
        model: a trained model.
        count: how many.
        seed: draws them.
        style: how.
        first: the row to begin with.

    Raises:
        SettingsError: one of them is out of range.
    """
    if style.scheme == "prior":
        latents = model.prior(noise(model, count, seed, first), style.temperature)
    else:
        latents = random_spread(model, count, seed, style.temperature, first=first)
    return shifted(model, latents, style.pushes)


@torch.no_grad()
def random_spread(model: PhraseModel, count: int, seed: int, temperature: float = 1.0, *, first: int = 0) -> Tensor:
    """Latents (count, latent) around means and with spreads that are random themselves, the notebook's other scheme.

    z = μ + exp(½ λ) · ε with μ, λ and ε drawn from a standard normal, as if an encoder had said μ and log-variance λ
    of a phrase that nobody danced; in units of how far latents of training phrases are spread, from their mean, times
    the temperature. Their standard deviation is 1.6 times that of real phrases' latents, so these dances are wilder
    and odder than those of `PhraseModel.prior`. ε is the noise of that scheme, for the same seed.
    """
    epsilon, mean, log_variance = _noises(model, count, seed, first, 3)
    offset = model.wander(mean + torch.exp(0.5 * log_variance) * epsilon)
    return centre(model) + temperature * offset


@torch.no_grad()
def centre(model: PhraseModel) -> Tensor:
    """The latent (latent,) of the mean dance, around which phrases lie."""
    return model.prior(torch.zeros(model.latent, device=model.device), 0.0)


@torch.no_grad()
def in_parts(work: Callable[[Tensor], Tensor], rows: np.ndarray | Tensor, model: PhraseModel) -> np.ndarray:
    """Work on many phrases or latents, some at a time, on the model's device."""
    if isinstance(rows, np.ndarray):
        rows = torch.from_numpy(np.require(rows, requirements="W"))  # a file's are not, which torch warns about
    parts = rows.split(BATCH)
    return torch.cat([work(part.to(model.device)).float().cpu().contiguous() for part in parts]).numpy()


def encode(model: PhraseModel, phrases: np.ndarray) -> Posterior:
    """The posterior of phrases; both parts (phrases, latent).

    Raises:
        SettingsError: the phrases are not of the model's length and markers, or numbers are missing.
    """
    phrases = torch.from_numpy(_checked_phrases(model, phrases))
    with torch.no_grad():
        parts = [model.encode(part.to(model.device)) for part in phrases.split(BATCH)]
    return Posterior(torch.cat([part.mean for part in parts]), torch.cat([part.log_variance for part in parts]))


def decode(model: PhraseModel, latents: Tensor, *, sure_footed: bool = True) -> np.ndarray:
    """Phrases (…, frames, markers, 3) of latents (…, latent), where the model gives them.

    Args:
        model: a trained model.
        latents: of any number of leading dimensions.
        sure_footed: let low feet stand, for latents that no recorded phrase has.
    """
    phrases = in_parts(
        lambda part: model.decode(part, sure_footed=sure_footed), latents.reshape(-1, latents.shape[-1]), model
    )
    return phrases.reshape(*latents.shape[:-1], *phrases.shape[1:])


def reconstruct(model: PhraseModel, phrases: np.ndarray, *, seed: int | None = None) -> np.ndarray:
    """Phrases as the model rebuilds them, where they were danced as far as the model knows.

    Args:
        model: a trained model.
        phrases: (phrases, frames, markers, 3).
        seed: draws a latent from each posterior; None takes its mean.
    """
    posterior = encode(model, phrases)
    drawn = posterior.mean if seed is None else posterior.sample(noise(model, len(posterior.mean), seed))
    with torch.no_grad():
        placed = torch.from_numpy(decode(model, drawn, sure_footed=False)).to(model.device)
        restored = model.restore(torch.from_numpy(_checked_phrases(model, phrases)).to(model.device), placed)
    return restored.float().cpu().numpy()


def sample(model: PhraseModel, count: int, style: Style = PLAIN, *, seed: int = 0) -> np.ndarray:
    """New phrases (count, frames, markers, 3), of the latents that `drawn` gives for the same words.

    >>> sample(model, 4, Style(temperature=0.5), seed=7)

    Raises:
        SettingsError: one of them is out of range.
    """
    return decode(model, drawn(model, count, seed, style))


def varied(model: PhraseModel, phrase: np.ndarray, sigma: float, count: int, *, seed: int = 0) -> Tensor:
    """Latents (count, latent) around that of one phrase (frames, markers, 3), see `vary`."""
    check_range("--sigma", sigma, 0, MOST_TEMPERATURE)
    with torch.no_grad():
        return encode(model, phrase[None]).mean + sigma * model.wander(noise(model, count, seed))


def vary(model: PhraseModel, phrase: np.ndarray, sigma: float, count: int, *, seed: int = 0) -> np.ndarray:
    """Variations of one phrase (frames, markers, 3): up to half a σ they stay close, from one on they are inventive.

    σ is in units of how far latents of training phrases are spread; as in Pettee et al., *Beyond Imitation*,
    arXiv:1907.05297, section 4.2, which adds noise of so many standard deviations to a phrase's latent.
    """
    return decode(model, varied(model, phrase, sigma, count, seed=seed))


def between(one: Tensor, other: Tensor, shares: Sequence[float] | Tensor, centre: Tensor | None = None) -> Tensor:
    """Latents on the way from one latent to another (latent,), (shares, latent): on an arc around a centre.

    Lengths are interpolated too, so that the ends are the two latents exactly. Shoemake, *Animating Rotation with
    Quaternion Curves*, SIGGRAPH 1985; for latents of normal distributions White, arXiv:1609.04468.
    """
    centre = torch.zeros_like(one) if centre is None else centre
    a, b = (one - centre).double(), (other - centre).double()
    shares = torch.as_tensor(shares, dtype=torch.float64, device=one.device)[:, None]
    far = a.norm() * b.norm()
    angle = torch.acos((a @ b / far).clamp(-1, 1)) if far > 0 else far
    if torch.sin(angle) < 1e-4:
        mixed = (1 - shares) * a + shares * b
    else:
        unit_a, unit_b = a / a.norm(), b / b.norm()
        arc = (torch.sin((1 - shares) * angle) * unit_a + torch.sin(shares * angle) * unit_b) / torch.sin(angle)
        mixed = arc * ((1 - shares) * a.norm() + shares * b.norm())
    return (mixed + centre).to(one.dtype)


def walk(latents: Tensor, steps: int, centre: Tensor | None = None) -> Tensor:
    """A way through several latents (stations, latent): so many steps from each to the next, both ends included."""
    shares = torch.arange(steps, dtype=torch.float64) / steps
    parts = [between(one, other, shares, centre) for one, other in pairwise(latents)]
    return torch.cat([*parts, latents[-1:]])


def long_dance(
    model: PhraseModel,
    seconds: float,
    style: Style = PLAIN,
    *,
    seed: int = 0,
    begin: np.ndarray | Tensor | None = None,
) -> np.ndarray:
    """A dance of any length (frames, markers, 3): phrases that fade into each other.

    Each next phrase is, of some that are drawn, the one whose beginning fits best to how the last one ends; position,
    heading and velocity go on from there.

    Args:
        model: a trained model.
        seconds: its length.
        style: how phrases are drawn.
        seed: draws them.
        begin: a phrase (frames, markers, 3), or a latent (latent,), to set out from: kept as the first one.

    Raises:
        SettingsError: one of them is out of range.
    """
    check_range("--seconds", seconds, 2 / model.fps, MOST_SECONDS)
    frames, overlap = round(seconds * model.fps), overlap_of(model)
    count = max(1, math.ceil((frames - overlap) / (model.length - overlap)))
    draw = partial(drawn, model, seed=seed, style=style)
    with torch.no_grad():
        chosen = [draw(1)[0] if begin is None else _latent(model, begin)]
        for index in range(1, count):
            candidates = draw(CANDIDATES, first=index * CANDIDATES)
            chosen.append(candidates[best_next(model, chosen[-1], candidates, overlap)])
        dance = model.overlapped(torch.stack(chosen), overlap)
    return np.ascontiguousarray(dance[:frames].float().cpu().numpy())


def _latent(model: PhraseModel, begin: np.ndarray | Tensor) -> Tensor:
    return begin if isinstance(begin, Tensor) else encode(model, begin[None]).mean[0]


def journey(model: PhraseModel, stations: Tensor, seconds: float) -> np.ndarray:
    """One dance (frames, markers, 3) that sets out as one phrase and becomes others on the way, without a stop.

    Phrases are decoded all along the way through the stations' latents, see `walk`, and fade into each other. The
    first and the last of them, and those at the stations, are the stations' own.

    Args:
        model: a trained model.
        stations: latents of phrases to pass through (stations, latent), at least two.
        seconds: about how long it takes: so long that phrases overlap by at most half, and as near to it as whole
            frames of overlap allow.

    Raises:
        SettingsError: there are too few stations, or the seconds are out of range.
    """
    check_range("--seconds", seconds, 2 / model.fps, MOST_SECONDS)
    if len(stations) < 2:
        raise SettingsError(f"a journey needs two phrases or more (got {len(stations)})")
    frames, overlap, legs = round(seconds * model.fps), overlap_of(model), len(stations) - 1
    phrases = math.ceil((frames - overlap) / (model.length - overlap))
    steps = max(1, math.ceil((phrases - 1) / legs))
    count = steps * legs + 1
    overlap = min(max(round((count * model.length - frames) / (count - 1)), overlap), model.length // 2)
    with torch.no_grad():
        dance = model.overlapped(walk(stations, steps, centre(model)), overlap)
    return np.ascontiguousarray(dance.float().cpu().numpy())


def overlap_of(model: PhraseModel) -> int:
    """Frames in which one phrase of a long dance fades into the next."""
    return max(1, int(OVERLAP * model.length))


def best_next(model: PhraseModel, last: Tensor, candidates: Tensor, overlap: int) -> int:
    """Which of some latents (candidates, latent) begins most as the phrase of the latent `last` (latent,) ends."""
    seen = bodies(model, model.decode(torch.cat([last[None], candidates]), sure_footed=True))
    misfit = (seen[1:, :overlap] - seen[0, -overlap:]).square().sum(dim=2).mean(dim=(1, 2))
    return int(misfit.argmin())


def bodies(model: PhraseModel, phrases: Tensor) -> Tensor:
    """Phrases as somebody sees them who walks and turns with the dancer: (phrases, frames, xyz, markers)."""
    placing = Placing(model.marker_set).to(phrases.device)
    return placing.follow(placing.take_out(to_planes(phrases))[0])[0]


def _checked_phrases(model: PhraseModel, phrases: np.ndarray) -> np.ndarray:
    phrases = np.require(phrases, np.float32, ["C", "W"])
    expected = (model.length, len(model.marker_set), 3)
    if phrases.ndim != 4 or phrases.shape[1:] != expected:
        raise SettingsError(f"the model knows phrases of shape (phrases, {', '.join(map(str, expected))}) "
                            f"(got {phrases.shape})")  # fmt: skip
    if not np.isfinite(phrases).all():
        raise SettingsError("phrases with missing markers cannot be encoded")
    return phrases
