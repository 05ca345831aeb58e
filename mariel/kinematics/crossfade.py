"""Crossfade: overlapping phrases joined into one sequence, each faded out while the next is faded in."""

import torch
from torch import Tensor


def crossfade(phrases: Tensor, overlap: int) -> Tensor:
    """Join phrases (phrases, frames, …) to one sequence, (phrases · (frames - overlap) + overlap, …).

    Where two phrases overlap, their weights follow a curve whose first and second derivatives are zero at both ends,
    so that neither velocity nor acceleration jumps.

    Args:
        phrases: values of which a weighted mean makes sense.
        overlap: frames that neighbouring phrases share, at most half a phrase.

    Raises:
        ValueError: the overlap is negative or longer than half a phrase.
    """
    count, length = phrases.shape[:2]
    if not 0 <= 2 * overlap <= length:
        raise ValueError(f"phrases of {length} frames cannot overlap by {overlap}")
    stride = length - overlap
    sequence = phrases.new_zeros(stride * (count - 1) + length, *phrases.shape[2:])
    weights_in = fade_in(overlap).to(phrases)
    for index, phrase in enumerate(phrases):
        weights = phrases.new_ones(length)
        if index > 0:
            weights[:overlap] = weights_in
        if index < count - 1:
            weights[length - overlap :] = 1 - weights_in
        sequence[index * stride : index * stride + length] += weights.reshape(-1, *[1] * (phrases.dim() - 2)) * phrase
    return sequence


def fade_in(frames: int) -> Tensor:
    """Weights (frames,) between 0 and 1, both excluded: see `smootherstep`."""
    return smootherstep(torch.arange(1, frames + 1, dtype=torch.float64) / (frames + 1))


def smootherstep(time: Tensor) -> Tensor:
    """The curve 6 t⁵ - 15 t⁴ + 10 t³ from 0 at t = 0 to 1 at t = 1, and constant outside."""
    t = time.clamp(0, 1)
    return t**3 * (t * (6 * t - 15) + 10)
