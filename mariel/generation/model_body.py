"""The body of a model's dances, and other bodies for them."""

from collections.abc import Mapping

from mariel.errors import PhraseError, RecordingError
from mariel.generation.sampling import sample
from mariel.generation.take_positions import run_takes
from mariel.kinematics.body import Body
from mariel.kinematics.shapes.body_change import BodyChange
from mariel.kinematics.shapes.choices import body_change
from mariel.kinematics.shapes.proportions import TAKE_PREFIX
from mariel.kinematics.shapes.shapes import body_of_frames
from mariel.models.base import PhraseModel
from mariel.motion.recording import Recording
from mariel.training.checkpoints import Checkpoint

BODY_SAMPLES = 16
"""Samples of a model to which its body is fitted."""


def model_body(model: PhraseModel) -> Body:
    """The body that is nearest to a model's dances, whatever its decoder.

    Raises:
        RecordingError: the model's markers tell no body.
    """
    samples = sample(model, BODY_SAMPLES, seed=0)
    return body_of_frames(samples.reshape(-1, *samples.shape[2:]), model.marker_set, "the model")


def request_body_change(
    checkpoint: Checkpoint, body: str, takes: Mapping[str, Recording] | None = None
) -> BodyChange | None:
    """What gives a model's dances to another body; None for the model's own.

    Args:
        checkpoint: the model.
        body: see `mariel.kinematics.shapes.proportions.BODY_DESCRIPTION`; take:NAME is one of the takes that
            it has learned from.
        takes: these, if they are open already.

    Raises:
        RecordingError: there is no such body, or the model's markers tell none.
    """
    if not body:
        return None
    if body.startswith(TAKE_PREFIX) and (takes is None or body.removeprefix(TAKE_PREFIX) not in takes):
        try:
            takes = run_takes(checkpoint)
        except PhraseError as error:
            raise RecordingError(str(error)) from error
    return body_change(body, model_body(checkpoint.model), checkpoint.marker_set, takes or {})
