"""Stances: when a foot stands, and the corrections of root and feet that keep it from sliding meanwhile.

The corrections are those of least squares. For the horizontal corrections r of the root and l of each leg, and the
steps Δx of the point at which a foot stands, from frame to frame,

    Σ w (Δx + Δr + Δl)² + a Σ l² + b Σ (Δ³ l)² + c Σ r² + d Σ (Δ³ r)²

is least, the first sum over feet and frames. Where a foot stands, w is large and its point stays where it is, at the
place that needs least correction. Elsewhere the corrections fade, as smoothly as their third differences ask for:
Whittaker, *On a new method of graduation*, Proc. Edinburgh Math. Soc. 41 (1923) 63. The system is banded, so that the
time of its solution is linear in the number of frames. The first frame is not corrected.
"""

import numpy as np
import torch
from torch import Tensor

BEGIN_PROBABILITY, KEEP_PROBABILITY = 0.5, 0.2
"""A foot stands while its contact probability is above the second, where it is above the first at least once."""

MIN_SECONDS = 0.08
"""Shortest stance: a foot that is low and slow for less time only passes."""

STANCE_WEIGHT = 400.0
"""Weight w of a foot in contact with probability 1.

Larger ones hold feet harder and leave a larger error of reconstructions: 1000 makes standing toes slower by a third
and adds half a millimetre. A drift of seconds is slowed, not stopped: what a leg is off pulls back with weight a.
"""

LEG_WEIGHT, ROOT_WEIGHT = 1.0, 10.0
"""Weights a and c: the root moves all markers, a leg about a sixth of them."""

LEG_SMOOTHNESS, ROOT_SMOOTHNESS = 0.1, 0.1
"""Weights b and d relative to a and c, in (seconds / `SMOOTHING_SECONDS`)⁶."""

FIRST_WEIGHT = 1e6
"""Weight of the corrections of the first frame: a dance that begins with a certain pose still does."""

SMOOTHING_SECONDS = 0.1
"""Time in which a correction may fade, about."""


def stance_weights(contact: Tensor, fps: float) -> Tensor:
    """Contact probabilities during stances, 0 outside of them.

    A stance is a span in which the probability is above `KEEP_PROBABILITY` (hysteresis), if it is above
    `BEGIN_PROBABILITY` somewhere and the span is no shorter than `MIN_SECONDS` or touches an end of the phrase.

    Args:
        contact: probabilities (phrases, frames, feet).
        fps: frames per second.

    Returns:
        (phrases, frames, feet).
    """
    probabilities = (
        contact.transpose(1, 2).contiguous().cpu().numpy()
    )  # small arrays: NumPy takes a fifth of the time
    if not probabilities.size:
        return contact
    kept = probabilities > KEEP_PROBABILITY
    begins = np.ones_like(kept)
    begins[..., 1:] = kept[..., 1:] != kept[..., :-1]
    at_end = np.zeros_like(kept)
    at_end[..., [0, -1]] = True
    spans = np.flatnonzero(begins)
    frames = np.diff(spans, append=begins.size)
    stands = np.maximum.reduceat(probabilities.ravel(), spans) > BEGIN_PROBABILITY
    stands &= (frames >= MIN_SECONDS * fps) | np.logical_or.reduceat(at_end.ravel(), spans)
    weights = probabilities * (kept & np.repeat(stands, frames).reshape(kept.shape))
    return torch.from_numpy(weights).to(contact).transpose(1, 2)


def stance_corrections(steps: Tensor, weights: Tensor, fps: float) -> tuple[Tensor, Tensor]:
    """The corrections of root and legs on the floor; see the module.

    Args:
        steps: of the point at which each foot stands, from frame to frame (phrases, frames - 1, feet, 2), metres.
        weights: of them, probabilities that the foot stands meanwhile (phrases, frames - 1, feet).
        fps: frames per second.

    Returns:
        Corrections of the root (phrases, frames, 2), and of each foot relative to it (phrases, frames, feet, 2).
    """
    from scipy.linalg import solveh_banded  # noqa: PLC0415 - a tenth of a second, where feet are locked

    phrases, frames, feet = weights.shape[0], weights.shape[1] + 1, weights.shape[2]
    weight = STANCE_WEIGHT * weights.double().cpu().numpy()
    pull = weight[..., None] * steps.double().cpu().numpy()
    bands = _smoothness_bands(phrases, frames, feet, fps)
    _add_stances(bands, weight)
    bands[0, :, 0] += FIRST_WEIGHT
    right = np.zeros((phrases, frames, 1 + feet, 2))
    right[:, :-1, 1:] += pull
    right[:, 1:, 1:] -= pull
    right[:, :, 0] = right[:, :, 1:].sum(axis=2)
    size = phrases * frames * (1 + feet)
    solution = solveh_banded(
        bands.reshape(len(bands), size), right.reshape(size, 2), lower=True, overwrite_ab=True, overwrite_b=True,
        check_finite=False,
    )  # fmt: skip
    corrections = torch.from_numpy(solution.reshape(right.shape)).to(steps)
    return corrections[:, :, 0], corrections[:, :, 1:]


def _smoothness_bands(phrases: int, frames: int, feet: int, fps: float) -> np.ndarray:
    """The part of the system's matrix that no foot changes, as lower bands (bands, phrases, frames, 1 + feet).

    Row i has the elements i below the diagonal, in the order (phrase, frame, root or foot).
    """
    unknowns = 1 + feet
    bands = np.zeros((3 * unknowns + 1, phrases, frames, unknowns))
    size = np.array([ROOT_WEIGHT, *[LEG_WEIGHT] * feet])
    smoothness = size * np.array([ROOT_SMOOTHNESS, *[LEG_SMOOTHNESS] * feet]) * (SMOOTHING_SECONDS * fps) ** 6
    bands[0] = size
    difference = (-1.0, 3.0, -3.0, 1.0)
    for first in range(4):
        for second in range(first, 4):
            part = bands[(second - first) * unknowns, :, first : max(frames - 3 + first, first)]
            part += difference[first] * difference[second] * smoothness
    return bands


def _add_stances(bands: np.ndarray, weight: np.ndarray) -> None:
    """Add what keeps standing feet in place, of weights (phrases, frames - 1, feet)."""
    unknowns = bands.shape[-1]
    before, after = bands[:, :, :-1], bands[:, :, 1:]
    total = weight.sum(axis=-1)
    for part in (before, after):
        part[0, ..., 0] += total
        part[0, ..., 1:] += weight
    before[unknowns, ..., 0] -= total
    before[unknowns, ..., 1:] -= weight
    for foot in range(1, unknowns):
        own = weight[..., foot - 1]
        before[foot, ..., 0] += own
        after[foot, ..., 0] += own
        before[unknowns + foot, ..., 0] -= own
        before[unknowns - foot, ..., foot] -= own
