"""The registry of metrics: what each says and measures, what it does without feet or recordings, and a toy one."""

import re

import numpy as np
import pytest

from mariel.evaluation.registry import (
    GROUP_LABELS,
    METRICS,
    RECONSTRUCTIONS,
    SAMPLES,
    EvaluationContext,
    Figure,
    Metric,
    measure_figures,
    metrics_of,
    training_metrics,
)
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.training.run_folder.results import MeanLosses
from tests.support.bodies import walking_positions
from tests.support.toys import toy_metric

FPS = 35.0


def walks(*speeds: float, frames: int = 16) -> np.ndarray:
    return np.stack([walking_positions(frames, speed).astype(np.float32) for speed in speeds])


def context(**options) -> EvaluationContext:
    return EvaluationContext(options.pop("marker_set", MARIEL_53), FPS, **options)


def figures(group: str, phrases: np.ndarray, **options) -> dict[str, Figure]:
    return {figure.key: figure for figure in measure_figures(metrics_of(group), phrases, context(**options))}


def test_each_metric_says_what_it_is():
    for key, metric in METRICS.items():
        assert metric.key == key
        assert metric.label[0].isupper()
        assert re.fullmatch(r"[A-Z].*\.", metric.help), key
        assert metric.of in GROUP_LABELS
        assert metric.measure or metric.result_key
    assert len({(metric.of, metric.label) for metric in METRICS.values()}) == len(METRICS)


def test_names_in_json_stay_as_they_were():
    names = [metric.name for group in (RECONSTRUCTIONS, SAMPLES) for metric in metrics_of(group)]
    assert set(names) == {
        "marker error", "marker error with its place", "first 5 frames ÷ rest", "velocity error",
        "speed, reconstructed", "jerk, reconstructed", "speed, sampled", "jerk, sampled", "diversity",
        "nearest training phrase", "skull variation", "foot skating", "Fréchet distance, kinetic",
        "foot skating, reconstructed", "toe speed, reconstructed", "toe speed, sampled", "classifier AUC",
    }  # fmt: skip


def test_training_metrics_are_in_its_results():
    assert [metric.result_key for metric in training_metrics()] == ["loss", "error_cm", "kl"]
    losses = MeanLosses(loss=1.0, reconstruction=0.5, kl=2.0, error_cm=3.0)
    assert [getattr(losses, metric.result_key) for metric in training_metrics()] == [1.0, 3.0, 2.0]


def test_a_reconstruction_three_centimetres_aside_and_half_as_fast_has_that_error_and_speed():
    found = figures(RECONSTRUCTIONS, walks(0.5) + np.float32([0, 0.03, 0]), originals=walks(1.0))
    # The bodies are 1/70 m further apart per frame, from 0 to 15/70 m.
    apart = 100 * np.hypot(0.03, np.arange(16) / 70).mean()
    assert found["position_error"].value == pytest.approx(apart, rel=1e-4)
    assert found["pose_error"].value == pytest.approx(0, abs=1e-4)
    assert found["velocity_error"].value == pytest.approx(0.5, rel=1e-4)
    speed = found["reconstruction_speed"]
    assert (speed.value, speed.real) == pytest.approx((0.5, 1.0), rel=1e-4)
    assert (speed.text, speed.real_text) == ("0.50 m/s", "1.00 m/s")
    assert found["position_error"].real == 0
    assert found["first_frames"].real == 1


def test_samples_are_compared_with_training_or_held_out_phrases():
    training = walks(1.0, 2.0)
    found = figures(SAMPLES, walks(1.0, 3.0), training=training, held_out=walks(2.5))
    assert (found["sample_speed"].value, found["sample_speed"].real) == pytest.approx((2.0, 1.5), rel=1e-4)
    # One sample is a copy, the other as far from the nearest walk as two walks at 1 m/s and 2 m/s from each other.
    nearest = found["nearest_phrase"]
    assert nearest.value == pytest.approx(nearest.real, rel=1e-2)  # held out: 0.5 m/s from both, half as far
    assert found["diversity"].value == pytest.approx(2 * found["diversity"].real, rel=1e-3)


