"""A model's figures on recordings, each beside that of real motion."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from mariel.errors import MarkerError
from mariel.evaluation import metrics
from mariel.generation.sampling import in_parts, sample
from mariel.models.base import PhraseModel
from mariel.motion.mariel_markers import MARIEL_18
from mariel.motion.marker_set import MarkerSet

RIGID_SEGMENT = "head"
"""The segment whose markers' distances are watched: a skull does not bend."""


@dataclass(frozen=True)
class Figure:
    """One figure of a model.

    Args:
        name: what it is, for people.
        value: the model's.
        real: the same of real motion, None where there is no such thing.
        unit: of both, empty for ratios.
        note: what a reader should know, such as why there is no value.
        profile: the value in equal parts of the phrase, from its beginning to its end, where that is known.
    """

    name: str
    value: float | None
    real: float | None = None
    unit: str = ""
    note: str = ""
    profile: tuple[float, ...] = ()

    @property
    def ratio(self) -> float:
        """The model's over that of real motion; NaN where one of them is not known."""
        return self.value / self.real if self.value is not None and self.real else float("nan")

    def to_dict(self) -> dict:
        """Plain numbers and words, for JSON."""
        return asdict(self)


def evaluate(
    model: PhraseModel, phrases: np.ndarray, training: np.ndarray, *, count: int = 256, seed: int = 0
) -> list[Figure]:
    """Figures of a model's reconstructions of some phrases and of its samples.

    Args:
        model: a trained model.
        phrases: that it is judged on, best such that it has never seen (phrases, frames, markers, 3), metres.
        training: phrases it has learned from.
        count: samples to draw.
        seed: draws them, the same as `mariel.generation.sampling.sample` gives.
    """
    model.eval()
    held_out, rebuilt, known = (
        in_parts(work, some, model) for work, some in
        ((model.place, phrases), (model.reconstruct, phrases), (model.place, training))
    )  # fmt: skip
    samples = sample(model, count, seed=seed)
    return [*_rebuilding(model, rebuilt, held_out), *_dancing(model, samples, known, held_out)]


def _rebuilding(model: PhraseModel, rebuilt: np.ndarray, real: np.ndarray) -> list[Figure]:
    fps = model.fps
    errors = metrics.marker_error(metrics.centred(rebuilt), metrics.centred(real))
    return [
        Figure(
            "marker error", float(errors.mean()), 0.0, "cm", profile=tuple(metrics.error_profile(errors).tolist())
        ),
        Figure("marker error with its place", float(metrics.marker_error(rebuilt, real).mean()), 0.0, "cm"),
        Figure("first 5 frames ÷ rest", metrics.beginning_ratio(errors), 1.0),
        Figure("velocity error", metrics.velocity_error(rebuilt, real, fps), 0.0, "m/s"),
        Figure("speed, reconstructed", metrics.mean_speed(rebuilt, fps), metrics.mean_speed(real, fps), "m/s"),
        Figure("jerk, reconstructed", metrics.jerk(rebuilt, fps), metrics.jerk(real, fps), "m/s³"),
    ]


def _dancing(model: PhraseModel, samples: np.ndarray, known: np.ndarray, held_out: np.ndarray) -> list[Figure]:
    fps, marker_set = model.fps, model.marker_set
    real = known[:: max(1, len(known) // len(samples))]  # as many as there are samples: enough for means
    return [
        Figure("speed, sampled", metrics.mean_speed(samples, fps), metrics.mean_speed(real, fps), "m/s"),
        Figure("jerk, sampled", metrics.jerk(samples, fps), metrics.jerk(real, fps), "m/s³"),
        Figure("diversity", metrics.diversity(samples), metrics.diversity(real), "cm"),
        Figure(
            "nearest training phrase",
            metrics.nearest_distance(samples, known),
            metrics.nearest_distance(held_out, known),
            "cm",
            "real: of the phrases judged on",
        ),
        _measured(
            "skull variation", lambda some: metrics.segment_variation(some, marker_set, RIGID_SEGMENT), samples, real
        ),
        _measured(
            "foot skating", lambda some: metrics.foot_skating(some, marker_set, fps), samples, real, "of frames"
        ),
        _measured(
            "Fréchet distance, kinetic", lambda some: _frechet(some, known, marker_set, fps), samples, held_out
        ),
    ]


def _measured(
    name: str, measure: Callable[[np.ndarray], float | None], samples: np.ndarray, real: np.ndarray, unit: str = ""
) -> Figure:
    try:
        value, beside = measure(samples), measure(real)
    except MarkerError as error:
        return Figure(name, None, None, unit, str(error))
    note = "too few phrases" if value is None or beside is None else ""
    return Figure(name, value, beside, unit, note)


def _frechet(phrases: np.ndarray, known: np.ndarray, marker_set: MarkerSet, fps: float) -> float | None:
    columns = marker_set.indices(MARIEL_18.labels)
    features, others = (metrics.kinetic_features(some[:, :, columns], fps) for some in (phrases, known))
    return metrics.frechet_distance(features, others)
