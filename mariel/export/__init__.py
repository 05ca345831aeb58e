"""Exporting motion: a scene or a recording in, a file out.

To add a kind of file, write a module whose function is registered (see `registry`) and import it here.
"""

# Each registers its exporter, in the order in which its group shows it.
from mariel.export import html, npy, npz  # noqa: F401
from mariel.export.archives import bundle, bvh_zip, npy_zip  # noqa: F401
from mariel.export.glb import glb  # noqa: F401
from mariel.export.marker_files import c3d, csv_table, trc  # noqa: F401
from mariel.export.pictures import film_strip, gif, mp4, svg  # noqa: F401
from mariel.export.skeletons import bvh  # noqa: F401
