"""Latent map: the phrases that a model was trained on as points of a plane; choose one, or a path, and watch it."""

from mariel.app.latent_map.latent_map_view import show_map_and_dancer, show_map_help
from mariel.app.latent_map.map_view import load_map_view, pick_map
from mariel.app.shell.layout import open_page, stop_page
from mariel.app.widgets.favourites.favourites_list import show_favourites
from mariel.app.widgets.heading import page_title
from mariel.app.widgets.models import pick_model

open_page()
page_title("Latent map", "Every dot is a phrase; phrases that move alike lie close.")
model = pick_model()
if model is None:
    stop_page()
view = load_map_view(model)
if view is None:
    stop_page()
view = pick_map(view)
show_map_and_dancer(view)
show_favourites()
show_map_help(view)
