"""Exporting motion: a scene or a recording in, a file out.

To add a kind of file, write a module whose function is registered (see `registry`) and import it here.
"""

# Each registers its exporter; in each group, pages show them in this order.
from mariel.export.pictures import mp4  # noqa: F401

# isort: split
from mariel.export.pictures import film_strip, gif, svg  # noqa: F401

# isort: split
from mariel.export import html, npy, npz  # noqa: F401
