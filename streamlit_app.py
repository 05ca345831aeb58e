"""The router: page config and navigation, nothing else."""

import streamlit as st

from mariel.app.shell.layout import page_frame

st.set_page_config(page_title="Mariel", page_icon="🩰", layout="wide", initial_sidebar_state="auto")
page = st.navigation(
    [
        st.Page("pages/browse.py", title="Browse", icon=":material/accessibility_new:", default=True),
        st.Page("pages/preprocessing.py", title="Preprocessing", icon=":material/tune:"),
        st.Page("pages/training.py", title="Training", icon=":material/school:"),
        st.Page("pages/reconstructions.py", title="Reconstructions", icon=":material/compare:"),
        st.Page("pages/sampling.py", title="Sampling", icon=":material/casino:"),
        st.Page("pages/latent_map.py", title="Latent map", icon=":material/scatter_plot:"),
    ],
    position="top",
)
with page_frame():
    page.run()
