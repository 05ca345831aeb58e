"""All metrics, in the order in which tables show them. To add one, define it here; see `registry`."""

from typing import TYPE_CHECKING

import numpy as np

from mariel.errors import MarkerError, PhraseError
from mariel.evaluation import metrics
from mariel.evaluation.frechet import FrechetReference
from mariel.evaluation.registry import (
    AS_REAL,
    AT_MOST_REAL,
    LOWER,
    METRICS,
    NEAR_ONE,
    RECONSTRUCTIONS,
    SAMPLES,
    TRAINING,
    EvaluationContext,
    Interval,
    Metric,
    register_metric,
)
from mariel.motion.mariel_markers import MARIEL_18
from mariel.motion.marker_set import MarkerSet

if TYPE_CHECKING:
    from mariel.evaluation.two_sample_test import RealPhrases

RIGID_SEGMENT = "head"
"""The segment whose marker distances should stay constant: a skull is rigid."""

METRICS.add(
    "loss",
    Metric(
        "loss", TRAINING, "Loss per phrase", "What training minimises: the error of a phrase's reconstruction in the "
        "model's own measure, and the KL divergence, weighted.",
        digits=None, good=LOWER, result_key="loss",
    ),
)  # fmt: skip


def _pose_errors(phrases: np.ndarray, context: EvaluationContext) -> np.ndarray:
    """Errors without the position on the floor, centimetres (phrases, frames)."""
    return metrics.marker_error(metrics.centre_frames(phrases), metrics.centre_frames(context.require_originals()))


@register_metric(
    "pose_error",
    of=RECONSTRUCTIONS,
    label="Error of the pose",
    help="Mean distance of a marker from where it should be, after each frame's mean position on the floor has been "
    "subtracted from both (MPJPE without translation).",
    unit="cm",
    digits=1,
    good=LOWER,
    profile=lambda phrases, context: metrics.error_profile(_pose_errors(phrases, context)),
    on_pages=False,
    name="marker error",
)
def _pose_error(phrases: np.ndarray, context: EvaluationContext) -> float:
    return float(_pose_errors(phrases, context).mean())


@register_metric(
    "position_error",
    of=RECONSTRUCTIONS,
    label="Error per marker",
    help="Mean distance of a marker from where it should be, position on the floor included (mean per-joint position "
    "error, MPJPE).",
    unit="cm",
    digits=1,
    good=LOWER,
    name="marker error with its place",
    result_key="error_cm",
)
def _position_error(phrases: np.ndarray, context: EvaluationContext) -> float:
    return float(metrics.marker_error(phrases, context.require_originals()).mean())


@register_metric(
    "first_frames",
    of=RECONSTRUCTIONS,
    label=f"First {metrics.FIRST_FRAMES} frames ÷ rest",
    help="Error of the pose in the first frames divided by that in the others; the notebook's model distorts the "
    "first frames.",
    good=NEAR_ONE,
    name="first 5 frames ÷ rest",
)
def _first_frames(phrases: np.ndarray, context: EvaluationContext) -> float:
    return metrics.first_frames_ratio(_pose_errors(phrases, context))


@register_metric(
    "velocity_error",
    of=RECONSTRUCTIONS,
    label="Velocity error",
    help="Mean length of the difference between a marker's velocity and that of the original.",
    unit="m/s",
    good=LOWER,
    name="velocity error",
)
def _velocity_error(phrases: np.ndarray, context: EvaluationContext) -> float:
    return metrics.velocity_error(phrases, context.require_originals(), context.fps)


_SPEED_HELP = "Mean speed of all markers; a model that smooths everything is slower than real motion."
_JERK_HELP = "Mean size of the markers' jerk (third derivative of position): high if they tremble, low if smoothed."


@register_metric(
    "reconstruction_speed",
    of=RECONSTRUCTIONS,
    label="Speed",
    help=_SPEED_HELP,
    unit="m/s",
    good=AS_REAL,
    name="speed, reconstructed",
)
@register_metric(
    "sample_speed", of=SAMPLES, label="Speed", help=_SPEED_HELP, unit="m/s", good=AS_REAL, name="speed, sampled"
)
def _speed(phrases: np.ndarray, context: EvaluationContext) -> float:
    return metrics.mean_speed(phrases, context.fps)