def test_about_as_many_training_phrases_as_requested_are_measured():
    speeds = context(training=walks(1.0, 2.0, 3.0, 4.0), real_count=2)
    assert speeds.real_value(METRICS["sample_speed"]) == pytest.approx(2.0, rel=1e-4)  # every second: 1 and 3


def test_what_is_expensive_is_computed_once_and_only_when_it_is_needed(monkeypatch):
    made = []
    neighbours = "mariel.evaluation.registry.NearestNeighbours"
    original = EvaluationContext.neighbours.fget.__globals__["NearestNeighbours"]
    monkeypatch.setattr(neighbours, lambda phrases: made.append(len(phrases)) or original(phrases))
    compared = context(training=walks(1.0, 2.0), held_out=walks(1.5))
    measure_figures([METRICS["sample_speed"]], walks(1.0), compared)
    assert made == []
    for _ in range(2):
        measure_figures(metrics_of(SAMPLES), walks(1.0), compared)
    assert made == [2]


@pytest.mark.parametrize(
    ("key", "note"),
    [
        ("head_deformation", "no segment 'head'"),
        ("foot_skating", "no feet"),
        ("sample_toe_speed", "no feet"),
        ("frechet_distance", "no marker"),
        ("diversity", "too few phrases"),
    ],
)
def test_a_figure_that_cannot_be_measured_says_why(key, note):
    two = MarkerSet("two", ("A", "B"))
    phrases = walks(1.0)[:, :, :2]
    figure = figures(SAMPLES, phrases, marker_set=two, training=phrases, held_out=phrases)[key]
    assert (figure.value, figure.text) == (None, "–")
    assert note in figure.note


def test_without_the_recordings_samples_have_values_and_no_real_ones():
    found = figures(SAMPLES, walks(1.0, 2.0))
    assert found["sample_speed"].value == pytest.approx(1.5, rel=1e-4)
    assert found["sample_speed"].real is None
    assert "not here" in found["nearest_phrase"].note


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_phrases_too_short_for_a_metric_have_no_value():
    jerk = figures(SAMPLES, walks(1.0, frames=3), training=walks(1.0, frames=3))["sample_jerk"]
    assert (jerk.value, jerk.real, jerk.note) == (None, None, "the phrases are too short")


def test_dances_shorter_than_a_phrase_have_no_nearest_one():
    note = figures(SAMPLES, walks(1.0, frames=9), training=walks(1.0))["nearest_phrase"].note
    assert "a phrase's length or longer" in note


@pytest.mark.parametrize(
    ("options", "value", "text"),
    [
        ({"unit": "cm", "digits": 1}, 6.78, "6.8 cm"),
        ({"percent": True}, 0.00434, "0.43 %"),
        ({"unit": "of frames", "percent": True, "digits": 1}, 0.0894, "8.9 % of frames"),
        ({"digits": None}, 153.52, "153.5"),
        ({"digits": 0, "unit": "m/s³"}, 1234.5, "1,234 m/s³"),
        ({}, None, "–"),
        ({}, float("nan"), "–"),
    ],
)
def test_values_are_text_with_their_unit(options, value, text):
    assert Metric("x", SAMPLES, "X", "An x.", **options).format(value) == text


def test_an_interval_is_text_without_a_unit():
    shares = Metric("x", SAMPLES, "X", "An x.", unit="of frames", percent=True, digits=1)
    assert shares.format_interval((0.081, 0.1)) == "8.1 to 10.0"


def test_toes_that_are_never_low_have_a_note():
    note = figures(SAMPLES, walks(1.0) + np.float32([0, 0, 0.2]), training=walks(1.0))["sample_toe_speed"].note
    assert note == "no toe is below 5 cm"


def test_a_toy_metric_is_measured_with_the_others():
    with toy_metric():
        found = figures(SAMPLES, walks(1.0, 2.0, 3.0), training=walks(1.0))
        assert (found["toy"].value, found["toy"].real, found["toy"].name) == (3.0, 1.0, "Toy count")
    assert "toy" not in METRICS
