"""The file formats, one module each: importing this package registers them.

To add a format, write a module here whose reader is registered (see `mariel.motion.io.registry`) and import it below.
"""

from mariel.motion.io.formats import (  # noqa: F401  (each registers its format)
    array_npy,
    bvh,
    c3d,
    coordinates_npy,
    described_npy,
    excerpt_npy,
    mariel_npy,
    marker_table,
    mocap_toolbox_mat,
    npz,
    posed_joints_npz,
    smpl,
    trc,
    zip_archive,
)
