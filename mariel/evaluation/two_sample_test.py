"""Classifier two-sample test: how well a small network tells phrases from real ones.

Lopez-Paz and Oquab, *Revisiting Classifier Two-Sample Tests*, arXiv:1610.06545. The statistic is the area under the
ROC curve (AUC) instead of the accuracy, since it needs no threshold: 0.5 if the network cannot tell, 1 if it always
can.

The network sees each frame's pose without its position and heading, with velocities, and the speeds at which the body
travels and turns, so that it judges movement and not where in the room a phrase begins. Each phrase also counts as
its mirror image: whether a dancer prefers one side is not judged. Real phrases that it is tested on are of takes that
it was not trained on, and samples resemble the same takes; otherwise it would recognise takes.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mariel.errors import PhraseError
from mariel.evaluation.metrics import NearestNeighbours
from mariel.kinematics.canonical_frame import CanonicalFrame, rotate_about_z, to_channels_first
from mariel.motion.marker_set import MarkerSet
from mariel.numerics import evenly_spaced_rows

FOLDS = 4
"""Folds of takes: each in turn is tested on, by a network that is trained on the others."""

MIN_PHRASES = 64
"""Fewer phrases on either side train no network that could tell anything."""

MIN_FOLD_SAMPLES = 8
"""Samples that each fold needs to be tested."""

FRAME_STEP = 2
"""Every second frame is seen, with velocities of the full frame rate: as sharp, in half of the time."""

CHANNELS, LAYERS, KERNEL, DROPOUT = 64, 3, 5, 0.3
BATCH_SIZE, EPOCHS, LEARNING_RATE, WEIGHT_DECAY = 32, 12, 4e-3, 1e-2


def area_under_curve(scores: np.ndarray, others: np.ndarray) -> float:
    """Share of pairs of a score and another one in which the first is higher; ties count a half (Mann-Whitney U).

    Args:
        scores: of what should score high, (phrases,).
        others: of what should score low, (phrases,).
    """
    ordered = np.sort(others)
    lower, at_most = (np.searchsorted(ordered, scores, side) for side in ("left", "right"))
    return float((lower + at_most).mean() / (2 * len(others)))


@dataclass(frozen=True, eq=False)
class RealPhrases:
    """Real phrases for the test.

    Args:
        phrases: (phrases, frames, markers, 3), metres.
        takes: name of each phrase's take, (phrases,).
    """

    phrases: np.ndarray
    takes: np.ndarray

    def evenly_spaced(self, count: int) -> "RealPhrases":
        """At most so many phrases, evenly spaced."""
        rows = evenly_spaced_rows(len(self.phrases), count)
        return RealPhrases(self.phrases[rows], self.takes[rows])


def tell_samples_from_real(
    samples: np.ndarray, real: RealPhrases, marker_set: MarkerSet, *, seed: int = 0
) -> float | None:
    """AUC of networks that tell samples from real phrases of takes they were not trained on.

    As many real phrases as samples are used, if there are as many. Samples are divided as the real phrases that they
    are nearest to. Pitfall: copies of real phrases give 0.5; the distance to the nearest training phrase shows them.

    Args:
        samples: (phrases, frames, markers, 3), metres.
        real: phrases of at least two takes.
        marker_set: of both.
        seed: of the networks and of the order in which they see phrases.

    Returns:
        The mean over the folds of takes, weighted by their phrases; None if there are fewer than `MIN_PHRASES`.

    Raises:
        PhraseError: the real phrases are of a single take, or of another length than the samples.
    """
    if samples.shape[1:] != real.phrases.shape[1:]:
        raise PhraseError("only for dances of a phrase's length")
    real = real.evenly_spaced(len(samples))
    if min(len(samples), len(real.phrases)) < MIN_PHRASES:
        return None
    fold_of = _folds(real.takes, FOLDS)
    count = fold_of.max() + 1
    if count < 2:
        raise PhraseError("needs two takes")
    inputs, real_inputs = (network_input(each, marker_set) for each in (samples, real.phrases))
    part_of = _nearest_folds(samples, real.phrases, fold_of, marker_set)
    values = [
        _tell(
            (inputs[:, part_of != fold], inputs[:, part_of == fold]),
            (real_inputs[:, fold_of != fold], real_inputs[:, fold_of == fold]),
            seed,
        )
        for fold in range(count)
    ]
    return float(np.average(values, weights=np.bincount(fold_of)))


def tell_real_from_real(real: RealPhrases, count: int, marker_set: MarkerSet, *, seed: int = 0) -> float | None:
    """AUC of networks that tell the phrases of one half of the takes from those of the other: the test's floor.

    One half takes the part of the samples, so that networks are trained and tested on the same takes of it; of the
    other half they are tested on takes they were not trained on. With four folds of takes this is done for each of
    the six halves, and the mean is returned. Takes differ, so it need not be 0.5.

    Args:
        real: phrases of at least four takes.
        count: about how many phrases there are in each half.
        marker_set: theirs.
        seed: see `tell_samples_from_real`.

    Returns:
        None if there are fewer than `MIN_PHRASES` in a half.

    Raises:
        PhraseError: there are fewer than four takes.
    """
    real = real.evenly_spaced(2 * count)
    fold_of = _folds(real.takes, FOLDS)
    if fold_of.max() + 1 < FOLDS:
        raise PhraseError("real needs four takes")
    if len(real.phrases) < 2 * MIN_PHRASES:
        return None
    inputs = network_input(real.phrases, marker_set)
    values = []
    for half, trained, tested in _HALVES:
        mine, others = np.flatnonzero(np.isin(fold_of, half)), np.flatnonzero(np.isin(fold_of, (trained, tested)))
        is_tested = fold_of[others] == tested
        part_of = _nearest_folds(real.phrases[mine], real.phrases[others], is_tested.astype(int), marker_set)
        values.append(
            _tell(
                (inputs[:, mine[part_of == 0]], inputs[:, mine[part_of == 1]]),
                (inputs[:, others[~is_tested]], inputs[:, others[is_tested]]),
                seed,
            )
        )
    return float(np.mean(values))


_HALVES = (((0, 1), 2, 3), ((2, 3), 0, 1), ((0, 2), 3, 1), ((1, 3), 2, 0), ((0, 3), 1, 2), ((1, 2), 3, 0))
"""Each half of four folds, the fold of the other half that is trained on, and the one that is tested on."""


def _folds(takes: np.ndarray, count: int) -> np.ndarray:
    """The fold of each phrase, (phrases,): whole takes, largest first, each to the smallest fold."""
    names, of_take, sizes = np.unique(takes, return_inverse=True, return_counts=True)
    fold_sizes, fold_of_take = np.zeros(min(count, len(names)), int), np.zeros(len(names), int)
    for take in np.argsort(-sizes, kind="stable"):
        fold_of_take[take] = fold_sizes.argmin()
        fold_sizes[fold_of_take[take]] += sizes[take]
    return fold_of_take[of_take]


def _nearest_folds(samples: np.ndarray, real: np.ndarray, fold_of: np.ndarray, marker_set: MarkerSet) -> np.ndarray:
    """The fold of the real phrase that is nearest to each sample or to its mirror image, (samples,).

    Samples resemble the takes that a model has learned from. Divided at random, those that resemble the takes tested
    on would be among the samples trained on, and real phrases of these takes would pass for samples: the AUC of
    copies of real phrases was 0.16. If a fold has fewer than `MIN_FOLD_SAMPLES`, the parts are equal instead.
    """
    neighbours = NearestNeighbours(real, mirror=lambda phrases: _mirrored(phrases, marker_set))
    folds = fold_of[neighbours.distances(samples).argmin(axis=1) % len(real)]
    count = fold_of.max() + 1
    if np.bincount(folds, minlength=count).min() < MIN_FOLD_SAMPLES:
        return np.arange(len(samples)) % count
    return folds


def _mirrored(phrases: np.ndarray, marker_set: MarkerSet) -> np.ndarray:
    return phrases[..., marker_set.mirror_order(), :] * np.array([1, -1, 1], np.float32)


def network_input(phrases: np.ndarray, marker_set: MarkerSet) -> Tensor:
    """What the network sees of phrases and of their mirror images: (2, phrases, channels, frames / `FRAME_STEP`).

    Args:
        phrases: (phrases, frames, markers, 3), metres.
        marker_set: theirs.
    """
    both = (np.asarray(each, np.float32) for each in (phrases, _mirrored(phrases, marker_set)))
    return torch.stack([_features(torch.from_numpy(each), marker_set) for each in both])


def _features(positions: Tensor, marker_set: MarkerSet) -> Tensor:
    """Pose, velocities, travelling and turning of phrases: (phrases, channels, frames / `FRAME_STEP`)."""
    frame = CanonicalFrame(marker_set)
    pose, path, heading = frame.remove_root_motion(frame.to_canonical(to_channels_first(positions))[0])
    travel = torch.cat([_steps(path), torch.zeros_like(path[..., :1])], dim=-1)[..., None]
    travel = rotate_about_z(travel, -heading)[..., :2, 0]
    parts = [pose.flatten(2), _steps(pose).flatten(2), travel, _steps(heading)[..., None]]
    return torch.cat(parts, dim=-1)[:, ::FRAME_STEP].transpose(1, 2).contiguous()


def _steps(values: Tensor) -> Tensor:
    """Changes from frame to frame (phrases, frames, …); the first frame's is 0."""
    return torch.diff(values, dim=1, prepend=values[:, :1])


