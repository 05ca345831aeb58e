"""How a joint gets from one keyframe to the next: smooth curves through keys, and slow noise that never repeats."""

from collections.abc import Sequence

import numpy as np


def through_keys(times: Sequence[float], values: Sequence[float], at: np.ndarray) -> np.ndarray:
    """A twice continuously differentiable curve through keys, held before the first and after the last.

    Between two keys it is the quintic with the given slopes and no acceleration at both ends; where a key is a
    turning point or the end of a hold the slope is zero and the quintic is the minimum-jerk movement of Flash and
    Hogan (1985). Other keys are passed with the slope of Fritsch and Butland's monotone interpolation (1984), so
    that a curve never overshoots its keys and a foot whose keys are equal stands perfectly still.

    Args:
        times: (keys,), strictly increasing, in seconds.
        values: (keys,).
        at: (frames,) times to evaluate, in seconds.

    Returns:
        (frames,) values.
    """
    t, v = np.asarray(times, float), np.asarray(values, float)
    if len(t) == 1:
        return np.full(len(at), v[0])
    width = np.diff(t)
    rise = np.diff(v) / width
    slope = np.zeros(len(t))
    before, after = rise[:-1], rise[1:]
    passing = before * after > 0
    w1, w2 = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        slope[1:-1] = np.where(passing, (w1 + w2) / (w1 / before + w2 / after), 0.0)
    i = np.clip(np.searchsorted(t, at, side="right") - 1, 0, len(t) - 2)
    u = np.clip((at - t[i]) / width[i], 0.0, 1.0)
    u3, u4, u5 = u**3, u**4, u**5
    arrive = 10 * u3 - 15 * u4 + 6 * u5
    return (
        v[i]
        + (v[i + 1] - v[i]) * arrive
        + width[i] * (slope[i] * (u - 6 * u3 + 8 * u4 - 3 * u5) + slope[i + 1] * (-4 * u3 + 7 * u4 - 3 * u5))
    )


def quintic(start: tuple[float, float, float], stop: tuple[float, float, float], width: float, u: np.ndarray):
    """The fifth-degree polynomial with given (value, velocity, acceleration) at both ends.

    Args:
        start, stop: value, velocity and acceleration at u = 0 and u = 1, per second.
        width: seconds between them.
        u: (frames,) share of the way, 0 to 1.
    """
    p0, v0, a0 = start[0], start[1] * width, start[2] * width**2
    p1, v1, a1 = stop[0], stop[1] * width, stop[2] * width**2
    d = p1 - p0
    c3 = 10 * d - 6 * v0 - 4 * v1 - 1.5 * a0 + 0.5 * a1
    c4 = -15 * d + 8 * v0 + 7 * v1 + 1.5 * a0 - a1
    c5 = 6 * d - 3 * (v0 + v1) - 0.5 * (a0 - a1)
    return p0 + u * (v0 + u * (a0 / 2 + u * (c3 + u * (c4 + u * c5))))


def drift(at: np.ndarray, rng: np.random.Generator, *, slowest: float = 0.07, fastest: float = 0.55) -> np.ndarray:
    """Slow noise of unit standard deviation, a sum of seven sines, (frames,).

    Args:
        at: (frames,) seconds.
        rng: source of frequencies and phases.
        slowest, fastest: range of frequencies in hertz; slow ones are larger.
    """
    frequency = np.geomspace(slowest, fastest, 7) * rng.uniform(0.85, 1.15, 7)
    phase = rng.uniform(0, 2 * np.pi, 7)
    size = frequency**-0.5
    size *= np.sqrt(2 / np.sum(size**2))
    return np.sin(2 * np.pi * np.outer(at, frequency) + phase) @ size
