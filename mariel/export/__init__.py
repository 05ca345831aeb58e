"""Exporting motion: a scene or a recording in, a file out.

To add a kind of file, write a module whose function is registered (see `registry`) and import it here.
"""

from mariel.export import html, npy, npz  # noqa: F401  (each registers its exporter, in the order of the buttons)
from mariel.export.pictures import film_strip, gif, mp4, svg  # noqa: F401
