"""Recordings whose markers, frame rate or floor are not a model's: converted, so that it can answer them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from mariel.data.marker_selection import matching_takes
from mariel.errors import MarielError, RecordingError
from mariel.kinematics.retargeting.retarget import demo_template, retarget, template_of
from mariel.kinematics.retargeting.template import Template
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.quality import floor_height
from mariel.motion.recording import Recording
from mariel.motion.resampling import resample_recording, same_fps
from mariel.training.checkpoints import Checkpoint

OTHER_FLOOR = 0.15
"""Metres between a take's floor and the model's from which they are two: within one room, takes differ by less."""


class ModelTake(NamedTuple):
    """A take with a model's markers and frame rate.

    Args:
        recording: the take.
        note: what was converted, a sentence for people; empty if nothing was.
    """

    recording: Recording
    note: str


def take_for_model(take: Recording, checkpoint: Checkpoint) -> ModelTake:
    """A take with the markers, the frame rate and the floor of a model: as it is, resampled, retargeted, raised.

    Cameras and some programs measure heights from a place that is not on the floor.

    Raises:
        RecordingError: its markers cannot be converted; the message says why.
    """
    notes = []
    matching = matching_takes({take.name: take}, checkpoint.marker_set)
    if matching:
        recording = matching[take.name]
        if not same_fps(take.fps, checkpoint.fps):
            recording = resample_recording(recording, checkpoint.fps)
    else:
        retargeted = retarget(take, _template(checkpoint), fps=checkpoint.fps)
        recording = matching_takes({take.name: retargeted.recording}, checkpoint.marker_set)[take.name]
        notes.append(retargeted.note)
    if not same_fps(take.fps, checkpoint.fps):
        notes.append(f"{checkpoint.fps:g} instead of {take.fps:g} frames per second")
    rise = checkpoint.model.floor_height - floor_height(recording)
    if recording.unit == "m" and abs(rise) > OTHER_FLOOR:
        whole = recording.frames(0, len(recording))  # a copy, so that the take does not keep its positions in memory
        recording = recording.with_positions(whole.positions + np.array([0, 0, rise], np.float32))
        notes.append(f"the floor {abs(rise):.2f} m {'higher' if rise > 0 else 'lower'}")
    return ModelTake(recording, f"{take.name} is shown to the model with {'; '.join(notes)}." if notes else "")


def takes_for_model(recordings: Mapping[str, Recording], checkpoint: Checkpoint) -> dict[str, ModelTake]:
    """The takes that have a model's markers, at its frame rate; if none has, all that can be converted.

    Raises:
        RecordingError: none can be converted; the message says why.
    """
    own = matching_takes(recordings, checkpoint.marker_set)
    if own:
        return {name: take_for_model(take, checkpoint) for name, take in own.items()}
    converted, errors = {}, []
    for name, take in recordings.items():
        try:
            converted[name] = take_for_model(take, checkpoint)
        except MarielError as error:
            errors.append(str(error))
    if not converted:
        raise RecordingError(errors[0] if errors else "there are no recordings")
    return converted


def _template(checkpoint: Checkpoint) -> Template:
    """Where a model's markers are: Mariel's on the demo dancer, others on the dancers that it has learned from."""
    if all(label in MARIEL_53 for label in checkpoint.marker_set.labels):
        return demo_template()
    settings = checkpoint.settings.data
    try:
        own = matching_takes(load_recordings(settings.data, trim=settings.trim), checkpoint.marker_set)
    except MarielError as error:
        raise RecordingError(
            f"{checkpoint.run} knows the {checkpoint.marker_set.describe()}, and the recordings that would say where "
            f"they are on a body are not here: {error}"
        ) from error
    if not own:
        raise RecordingError(f"the recordings of {checkpoint.run} no longer have its markers")
    return template_of(*own.values())
