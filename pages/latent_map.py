"""Latent map: the phrases a model has learned from as points of a plane, to watch, and to dance along."""

import streamlit as st

from mariel.app.latent_map.latent_map_view import mapped, show_explanation, show_map_and_dancer
from mariel.app.shell.layout import open_page, page_title
from mariel.app.widgets.models import pick_model

open_page()
page_title("Latent map", "Every dot is a phrase that the model knows; phrases that move alike lie close together.")
model = pick_model()
if model is None:
    st.stop()
here = mapped(model)
if here is None:
    st.stop()
show_map_and_dancer(here)
show_explanation(here)
