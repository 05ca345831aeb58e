"""A phrase and its reconstructions on another body."""

from dataclasses import replace

import streamlit as st

from mariel.app.reconstructions.reconstruction_view import PhraseChoice
from mariel.app.shell.messages import show_warning
from mariel.app.widgets.bodies.body_choice import (
    body_suffix,
    change_between,
    chosen_body,
    danced_by,
    fitted_body,
    take_body,
)
from mariel.app.widgets.bodies.model_bodies import model_dancers, own_body, pick_model_body
from mariel.app.widgets.models import LoadedModel
from mariel.errors import MarielError
from mariel.evaluation.reconstruction_errors import Reconstruction
from mariel.kinematics.body import Body
from mariel.kinematics.shapes.shapes import body_of_frames


def on_chosen_body(
    models: list[LoadedModel], chosen: PhraseChoice, reconstructions: list[Reconstruction]
) -> tuple[PhraseChoice, list[Reconstruction]]:
    """Ask which body dances, and give the phrase and its reconstructions to it; their errors stay those recorded.

    The original is posed on its dancer's body, each reconstruction on that of its model.
    """
    body = pick_model_body(models[0], own="as recorded")
    if not body:
        return chosen, reconstructions
    first = models[0].checkpoint
    try:
        own = _dancers_body(models[0], chosen)
        other = chosen_body(body, own, first.marker_set, model_dancers(models[0]))
        changes = [change_between(each, other, first.marker_set) for each in (own, *map(own_body, models))]
    except MarielError as error:
        show_warning(f"{error}. You see the dancer's own body.", icon=":material/accessibility_new:")
        return chosen, reconstructions
    original, *others = [
        danced_by(change, positions, first.fps)
        for change, positions in zip(
            changes, (chosen.positions, *(each.positions for each in reconstructions)), strict=True
        )
    ]
    st.caption("Errors are those of the recorded bodies.")
    return replace(chosen, positions=original, body=body_suffix(body)), [
        replace(each, positions=positions) for each, positions in zip(reconstructions, others, strict=True)
    ]


def _dancers_body(model: LoadedModel, chosen: PhraseChoice) -> Body:
    """The body of the phrase's dancer: of the whole take where that is at hand."""
    take = chosen.whole or model_dancers(model).get(chosen.take)
    if take is not None:
        return take_body(take)
    marker_set, positions = model.checkpoint.marker_set, chosen.positions
    key = ("phrase", *model.data, chosen.take, chosen.frame)
    return fitted_body(key, lambda: body_of_frames(positions, marker_set, chosen.take))
