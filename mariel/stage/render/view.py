"""Where the viewer stands: the same as `web/scene/camera.js` and `web/scene/framing.js`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import atan2, cos, hypot, pi, sin, tan
from typing import Any

import numpy as np

TAN_HALF_FOV = tan(pi / 8)
"""Half of plotly's field of view, from top to bottom."""

MAX_ELEVATION = 89 * pi / 180
FIT_MARGIN = 1.13
"""How much farther than the nearest distance at which all points are in the picture."""

PLAYER_ASPECT = 1.6
"""About the shape of the player's stage, which the distance of its camera suits."""

BODY_CENTRE, BODY_HEIGHT, BODY_RADIUS = 0.88, 1.75, 0.6
"""Metres: of what is looked at above the floor; of the space that one body needs, arms spread."""

PRESETS = ("front", "left", "right", "top", "three-quarter")


@dataclass(frozen=True)
class View:
    """The camera's state, as the player gives it.

    Args:
        azimuth: direction from what is looked at to the viewer, radians from +x towards +y.
        elevation: radians above the horizon.
        distance: metres; None for far enough to see the whole motion.
        pan: of what is looked at, metres.
        follow: look at the dancer wherever it goes.
        mirror: left and right changed, as in a mirror.
    """

    azimuth: float
    elevation: float
    distance: float | None = None
    pan: tuple[float, float, float] = (0.0, 0.0, 0.0)
    follow: bool = False
    mirror: bool = False

    @property
    def axes(self) -> np.ndarray:
        """The picture's own directions (3, 3): to its right, upwards, and out of it towards the viewer."""
        sin_a, cos_a, sin_e, cos_e = sin(self.azimuth), cos(self.azimuth), sin(self.elevation), cos(self.elevation)
        return np.array(
            [[-sin_a, cos_a, 0.0], [-sin_e * cos_a, -sin_e * sin_a, cos_e], [cos_e * cos_a, cos_e * sin_a, sin_e]]
        )


def preset_view(preset: str, front: float, raised: bool) -> View:
    """The view of a name, see `PRESETS`, of a dancer who faces `front`; from higher up where many are seen."""
    elevation = 0.45 if raised else 0.08
    turn, elevation = {
        "front": (0.0, elevation),
        "left": (pi / 2, elevation),
        "right": (-pi / 2, elevation),
        "top": (0.0, MAX_ELEVATION),
        "three-quarter": (-0.25, 0.5) if raised else (-pi / 5, 0.22),
    }["left" if preset == "side" else preset]
    return View(front + turn, elevation)


def requested_view(
    camera: str | Mapping[str, Any] | None, front: float, raised: bool, *, follow: bool, mirror: bool
) -> View:
    """The view of a request: the name of a view, or the state of the player's camera, or None.

    Args:
        camera: what is requested.
        front: where the dancer faces, radians.
        raised: whether there are so many dancers that they are seen from above.
        follow, mirror: also where the camera's state does not say so.
    """
    state = camera if isinstance(camera, Mapping) else {}
    name = camera if isinstance(camera, str) else state.get("preset")
    view = preset_view(name if name in (*PRESETS, "side") else "three-quarter", front, raised)
    if isinstance(state.get("azimuth"), int | float):
        pan = tuple(float(each) for each in state.get("pan") or (0.0, 0.0, 0.0))
        view = View(float(state["azimuth"]), float(state.get("elevation", 0.2)), state.get("distance"), pan)  # type: ignore[arg-type]
    return replace(view, follow=follow or bool(state.get("follow")), mirror=mirror or bool(state.get("mirror")))


