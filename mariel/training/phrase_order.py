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

    def _permutation(self, round_: int) -> np.ndarray:
        if round_ not in self._permutations:
            self._permutations = {kept: order for kept, order in self._permutations.items() if kept == round_ - 1}
            random = np.random.default_rng((self._settings.seed, round_))
            self._permutations[round_] = random.permutation(self._items)
        return self._permutations[round_]
