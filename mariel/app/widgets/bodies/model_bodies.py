"""Bodies for the dances of a model."""

from collections.abc import Mapping

from mariel.app.shell.messages import show_warning
from mariel.app.widgets.bodies.body_choice import change_between, chosen_body, fitted_body, pick_body
from mariel.app.widgets.models import LoadedModel
from mariel.app.widgets.take_position import open_run_takes
from mariel.errors import MarielError, PhraseError
from mariel.generation.model_body import model_body
from mariel.kinematics.body import Body
from mariel.kinematics.shapes.body_change import BodyChange
from mariel.motion.names import DEMO
from mariel.motion.recording import Recording


def pick_model_body(model: LoadedModel, *, own: str = "as the model has it") -> str:
    """Ask which body dances: its own, or another one, such as that of a dancer that the model has learned from."""
    return pick_body(model.checkpoint.marker_set, model_dancers(model), own=own)


def model_dancers(model: LoadedModel) -> Mapping[str, Recording]:
    """The takes that a model was trained on; none where they are the demo dancer's, or no longer there."""
    if model.checkpoint.settings.data.data == DEMO:
        return {}
    try:
        return open_run_takes(model)
    except PhraseError:
        return {}


def own_body(model: LoadedModel) -> Body:
    """The body of a model's dances, fitted once for all sessions."""
    return fitted_body(("model", *model.weights), lambda: model_body(model.checkpoint.model))


def model_change(model: LoadedModel, body: str) -> BodyChange | None:
    """What gives the dances of a model to a body; None for its own, or where there is no such body, which is said."""
    if not body:
        return None
    marker_set = model.checkpoint.marker_set
    try:
        own = own_body(model)
        return change_between(own, chosen_body(body, own, marker_set, model_dancers(model)), marker_set)
    except MarielError as error:
        show_warning(f"{error}. You see the model's own body.", icon=":material/accessibility_new:")
        return None
