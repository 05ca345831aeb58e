"""Sampling: new dances from a trained model, made in five ways, and how they compare with real ones."""

import streamlit as st

from mariel.app.sampling.sampling_controls import drawn_dances, pick_draw, pick_mode
from mariel.app.sampling.sampling_view import check_phrases, recipe_of, show_dances, show_figures, takes_for
from mariel.app.shell.layout import open_page, page_title
from mariel.app.widgets.favourites import show_favourites, show_keep
from mariel.app.widgets.models import pick_model
from mariel.app.widgets.runs import apply_choices

open_page()
apply_choices()
page_title("Sampling", "A trained model dances: what nobody has danced, and what follows from what was danced.")
model = pick_model()
if model is None:
    show_favourites()
    st.stop()
checkpoint = model.checkpoint
mode = pick_mode()
takes = takes_for(mode, model)
notes, stage, controls = st.container(), st.container(), st.container()
keeping, kept, figures = st.container(horizontal=True), st.container(), st.container()
with controls:
    draw = pick_draw(mode, model, takes, notes)
with stage:
    check_phrases(draw, takes)
    danced = drawn_dances(model, draw, takes)
    large = show_dances(checkpoint, draw, danced, takes)
with keeping:
    show_keep(checkpoint, danced[large], recipe_of(checkpoint, draw, large))
with kept:
    show_favourites()
with figures:  # last, for looking at real phrases for the first time takes seconds
    show_figures(model, danced)