@dataclass(frozen=True, eq=False)
class Projection:
    """From metres to pixels.

    Args:
        view: for its directions.
        target: what is looked at, metres (3,).
        distance: from it to the viewer, metres.
        width, height: of the picture, pixels.
    """

    view: View
    target: np.ndarray
    distance: float
    width: int
    height: int

    @property
    def eye(self) -> np.ndarray:
        """Where the viewer stands, metres (3,)."""
        return self.target + self.view.axes[2] * self.distance

    @property
    def pixels_per_metre(self) -> float:
        """At the distance of the target."""
        return self.height / 2 / TAN_HALF_FOV / self.distance

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (…, 2) and metres from the viewer (…,) of points (…, 3); behind the viewer these are below 0."""
        seen = (points - self.eye).astype(np.float32) @ self.view.axes.T.astype(np.float32)
        depth = -seen[..., 2]
        scale = self.height / 2 / TAN_HALF_FOV / np.where(np.abs(depth) < 1e-6, 1e-6, depth)
        across = seen[..., 0] * scale * (-1 if self.view.mirror else 1)
        return np.stack([self.width / 2 + across, self.height / 2 - seen[..., 1] * scale], axis=-1), depth


def fit_points(
    view: View, target: np.ndarray, points: np.ndarray, aspect: float, margins: tuple[float, float] = (0.0, 0.0)
) -> tuple[float, np.ndarray]:
    """How far to stand from a target, and how to shift it, so that all points are in the picture.

    Args:
        view: for its directions.
        target: what is looked at, metres.
        points: (points, 3), metres.
        aspect: width / height of the picture.
        margins: shares of its height that are kept free above and below.
    """
    axes, (top, bottom) = view.axes, margins
    seen = (points - target) @ axes.T
    distance, across, upward = 1.0, 0.0, 0.0
    for _ in range(4):
        x, y, z = seen.T if len(seen) else np.zeros((3, 0))
        largest = np.maximum(np.abs(x - across) / aspect, np.abs(y - upward) / (1 - top - bottom))
        distance = max(1.0, float((largest / TAN_HALF_FOV * FIT_MARGIN + z).max(initial=1.0)))
        if len(seen):
            px, py = (x - across) / (distance - z), (y - upward) / (distance - z)
            across += float(px.min() + px.max()) / 2 * distance
            upward += float(py.min() + py.max()) / 2 * distance
    upward += (top - bottom) * TAN_HALF_FOV * distance
    return distance, axes[0] * across + axes[1] * upward


def body_corners(target: np.ndarray, floor: float) -> np.ndarray:
    """Corners of the space that one body needs, (8, 3)."""
    signs = (1, -1)
    return np.array(
        [
            [target[0] + dx * BODY_RADIUS, target[1] + dy * BODY_RADIUS, floor + dz]
            for dx in signs
            for dy in signs
            for dz in (0.0, BODY_HEIGHT)
        ]
    )


def make_projection(
    view: View, target: np.ndarray, points: np.ndarray, size: tuple[int, int], margins: tuple[float, float]
) -> Projection:
    """How a picture shows what a view sees.

    A distance that a viewer has chosen is for the player's stage, which is wide: from there a narrow picture would
    cut off what the stage shows, so it is taken from farther away.
    """
    width, height = size
    aspect = width / height
    fitted, shift = fit_points(view, target, points, aspect, margins)
    if view.distance is None:
        return Projection(view, target + shift, fitted, width, height)
    distance = view.distance
    if aspect < PLAYER_ASPECT:
        distance *= max(1.0, fitted / fit_points(view, target, points, PLAYER_ASPECT)[0])
    return Projection(view, target, distance, width, height)


def facing_of(positions: np.ndarray, pairs: list[list[int]]) -> float | None:
    """Where a body faces, radians from +x, by its (left, right) markers; None where that cannot be told."""
    leftward = np.array([positions[left, :2] - positions[right, :2] for left, right in pairs]).reshape(-1, 2)
    x, y = leftward[np.isfinite(leftward).all(axis=1)].sum(axis=0) if len(leftward) else (0.0, 0.0)
    return atan2(-x, y) if hypot(x, y) > 0 else None
