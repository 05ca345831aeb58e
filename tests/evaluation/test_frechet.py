"""The Fréchet distance of features, and its confidence interval."""

import numpy as np
import pytest

from mariel.evaluation.frechet import FrechetReference, frechet_distance

FEATURES = np.random.default_rng(0).normal(size=(500, 3)) * [1, 2, 5] + [0, 1, 2]


def test_equal_features_have_the_distance_zero():
    assert frechet_distance(FEATURES, FEATURES) == pytest.approx(0, abs=1e-9)


def test_features_moved_by_two_standard_deviations_have_the_distance_four():
    moved = FEATURES + 2 * FEATURES.std(axis=0) * [0, 1, 0]
    assert frechet_distance(moved, FEATURES) == pytest.approx(4.0)


def test_features_with_twice_the_deviation_have_the_distance_one_per_feature():
    centre = FEATURES.mean(axis=0)
    assert frechet_distance(centre + 2 * (FEATURES - centre), FEATURES) == pytest.approx(3.0)


def test_too_few_phrases_have_no_distance():
    assert frechet_distance(FEATURES[:5], FEATURES) is None


def test_the_interval_is_as_wide_as_distances_of_new_features_spread():
    random, reference = np.random.default_rng(1), FrechetReference(np.random.default_rng(0).normal(size=(4000, 4)))
    drawn = [random.normal(0.5, 1.2, (100, 4)) for _ in range(300)]
    distances = [reference.distance(each) for each in drawn]
    intervals = np.array([reference.interval(each, seed=number) for number, each in enumerate(drawn[:60])])
    low, high = intervals.T
    assert np.mean(high - low) == pytest.approx(np.subtract(*np.quantile(distances, [0.975, 0.025])), rel=0.15)
    assert np.mean((low <= np.mean(distances)) & (np.mean(distances) <= high)) > 0.85
    assert all(low <= distances[:60])
    assert all(distances[:60] <= high)


def test_an_interval_does_not_go_below_zero():
    assert FrechetReference(FEATURES).interval(FEATURES)[0] == 0
