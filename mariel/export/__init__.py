"""Exporting motion: a scene or a recording in, a file out.

To add a kind of file, write a module whose function is registered (see `registry`) and import it here.
"""

# Each registers its exporter, in the order in which its group shows it.
# isort: off
from mariel.export.pictures import mp4, gif, film_strip, svg  # noqa: F401
from mariel.export import html  # noqa: F401
from mariel.export.glb import glb  # noqa: F401
from mariel.export.skeletons import bvh  # noqa: F401
from mariel.export.archives import bvh_zip  # noqa: F401
from mariel.export.marker_files import c3d, trc, csv_table  # noqa: F401
from mariel.export import npz, npy  # noqa: F401
from mariel.export.archives import npy_zip, bundle  # noqa: F401
