"""Requests for new dances: the mode of sampling and all its numbers, as a favourite saves them.

>>> checkpoint = load_checkpoint("checkpoints/demo-dancer")
>>> generate_samples(checkpoint, SamplingRequest(mode="perturb", sigma=0.3, take_positions=("adagio@4022",)))

The same model and request give the same dances.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal, Self

import numpy as np
import torch
from pydantic import BeforeValidator, Field, model_validator
from torch import Tensor

from mariel.errors import PhraseError, SettingsError
from mariel.generation import sampling, sequences
from mariel.generation.from_pose import PoseMatch, match_pose_of_seeds, move_to_pose
from mariel.generation.interpolation import slerp
from mariel.generation.latent_pca import MAX_OFFSET, shift_along_components
from mariel.generation.model_body import request_body_change
from mariel.generation.take_positions import RunTakes, TakePosition, other_takes, run_takes
from mariel.kinematics.shapes.body_change import BodyChange
from mariel.kinematics.shapes.proportions import BODY_DESCRIPTION
from mariel.models.base import PhraseModel
from mariel.settings import Int, Names, Settings, shown
from mariel.training.checkpoints import Checkpoint

Mode = Literal["new", "perturb", "interpolate", "chain", "from-pose"]
"""Ways to make dances: from the prior, around a phrase, between two, through several, or from a pose on."""

MAX_SEED = 999_999
DEFAULT_CHAIN_SECONDS = 12
"""Length of a chain for which no length is given."""

REFERENCE_SIGMA = 0.5
"""Phrases that continue a long variation are chosen for the variation with this σ."""

POSITIONS_NEEDED: Mapping[Mode, int] = {"new": 0, "perturb": 1, "interpolate": 2, "chain": 2, "from-pose": 1}
"""Phrases or poses that each mode starts from; a chain may have more."""

SAVED_MODES: Mapping[Mode, str] = {
    "new": "New",
    "perturb": "Vary a phrase",
    "interpolate": "Between two",
    "chain": "Walk",
    "from-pose": "From a pose",
}
"""Modes as files of favourites and links name them."""

_SAVED_FIELDS = {"pc_offsets": "pushes", "take_positions": "moments"}
"""Fields that have other names in files of favourites."""


def _check_offsets(values: Any) -> tuple[float, ...]:
    """Offsets as a tuple of floats; a list is allowed too, since JSON has no tuples."""
    if not isinstance(values, list | tuple) or not all(
        isinstance(each, int | float) and not isinstance(each, bool) and abs(each) <= MAX_OFFSET for each in values
    ):
        raise ValueError(f"--push must be numbers from {-MAX_OFFSET:g} to {MAX_OFFSET:g} (got {shown(values)})")
    return tuple(float(each) for each in values)


class SamplingRequest(Settings):
    """What dances to make. Fields that a mode does not use keep their defaults, so that equal requests are equal.

    Raises:
        SettingsError: a value has the wrong type or is out of range; the message names its flag.
    """

    mode: Mode = Field(default="new", description="How dances are made.")
    seed: Int = Field(default=0, ge=0, le=2**53, description="Seed of the first dance; the next have the next seeds.")
    count: Int = Field(default=4, ge=1, le=sampling.MAX_SAMPLES, description="How many dances.")
    seconds: float | None = Field(
        default=None, ge=0.1, le=sampling.MAX_SECONDS, description="Length of each dance; empty: one phrase."
    )
    temperature: float = Field(
        default=1.0,
        ge=0,
        le=sampling.MAX_TEMPERATURE,
        description="0 gives the mean dance, 1 the variety of real ones.",
    )
    sigma: float = Field(
        default=0.5,
        ge=0,
        le=sampling.MAX_TEMPERATURE,
        description="Size of a variation, in standard deviations of training phrases' latents.",
    )
    share: float = Field(default=0.5, ge=0, le=1, description="Where a single dance lies between two phrases.")
    scheme: sampling.Scheme = Field(default="prior", description="How latents are sampled.")
    pc_offsets: Annotated[tuple[float, ...], BeforeValidator(_check_offsets)] = Field(
        default=(), description="Shifts along the first principal components, standard deviations."
    )
    take_positions: Names = Field(
        default=(), description="Phrases or pose to start from, take@frame, such as adagio@4022."
    )
    recordings: str = Field(
        default="", description="The recordings of these phrases, where they are not the model's own."
    )
    body: str = Field(default="", description=BODY_DESCRIPTION)

    @model_validator(mode="after")
    def _check_positions(self) -> Self:
        for text in self.take_positions:
            TakePosition.parse(text)
        return self

    @property
    def labels(self) -> list[str]:
        """A name for each dance."""
        if self.mode == "chain":
            return ["the chain"]
        if self.mode == "interpolate" and self.seconds:
            return ["from one to the other"]
        if self.mode == "interpolate":
            return [f"{share:.0%} of the way" for share in self.shares]
        return [f"seed {self.seed + number}" for number in range(self.count)]

    @property
    def shares(self) -> list[float]:
        """Where each dance lies between the two phrases, 0 to 1."""
        return [self.share] if self.count == 1 else np.linspace(0, 1, self.count).tolist()

    def single_requests(self) -> list["SamplingRequest"]:
        """A request for each dance alone."""
        if len(self.labels) == 1:
            return [self.replace(count=1)]
        if self.mode == "interpolate":
            return [self.replace(count=1, share=share) for share in self.shares]
        return [self.replace(count=1, seed=self.seed + number) for number in range(self.count)]

    def to_dict(self) -> dict:
        """Strings and numbers for JSON, by the names that files of favourites use."""
        values = {_SAVED_FIELDS.get(name, name): value for name, value in self.model_dump(mode="json").items()}
        for name in ("recordings", "body"):
            if not values[name]:
                del values[name]
        return {**values, "mode": SAVED_MODES[self.mode]}

    @classmethod
    def from_dict(cls, data: Mapping) -> "SamplingRequest":
        """The request that `to_dict` wrote; other entries are ignored.

        Raises:
            SettingsError: a value has the wrong type or is out of range.
        """
        saved = {_SAVED_FIELDS.get(name, name): name for name in cls.model_fields}
        values = {saved[key]: value for key, value in data.items() if key in saved}
        mode = values.get("mode", "New")
        values["mode"] = next((new for new, old in SAVED_MODES.items() if old == mode), mode)
        try:
            return cls(**values)
        except SettingsError as error:
            raise SettingsError(f"this dance cannot be made again: {error}") from error


def sample_recipe(checkpoint: Checkpoint, request: SamplingRequest, index: int = 0) -> dict[str, Any]:
    """How one of the dances of a request was made, for favourites and bundles.

    Args:
        checkpoint: the model.
        request: what was asked for.
        index: of the dance.

    Returns:
        The model's name, its recordings, and the request for this dance alone, for JSON.
    """
    request = request.single_requests()[index]
    return {"checkpoint": checkpoint.run, "data": checkpoint.settings.data.data, **request.to_dict()}


def generate_samples(checkpoint: Checkpoint, request: SamplingRequest, takes: RunTakes | None = None) -> np.ndarray:
    """The dances of a request, (dances, frames, markers, 3), metres.

    Args:
        checkpoint: a trained model.
        request: what to make.
        takes: the recordings of the request's phrases, if they are open already.

    Raises:
        SettingsError: a number does not fit the model.
        PhraseError: a phrase to start from is not there, or the model's recordings are not.
        RecordingError: the request's body cannot be had; the message says why.
    """
    if POSITIONS_NEEDED[request.mode] and takes is None:
        takes = other_takes(checkpoint, request.recordings) if request.recordings else run_takes(checkpoint)
    phrases = starting_phrases(request, takes)
    model, requests = checkpoint.model, request.single_requests()
    plans = plan_samples(model, requests, phrases)
    change = request_body_change(checkpoint, request.body, takes)
    return np.stack(
        [generate_sample(model, one, phrases, plan, change) for one, plan in zip(requests, plans, strict=True)]
    )


def starting_phrases(request: SamplingRequest, takes: RunTakes | None) -> tuple[np.ndarray, ...]:
    """The phrases that a request starts from, each (frames, markers, 3), metres; none for new dances.

    Raises:
        PhraseError: there are too few, or one is not there.
    """
    needed = POSITIONS_NEEDED[request.mode]
    if not needed:
        return ()
    if len(request.take_positions) < needed:
        raise PhraseError(f"{request.mode} needs {needed} positions take@frame (got {len(request.take_positions)})")
    if takes is None:
        raise PhraseError(f"{request.mode} needs the recordings that the model has learned from")
    return tuple(takes.phrase(TakePosition.parse(each)) for each in request.take_positions)


@dataclass(frozen=True, eq=False)
class SamplePlan:
    """What a dance has in common with the same dance at every other temperature, σ or share.

    Args:
        start: the latent (latent,) of its first phrase for a request that differs in these alone; None where several
            phrases are given that it passes through.
        following: of the phrases that follow in a long dance, see `sequences.choose_continuations`.
    """

    start: Callable[[SamplingRequest], Tensor] | None = None
    following: Tensor | None = None


def plan_samples(
    model: PhraseModel, requests: Sequence[SamplingRequest], phrases: Sequence[np.ndarray] = ()
) -> list[SamplePlan]:
    """The plan of the first dance of each request. It takes most of the time of dances from a pose and of long ones.

    A pose is searched for all of them together: from the plan of the same request alone, dances differ by less than
    1 mm (see `match_pose_of_seeds`).

    Args:
        model: a trained model.
        requests: what to make; they differ in the seed and, which makes no difference, in temperature and σ.
        phrases: what they start from, see `starting_phrases`.

    Raises:
        SettingsError: a number or a phrase does not fit the model.
    """
    if not requests or requests[0].mode != "from-pose":
        return [_plan_sample(model, request, phrases) for request in requests]
    seeds = [request.seed for request in requests]
    matches = match_pose_of_seeds(model, phrases[0][0], seeds, _sampling_options(requests[0]))
    return [_plan_sample(model, request, phrases, match) for request, match in zip(requests, matches, strict=True)]


def _plan_sample(
    model: PhraseModel, request: SamplingRequest, phrases: Sequence[np.ndarray], match: PoseMatch | None = None
) -> SamplePlan:
    """The plan of the first dance of a request, whose pose has been searched."""
    if request.mode == "chain" or (request.mode == "interpolate" and request.seconds):
        return SamplePlan()
    start = _start_of_match(match) if match else _STARTS[request.mode](model, request, phrases)
    if not request.seconds:
        return SamplePlan(start)
    reference, options = request.replace(temperature=1.0, sigma=REFERENCE_SIGMA), _sampling_options(request)
    first = start(reference)
    return SamplePlan(
        start, sequences.choose_continuations(model, request.seconds, options, start=first, seed=request.seed)
    )


def _start_of_match(match: PoseMatch) -> Callable[[SamplingRequest], Tensor]:
    return lambda request: match.latents_at(request.temperature)[0]


def _start_from_prior(
    model: PhraseModel, request: SamplingRequest, _: Sequence[np.ndarray]
) -> Callable[[SamplingRequest], Tensor]:
    offset = sampling.sample_offsets(model, 1, request.seed, request.scheme)[0]
    return lambda request: sampling.latents_of_offsets(model, offset, _sampling_options(request))


def _start_around_phrase(
    model: PhraseModel, request: SamplingRequest, phrases: Sequence[np.ndarray]
) -> Callable[[SamplingRequest], Tensor]:
    mean, offset = sampling.perturbation(model, phrases[0], 1, seed=request.seed)
    return lambda request: shift_along_components(model, mean + request.sigma * offset, request.pc_offsets)[0]


def _start_between_phrases(
    model: PhraseModel, _: SamplingRequest, phrases: Sequence[np.ndarray]
) -> Callable[[SamplingRequest], Tensor]:
    one, other = sampling.encode(model, np.stack(phrases)).mean
    return lambda request: slerp(one, other, [request.share], model.prior_mean())[0]


_STARTS: Mapping[Mode, Callable] = {
    "new": _start_from_prior,
    "perturb": _start_around_phrase,
    "interpolate": _start_between_phrases,
}


def generate_sample(
    model: PhraseModel,
    request: SamplingRequest,
    phrases: Sequence[np.ndarray] = (),
    plan: SamplePlan | None = None,
    change: BodyChange | None = None,
) -> np.ndarray:
    """The first dance of a request (frames, markers, 3), metres.

    Args:
        model: a trained model.
        request: what to make.
        phrases: what it starts from, see `starting_phrases`.
        plan: what `plan_samples` gives, where that is known already.
        change: gives the dance to the request's body, see `mariel.generation.model_body`; None: the model's own.

    Raises:
        SettingsError: a number or a phrase does not fit the model.
    """
    return generate_variants(model, [request], phrases, plan, change)[0]


def generate_variants(
    model: PhraseModel,
    requests: Sequence[SamplingRequest],
    phrases: Sequence[np.ndarray] = (),
    plan: SamplePlan | None = None,
    change: BodyChange | None = None,
) -> np.ndarray:
    """The same for requests that differ in temperature, σ or share alone: (requests, frames, markers, 3).

    Those of one phrase are decoded together, which takes a third of the time. A batch is rounded differently from a
    single dance: markers differ by less than a millimetre.
    """
    first = requests[0]
    plan = plan or plan_samples(model, [first], phrases)[0]
    if plan.start is None:
        seconds = first.seconds or DEFAULT_CHAIN_SECONDS
        through = sampling.encode(model, np.stack(phrases)).mean
        dances = np.stack([sequences.interpolate_sequence(model, through, seconds)] * len(requests))
    elif seconds := first.seconds:
        options = [_sampling_options(request) for request in requests]
        starts = [plan.start(request) for request in requests]
        sequence = partial(sequences.sample_sequence, model, seconds, seed=first.seed, following=plan.following)
        dances = np.stack([sequence(some, start=start) for some, start in zip(options, starts, strict=True)])
    else:
        dances = sampling.decode(model, torch.stack([plan.start(request) for request in requests]))
    if first.mode == "from-pose":
        dances = move_to_pose(model, dances, phrases[0][0])
    return np.stack([change.dance(dance, model.fps).positions for dance in dances]) if change else dances


def _sampling_options(request: SamplingRequest) -> sampling.SamplingOptions:
    """How phrases from the prior are sampled: those that follow a variation as if it were new."""
    if request.mode == "perturb":
        return sampling.SamplingOptions()
    return sampling.SamplingOptions(request.temperature, request.scheme, request.pc_offsets)
