"""Sampling: new dances from a trained model, calm or wild, and how they compare with real ones."""

import streamlit as st

from mariel.app.frame import open_page, page_title
from mariel.app.models import pick_model
from mariel.app.sampling import drawn_dances, pick_draw, show_dances, show_figures

open_page()
page_title("Sampling", "Dances that nobody has danced. The same seed is the same dance, calmer or wilder.")
model = pick_model()
if model is None:
    st.stop()
checkpoint = model.checkpoint
stage, figures = st.container(), st.container()
draw = pick_draw(checkpoint.fps, checkpoint.model.length)
danced = drawn_dances(model, draw)
with stage:
    show_dances(checkpoint, draw, danced)
with figures:
    show_figures(model, danced)
