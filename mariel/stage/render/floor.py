"""The floor's lines and the soft shadows on it: the same as `web/scene/floor.js` and `web/scene/figure/shadow.js`."""

import numpy as np

from mariel.stage.render.skin import BodySkin

MARGIN, SMALLEST_RADIUS = 0.8, 1.2
"""Metres: of floor around the dancers, and of all of it."""

FADE = 0.55
"""Share of the radius over which lines fade."""

SPACING, POINTS = 0.09, 23
"""Of the grid of a shadow: metres between its points, and points on each side."""

BELOW_FLOOR = 0.004
"""Metres: the floor's lines stay visible."""

SMALLEST_WIDTH, WIDENING = 0.075, 0.11
"""Standard deviation of the spot below something on the floor, metres, and metres of it per metre above the floor."""

DARKEST, FADING, CUT = 0.36, 4, 0.012
"""Share of the shadow's colour where it is darkest; points of the grid over which it fades at the edge; share below
which nothing is drawn."""


def floor_lines(low: np.ndarray, high: np.ndarray, height: float) -> tuple[np.ndarray, np.ndarray]:
    """The grid's lines inside an ellipse around the dancers.

    Args:
        low, high: corners of the space that the dancers use, metres.
        height: of the floor, metres.

    Returns:
        Ends of pieces of lines (pieces, 2, 3), and how strong they are there, 0 to 1, (pieces, 2).
    """
    size = float((high - low)[:2].max())
    spacing = 2.0 if size > 16 else 1.0 if size > 7 else 0.5
    centre = (low[:2] + high[:2]) / 2
    radius = np.maximum(SMALLEST_RADIUS, (high[:2] - low[:2]) / 2 + MARGIN)
    pieces = []
    for axis in (0, 1):
        other = 1 - axis
        first, last = (np.array([-1, 1]) * radius[axis] + centre[axis]) / spacing
        for line in range(int(np.ceil(first)), int(np.floor(last)) + 1):
            across = line * spacing
            reach = radius[other] * np.sqrt(max(0.0, 1 - ((across - centre[axis]) / radius[axis]) ** 2))
            along = centre[other] + np.linspace(-reach, reach, max(2, int(np.ceil(4 * reach / spacing))) + 1)
            points = np.full((len(along), 3), height)
            points[:, axis], points[:, other] = across, along
            pieces.append(np.stack([points[:-1], points[1:]], axis=1))
    ends = np.concatenate(pieces)
    outward = np.linalg.norm((ends[..., :2] - centre) / radius, axis=-1)
    return ends, np.clip((1 - outward) / FADE, 0, 1)


def joint_weights(skin: BodySkin) -> np.ndarray:
    """How much of a shadow each joint casts: those at the ends of parts, by the parts' thickness."""
    weights = np.zeros(len(skin.points.joints), np.float32)
    for name, _, start, stop, _ in skin.parts:
        if name != "trunk":
            weights[[start, stop]] = 0.85
    if skin.spine:
        weights[skin.spine["joints"]] = 1.5
    return weights


def shadow_grid(
    joints: np.ndarray, weights: np.ndarray, centre: np.ndarray, floor: float, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """The shadow of a body in one frame: dark where joints are near the floor, wide and faint where they are high.

    Args:
        joints: (joints, 3), metres.
        weights: of the joints.
        centre: of the body over the floor (2,).
        floor: its height, metres.
        strength: how dense shadows are, 1 on a light floor.

    Returns:
        Points of a square grid (`POINTS`, `POINTS`, 3), and their opacity.
    """
    corner = (np.rint(centre / SPACING) - (POINTS - 1) / 2) * SPACING  # a grid that moves would let the spots flicker
    present = (weights > 0) & np.isfinite(joints).all(axis=1)
    joints, weights = joints[present], weights[present]
    width = SMALLEST_WIDTH + WIDENING * np.maximum(0, joints[:, 2] - floor)
    steps = np.arange(POINTS) * SPACING
    of_x, of_y = (
        np.exp(-((steps - (joints[:, axis : axis + 1] - corner[axis])) ** 2) / (2 * width[:, None] ** 2))
        for axis in (0, 1)
    )
    density = (of_y * (weights * (SMALLEST_WIDTH / width) ** 1.9)[:, None]).T @ of_x  # a row per y
    index = np.arange(POINTS)
    fade = np.minimum(1, np.minimum(index, POINTS - 1 - index) / FADING)
    opacity = DARKEST * strength * (1 - np.exp(-density)) * fade * fade[:, None]
    points = np.empty((POINTS, POINTS, 3))
    points[..., 0], points[..., 1], points[..., 2] = (
        steps + corner[0],
        (steps + corner[1])[:, None],
        floor - BELOW_FLOOR,
    )
    return points, np.where(opacity < CUT, 0, opacity)


def _grid_triangles() -> np.ndarray:
    a = (np.arange(POINTS - 1)[:, None] * POINTS + np.arange(POINTS - 1)).ravel()
    return np.stack([a, a + 1, a + POINTS, a + 1, a + POINTS + 1, a + POINTS], axis=1).reshape(-1, 3)


GRID_TRIANGLES = _grid_triangles()
"""Corners of the triangles of a shadow's grid."""
