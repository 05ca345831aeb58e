"""Reconstructions: a phrase beside what trained models make of it, and where, when and how much they err."""

import streamlit as st

from mariel.app.reconstructions import reconstruction_view as reconstruction
from mariel.app.shell.layout import open_page, page_title
from mariel.app.widgets.models import pick_models
from mariel.app.widgets.player import show_player

open_page()
page_title(
    "Reconstructions",
    "A phrase squeezed through a model's few numbers and danced again: what comes back is what it understood.",
)
models = pick_models()
if not models:
    st.stop()
stage, body = st.columns([2.5, 1], gap="medium")
look = reconstruction.pick_look()
chosen = reconstruction.pick_chosen(models[0])
rebuilt = reconstruction.rebuilt_by(models, chosen, look)
with stage:
    scene = reconstruction.comparison(models, chosen, rebuilt, look)
    show_player(
        scene,
        key="reconstruction",
        height=440,
        camera="front",
        linked="reconstruction",
        autoplay=True,
        address="camera",
    )
    if chosen.about:
        st.caption(chosen.about)
with body:
    reconstruction.show_body(models[0], chosen, rebuilt[0])
reconstruction.show_numbers(models, chosen, rebuilt)
reconstruction.show_marks(models, chosen, rebuilt)  # last: real phrases take seconds at first
