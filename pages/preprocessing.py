"""Preprocessing: what each step does to the recordings, the reference loader beside this project's default."""

from mariel.app.preprocessing import preprocessing_view
from mariel.app.preprocessing.graph_view import show_graph
from mariel.app.preprocessing.orientation_view import show_orientation
from mariel.app.shell.layout import open_page
from mariel.app.widgets.pickers import pick_body_view, pick_take
from mariel.app.widgets.recordings import pick_recordings, show_title

open_page()
recordings = pick_recordings()
take = pick_take(recordings)
options = pick_body_view(take)

show_title("Preprocessing", "From marker positions to a model's input.", synthetic=recordings.synthetic)

takes = preprocessing_view.compatible_takes(recordings, take)
match preprocessing_view.pick_section():
    case "Takes":
        preprocessing_view.show_takes(takes, len(recordings) - len(takes))
    case "Upright":
        show_orientation(take, options.skeleton)
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
