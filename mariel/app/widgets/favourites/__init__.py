"""Favourites on pages: dances that a visitor keeps, and the list of them."""
