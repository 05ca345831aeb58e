"""A page whose download button comes two seconds after the page has begun to run again."""

import time
from functools import partial

import streamlit as st

from mariel.app.shell.streamlit_adapter import download_button

run = st.session_state["run"] = st.session_state.get("run", 0) + 1
st.button("Again", key="again")
if run > 1:
    st.write(f"run {run} has begun")
    time.sleep(2)
download_button(
    "Download", partial(b"run %d".__mod__, run), key="download", file_name="run.txt", media_type="text/plain"
)
st.write(f"run {run} is over")
