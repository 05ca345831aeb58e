"""Preprocessing: what each step does to the recordings, the reference loader beside this project's default."""

import streamlit as st

from mariel.app.preprocessing import preprocessing_view
from mariel.app.preprocessing.graph_view import show_graph
from mariel.app.shell.layout import open_page, page_title
from mariel.app.widgets.pickers import pick_body_view, pick_take
from mariel.app.widgets.recordings import DEMO_NOTICE, pick_recordings

open_page()
recordings = pick_recordings()
take = pick_take(recordings)
options = pick_body_view(take)

page_title("Preprocessing", "From marker positions in a file to what a model learns from, step by step.")
if recordings.synthetic:
    st.caption(f":material/smart_toy: {DEMO_NOTICE}")

takes = preprocessing_view.compatible_takes(recordings, take)
match preprocessing_view.pick_section():
    case "Takes":
        preprocessing_view.show_takes(takes, len(recordings) - len(takes))
    case "Upright":
        preprocessing_view.show_orientation(take, options.skeleton)
    case "Positions":
        preprocessing_view.show_positions(takes)
    case "Velocities":
        preprocessing_view.show_velocities(takes)
    case "Numbers":
        preprocessing_view.show_statistics(takes)
    case "Outliers":
        preprocessing_view.show_outliers(recordings, takes, options.skeleton)
    case "Graph":
        show_graph(take, preprocessing_view.fitted_preprocessing(takes, reference=False), options.skeleton)
