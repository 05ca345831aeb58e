"""Training: begin runs, watch them learn, compare them, look after their folders. Runs go on without the page."""

import streamlit as st

from mariel.app.shell.layout import open_page, page_title
from mariel.app.training.live_run import show_run
from mariel.app.training.run_actions import show_all_runs, show_care, show_interrupted
from mariel.app.training.training_form import choose_source, show_form
from mariel.app.widgets.pickers import keep_if_possible
from mariel.app.widgets.recordings import REMEMBERED
from mariel.app.widgets.runs import apply_choices, run_manager

open_page()
apply_choices()
source = choose_source()
manager = run_manager()

page_title(
    "Training",
    "A model watches phrases of dance until it can give them back. It goes on learning when you close the page.",
)
show_interrupted(manager)
names = [run.name for run in manager.runs()]

form = st.expander("Train a model", not names, key="form open", on_change="rerun", icon=":material/school:")
if form.open:
    with form:
        show_form(manager, source)

if names:
    keep_if_possible("run", names)
    active = manager.active()
    chosen = st.selectbox("Run", names, index=names.index(active) if active in names else 0, key="run", **REMEMBERED)
    run = next(run for run in manager.runs() if run.name == chosen)
    show_run(manager, run, [name for name in names if name != chosen])
    show_care(manager, run)
else:
    st.info("No model has been trained here yet. Begin with a quick look: it takes three minutes.")
show_all_runs(manager)
