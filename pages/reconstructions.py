"""Reconstructions: a phrase beside its reconstructions by trained models, and their errors by frame and marker."""

import streamlit as st

from mariel.app.components.player import show_player
from mariel.app.reconstructions import reconstruction_view
from mariel.app.shell.layout import open_page, page_title, stop_page
from mariel.app.shell.query_params import CAMERA, RECONSTRUCTION_PLAYER
from mariel.app.widgets.models import pick_models

open_page()
page_title(
    "Reconstructions",
    "A model reduces a phrase to a few numbers (its latent) and makes the phrase again from them. How close is it?",
)
models = pick_models()
if not models:
    stop_page()
stage, body = st.columns([2.5, 1], gap="medium")
options = reconstruction_view.pick_view_options(len(models))
chosen = reconstruction_view.pick_phrase_choice(models[0])
reconstructions = reconstruction_view.reconstruct_with(models, chosen, options)
with stage:
    scene = reconstruction_view.comparison_with_curves(models, chosen, reconstructions, options)
    state = show_player(
        scene,
        key=RECONSTRUCTION_PLAYER,
        height=440,
        camera="front",
        linked=RECONSTRUCTION_PLAYER,
        autoplay=True,
        address=CAMERA.key,
    )
    reconstruction_view.show_comparison_downloads(models, chosen, scene, state.camera)
    reconstruction_view.show_caption(chosen, options)
with body:
    reconstruction_view.show_marker_errors(models[0], chosen, reconstructions[0])
reconstruction_view.show_error_metrics(models, chosen, reconstructions)
reconstruction_view.show_error_scale(models, chosen, reconstructions)  # last: measuring real phrases takes seconds