@register_metric(
    "reconstruction_jerk",
    of=RECONSTRUCTIONS,
    label="Jerk",
    help=_JERK_HELP,
    unit="m/s³",
    digits=0,
    good=AS_REAL,
    on_pages=False,
    name="jerk, reconstructed",
)
@register_metric(
    "sample_jerk", of=SAMPLES, label="Jerk", help=_JERK_HELP, unit="m/s³", digits=0, good=AS_REAL, on_pages=False,
    name="jerk, sampled",
)  # fmt: skip
def _jerk(phrases: np.ndarray, context: EvaluationContext) -> float:
    return metrics.jerk(phrases, context.fps)


@register_metric(
    "diversity",
    of=SAMPLES,
    label="Diversity",
    help="Mean distance per marker between two different dances (average pairwise distance, APD).",
    unit="cm",
    digits=1,
    good=AS_REAL,
    on_pages=False,
    name="diversity",
)
def _diversity(phrases: np.ndarray, context: EvaluationContext) -> float | None:
    return metrics.diversity(phrases) if len(phrases) > 1 else None


@register_metric(
    "nearest_phrase",
    of=SAMPLES,
    label="Distance to nearest training phrase",
    help="Mean distance per marker to the most similar phrase that the model has learned from; near 0 would be a "
    "copy. Real: that of phrases it has not learned from.",
    unit="cm",
    digits=1,
    good=AS_REAL,
    compared_with="held-out",
    name="nearest training phrase",
)
def _nearest_phrase(phrases: np.ndarray, context: EvaluationContext) -> float:
    if phrases.shape[1] != context.neighbours.frames:
        raise PhraseError("only for dances of a phrase's length or longer")
    return context.neighbours.mean_nearest_distance(phrases)


@register_metric(
    "head_deformation",
    of=SAMPLES,
    label="Head deformation",
    help="How much distances between markers of the head vary (standard deviation ÷ mean). A real skull is rigid; in "
    "a body that falls apart it is not.",
    percent=True,
    good=AT_MOST_REAL,
    name="skull variation",
)
def _head_deformation(phrases: np.ndarray, context: EvaluationContext) -> float:
    return metrics.segment_variation(phrases, context.marker_set, RIGID_SEGMENT)


_SKATING = {
    "label": "Foot skating",
    "help": "Share of frames in which a foot on the floor slides.",
    "unit": "of frames",
    "digits": 1,
    "percent": True,
    "good": AT_MOST_REAL,
    "on_pages": False,
}
_TOE_SPEED = {
    "label": "Toe speed near the floor",
    "help": "Median horizontal speed of toes below 5 cm. Real feet stand nearly still; unlike foot skating it also "
    "sees slow sliding.",
    "unit": "m/s",
    "good": AT_MOST_REAL,
    "on_pages": False,
}


@register_metric("reconstruction_foot_skating", of=RECONSTRUCTIONS, name="foot skating, reconstructed", **_SKATING)
@register_metric("foot_skating", of=SAMPLES, name="foot skating", **_SKATING)
def _foot_skating(phrases: np.ndarray, context: EvaluationContext) -> float:
    return metrics.foot_skating(phrases, context.marker_set, context.fps)


@register_metric("reconstruction_toe_speed", of=RECONSTRUCTIONS, name="toe speed, reconstructed", **_TOE_SPEED)
@register_metric("sample_toe_speed", of=SAMPLES, name="toe speed, sampled", **_TOE_SPEED)
def _toe_speed(phrases: np.ndarray, context: EvaluationContext) -> float:
    recorded = context.originals if context.originals is not None else context.training
    known = phrases if recorded is None else recorded
    toes = context.compute_once("toes", lambda: metrics.find_toes(known, context.marker_set))
    speed = metrics.toe_speed(phrases, toes, context.fps)
    if speed is None:
        raise PhraseError("no toe is below 5 cm")
    return speed


