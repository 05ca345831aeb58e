"""The order in which a training uses its phrases."""

import numpy as np

from mariel.training.settings import TrainSettings


class PhraseOrder:
    """The order of phrases in batches: random permutations of all phrases and noisy copies, one after another.

    Args:
        starts: first frames of the training phrases.
        settings: phrases per epoch, and noisy copies per training phrase.
    """

    def __init__(self, starts: np.ndarray, settings: TrainSettings) -> None:
        self._starts, self._settings = starts, settings
        self._items = len(starts) + int(len(starts) * settings.noise_share)
        self.phrases_per_epoch = settings.phrases_per_epoch or self._items
        self._permutations: dict[int, np.ndarray] = {}

    def batch(self, epoch: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
        """First frames of a batch's phrases, and which of them are noisy copies (bool)."""
        size = self._settings.batch_size
        first = epoch * self.phrases_per_epoch + batch * size
        indices = np.arange(first, min(first + size, (epoch + 1) * self.phrases_per_epoch))
        items = np.array([self._permutation(int(index) // self._items)[index % self._items] for index in indices])
        noisy = items >= len(self._starts)
        copied = ((items - len(self._starts)) / max(self._settings.noise_share, 1e-9)).astype(np.int64)
        return self._starts[np.where(noisy, copied, items) % len(self._starts)], noisy

    def _permutation(self, number: int) -> np.ndarray:
        """The permutation with this number, from 0; only it and the one before are stored."""
        if number not in self._permutations:
            self._permutations = {each: order for each, order in self._permutations.items() if each == number - 1}
            rng = np.random.default_rng((self._settings.seed, number))
            self._permutations[number] = rng.permutation(self._items)
        return self._permutations[number]
