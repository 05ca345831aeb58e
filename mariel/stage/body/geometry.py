"""Means of markers, the frames they span, and joint centres: what the player computes in every frame.

A frame has three unit vectors: to the body's left, forward and up. It is given by two of them, as lines between means
of markers; the first is exact, the second is made perpendicular to it. `web/scene/body_geometry.js` does the same.
"""

from dataclasses import dataclass, field

import numpy as np

Vector = tuple[float, float, float]

Axis = tuple[str, int, int]
"""A direction of a frame, "left", "forward" or "up", as the line from one mean to another."""


@dataclass(frozen=True)
class Frame:
    """Two axes, and a turn about the left one, radians, upwards where it is positive."""

    axes: tuple[Axis, Axis]
    pitch: float = 0.0


@dataclass(frozen=True)
class Joint:
    """A point of the body: a mean of markers, and an offset from it in a frame (-1 for none), body heights."""

    mean: int
    frame: int = -1
    offset: Vector = (0.0, 0.0, 0.0)


@dataclass
class BodyPoints:
    """The points of a body over the means of some groups of markers.

    Args:
        groups: columns of the markers of each mean.
        frames: directions of parts of the body.
        joints: points that parts begin and end at.
    """

    groups: list[tuple[int, ...]] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    joints: list[Joint] = field(default_factory=list)

    def mean(self, columns: tuple[int, ...]) -> int:
        """Number of the mean of these markers."""
        if columns not in self.groups:
            self.groups.append(columns)
        return self.groups.index(columns)

    def frame(self, *axes: Axis, pitch: float = 0.0) -> int:
        """Number of a new frame."""
        first, second = axes
        self.frames.append(Frame((first, second), pitch))
        return len(self.frames) - 1

    def joint(self, mean: int, frame: int = -1, offset: Vector = (0.0, 0.0, 0.0)) -> int:
        """Number of a new joint."""
        self.joints.append(Joint(mean, frame, offset))
        return len(self.joints) - 1

    def means(self, positions: np.ndarray) -> np.ndarray:
        """Means (frames, means, 3) of positions (frames, markers, 3)."""
        return np.stack([positions[:, list(columns)].mean(axis=1) for columns in self.groups], axis=1)

    def directions(self, means: np.ndarray, frame: int) -> np.ndarray:
        """Left, forward and up of a frame, (frames, 3, 3)."""
        (first, *one), (second, *other) = self.frames[frame].axes
        a = _unit(means[:, one[1]] - means[:, one[0]])
        b = means[:, other[1]] - means[:, other[0]]
        b = _unit(b - (a * b).sum(axis=1, keepdims=True) * a)
        axes = {first: a, second: b}
        if "left" not in axes:
            axes["left"] = np.cross(axes["up"], axes["forward"])
        elif "forward" not in axes:
            axes["forward"] = np.cross(axes["left"], axes["up"])
        else:
            axes["up"] = np.cross(axes["forward"], axes["left"])
        c, s = np.cos(self.frames[frame].pitch), np.sin(self.frames[frame].pitch)
        forward = c * axes["forward"] + s * axes["up"]
        up = c * axes["up"] - s * axes["forward"]
        return np.stack([axes["left"], forward, up], axis=1)

    def positions(self, means: np.ndarray, height: float) -> np.ndarray:
        """Joint centres (frames, joints, 3) of a body of this height."""
        centres = []
        for joint in self.joints:
            centre = means[:, joint.mean]
            if joint.frame >= 0:
                axes = self.directions(means, joint.frame)
                centre = centre + height * np.einsum("i,fix->fx", np.asarray(joint.offset), axes)
            centres.append(centre)
        return np.stack(centres, axis=1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
