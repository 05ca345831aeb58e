"""Markers as small balls that move, where no body is known."""

import numpy as np

from mariel.export.dances import Dance
from mariel.export.glb.gltf_file import TRIANGLES, VERTICES, Animation, GltfFile
from mariel.export.skeletons.axes import points_y_up
from mariel.motion.gaps import filled

RADIUS = 0.015
"""Metres."""


def add_markers(file: GltfFile, dance: Dance, times: int, animation: Animation) -> int:
    """Add a node with a ball for each marker that is ever seen, and their paths; gaps are interpolated.

    Args:
        file: the file.
        dance: whose markers.
        times: the accessor of the frames' times.
        animation: to which their paths are added.

    Returns:
        The node.
    """
    positions, _ = filled(dance.placed_positions)
    ball = _add_ball(file)
    nodes = []
    for marker, label in enumerate(dance.marker_set.labels):
        path = points_y_up(positions[:, marker]).astype(np.float32)
        if not np.isfinite(path).all():
            continue
        nodes.append(file.add("nodes", {"name": label, "mesh": ball, "translation": path[0].tolist()}))
        animation.add(nodes[-1], "translation", times, file.add_array(path))
    return file.add("nodes", {"name": dance.name, **({"children": nodes} if nodes else {})})


def _add_ball(file: GltfFile) -> int:
    """A mesh of an octahedron, which looks round with its normals."""
    normals = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)
    corners = [(0, 1, 2), (1, 3, 2), (3, 4, 2), (4, 0, 2), (1, 0, 5), (3, 1, 5), (4, 3, 5), (0, 4, 5)]
    attributes = {
        "POSITION": file.add_array(normals * np.float32(RADIUS), target=VERTICES, bounds=True),
        "NORMAL": file.add_array(normals, target=VERTICES),
    }
    indices = file.add_array(np.array(corners, np.uint16).ravel(), target=TRIANGLES)
    return file.add("meshes", {"name": "marker", "primitives": [{"attributes": attributes, "indices": indices}]})