def _sparse_labels(marker_set: MarkerSet) -> tuple[str, ...]:
    """Few markers of the whole body, so that a covariance can be estimated: Mariel's 18, or one of each segment."""
    if marker_set.parents and not all(label in marker_set for label in MARIEL_18.labels):
        return tuple(labels[-1] for _, labels in marker_set.segments if labels)
    return MARIEL_18.labels


def _kinetic_features(phrases: np.ndarray, context: EvaluationContext) -> np.ndarray:
    columns = context.marker_set.indices(_sparse_labels(context.marker_set))
    return metrics.kinetic_features(phrases[:, :, columns], context.fps)


def _frechet_reference(context: EvaluationContext) -> FrechetReference:
    training = context.require_training()
    return context.compute_once("frechet", lambda: FrechetReference(_kinetic_features(training, context)))


def _frechet_interval(phrases: np.ndarray, context: EvaluationContext) -> Interval:
    return _frechet_reference(context).interval(_kinetic_features(phrases, context))


@register_metric(
    "frechet_distance",
    of=SAMPLES,
    label="Fréchet distance, kinetic",
    help="Distance between the energies and accelerations of dances and those of training phrases (Fréchet distance "
    "of kinetic features, FID), with a 95 % bootstrap interval. Real: that of phrases the model has not learned "
    "from.",
    digits=1,
    good=AT_MOST_REAL,
    interval=_frechet_interval,
    compared_with="held-out",
    on_pages=False,
    name="Fréchet distance, kinetic",
)
def _frechet_distance(phrases: np.ndarray, context: EvaluationContext) -> float | None:
    features = _kinetic_features(phrases, context)
    return _frechet_reference(context).distance(features)


def _visible_columns(marker_set: MarkerSet) -> list[int]:
    """Columns of markers that show movement: not those by which a skull's millimetres would tell samples apart."""
    try:
        return marker_set.indices(_sparse_labels(marker_set))
    except MarkerError:  # a set of unknown layout
        return list(range(len(marker_set)))


def _visible_phrases(phrases: np.ndarray, context: EvaluationContext) -> tuple[np.ndarray, "RealPhrases", MarkerSet]:
    """Phrases and recorded training phrases, both with few markers, and the set of these."""
    from mariel.evaluation.two_sample_test import RealPhrases  # noqa: PLC0415  (imports torch)

    training, takes = context.require_training_takes()
    columns = _visible_columns(context.marker_set)
    labels = [context.marker_set.labels[column] for column in columns]
    sparse = context.marker_set.subset(labels, context.marker_set.name)
    return phrases[:, :, columns], RealPhrases(training[:, :, columns], takes), sparse


def _real_classifier_auc(phrases: np.ndarray, context: EvaluationContext) -> float | None:
    from mariel.evaluation.two_sample_test import tell_real_from_real  # noqa: PLC0415  (imports torch)

    _, real, marker_set = _visible_phrases(phrases, context)
    return tell_real_from_real(real, context.real_count or len(phrases), marker_set)


@register_metric(
    "classifier_auc",
    of=SAMPLES,
    label="Classifier two-sample test, AUC",
    help="How well a small network tells new dances from real phrases of takes it was not trained on (C2ST): 0.5 if "
    "it cannot, 1 if it always can. Real: phrases of one half of the takes against those of the other; takes differ, "
    "so it is not 0.5.",
    good=AT_MOST_REAL,
    measure_real=_real_classifier_auc,
    on_pages=False,
    name="classifier AUC",
)
def _classifier_auc(phrases: np.ndarray, context: EvaluationContext) -> float | None:
    from mariel.evaluation.two_sample_test import tell_samples_from_real  # noqa: PLC0415  (imports torch)

    samples, real, marker_set = _visible_phrases(phrases, context)
    return tell_samples_from_real(samples, real, marker_set)


METRICS.add(
    "kl",
    Metric(
        "kl", TRAINING, "KL divergence per phrase", "How much the latent depends on the phrase: the KL divergence of "
        "the posterior from a standard normal distribution; near 0 it does not (posterior collapse).",
        unit="nats", digits=1, result_key="kl",
    ),
)  # fmt: skip
