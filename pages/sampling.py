"""Sampling: new dances from a trained model, made in five ways, and their figures beside those of real phrases."""

import streamlit as st

from mariel.app.sampling.sampling_bodies import dances_on_body
from mariel.app.sampling.sampling_controls import generate_cached, pick_mode, pick_request
from mariel.app.sampling.sampling_favourites import describe_sample, reopen_sample
from mariel.app.sampling.sampling_view import (
    check_phrases,
    require_takes,
    show_sample_downloads,
    show_sample_figures,
    show_samples,
)
from mariel.app.shell.layout import open_page, stop_page
from mariel.app.widgets.bodies.model_bodies import model_change
from mariel.app.widgets.favourites.favourites_list import show_favourites
from mariel.app.widgets.favourites.keep_button import show_keep_button
from mariel.app.widgets.heading import page_title
from mariel.app.widgets.models import pick_model
from mariel.app.widgets.runs import apply_widget_values
from mariel.app.widgets.sampling_dial import page_dial, send_request_sweep
from mariel.generation.sampling_requests import sample_recipe

open_page()
apply_widget_values()
page_title("Sampling", "New dances from a trained model, and from recorded ones.")
model = pick_model()
if model is None:
    show_favourites(describe=describe_sample, reopen=reopen_sample)
    stop_page()
checkpoint = model.checkpoint
mode = pick_mode()
takes = require_takes(mode, model)
stage, controls = st.container(), st.container()
actions, favourites_area, figures_area = st.container(horizontal=True), st.container(), st.container()
with controls:
    request = pick_request(mode, model, takes)
with stage:
    check_phrases(request, takes)
    generated = generate_cached(model, request, takes)
    samples = dances_on_body(model, request, generated, warn=True)
    dial = page_dial(model, request)
    selected = show_samples(model, request, samples, takes, dial)
with actions:
    show_sample_downloads(model, request, samples, takes, dial)
    if selected is not None:
        recipe = sample_recipe(checkpoint, request, selected)
        show_keep_button(samples[selected], checkpoint.marker_set, checkpoint.fps, recipe)
with favourites_area:
    show_favourites(describe=describe_sample, reopen=reopen_sample)
with figures_area:  # late, because measuring real phrases for the first time takes seconds
    show_sample_figures(model, generated)
send_request_sweep(model, request, takes, dial, samples[0], change=model_change(model, request.body))
