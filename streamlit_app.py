"""The router: page config and navigation."""

import streamlit as st

from mariel.app.shell.layout import page_layout
from mariel.app.shell.navigation import navigate
from mariel.app.widgets.downloads.tray import show_tray
from mariel.training.threads import limit_spinning

limit_spinning()  # here, because pages import torch
st.set_page_config(page_title="Mariel", page_icon="🩰", layout="wide", initial_sidebar_state="auto")
name, page = navigate()
with page_layout(name):
    show_tray()
    page.run()
