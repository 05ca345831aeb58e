"""The router: page config and navigation, nothing else."""

import streamlit as st

from mariel.app.shell.layout import page_layout
from mariel.app.shell.navigation import navigate

st.set_page_config(page_title="Mariel", page_icon="🩰", layout="wide", initial_sidebar_state="auto")
name, page = navigate()
with page_layout(name):
    page.run()
