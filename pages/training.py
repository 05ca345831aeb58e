"""Training: start runs, watch and compare them, rename and delete them. Runs continue when the page is closed."""

import streamlit as st

from mariel.app.shell.first_screen import control_row
from mariel.app.shell.layout import open_page
from mariel.app.shell.query_params import FORM_OPEN, RUN, RUN_ROW
from mariel.app.training.live_run import show_run
from mariel.app.training.run_actions import show_all_runs, show_interrupted_runs, show_run_actions
from mariel.app.training.training_form import pick_source, show_form
from mariel.app.widgets import controls
from mariel.app.widgets.heading import page_title
from mariel.app.widgets.runs import apply_widget_values, run_manager

open_page()
apply_widget_values()
source = pick_source()
manager = run_manager()

page_title("Training", "A model learns to reconstruct phrases, also when this page is closed.")
show_interrupted_runs(manager)
names = [run.name for run in manager.runs()]

form = st.expander("Train a model", not names, key=FORM_OPEN, on_change="rerun", icon=":material/school:")
if form.open:
    with form:
        show_form(manager, source)

chosen = None
if names:
    active = manager.active_run()
    with control_row(RUN_ROW):
        default = active if active in names else None
        chosen = controls.selectbox(RUN, "Run", names, default=default, help="The training that is shown below.")
    run = next(run for run in manager.runs() if run.name == chosen)
    show_run(manager, run, [name for name in names if name != chosen])
    show_run_actions(manager, run)
else:
    st.info("No model has been trained here yet. Start with a quick look: it takes three minutes.")
show_all_runs(manager, chosen)
