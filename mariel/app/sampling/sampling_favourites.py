"""Favourites of the Sampling page: what is saved of a new dance, and how the page makes it again."""

from collections.abc import Mapping

from mariel.app.sampling.sampling_controls import mode_label, widget_values
from mariel.app.shell.query_params import MODEL
from mariel.app.widgets.models import trained_runs
from mariel.app.widgets.runs import set_widgets_next
from mariel.errors import CheckpointError, SettingsError
from mariel.generation.favourites import Favourite
from mariel.generation.sampling_requests import SamplingRequest
from mariel.training.checkpoints import Checkpoint


def sample_recipe(checkpoint: Checkpoint, request: SamplingRequest, index: int) -> Mapping:
    """How one of the dances was made: the model's name, its recordings, and the request for this dance alone."""
    request = request.single_requests()[index]
    return {"checkpoint": checkpoint.run, "data": checkpoint.settings.data.data, **request.to_dict()}


def describe_sample(favourite: Favourite) -> list[str]:
    """How the page made a favourite; nothing for dances that it cannot make."""
    try:
        request = SamplingRequest.from_dict(favourite.recipe)
    except SettingsError:
        return []
    return [mode_label(request.mode), f"seed {request.seed}"]


def reopen_sample(favourite: Favourite) -> None:
    """Set the page's widgets to the values that a favourite was made with."""
    request, model = SamplingRequest.from_dict(favourite.recipe), favourite.recipe.get("checkpoint")
    if model not in trained_runs():
        raise CheckpointError(
            f"the model “{model}” that generated “{favourite.name}” is gone; the favourite itself stays"
        )
    set_widgets_next({MODEL.key: model, **widget_values(request)})
