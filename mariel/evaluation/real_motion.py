"""The real motion that a model's new dances are compared with: its values, and the phrases that are searched."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from mariel.data.dataset import PhraseDataset, PhraseFrames
from mariel.data.marker_selection import matching_takes
from mariel.evaluation.metrics import NearestNeighbours
from mariel.evaluation.neighbours import training_neighbours
from mariel.evaluation.registry import SAMPLES, EvaluationContext, metrics_of
from mariel.generation.phrase_windows import training_starts
from mariel.generation.sampling import batched
from mariel.motion.recording import Recording
from mariel.progress import Progress, no_progress
from mariel.training.checkpoints import Checkpoint
from mariel.training.runs import Run
from mariel.training.stored_analysis import stored_or_computed

PART = "real_motion"

MAX_REAL_PHRASES = 512
"""Real phrases over which the figures to compare with are averaged."""


@dataclass(frozen=True, eq=False)
class RealMotion:
    """What a model's new dances are compared with.

    Args:
        values: of real motion, by the metric's key; None where a metric cannot be measured.
        neighbours: the search among training phrases.
    """

    values: dict[str, float | None]
    neighbours: NearestNeighbours


def load_real_motion(
    run: Run,
    checkpoint: Checkpoint,
    recordings: Mapping[str, Recording],
    *,
    progress: Progress = no_progress,
) -> RealMotion:
    """The real motion of a run; its values are measured only if they are not stored in the run's folder.

    Args:
        run: the run.
        checkpoint: its weights, as they are in the folder.
        recordings: those that it was trained on.
        progress: called often with "" and the share that is done, 0 to 1.

    Raises:
        MarielError: the weights or recordings cannot be used.
    """

    def compute() -> tuple[RealMotion, dict[str, np.ndarray]]:
        dataset = PhraseDataset(recordings, checkpoint.settings.data)
        real = measure_real_motion(checkpoint, dataset, progress=progress)
        values = {key: np.array(np.nan if value is None else value) for key, value in real.values.items()}
        return real, {"training": training_starts(dataset), **values}

    return stored_or_computed(run, recordings, PART, partial(_from_arrays, checkpoint, recordings, progress), compute)


def measure_real_motion(
    checkpoint: Checkpoint,
    dataset: PhraseDataset,
    *,
    progress: Progress = no_progress,
) -> RealMotion:
    """The values of all metrics that pages show of new dances, on phrases of the model's own recordings.

    Args:
        checkpoint: the model.
        dataset: of its recordings.
        progress: see `load_real_motion`.
    """
    progress("", 0.0)
    model = checkpoint.model
    training, held_out = (
        batched(model.to_canonical, dataset.batch(dataset.evenly_spaced(starts, MAX_REAL_PHRASES)).numpy(), model)
        for starts in (dataset.training, dataset.validation)
    )
    # Of the time, a quarter has gone, and a tenth follows.
    neighbours = training_neighbours(
        model, dataset, training_starts(dataset), progress=lambda name, share: progress(name, 0.25 + 0.65 * share)
    )
    progress("", 0.9)
    context = EvaluationContext(
        checkpoint.marker_set, checkpoint.fps, training=training, held_out=held_out, known_neighbours=neighbours
    )
    return RealMotion({key: context.real_value(metric) for key, metric in _page_metrics().items()}, neighbours)


def _page_metrics() -> dict:
    return {metric.key: metric for metric in metrics_of(SAMPLES, on_pages=True)}


def _from_arrays(
    checkpoint: Checkpoint,
    recordings: Mapping[str, Recording],
    progress: Progress,
    arrays: Mapping[str, np.ndarray],
) -> RealMotion | None:
    """The real motion in stored arrays; None unless there is a value of every metric, and the phrases are there."""
    takes, keys = matching_takes(recordings, checkpoint.marker_set), list(_page_metrics())
    if not takes or not {"training", *keys} <= set(arrays):
        return None
    starts, values = arrays["training"], {key: arrays[key] for key in keys}
    if starts.dtype != np.int64 or starts.ndim != 1 or not len(starts):
        return None
    if any(value.dtype.kind != "f" or value.size != 1 for value in values.values()):
        return None
    frames = PhraseFrames(takes, checkpoint.model.length)
    if starts.min() < 0 or starts.max() + frames.length > len(frames.frames):
        return None
    neighbours = training_neighbours(checkpoint.model, frames, starts, progress=progress)
    known = {key: float(value.item()) for key, value in values.items()}
    return RealMotion({key: None if np.isnan(value) else value for key, value in known.items()}, neighbours)
