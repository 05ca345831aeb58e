"""Curves over time: smooth interpolation of keyframes, and slow random noise."""

from collections.abc import Sequence

import numpy as np


def interpolate_keys(key_times: Sequence[float], key_values: Sequence[float], times: np.ndarray) -> np.ndarray:
    """A twice continuously differentiable curve through keyframes, constant before the first and after the last.

    Between two keys it is the quintic polynomial with given slopes and no acceleration at both ends. At a local
    extremum, or where the curve begins or ends to be constant, the slope is zero and the quintic is the minimum-jerk
    movement of Flash and Hogan (1985). Other keys have the slope of Fritsch and Butland's monotone interpolation
    (1984). So a curve never overshoots its keys, and a foot whose keys are equal does not move.

    Args:
        key_times: (keys,), strictly increasing, in seconds.
        key_values: (keys,).
        times: (frames,) times to evaluate, in seconds.

    Returns:
        (frames,) values.
    """
    t, v = np.asarray(key_times, float), np.asarray(key_values, float)
    if len(t) == 1:
        return np.full(len(times), v[0])
    width = np.diff(t)
    rise = np.diff(v) / width
    slope = np.zeros(len(t))
    before, after = rise[:-1], rise[1:]
    same_direction = before * after > 0
    w1, w2 = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        slope[1:-1] = np.where(same_direction, (w1 + w2) / (w1 / before + w2 / after), 0.0)
    i = np.clip(np.searchsorted(t, times, side="right") - 1, 0, len(t) - 2)
    u = np.clip((times - t[i]) / width[i], 0.0, 1.0)
    u3, u4, u5 = u**3, u**4, u**5
    blend = 10 * u3 - 15 * u4 + 6 * u5
    return (
        v[i]
        + (v[i + 1] - v[i]) * blend
        + width[i] * (slope[i] * (u - 6 * u3 + 8 * u4 - 3 * u5) + slope[i + 1] * (-4 * u3 + 7 * u4 - 3 * u5))
    )


def quintic_hermite(start: Sequence[float], stop: Sequence[float], width: float, u: np.ndarray) -> np.ndarray:
    """The fifth-degree polynomial with given (value, velocity, acceleration) at both ends.

    Args:
        start, stop: value, velocity and acceleration at u = 0 and u = 1, per second.
        width: seconds between them.
        u: (frames,) share of `width` that has passed, 0 to 1.

    Returns:
        (frames,) values.
    """
    p0, v0, a0 = start[0], start[1] * width, start[2] * width**2
    p1, v1, a1 = stop[0], stop[1] * width, stop[2] * width**2
    d = p1 - p0
    c3 = 10 * d - 6 * v0 - 4 * v1 - 1.5 * a0 + 0.5 * a1
    c4 = -15 * d + 8 * v0 + 7 * v1 + 1.5 * a0 - a1
    c5 = 6 * d - 3 * (v0 + v1) - 0.5 * (a0 - a1)
    return p0 + u * (v0 + u * (a0 / 2 + u * (c3 + u * (c4 + u * c5))))


def smooth_noise(
    times: np.ndarray, rng: np.random.Generator, *, slowest: float = 0.07, fastest: float = 0.55
) -> np.ndarray:
    """Slow noise (frames,) of unit standard deviation, a sum of seven sines.

    Args:
        times: (frames,) seconds.
        rng: source of frequencies and phases.
        slowest, fastest: range of frequencies in hertz; slow sines have a larger amplitude.
    """
    frequency = np.geomspace(slowest, fastest, 7) * rng.uniform(0.85, 1.15, 7)
    phase = rng.uniform(0, 2 * np.pi, 7)
    amplitude = frequency**-0.5
    amplitude *= np.sqrt(2 / np.sum(amplitude**2))
    return np.sin(2 * np.pi * np.outer(times, frequency) + phase) @ amplitude
