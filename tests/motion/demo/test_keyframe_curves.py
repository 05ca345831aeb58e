import numpy as np
import pytest

from mariel.motion.demo.keyframe_curves import interpolate_keys, quintic_hermite, smooth_noise

TIMES = np.linspace(0, 4, 401)


def test_a_curve_passes_through_its_keys_and_does_not_overshoot():
    curve = interpolate_keys([0, 1, 2, 4], [0, 10, 10, -5], TIMES)
    assert curve[[0, 100, 200, 400]] == pytest.approx([0, 10, 10, -5])
    assert curve.max() <= 10 + 1e-9
    assert curve.min() >= -5 - 1e-9


def test_a_curve_between_equal_keys_is_constant():
    curve = interpolate_keys([0, 1, 2.5, 4], [3, 7, 7, 1], TIMES)
    assert np.all(curve[100:251] == 7.0)


def test_two_keys_give_the_minimum_jerk_movement():
    half = interpolate_keys([0, 4], [0, 1], np.array([1.0, 2.0]))
    assert half == pytest.approx([10 / 64 - 15 / 256 + 6 / 1024, 0.5])  # 10u³ - 15u⁴ + 6u⁵ at u = 1/4 and 1/2


def test_acceleration_is_continuous():
    fine = np.linspace(0, 4, 40001)
    acceleration = np.diff(interpolate_keys([0, 1, 2, 3, 4], [0, 3, 4, 2, 2], fine), 2) / 1e-8
    assert np.abs(np.diff(acceleration)).max() < 0.1  # a jump of acceleration would be of the order of 10


def test_a_curve_is_constant_before_the_first_and_after_the_last_key():
    assert interpolate_keys([1, 2], [5, 6], np.array([0.0, 9.0])).tolist() == [5, 6]


def test_a_quintic_has_the_given_value_velocity_and_acceleration_at_both_ends():
    fine = np.linspace(0, 1, 100001)
    start, stop, width = (1.0, -2.0, 3.0), (4.0, 5.0, -9.81), 0.5
    curve = quintic_hermite(start, stop, width, fine)
    velocity = np.gradient(curve, fine * width)
    acceleration = np.gradient(velocity, fine * width)
    assert (curve[0], velocity[0]) == pytest.approx(start[:2], abs=1e-3)
    assert (curve[-1], velocity[-1]) == pytest.approx(stop[:2], abs=1e-3)
    assert (acceleration[5], acceleration[-6]) == pytest.approx((start[2], stop[2]), abs=0.05)


def test_smooth_noise_is_slow_and_of_unit_standard_deviation():
    noise = smooth_noise(np.arange(0, 2000, 1 / 35), np.random.default_rng(1))
    assert noise.std() == pytest.approx(1, abs=0.1)
    assert np.abs(np.diff(noise) * 35).max() < 12
