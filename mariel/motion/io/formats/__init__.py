"""The file formats, one module each: importing this package registers them.

To add a format, write a module here whose reader is registered (see `mariel.motion.io.registry`) and import it below.
"""

from mariel.motion.io.formats import (  # noqa: F401  (each registers its format)
    array_npy,
    bvh,
    coordinates_npy,
    described_npy,
    excerpt_npy,
    mariel_npy,
    npz,
)
