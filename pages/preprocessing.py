"""Preprocessing: what each step does to the recordings, the published loader's way beside this project's."""

import streamlit as st

from mariel.app.preprocessing import preprocessing_view as preparation
from mariel.app.preprocessing.graph_view import show_graph
from mariel.app.shell.layout import open_page, page_title
from mariel.app.widgets.pickers import pick_take, pick_view
from mariel.app.widgets.recordings import DEMO_NOTICE, choose_recordings

open_page()
recordings = choose_recordings()
take = pick_take(recordings)
view = pick_view(take)

page_title("Preprocessing", "From marker positions in a file to what a model learns from, step by step.")
if recordings.synthetic:
    st.caption(f":material/smart_toy: {DEMO_NOTICE}")

takes = preparation.takes_like(recordings, take)
match preparation.pick_section():
    case "Takes":
        preparation.show_takes(takes, len(recordings) - len(takes))
    case "Upright":
        preparation.show_upright(take, view.skeleton)
    case "Positions":
        preparation.show_positions(takes)
    case "Velocities":
        preparation.show_velocities(takes)
    case "Numbers":
        preparation.show_numbers(takes)
    case "Outliers":
        preparation.show_outliers(recordings, takes, view.skeleton)
    case "Graph":
        show_graph(take, preparation.fit_of(takes, reference=False), view.skeleton)
