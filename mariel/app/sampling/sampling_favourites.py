"""Favourites of the Sampling page: how it made a dance, and makes it again."""

from mariel.app.sampling.sampling_controls import mode_label, widget_values
from mariel.app.shell.query_params import MODEL
from mariel.app.widgets.bodies.body_choice import body_label
from mariel.app.widgets.models import trained_runs
from mariel.app.widgets.runs import set_widgets_next
from mariel.errors import CheckpointError, SettingsError
from mariel.generation.favourites import Favourite
from mariel.generation.sampling_requests import SamplingRequest


def describe_sample(favourite: Favourite) -> list[str]:
    """How the page made a favourite; nothing for dances that it cannot make."""
    if "seed" not in favourite.recipe:  # a phrase, or a dance along a path on the map
        return []
    try:
        request = SamplingRequest.from_dict(favourite.recipe)
    except SettingsError:
        return []
    body = [f"body: {body_label(request.body)}"] if request.body else []
    return [mode_label(request.mode), f"seed {request.seed}", *body]


def reopen_sample(favourite: Favourite) -> None:
    """Set the page's widgets to the values that a favourite was made with."""
    request, model = SamplingRequest.from_dict(favourite.recipe), favourite.recipe.get("checkpoint")
    if model not in trained_runs():
        raise CheckpointError(
            f"the model “{model}” that generated “{favourite.name}” is gone; the favourite itself stays"
        )
    set_widgets_next({MODEL.key: model, **widget_values(request)})