class _Classifier(nn.Module):
    """A 1-D convolutional network over time: the logit that phrases are samples, (phrases,).

    Args:
        mean: of its input's channels, (channels, 1).
        deviation: their standard deviation, (channels, 1).
    """

    def __init__(self, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.mean, self.deviation = mean, deviation
        layers: list[nn.Module] = [nn.Conv1d(len(mean), CHANNELS, 1), nn.LeakyReLU(0.2)]
        for _ in range(LAYERS):
            convolution = nn.Conv1d(CHANNELS, CHANNELS, KERNEL, stride=2, padding=KERNEL // 2)
            layers += [convolution, nn.BatchNorm1d(CHANNELS), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(2 * CHANNELS, 1))

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = self.layers((inputs - self.mean) / self.deviation)
        return self.head(torch.cat([hidden.mean(dim=2), hidden.amax(dim=2)], dim=1))[:, 0]


def _tell(samples: tuple[Tensor, Tensor], real: tuple[Tensor, Tensor], seed: int) -> float:
    """AUC of one network, trained on the first phrases of both pairs and tested on the second ones."""
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(seed)
        network = _train(samples[0], real[0])
    scores, others = (_scores(network, each) for each in (samples[1], real[1]))
    return area_under_curve(scores, others)


def _train(samples: Tensor, real: Tensor) -> _Classifier:
    """A network trained on as many phrases of both, each mirrored half of the time."""
    both = torch.cat([samples, real], dim=1).flatten(0, 1)
    mean = both.mean(dim=(0, 2))[:, None]
    network = _Classifier(mean, both.std(dim=(0, 2))[:, None] + 1e-4)
    count = min(samples.shape[1], real.shape[1])
    batches = max(1, count // BATCH_SIZE)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=EPOCHS * batches)
    for _ in range(EPOCHS):
        orders = [torch.randperm(each.shape[1])[:count] for each in (samples, real)]
        for rows in zip(*(order.chunk(batches) for order in orders), strict=True):
            parts = [each[torch.randint(2, row.shape), row] for each, row in zip((samples, real), rows, strict=True)]
            is_sample = torch.cat([torch.ones(len(parts[0])), torch.zeros(len(parts[1]))])
            loss = functional.binary_cross_entropy_with_logits(network(torch.cat(parts)), is_sample)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network.eval()


@torch.no_grad()
def _scores(network: _Classifier, inputs: Tensor) -> np.ndarray:
    """Mean logit of each phrase and its mirror image, (phrases,)."""
    return torch.stack([network(each) for each in inputs]).mean(dim=0).numpy()
