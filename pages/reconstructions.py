"""Reconstructions: a phrase beside its reconstructions by trained models, and their errors by frame and marker."""

import streamlit as st

from mariel.app.components.player import show_player
from mariel.app.reconstructions import reconstruction_view
from mariel.app.reconstructions.reconstruction_bodies import on_chosen_body
from mariel.app.reconstructions.reconstruction_files import show_reconstruction_files
from mariel.app.shell.first_screen import control_row, stage_area
from mariel.app.shell.layout import open_page, stop_page
from mariel.app.shell.query_params import CAMERA, RECONSTRUCTION_PLAYER, RECONSTRUCTION_STAGE, VIEW_ROW
from mariel.app.widgets.heading import page_title
from mariel.app.widgets.models import pick_models

open_page()
page_title(
    "Reconstructions",
    "A phrase, encoded by a model and decoded again: how close is it?",
)
models = pick_models()
if not models:
    stop_page()
row = control_row(VIEW_ROW)
main, body = st.columns([2.5, 1], gap="medium")
with main:
    stage = stage_area(RECONSTRUCTION_STAGE, beside=440, beside_on_phone=560)
    chosen = reconstruction_view.pick_phrase_choice(models[0], row)
    options = reconstruction_view.pick_view_options(len(models), row)
    below = st.container()
reconstructions = reconstruction_view.reconstruct_with(models, chosen, options)
with below:
    shown, shown_reconstructions = on_chosen_body(models, chosen, reconstructions)
with stage:
    scene = reconstruction_view.comparison_with_curves(models, shown, shown_reconstructions, options)
    state = show_player(
        scene,
        key=RECONSTRUCTION_PLAYER,
        height=440,
        camera="front",
        linked=RECONSTRUCTION_PLAYER,
        autoplay=True,
        address=CAMERA.key,
    )
with below:
    reconstruction_view.show_comparison_downloads(models, shown, scene, state.camera)
    show_reconstruction_files(models, chosen, reconstructions)
    reconstruction_view.show_caption(chosen, options)
with body:
    reconstruction_view.show_marker_errors(models[0], shown, reconstructions[0])
reconstruction_view.show_error_metrics(models, chosen, reconstructions)
reconstruction_view.show_error_scale(models, chosen, reconstructions)  # last: measuring real phrases takes seconds
