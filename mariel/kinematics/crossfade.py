"""Phrases one after the other as one dance: while one fades out, the next one fades in."""

import torch
from torch import Tensor


def joined(phrases: Tensor, overlap: int) -> Tensor:
    """Phrases (phrases, frames, …) as one, (phrases · (frames - overlap) + overlap, …).

    Where two overlap, their shares follow a curve whose first two derivatives are zero at both ends, so that neither
    velocity nor acceleration leaps.

    Args:
        phrases: numbers that may be averaged.
        overlap: frames that neighbours share, at most half a phrase.
    """
    count, length = phrases.shape[:2]
    if not 0 <= 2 * overlap <= length:
        raise ValueError(f"phrases of {length} frames cannot overlap by {overlap}")
    stride = length - overlap
    whole = phrases.new_zeros(stride * (count - 1) + length, *phrases.shape[2:])
    rising = _rising(overlap).to(phrases)
    for index, phrase in enumerate(phrases):
        share = phrases.new_ones(length)
        if index > 0:
            share[:overlap] = rising
        if index < count - 1:
            share[length - overlap :] = 1 - rising
        whole[index * stride : index * stride + length] += share.reshape(-1, *[1] * (phrases.dim() - 2)) * phrase
    return whole


def _rising(frames: int) -> Tensor:
    """From 0 to 1, both left out, over so many frames: 6 t⁵ - 15 t⁴ + 10 t³."""
    t = torch.arange(1, frames + 1, dtype=torch.float64) / (frames + 1)
    return t**3 * (t * (6 * t - 15) + 10)
